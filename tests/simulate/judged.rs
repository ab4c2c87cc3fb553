//! The simulator as a deployment under test: it conforms, and with any fault switched on it never does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::support::{Ended, OFF, ON, Program, Simulator};

/// Every word of a fault that a customer can tell from none.
const FAULTS: [&str; 14] = [
    "never-answers",
    "breaks-off",
    "resets",
    "resets-midway",
    "cut-short",
    "understates-length",
    "empty",
    "not-json",
    "wrong-shape",
    "status=503",
    "status=200",
    "drips=1s",
    "late=60s",
    "late=50s..60s",
];

#[test]
fn it_conforms_and_with_any_fault_on_any_hop_it_does_not() {
    let table: Vec<(&str, &str)> = ["starship", "orchestrator", "federated-auth", "scoped-auth"]
        .into_iter()
        .flat_map(|hop| FAULTS.map(|fault| (hop, fault)))
        .collect();
    let next = AtomicUsize::new(0);
    // Most of the time is spent waiting, so some wait side by side, each with a simulator of its own.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let simulator = Simulator::starts(&[]);
                let ended = verified(&simulator, "20s").with(0);
                assert!(ended.stdout.ends_with("\nconforms, as far as it was seen\n"), "{}", ended.stdout);
                while let Some((hop, fault)) = table.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let id = simulator.fault(&json!({ "hop": hop, "fault": fault }));
                    let ended = verified(&simulator, "1s");
                    let told = format!("{hop} {fault}: {}{}", ended.stdout, ended.stderr);
                    assert!(matches!(ended.code, Some(1 | 3)), "{:?} {told}", ended.code);
                    simulator.delete(&format!("/faults/{id}")).with(204);
                }
                verified(&simulator, "20s").with(0);
            });
        }
    });
}

fn verified(simulator: &Simulator, timeout: &str) -> Ended {
    let verify = ["verify", "--url", &simulator.url("starship"), "--key-on", ON.1, "--key-off", OFF.1];
    let limits = ["--timeout", timeout, "--ready-within", "5s", "--fail-fast"];
    let drawn = ["valid/new-token", "feature-on", "invalid-fingerprint/refused", "feature-off/new-token"];
    Program::new(verify.iter().chain(&limits).chain(&drawn)).ends()
}
