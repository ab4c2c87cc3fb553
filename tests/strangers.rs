//! Services by somebody who only saw the diagrams: each alone among hopcheck's, and all in every combination, judged without
//! a shim between them, and found to conform.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::thread;

use hopcheck::protocol::Participant;
use serde_json::Value;
use support::StrangerStage;

#[test]
fn each_service_of_a_stranger_is_judged_alone() {
    thread::scope(|scope| {
        for service in Participant::SERVICES {
            scope.spawn(move || conforms(&[service]));
        }
    });
}

#[test]
fn services_of_a_stranger_are_judged_in_every_combination() {
    let all = (3..16_u8).map(|combination| {
        let services = Participant::SERVICES.into_iter().enumerate();
        services.filter(|(bit, _)| combination & (1 << bit) != 0).map(|(_, service)| service).collect()
    });
    let together: Vec<Vec<Participant>> = all.filter(|real: &Vec<_>| real.len() > 1).collect();
    // Most of the time somebody waits for an answer that never comes.
    for some in together.chunks(6) {
        thread::scope(|scope| {
            for real in some {
                scope.spawn(|| conforms(real));
            }
        });
    }
}

/// A FederatedAuth that has no creation at all, as one that takes its first tokens from elsewhere.
#[test]
fn no_creation_is_needed_where_scoped_auth_is_ours() {
    let stage = StrangerStage::of(&[Participant::FederatedAuth]);
    stage
        .folder
        .write("elsewhere.mmd", &CREATION.replace("/v1/Accounts/ACXXXXX/Tokens", "/v1/Accounts/ACXXXXX/Fresh/refresh"));
    let judged = stage.judge(&["-v", "--create-diagram", "elsewhere.mmd", "feature-on", "valid", "invalid-token"]);
    assert!(judged.stdout.contains("✓ feature-on/fingerprint-travels"), "{}{}", judged.stdout, judged.stderr);
    assert!(!judged.stdout.contains('✗') && !judged.stdout.contains("could not judge"), "{}", judged.stdout);
}

#[test]
fn why_there_is_no_first_token_is_told_from_what_was_seen() {
    let stage = StrangerStage::of(&[Participant::Starship, Participant::Orchestrator]);
    let file = stage.folder.read("deployment.toml").replace("shop-on", "shop-nowhere");
    stage.folder.write("deployment.toml", &file);
    let judged = stage.judge(&[]).with(3);
    let told = &judged.stderr;
    assert!(told.contains("no first token: Starship answered 404 \"unknown shop\""), "{told}");
    assert!(told.contains("is the deployment key of the account `feature-on` right?"), "{told}");
}

const CREATION: &str = include_str!("../fixtures/webchat-create-token.mmd");

fn conforms(real: &[Participant]) {
    let stage = StrangerStage::of(real);
    let judged = stage.judge(&["--report", "json=report.json"]);
    let told = format!("real: {real:?}\n{}{}", judged.stdout, judged.stderr);
    assert!(!judged.stdout.contains('✗'), "{told}");
    let report: Value = serde_json::from_str(&stage.folder.read("report.json")).unwrap();
    let of =
        |outcome: &str| report["scenarios"].as_array().unwrap().iter().filter(|it| it["outcome"] == outcome).count();
    assert_eq!((of("deviates"), of("error")), (0, 0), "{told}");
    assert!(of("passed") > 100, "{told}");
    assert_eq!(judged.code, Some(0), "{told}");
}
