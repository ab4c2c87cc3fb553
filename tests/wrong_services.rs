//! Services of a stranger, each right but for one thing: the last lines of the run name the service, its arrow and the member,
//! and nobody else; and the command to run it again shows the same.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::process::Command;

use hopcheck::protocol::Participant;
use serde_json::Value;
use support::{Flaw, StrangerStage};

#[test]
fn starship_alone_is_named() {
    names_alone(Participant::Starship, [14, 20, 26]);
}

#[test]
fn the_orchestrator_alone_is_named() {
    names_alone(Participant::Orchestrator, [12, 18, 24]);
}

#[test]
fn federated_auth_alone_is_named() {
    names_alone(Participant::FederatedAuth, [11, 17, 23]);
}

#[test]
fn scoped_auth_alone_is_named() {
    names_alone(Participant::ScopedAuth, [10, 16, 22]);
}

fn names_alone(service: Participant, arrows: [u64; 3]) {
    for flaw in Flaw::ALL {
        let stage = StrangerStage::of_one(service, flaw);
        let about = ["feature-on", "valid", "invalid-fingerprint", "invalid-token/kinds", "tokens/identities"];
        let judged = stage.judge(&[&about[..], &["--report", "json=report.json"]].concat());
        let told = format!("{flaw:?} of {service}\n{}{}", judged.stdout, judged.stderr);
        assert_eq!(judged.code, Some(1), "{told}");
        let report: Value = serde_json::from_str(&stage.folder.read("report.json")).unwrap();
        let culprits = report["culprits"].as_array().unwrap();
        assert_eq!(culprits.len(), 1, "{told}");
        assert_eq!(culprits[0]["participant"], service.drawn_name(), "{told}");
        let blamed = culprits[0]["arrows"].as_array().unwrap();
        assert!(!blamed.is_empty() && blamed.iter().all(|it| arrows.contains(&it.as_u64().unwrap())), "{told}");
        let last = judged.stdout.split(" ms\n").last().unwrap().replace("\n    ", " ");
        let named: Vec<&str> = last.lines().filter(|line| line.starts_with('✗')).collect();
        let [line] = named[..] else { panic!("{named:?}\n{told}") };
        assert!(line.starts_with(&format!("✗ {}: ", service.drawn_name())), "{told}");
        let rerun = judged.stdout.lines().find_map(|line| line.trim().strip_prefix("rerun: ")).unwrap();
        let again = Command::new("sh").args(["-c", rerun]).current_dir(stage.folder.path()).output().unwrap();
        let said = String::from_utf8(again.stdout).unwrap();
        assert_eq!(again.status.code(), Some(1), "{rerun}\n{said}{told}");
        assert!(said.contains(&format!("✗ {}: ", service.drawn_name())), "{rerun}\n{said}{told}");
        assert!(line.contains("(arrow") && flaw.member(service).is_none_or(|it| line.contains(it)), "{line}\n{told}");
    }
}
