//! Scenarios with a stand-in: what it does not expect is a deviation at its arrow, and what it does itself is no evidence.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use serde_json::Value;
use support::{Ended, Folder, Program, diagram_with};

#[test]
fn a_request_that_is_not_drawn_deviates_at_the_arrow_that_it_should_have_been() {
    for (line, old, new, scenario, arrow, expected, observed) in [
        (
            19,
            "ScopedAuthTokens/validate",
            "ScopedAuthTokens/check",
            "alone/federated-auth:1",
            6,
            "POST /v1/ScopedAuthTokens/check with `token`, `fingerprint`",
            "POST /v1/ScopedAuthTokens/validate: the path is another",
        ),
        (
            25,
            "req.body.token=generated_token",
            "req.body.token=generated_token req.body.region=some_region",
            "alone/federated-auth:5",
            8,
            "POST /v1/ScopedAuthTokens/validate with `token`, `region` without `fingerprint`",
            "POST /v1/ScopedAuthTokens/validate: `region` is missing",
        ),
        (
            17,
            "/v1/Accounts",
            "PUT /v1/Accounts",
            "alone/orchestrator:2",
            5,
            "PUT /v1/Accounts/ACXXXXX/Tokens/refresh with `fingerprint`, `token`",
            "the method is another",
        ),
    ] {
        let folder = Folder::new().with("changed.mmd", &diagram_with(line, old, new));
        let report = verify(&folder, &["--diagram", "changed.mmd", scenario], 1);
        let finding = &report["scenarios"][0]["findings"][0];
        assert_eq!((&finding["arrow"], &finding["severity"]), (&arrow.into(), &"must".into()), "{finding}");
        assert_eq!(finding["expected"], expected);
        assert!(finding["observed"].as_str().unwrap().contains(observed), "{finding}");
        let arrows = report["arrows"].as_array().unwrap().iter();
        let deviating = arrows.filter(|arrow| arrow["verdict"] == "deviates").map(|arrow| &arrow["number"]);
        assert_eq!(deviating.collect::<Vec<_>>(), [&Value::from(arrow)]);
    }
}

#[test]
fn what_a_stand_in_does_is_evidence_of_no_arrow() {
    let folder = Folder::new();
    let report = verify(&folder, &["alone"], 0);
    let with_evidence: Vec<u64> = report["arrows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|arrow| arrow["evidence"] != "none")
        .map(|arrow| arrow["number"].as_u64().unwrap())
        .collect();
    // ScopedAuth's own arrows, and the keeping of a configuration that nobody changes, are not among them.
    assert_eq!(with_evidence, [1, 2, 3, 5, 6, 7, 8, 11, 12, 13, 14, 17, 18, 19, 20, 23, 24, 25, 26]);

    let federated_auth_is_played = verify(&folder, &["alone/orchestrator:1"], 0);
    let asserted = &federated_auth_is_played["scenarios"][0]["arrows"];
    assert_eq!(asserted, &serde_json::json!([2, 3, 5, 12]));
}

#[test]
fn a_scenario_that_takes_a_stand_in_for_the_service_cannot_judge() {
    let on = "an account with the feature on";
    let refuses = "a stand-in for ScopedAuth that refuses the fingerprint";
    let twice = format!("{refuses}\n    And {refuses}");
    let [no_json, no_name, no_list] =
        [("grants_array", "no"), ("grants", "[]"), ("grants_array", "\"chat\"")].map(|(name, value)| {
            format!("a stand-in for ScopedAuth that authorizes, with these values\n      | {name} | {value} |")
        });
    let played = "is a stand-in in this scenario, so nothing can be said of";
    for (account, stand_in, then, reason) in [
        (on, refuses, "ScopedAuth answers FederatedAuth as arrow 16 draws it", played),
        (on, refuses, "ScopedAuth has found the token valid and the fingerprint invalid, arrow 15", played),
        (on, refuses, "the fingerprint is found valid", played),
        (
            on,
            "a stand-in for FederatedAuth that refuses the token",
            "FederatedAuth calls ScopedAuth as arrow 6 draws it",
            played,
        ),
        (
            on,
            "a stand-in for FederatedAuth that refuses the token",
            "FederatedAuth sends the same fingerprint both times",
            played,
        ),
        (
            on,
            "a stand-in for FederatedAuth that refreshes the token",
            "no two replies to the Customer hold the same identity",
            played,
        ),
        (
            on,
            "a stand-in for the Orchestrator that refreshes the token",
            "the Orchestrator sets no ACAO header",
            played,
        ),
        (
            on,
            "a stand-in for ScopedAuth that refreshes the token",
            SUCCESS,
            "ScopedAuth authorizes, and refreshes no token",
        ),
        (
            on,
            "a stand-in for FederatedAuth that authorizes",
            SUCCESS,
            "FederatedAuth refreshes the token, or refuses to",
        ),
        (on, "a stand-in for Starship that refreshes the token", SUCCESS, "nobody can stand in for"),
        ("an account with the feature off", refuses, SUCCESS, "no fingerprint travels"),
        (on, twice.as_str(), SUCCESS, "a stand-in for ScopedAuth already"),
        (on, no_json.as_str(), SUCCESS, "`no` is no JSON"),
        (on, no_name.as_str(), SUCCESS, "no reply draws a name `grants`"),
        // Else FederatedAuth would be blamed for what it cannot make a token of.
        (on, no_list.as_str(), "nothing crosses that is not drawn", "does not answer as drawn: arrow 10"),
    ] {
        let scenario = format!(
            "Feature: Own\n  @id:own/one\n  Scenario: one\n    Given {account}\n    And a customer with a valid token\n    \
             And {stand_in}\n    When the customer refreshes the token\n    Then {then}\n"
        );
        let folder = Folder::new().with("own/own.feature", &scenario);
        let report = verify(&folder, &["--features", "own"], 3);
        let outcome = &report["scenarios"][0];
        assert_eq!(outcome["outcome"], "error", "{scenario}\n{outcome}");
        assert!(outcome["reason"].as_str().unwrap().contains(reason), "{scenario}\n{outcome}");
    }
}

#[test]
fn nobody_behind_a_stand_in_is_seen_not_to_be_called() {
    let scenario = "Feature: Own\n  @id:own/one\n  Scenario: one\n    Given an account with the feature on\n    \
                    And a customer with a valid token\n    And a stand-in for FederatedAuth that refreshes the token\n    \
                    When the customer refreshes the token\n    Then ScopedAuth is not called\n";
    let folder = Folder::new().with("own/own.feature", scenario);
    let report = verify(&folder, &["--features", "own"], 3);
    assert_eq!(report["scenarios"][0]["outcome"], "not_observed");
}

const SUCCESS: &str = "Starship answers the Customer as arrow 14 draws it";

/// Runs `hopcheck verify` and returns its report.
fn verify(folder: &Folder, arguments: &[&str], code: i32) -> Value {
    let common = ["verify", "--report", "json=report.json"];
    let ended: Ended = Program::new([&common, arguments].concat()).within(folder).ends().with(code);
    assert!(!ended.stdout.contains("panicked"), "{}", ended.stdout);
    serde_json::from_str(&folder.read("report.json")).unwrap()
}
