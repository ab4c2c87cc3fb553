//! Accounts by the admin API: what they are, and what the next refresh makes of them.

use serde_json::{Value, json};

use crate::support::{OFF, ON, Simulator, asked, exchange};

const MINE: &str = "/accounts/AC00000000000000000000000000000001";

#[test]
fn accounts_are_listed_and_read() {
    let simulator = Simulator::starts(&[]);
    let listed = simulator.get("/accounts").with(200).json();
    let sids: Vec<&str> = listed.as_array().unwrap().iter().map(|it| it["account_sid"].as_str().unwrap()).collect();
    assert_eq!((sids.len(), sids[0], sids.is_sorted()), (8, ON.0, true));
    let first = json!({
        "account_sid": ON.0, "address_sid": "AD000000000000000000000000000000a1", "deployment_keys": [ON.1],
        "feature": "on", "fingerprint_sensitivity": "medium", "allowed_origins": [], "grants": ["chat"], "token_ttl": "1h",
    });
    assert_eq!((&listed[0], &simulator.get(&format!("/accounts/{}", ON.0)).with(200).json()), (&first, &first));
}

#[test]
fn an_account_is_put_as_a_whole_and_deleted() {
    let simulator = Simulator::starts(&[]);
    let put = |account: Value, status| simulator.put(MINE, &account).with(status).json();
    let added = put(json!({ "deployment_keys": ["CV-mine"], "feature": "on", "address_sid": "AD1" }), 201);
    let expected = json!({
        "account_sid": "AC00000000000000000000000000000001", "address_sid": "AD1", "deployment_keys": ["CV-mine"],
        "feature": "on", "fingerprint_sensitivity": "medium", "allowed_origins": [], "grants": ["chat"], "token_ttl": "1h",
    });
    assert_eq!((&added, &simulator.get(MINE).json()), (&expected, &expected));
    assert_eq!(simulator.first_refresh("CV-mine").with(200).json()["roles"], json!(["chat"]));

    let other = json!({
        "deployment_keys": ["CV-2", "CV-3"], "feature": "off", "address_sid": "AD1", "grants": ["video"],
        "token_ttl": "90s",
    });
    let replaced = put(other, 200);
    assert_eq!((&replaced["token_ttl"], &replaced["feature"]), (&json!("90s"), &json!("off")));
    assert_eq!(simulator.first_refresh("CV-3").with(200).json()["roles"], json!(["video"]));
    assert_eq!(simulator.refresh("CV-mine", "t").refusal(), (404, 45778));
    put(json!({ "deployment_keys": ["CV-2"], "feature": "off" }), 200);
    assert_eq!(simulator.refresh("CV-2", "t").refusal(), (404, 45777), "it has no address any more");

    simulator.delete(MINE).with(204);
    assert_eq!(simulator.refresh("CV-2", "t").refusal(), (404, 45778));
    for answer in [simulator.get(MINE), simulator.delete(MINE)] {
        assert!(answer.with(404).text_of("error").starts_with("there is no account AC0"));
    }
}

#[test]
fn a_feature_that_is_switched_is_so_for_the_next_refresh() {
    let simulator = Simulator::starts(&[]);
    let feature = format!("/accounts/{}/feature", ON.0);
    let mut token = simulator.first_token(ON.1);
    for (switched, members) in [
        ("on", &["token", "fingerprint"] as &[_]),
        ("off", &["token"]),
        ("off", &["token"]),
        ("on", &["token", "fingerprint"]),
    ] {
        let account = simulator.post(&feature, &json!({ "feature": switched })).with(200).json();
        assert_eq!((&account["feature"], &account["account_sid"]), (&json!(switched), &json!(ON.0)));
        // A token that a refresh without a fingerprint gave is bound to none.
        let bound = simulator.minted(&json!({ "account": ON.0 }));
        token = simulator.refresh(ON.1, if switched == "on" { &bound } else { &token }).with(200).text_of("token");
        let refresh = simulator.newest();
        // Arrows 5 and 6 carry a fingerprint, 7 and 8 none.
        let asked = ["federated-auth", "scoped-auth"].map(|hop| asked(exchange(&refresh, hop).unwrap()));
        for body in &asked {
            let mut sent: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            sent.sort_unstable_by_key(|member| *member == "fingerprint");
            assert_eq!(sent, members, "{switched}");
        }
        assert_eq!(asked[0], asked[1]);
    }
}

#[test]
fn a_deployment_key_belongs_to_one_account() {
    let simulator = Simulator::starts(&[]);
    let before = simulator.get("/accounts").json();
    let thief = json!({ "deployment_keys": ["CV-free", ON.1], "feature": "on" });
    for path in [MINE.to_owned(), format!("/accounts/{}", OFF.0)] {
        let refused = simulator.put(&path, &thief).with(409);
        assert_eq!(refused.text_of("error"), format!("one of the deployment keys already belongs to account {}", ON.0));
    }
    assert_eq!(simulator.get("/accounts").json(), before);
    simulator.first_refresh(ON.1).with(200);
    simulator.first_refresh(OFF.1).with(200);
}
