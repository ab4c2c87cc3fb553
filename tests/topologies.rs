//! Every combination of real and simulated services, the real ones in processes of their own: the same scenarios judge
//! each, and every hop that touches one of ours is seen.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use hopcheck::participants::{Grant, TokenKey};
use hopcheck::protocol::{Hop, Participant};
use serde_json::Value;
use support::{Ended, Folder, Program, Running, free_address, start};
use time::{Duration, OffsetDateTime};

/// The accounts of a real Orchestrator, and the key that real services sign with.
const ACCOUNTS: &str = r#"
signing_key = "known to the real services alone"

[[accounts]]
account_sid = "AC000000000000000000000000000000e1"
address_sid = "IG000000000000000000000000000000e1"
deployment_keys = ["CV-on"]
feature = "on"
grants = ["chat:read", "chat:write"]

[[accounts]]
account_sid = "AC000000000000000000000000000000e2"
address_sid = "IG000000000000000000000000000000e2"
deployment_keys = ["CV-on-like"]
feature = "on"

[[accounts]]
account_sid = "AC000000000000000000000000000000e3"
address_sid = "IG000000000000000000000000000000e3"
deployment_keys = ["CV-off"]
feature = "off"

[[accounts]]
account_sid = "AC000000000000000000000000000000e4"
address_sid = "IG000000000000000000000000000000e4"
deployment_keys = ["CV-low"]
feature = "on"
fingerprint_sensitivity = "low"

[[accounts]]
account_sid = "AC000000000000000000000000000000e5"
address_sid = "IG000000000000000000000000000000e5"
deployment_keys = ["CV-high"]
feature = "on"
fingerprint_sensitivity = "high"

[[accounts]]
account_sid = "AC000000000000000000000000000000e6"
address_sid = "IG000000000000000000000000000000e6"
deployment_keys = ["CV-origins"]
feature = "on"
allowed_origins = ["https://one.example.com", "https://two.example.com"]
"#;

/// The same accounts, as the deployment file states them.
const DECLARED: &str = r#"
[accounts.feature-on]
deployment_key = "CV-on"
account_sid = "AC000000000000000000000000000000e1"
fingerprint_sensitivity = "medium"
allowed_origins = []
roles = ["chat:read", "chat:write"]
[accounts.feature-on-like]
deployment_key = "CV-on-like"
account_sid = "AC000000000000000000000000000000e2"
fingerprint_sensitivity = "medium"
[accounts.feature-off]
deployment_key = "CV-off"
account_sid = "AC000000000000000000000000000000e3"
[accounts.feature-on-low]
deployment_key = "CV-low"
account_sid = "AC000000000000000000000000000000e4"
fingerprint_sensitivity = "low"
[accounts.feature-on-high]
deployment_key = "CV-high"
account_sid = "AC000000000000000000000000000000e5"
fingerprint_sensitivity = "high"
[accounts.feature-on-origins]
deployment_key = "CV-origins"
account_sid = "AC000000000000000000000000000000e6"
fingerprint_sensitivity = "medium"
origin = "https://two.example.com"
allowed_origins = ["https://one.example.com", "https://two.example.com"]

[contract]
forwarded_for = true
[tokens]
expired = "${EXPIRED}"
[limits]
timeout = "20s"
"#;

#[test]
fn the_same_scenarios_judge_every_combination_of_real_and_simulated_services() {
    // Most of the time is spent waiting for a service that never answers, so some combinations wait side by side.
    let next = AtomicU8::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let combination @ 0..16 = next.fetch_add(1, Ordering::Relaxed) {
                    conforms(combination);
                }
            });
        }
    });
}

fn conforms(combination: u8) {
    let is_real = |bit: usize| combination & (1 << bit) != 0;
    let services = Participant::SERVICES.into_iter().enumerate();
    let real: Vec<Participant> = services.filter(|(bit, _)| is_real(*bit)).map(|(_, service)| service).collect();
    let stage = Stage::of(&real, false);
    let judged = stage.judge();
    let told = format!("real: {real:?}\n{}{}", judged.stdout, judged.stderr);
    assert_eq!(judged.code, Some(0), "{told}");
    let report: Value = serde_json::from_str(&stage.folder.read("report.json")).unwrap();
    for arrow in report["arrows"].as_array().unwrap() {
        assert_ne!(arrow["verdict"], "deviates", "{told}");
        if arrow["internal"] == false {
            let seen = hop_of(arrow).is_some_and(|hop| stage.sees(hop));
            assert_eq!(arrow["evidence"], if seen { "wire" } else { "none" }, "arrow {}\n{told}", arrow["number"]);
        }
    }
    // Where a hop is seen, a stand-in can answer on it.
    for (participant, hop) in [
        ("alone/starship", Hop::Orchestrator),
        ("alone/orchestrator", Hop::FederatedAuth),
        ("alone/federated-auth", Hop::ScopedAuth),
    ] {
        let scenarios = report["scenarios"].as_array().unwrap().iter();
        let mut alone = scenarios.filter(|it| it["address"].as_str().unwrap().starts_with(participant));
        let expected = if stage.sees(hop) { "passed" } else { "not_observed" };
        assert!(alone.all(|scenario| scenario["outcome"] == expected), "{participant} {expected}\n{told}");
    }
    assert!(!real.is_empty() || judged.stdout.contains("26 of 26 arrows"), "{told}");
}

