//! A deployment whose only account shows both: the commands of `[toggle]` switch its feature, the run sees that they did,
//! and switches it back however it ends.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use hopcheck::config::{BUILT_IN_ACCOUNTS, read_accounts};
use hopcheck::protocol::{AccountSid, Feature, Participant};
use hopcheck::topology::{Patience, Plan, System};
use support::{Ended, Folder, Program, until};

/// The account of the built-in accounts file whose feature is on at first.
const ACCOUNT: &str = "AC000000000000000000000000000000a1";

const BOTH: [&str; 4] = ["feature-on/fingerprint-travels", "feature-off", "valid/new-token", "invalid-fingerprint"];

#[test]
fn one_account_shows_the_feature_on_and_off() {
    let deployment = Deployment::starts();
    let ended = deployment.verify("", &[&BOTH[..], &["-v"]].concat()).with(0);
    assert!(ended.stdout.contains("✓ feature-off/new-token"), "{}", ended.stdout);
    assert!(ended.stdout.contains("✓ feature-on/fingerprint-travels"), "{}", ended.stdout);
    assert_eq!(deployment.commands(), ["off feature-on", "on feature-on"], "each switch is for many scenarios");
}

#[test]
fn without_the_commands_what_needs_the_other_feature_is_not_run() {
    let deployment = Deployment::starts();
    let file = deployment.file("");
    let (without, _) = file.split_once("[toggle]").unwrap();
    let ended = deployment.verify_as(without, &BOTH).with(3);
    assert!(ended.stdout.contains("names no account with the feature off"), "{}", ended.stdout);
    assert!(deployment.commands().is_empty());
}

#[test]
fn a_switch_that_does_not_show_is_no_ground_to_judge_on() {
    let deployment = Deployment::starts();
    deployment.deaf.store(true, Ordering::Relaxed);
    let ended = deployment.verify("ready_within = \"300ms\"\n", &[&BOTH[..], &["-v"]].concat()).with(3);
    let reason =
        "the command of [toggle] switched the feature of the account `feature-on` off, and after 300ms a refresh";
    assert!(ended.stdout.contains(reason), "{}", ended.stdout);
    assert!(ended.stdout.contains("✓ feature-on/fingerprint-travels"), "{}", ended.stdout);
    let offs = deployment.commands().iter().filter(|command| command.starts_with("off")).count();
    assert_eq!(offs, 1, "what could not be done once is not tried again");
    assert_eq!(deployment.commands().last().unwrap(), "on feature-on");
}

#[test]
fn a_command_that_fails_is_named() {
    let deployment = Deployment::starts();
    let ended = deployment.verify_as(&deployment.file("").replace("\"off\"]", "\"off\", \"7\"]"), &BOTH).with(3);
    assert!(ended.stdout.contains("the command `sh` of [toggle] ended with exit status: 7"), "{}", ended.stdout);
}

#[test]
fn the_feature_is_switched_back_when_the_run_is_broken_off() {
    let deployment = Deployment::starts();
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        // What is switched off does not show, so that the run waits.
        deployment.deaf.store(true, Ordering::Relaxed);
        let before = deployment.commands().len();
        deployment.folder.write("deployment.toml", &deployment.file("ready_within = \"1m\"\n"));
        let running = deployment.program(&BOTH).starts();
        until("the feature is switched off", || (deployment.commands().len() > before).then_some(()));
        running.signal(signal);
        let ended = running.ends().with(3);
        assert!(ended.stdout.contains("was received"), "{}", ended.stdout);
        assert_eq!(deployment.commands()[before..], ["off feature-on", "on feature-on"]);
    }
}

#[test]
fn a_command_that_is_broken_off_switches_nothing_after_the_feature_was_switched_back() {
    let deployment = Deployment::starts();
    let slow = "\"-c\", \"touch begun; sleep 3; sh switch.sh off\"]";
    deployment.folder.write("deployment.toml", &deployment.file("").replace("\"switch.sh\", \"off\"]", slow));
    let running = deployment.program(&BOTH).starts();
    until("the feature is being switched off", || deployment.folder.try_read("begun"));
    running.signal("INT");
    running.ends().with(3);
    thread::sleep(Duration::from_secs(4));
    assert_eq!(deployment.commands(), ["on feature-on"]);
}

#[test]
fn what_could_not_be_switched_back_is_told() {
    let deployment = Deployment::starts();
    let file = deployment.file("").replace("\"on\"]", "\"on\", \"9\"]");
    let ended = deployment.verify_as(&file, &BOTH).with(3);
    let told = "error: the feature may not be as the deployment file states it: the command `sh` of [toggle] ended with \
                exit status: 9, for the account `feature-on`\nhint: switch it back by hand\n";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

/// Notes its own call, and ends with its second argument.
const SWITCH: &str = "echo \"$1 $HOPCHECK_ACCOUNT\" >> switched; exit ${2:-0}";

/// A deployment in this process, whose account follows the commands unless it is deaf.
struct Deployment {
    folder: Arc<Folder>,
    edge: String,
    deaf: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
}

impl Deployment {
    fn starts() -> Self {
        let folder = Arc::new(Folder::new().with("switch.sh", SWITCH));
        let (deaf, ended) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (tell, told) = std::sync::mpsc::channel();
        let (watched, is_deaf, is_over) = (Arc::clone(&folder), Arc::clone(&deaf), Arc::clone(&ended));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let file = read_accounts("accounts.toml", BUILT_IN_ACCOUNTS).unwrap();
            let plan = Plan::embedded(Patience::Usual).with_accounts(&file).unwrap();
            let accounts = plan.accounts.clone();
            let system = runtime.block_on(System::start(plan)).unwrap();
            tell.send(system.address(Participant::Starship).unwrap().to_owned()).unwrap();
            let sid: AccountSid = ACCOUNT.parse().unwrap();
            while !is_over.load(Ordering::Relaxed) {
                let text = watched.try_read("switched").unwrap_or_default();
                let last = text.lines().last().unwrap_or("on");
                if !is_deaf.load(Ordering::Relaxed) {
                    let feature = if last.starts_with("off") { Feature::Off } else { Feature::On };
                    accounts.change(&sid, |account| account.feature = feature).unwrap();
                }
                thread::sleep(Duration::from_millis(2));
            }
        });
        Self { folder, edge: told.recv().unwrap(), deaf, ended }
    }

    fn file(&self, limits: &str) -> String {
        format!(
            "[participants]\nstarship.url = \"{}\"\norchestrator.real = true\nfederated-auth.real = true\n\
             scoped-auth.real = true\n[accounts.feature-on]\ndeployment_key = \"CV-feature-on\"\n[limits]\n{limits}\
             [toggle]\non = [\"sh\", \"switch.sh\", \"on\"]\noff = [\"sh\", \"switch.sh\", \"off\"]\n",
            self.edge
        )
    }

    fn verify(&self, limits: &str, scenarios: &[&str]) -> Ended {
        self.verify_as(&self.file(limits), scenarios)
    }

    fn verify_as(&self, file: &str, scenarios: &[&str]) -> Ended {
        self.folder.write("deployment.toml", file);
        self.program(scenarios).ends()
    }

    fn program(&self, scenarios: &[&str]) -> Program {
        Program::new(["verify", "--deployment", "deployment.toml"].iter().chain(scenarios)).within(&self.folder)
    }

    /// Returns what the commands were called with so far.
    fn commands(&self) -> Vec<String> {
        self.folder.try_read("switched").unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}
