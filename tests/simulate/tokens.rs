//! Tokens made to order: each is right or wrong in the one way that was asked for.

use serde_json::{Value, json};

use crate::support::{OFF, ON, Simulator, client, send};

/// The account whose fingerprints are made of everything, and its key.
const HIGH: (&str, &str) = ("AC000000000000000000000000000000b2", "CV-sensitivity-high");

#[test]
fn each_state_is_refused_for_what_is_wrong_and_for_nothing_else() {
    let simulator = Simulator::starts(&[]);
    for (account, key, state, refusal) in [
        (ON.0, ON.1, "valid", None),
        (ON.0, ON.1, "expired", Some(45775)),
        (ON.0, ON.1, "tampered", Some(45775)),
        (ON.0, ON.1, "another-account", Some(45775)),
        (ON.0, ON.1, "another-fingerprint", Some(45779)),
        (OFF.0, OFF.1, "valid", None),
        (OFF.0, OFF.1, "expired", Some(45775)),
        (OFF.0, OFF.1, "tampered", Some(45775)),
        (OFF.0, OFF.1, "another-account", Some(45775)),
        // Where the feature is off, no fingerprint is looked at.
        (OFF.0, OFF.1, "another-fingerprint", None),
    ] {
        for whose in [json!({ "account": account, "state": state }), json!({ "deployment_key": key, "state": state })] {
            let made = simulator.post("/tokens", &whose).with(200).json();
            let token = made["token"].as_str().unwrap();
            let answer = simulator.refresh(key, token);
            match refusal {
                Some(code) => assert_eq!(answer.refusal(), (403, code), "{key} {state}"),
                None => assert_ne!(answer.with(200).text_of("token"), token, "{key} {state}"),
            }
            assert_eq!(made["state"], state);
            assert_eq!(made["account_sid"] == account, state != "another-account", "{made}");
        }
    }
}

#[test]
fn a_token_is_valid_unless_asked_otherwise_and_so_is_what_replaces_it() {
    let simulator = Simulator::starts(&[]);
    let first = simulator.minted(&json!({ "account": ON.0 }));
    let second = simulator.refresh(ON.1, &first).with(200).text_of("token");
    let third = simulator.refresh(ON.1, &second).with(200).text_of("token");
    assert!(first != second && second != third);
}

#[test]
fn a_token_is_bound_to_the_client_that_it_was_made_for() {
    let simulator = Simulator::starts(&[]);
    let client = [("user-agent", "Firefox"), ("accept-language", "de"), ("x-forwarded-for", "192.0.2.7")];
    let order = json!({
        "account": HIGH.0, "user_agent": "Firefox", "accept_language": "de", "client_address": "192.0.2.7",
    });
    let refresh = |token: &str, headers: &[(&str, &str)]| {
        let refreshing = simulator.refreshing(HIGH.1, token);
        send(headers.iter().fold(refreshing, |request, (name, value)| request.header(*name, *value)))
    };
    refresh(&simulator.minted(&order), &client).with(200);
    for (different, value) in [("user-agent", "Chrome"), ("accept-language", "fr"), ("x-forwarded-for", "192.0.2.8")] {
        let other = client.map(|(name, own)| (name, if name == different { value } else { own }));
        assert_eq!(refresh(&simulator.minted(&order), &other).refusal(), (403, 45779), "{different}");
    }
    for member in ["user_agent", "accept_language", "client_address"] {
        let mut lacking = order.clone();
        lacking.as_object_mut().unwrap().remove(member);
        assert_eq!(refresh(&simulator.minted(&lacking), &client).refusal(), (403, 45779), "{member}");
    }
}

#[test]
fn a_fingerprint_may_be_given_as_it_is() {
    let simulator = Simulator::starts(&["--only", "federated-auth,scoped-auth"]);
    for account in [ON.0, OFF.0] {
        let token = simulator.minted(&json!({ "account": account, "fingerprint": "f" }));
        let address = format!("{}/v1/Accounts/{account}/Tokens/refresh", simulator.url("federated-auth"));
        let refresh = |body: Value| send(client().post(&address).json(&body));
        refresh(json!({ "token": token, "fingerprint": "f" })).with(200);
        refresh(json!({ "token": token })).with(200);
        assert_eq!(refresh(json!({ "token": token, "fingerprint": "g" })).refusal(), (403, 45779));
    }
}

#[test]
fn who_does_not_play_scoped_auth_makes_no_tokens() {
    let simulator = Simulator::starts(&["--except", "scoped-auth", "--upstream", "federated-auth=http://127.0.0.1:1"]);
    let refused = simulator.post("/tokens", &json!({ "account": ON.0 })).with(400);
    assert_eq!(refused.text_of("error"), "tokens are made by ScopedAuth, which is not played here");
}

#[test]
fn another_account_needs_one() {
    let simulator = Simulator::starts(&[]);
    for account in simulator.get("/accounts").json().as_array().unwrap() {
        let sid = account["account_sid"].as_str().unwrap();
        if sid != ON.0 {
            simulator.delete(&format!("/accounts/{sid}")).with(204);
        }
    }
    let order = json!({ "account": ON.0, "state": "another-account" });
    assert_eq!(simulator.post("/tokens", &order).with(400).text_of("error"), "there is no other account");
}
