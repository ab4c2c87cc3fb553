//! The suite measured: mutants that are killed, that survive and that never apply, and variants that must not alarm.

mod support;

use std::sync::Arc;

use hopcheck::diagram::{BUILT_IN, Diagram};
use hopcheck::mutants::catalogue;
use serde_json::Value;
use support::{Folder, Program};

/// A suite that only looks at what is sent with the feature on.
const CALLS_ALONE: &str = "Feature: calls\n\n  Scenario: the Orchestrator calls\n    Given an account with the feature on\n    \
     And a customer with a valid token\n    When the customer refreshes the token\n    \
     Then the Orchestrator calls FederatedAuth as arrow 5 draws it\n";

#[test]
fn a_mutant_is_killed_by_a_scenario_that_names_its_arrow() {
    let folder = Folder::new();
    let tried = mutants(&["--only", "11/null:identity,17/null:code", "--report", "json=m.json"]).within(&folder).ends();
    let tried = tried.with(0);
    assert!(tried.stdout.contains("\n2 of 2 mutants killed at the arrow they touch: 100.0 %"), "{}", tried.stdout);
    let report: Value = serde_json::from_str(&folder.read("m.json")).unwrap();
    for (mutant, arrow) in [(&report["mutants"][0], 11), (&report["mutants"][1], 17)] {
        assert_eq!((&mutant["fate"], &mutant["arrow"]), (&"killed".into(), &arrow.into()), "{mutant}");
        assert_eq!(mutant["evidence"]["finding"]["arrow"], arrow, "{mutant}");
    }
}

#[test]
fn what_no_scenario_looks_at_survives() {
    let folder = Folder::new().with("suite/calls.feature", CALLS_ALONE);
    let tried = mutants(&["--features", "suite", "--only", "5,11/null:identity"]).within(&folder).ends().with(1);
    let survivor =
        "\n  11/null:identity\n    FederatedAuth sends null as `identity` on arrow 11.\n    made 1 messages different";
    assert!(tried.stdout.contains(survivor), "{}", tried.stdout);
    assert!(!tried.stdout.contains("5/null:fingerprint"), "{}", tried.stdout);
}

#[test]
fn a_mutant_that_makes_no_difference_is_not_killed() {
    let folder = Folder::new().with("suite/calls.feature", CALLS_ALONE);
    let tried = mutants(&["--features", "suite", "--only", "7/null:token"]).within(&folder).ends().with(1);
    assert!(tried.stdout.contains("did not apply: no message was ever different"), "{}", tried.stdout);
    assert!(tried.stdout.contains("\n0 of 1 mutants killed"), "{}", tried.stdout);
}

#[test]
fn what_is_killed_at_another_arrow_alone_is_told_apart() {
    let reply = CALLS_ALONE.replace(
        "the Orchestrator calls FederatedAuth as arrow 5 draws it",
        "Starship answers the Customer as arrow 14 draws it",
    );
    let folder = Folder::new().with("suite/reply.feature", &reply);
    let tried = mutants(&["--features", "suite", "--only", "1/not-sent-refused"]).within(&folder).ends().with(1);
    assert!(tried.stdout.contains("killed, but at no arrow that it touches, by reply/"), "{}", tried.stdout);
}

#[test]
fn another_diagram_has_other_mutants() {
    let names = |text: &str| {
        let mutants = catalogue(&Arc::new(Diagram::parse("d.mmd", text).unwrap()));
        mutants.into_iter().map(|mutant| mutant.name).collect::<Vec<_>>()
    };
    let built_in = names(BUILT_IN.1);
    assert!(built_in.iter().any(|name| name == "26/null:message"));
    let without = BUILT_IN.1.replace(", <br/>message:some_msg", "");
    assert!(!names(&without).iter().any(|name| name == "26/null:message"));
    let with = BUILT_IN.1.replace("roles:<grants_array>", "roles:<grants_array>,scopes:scope_list");
    assert!(names(&with).iter().any(|name| name == "14/element-dropped:scopes"));
    let turned = BUILT_IN.1.replace("else sets to *", "else sets to null");
    assert_eq!(names(&turned), built_in);
}

#[test]
fn nothing_is_said_of_mutants_where_the_reference_deviates() {
    let folder = Folder::new().with("d.mmd", &BUILT_IN.1.replace("deploymentKey=", "deployment="));
    let tried = mutants(&["--diagram", "d.mmd", "--only", "1"]).within(&folder).ends().with(3);
    assert!(tried.stderr.contains("the reference itself deviates from d.mmd"), "{}", tried.stderr);
    assert_eq!(tried.stdout, "");
}

#[test]
fn a_mutant_that_there_is_not_is_answered_with_the_nearest() {
    let tried = mutants(&["--only", "sent-twize"]).ends().with(2);
    assert!(tried.stderr.contains("did you mean `sent-twice`?"), "{}", tried.stderr);
}

#[test]
fn from_the_edge_the_last_reply_tells() {
    let seen = mutants(&["--view", "edge", "--only", "11/null:token,10/other-value:grants"]).ends().with(0);
    assert!(seen.stdout.contains("\n1 of 1 mutants killed as seen from the edge"), "{}", seen.stdout);
    assert!(seen.stdout.contains("which roles an account's customers have is not known"), "{}", seen.stdout);
}

#[test]
fn a_participant_that_is_right_and_different_raises_no_alarm() {
    let tried = Program::new(["variants", "--only", "codes-as-text"]).ends().with(0);
    assert!(tried.stdout.ends_with("\n1 variants, 16 runs: 0 false alarms\n"), "{}", tried.stdout);
}

#[test]
fn a_suite_that_demands_what_is_open_raises_false_alarms() {
    let demanding = CALLS_ALONE.replace(
        "When the customer refreshes the token\n    Then the Orchestrator calls FederatedAuth as arrow 5 draws it",
        "When the customer refreshes the token\n    And the customer refreshes the token\n    \
         Then Starship answers the Customer as arrow 14 draws it",
    );
    let folder = Folder::new().with("suite/demanding.feature", &demanding);
    let tried = Program::new(["variants", "--features", "suite", "--only", "one-time-tokens"]).within(&folder).ends();
    let tried = tried.with(1);
    assert!(tried.stdout.contains("✗ one-time-tokens"), "{}", tried.stdout);
    assert!(tried.stdout.contains("real: federated-auth+scoped-auth: demanding/"), "{}", tried.stdout);
}

fn mutants(arguments: &[&str]) -> Program {
    Program::new(["mutants"].into_iter().chain(arguments.iter().copied()))
}
