//! `verify`: what it prints and writes of a deployment that conforms, one that gives back what it was sent, one that falls
//! silent, and of files that cannot be used.

use super::echo::{Echo, TOKEN, WAYS};
use super::searcher::Searcher;
use crate::support::{Ended, Folder, Program, Running, Simulator, until};

const KEY_ON: &str = r#"Kx7w/"Q+-canary-key-on"#;
const KEY_OFF: &str = "Mf4j+/=9-canary-key-off";
const API_KEY: &str = r#"Pv2c/"+R-canary-api-key"#;
const BEARER: &str = "Hs8n~/+L-canary-bearer";
const SIGNING_KEY: &str = "Gd5b/+~T-canary-signing-key-0123456789";
/// Enough scenarios for every way of giving something back.
const SOME: [&str; 5] = ["valid", "feature-on", "feature-off", "invalid-token", "bad-input"];
/// What stands in an address.
const PASSWORD: &str = "Yb6v-Tz4-canary-password";
const PASTED: &str = "Wj3y+/Ue-canary-pasted";
/// An environment holds more than the program is told to read.
const UNREAD: &str = "Rc6m/+Io-canary-unread";

#[test]
fn a_deployment_that_conforms_is_judged_without_telling_a_secret() {
    let accounts =
        format!("signing_key = '{SIGNING_KEY}'\n{}{}", account('1', KEY_ON, "on"), account('2', KEY_OFF, "off"));
    let simulator =
        Simulator::within(Folder::new().with("accounts.toml", &accounts), &["--accounts", "accounts.toml"], &[]);
    let run = Run::of(&simulator.url("starship"));
    let ended = run.begins(&["valid", "feature-off", "invalid-token/refused", "--timeout", "20s", "-v"]).ends();
    assert!(ended.stdout.contains("✓ valid/new-token"), "{}{}", ended.stdout, ended.stderr);
    run.clears(&ended);
}