#[test]
fn taps_make_every_hop_between_real_services_visible() {
    let stage = Stage::of(&Participant::SERVICES, true);
    let judged = stage.judge().with(0);
    let on_the_wire = judged.stdout.lines().find(|line| line.contains("on the wire")).unwrap_or_default();
    assert!(on_the_wire.contains("17 on the wire"), "{}", judged.stdout);
}

#[test]
fn a_real_service_that_calls_somebody_else_is_named_before_anything_is_judged() {
    let folder = Folder::new().with("accounts.toml", ACCOUNTS);
    let (_running, url) = start(&folder, Participant::Orchestrator, Some("http://127.0.0.1:9"));
    let (listen, key) = (free_address(), "[accounts.feature-on]\ndeployment_key = \"CV-on\"\n");
    let file = format!("[participants]\norchestrator.url = \"{url}\"\nfederated-auth.listen = \"{listen}\"\n{key}");
    folder.write("deployment.toml", &file);
    let judged = Program::new(["verify", "--deployment", "deployment.toml"]).within(&folder).ends().with(3);
    let told = format!("the real Orchestrator did not call our FederatedAuth at http://{listen}");
    assert!(judged.stderr.contains(&told), "{}", judged.stderr);
    assert_eq!(judged.stdout, "");
}

#[test]
fn whose_account_a_key_names_need_not_be_stated() {
    let stage = Stage::of(&[Participant::Orchestrator], false);
    let stated = stage.folder.read("deployment.toml");
    let lines = stated.lines().filter(|line| !line.starts_with("account_sid"));
    stage.folder.write("deployment.toml", &lines.collect::<Vec<_>>().join("\n"));
    let judged = stage.judge().with(0);
    assert!(judged.stdout.contains("\n26 of 26 arrows: 17 on the wire"), "{}", judged.stdout);
}

/// Real services in processes of their own, and the deployment file that describes them.
struct Stage {
    folder: Folder,
    real: Vec<Participant>,
    _running: Vec<Running>,
}

impl Stage {
    fn of(real: &[Participant], tapped: bool) -> Self {
        let folder = Folder::new().with("accounts.toml", ACCOUNTS);
        let mut running = Vec::new();
        let mut file = String::new();
        // Where the caller of a service finds it: the service, its tap, or the address that ours has to listen on.
        let mut found_at: Option<String> = None;
        for service in Participant::SERVICES.into_iter().rev() {
            let is_called_by_real = service.called_on().is_some_and(|hop| real.contains(&hop.caller()));
            let _ = writeln!(file, "[participants.{}]", service.key());
            if real.contains(&service) {
                let (process, url) = start(&folder, service, found_at.as_deref());
                running.push(process);
                let _ = writeln!(file, "url = \"{url}\"");
                found_at = Some(url);
                if tapped && is_called_by_real {
                    let tap = free_address();
                    let _ = writeln!(file, "tap = \"{tap}\"");
                    found_at = Some(format!("http://{tap}"));
                }
            } else if is_called_by_real {
                let listen = free_address();
                let _ = writeln!(file, "listen = \"{listen}\"");
                found_at = Some(format!("http://{listen}"));
            }
        }
        folder.write("deployment.toml", &(file + DECLARED));
        Self { folder, real: real.to_vec(), _running: running }
    }

    fn judge(&self) -> Ended {
        let key = TokenKey::from_secret("known to the real services alone");
        let account = "AC000000000000000000000000000000e1".parse().unwrap();
        let mut grant = Grant::new(account, vec!["chat:read".into()], std::time::Duration::from_mins(1));
        grant.issued_at = OffsetDateTime::now_utc() - Duration::HOUR;
        let expired = key.mint(&grant).unwrap().token;
        let program = Program::new(["verify", "--jobs", "8", "--report", "json=report.json"]).within(&self.folder);
        if self.real.is_empty() {
            return program.ends();
        }
        program.and("--deployment").and("deployment.toml").knowing("EXPIRED", expired.expose()).ends()
    }

    fn sees(&self, hop: Hop) -> bool {
        let ours = |service: Participant| !self.real.contains(&service);
        hop == Hop::Edge || ours(hop.caller()) || ours(hop.callee())
    }
}

/// Returns the hop on which an arrow of the report is seen.
fn hop_of(arrow: &Value) -> Option<Hop> {
    let end = |name: &str| Participant::drawn_as(arrow[name].as_str()?);
    let (from, to) = (end("from")?, end("to")?);
    // The customer's own request is seen at the edge, wherever else.
    Hop::between(from.min(to), from.max(to)).into_iter().next()
}