#[test]
fn a_deployment_that_gives_back_what_it_was_sent_does_not_make_the_program_tell_it() {
    let echo = Echo::silent_after(usize::MAX);
    let run = Run::of(echo.url());
    let ended = run
        .begins(&[&SOME[..], &["--jobs", "4", "--write-baseline", "written.toml", "--strict"]].concat())
        .ends()
        .with(1);
    assert!(echo.echoed() >= WAYS, "{}", echo.echoed());
    run.clears(&ended);
    Run::searcher().clears("written.toml", &run.folder.read("written.toml"));
    // A reason that somebody pasted a secret into.
    let listed =
        run.folder.read("written.toml").replace("to be filled in", &format!("{BEARER} is refused, token={PASTED}"));
    run.folder.write("known.toml", &listed);
    let ended = run.begins(&[&SOME[..], &["--jobs", "4", "--baseline", "known.toml"]].concat()).ends();
    assert!(ended.stdout.contains("≈ known"), "{}{}", ended.stdout, ended.stderr);
    run.clears(&ended);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_broken_off_tells_no_secret() {
    let echo = Echo::silent_after(2 * WAYS);
    let run = Run::of(echo.url());
    let ended = run.begins(&["--jobs", "2", "--max-time", "3s"]).ends();
    assert!(ended.stdout.contains("broken off: --max-time 3s is over"), "{}{}", ended.stdout, ended.stderr);
    run.clears(&ended);

    let echo = Echo::silent_after(WAYS);
    let run = Run::of(echo.url());
    let running = run.begins(&["--jobs", "2"]);
    until("a refresh that is left unanswered", || (echo.echoed() > WAYS).then_some(()));
    running.signal("INT");
    let ended = running.ends();
    assert!(ended.stdout.contains("broken off: Ctrl-C was received"), "{}{}", ended.stdout, ended.stderr);
    run.clears(&ended);
}

#[test]
fn a_file_that_cannot_be_used_is_complained_about_without_telling_a_secret() {
    let run = Run::of("http://127.0.0.1:1");
    let file = run.folder.read("deployment.toml");
    for (what, spoilt) in [
        ("an edge that nobody plays", file.clone()),
        ("a password", file.replace("127.0.0.1:1", &format!("{PASSWORD}:{PASSWORD}@127.0.0.1:1"))),
        ("an unknown key", file.replace("x-api-key = \"${API_KEY}\"", &format!("[heders]\nx = '{PASTED}'"))),
        ("no TOML", file.replace("\"${API_KEY}\"", PASTED)),
        ("a value of another type", file.replace("'${KEY_ON}'", &format!("['{PASTED}']"))),
        ("a secret for a word", format!("{file}[contract]\ntoken_rotation = '${{KEY_ON}}'\n")),
        ("a secret for a duration", format!("{file}[limits]\ntimeout = '${{KEY_ON}}'\n")),
        ("a secret for a path", format!("{file}[tls]\nca = '${{KEY_ON}}'\n")),
        ("a secret for an address", file.replace("http://127.0.0.1:1", "${KEY_ON}")),
        (
            "a command",
            file.replace("[headers]", "[tokens]\nsource = 'command'\ncommand = ['nowhere', '${KEY_ON}']\n[headers]"),
        ),
    ] {
        run.folder.write("deployment.toml", &spoilt);
        let ended = run.begins(&["valid", "--ready-within", "200ms"]).ends();
        assert!(matches!(ended.code, Some(2 | 3)), "{what}: {}{}", ended.stdout, ended.stderr);
        run.clears(&ended);
        run.clears(&run.begins(&["--explain"]).ends());
    }
    for (flag, name, text) in [
        ("--accounts", "accounts.toml", format!("[[accounts]]\ndeployment_keys = ['{PASTED}', 1]\n")),
        ("--accounts", "accounts.toml", format!("signing_key = {PASTED}\n")),
        ("--accounts", "accounts.toml", format!("signing_ky = '{PASTED}'\n")),
        ("--baseline", "known.toml", format!("[[known]]\nreason = '{PASTED}'\nscenario = 1\n")),
        ("--baseline", "known.toml", format!("[[known]]\nreason = \"{PASTED}\n")),
    ] {
        run.folder.write(name, &text);
        let ended = Program::new(["verify", flag, name]).within(&run.folder).ends().with(2);
        Run::searcher().clears(&text, &format!("{}{}", ended.stdout, ended.stderr));
    }
}

#[test]
fn what_was_accepted_holds_no_token() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots");
    let searcher =
        Searcher::of(["eyJ0eXAiOiJKV1Qi", "eyJhbGciOiJIUzI1NiIs", "CV-secret", "canary-k", "canary-t", TOKEN]);
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{error}")) {
        let path = entry.unwrap_or_else(|error| panic!("{error}")).path();
        searcher.clears(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap_or_default());
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

/// A deployment file with secrets in it, and a folder to judge in.
struct Run {
    folder: Folder,
}

impl Run {
    fn of(edge: &str) -> Self {
        let file = format!(
            "[participants.starship]\nurl = \"{edge}\"\n[participants.orchestrator]\nreal = true\n\
             [participants.federated-auth]\nreal = true\n[participants.scoped-auth]\nreal = true\n\
             [accounts.feature-on]\ndeployment_key = '${{KEY_ON}}'\n[accounts.feature-off]\ndeployment_key = '${{KEY_OFF}}'\n\
             [headers]\nx-api-key = \"${{API_KEY}}\"\nauthorization = \"Bearer ${{BEARER}}\"\n"
        );
        Self { folder: Folder::new().with("deployment.toml", &file) }
    }

    fn begins(&self, more: &[&str]) -> Running {
        let options =
            ["verify", "--deployment", "deployment.toml", "--report", "json=out.json", "--report", "junit=out.xml"];
        let program = Program::new(options.iter().chain(more)).within(&self.folder);
        let known =
            [("KEY_ON", KEY_ON), ("KEY_OFF", KEY_OFF), ("API_KEY", API_KEY), ("BEARER", BEARER), ("UNREAD", UNREAD)];
        let program = known.into_iter().fold(program, |program, (name, value)| program.knowing(name, value));
        program.knowing("RUST_LOG", "trace").knowing("RUST_BACKTRACE", "full").starts()
    }

    fn searcher() -> Searcher {
        Searcher::of([
            KEY_ON,
            KEY_OFF,
            API_KEY,
            BEARER,
            SIGNING_KEY,
            PASSWORD,
            PASTED,
            UNREAD,
            TOKEN,
            "eyJ0eXAiOiJKV1Qi",
        ])
    }

    /// Holds that nothing which was printed or reported has a secret in it.
    fn clears(&self, ended: &Ended) {
        let searcher = Self::searcher();
        searcher.clears("standard output", &ended.stdout);
        searcher.clears("standard error", &ended.stderr);
        for report in ["out.json", "out.xml"] {
            searcher.clears(report, &self.folder.try_read(report).unwrap_or_default());
        }
    }
}

fn account(digit: char, key: &str, feature: &str) -> String {
    let digits = digit.to_string().repeat(32);
    format!(
        "[[accounts]]\naccount_sid = 'AC{digits}'\naddress_sid = 'AD1'\ndeployment_keys = ['{key}']\nfeature = '{feature}'\n"
    )
}
