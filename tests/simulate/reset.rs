//! Back to the beginning: everything, or one account alone.

use serde_json::{Value, json};

use crate::support::{Folder, OFF, ON, Simulator, until};

const ADDED: &str = "/accounts/AC00000000000000000000000000000009";

#[test]
fn everything_is_as_it_was_at_the_start() {
    let simulator = Simulator::starts(&[]);
    let before = simulator.get("/accounts").json();
    disturb(&simulator);
    let reset = simulator.post("/reset", &json!({})).with(200).json();
    assert_eq!(reset, json!({ "accounts": 9, "faults": 4, "refreshes": 2 }));
    assert_eq!(simulator.get("/accounts").json(), before);
    assert_eq!(simulator.get("/faults").json(), json!([]));
    assert_eq!(simulator.get("/refreshes").json()["kept"], 0);
    simulator.first_refresh(ON.1).with(200);
}

#[test]
fn one_account_is_put_back_and_the_others_are_left_alone() {
    let simulator = Simulator::starts(&[]);
    disturb(&simulator);
    let others = || {
        let accounts = simulator.get("/accounts").json();
        let others = accounts.as_array().unwrap().iter().filter(|account| account["account_sid"] != ON.0);
        others.cloned().collect::<Vec<Value>>()
    };
    let before = others();
    let reset = simulator.post("/reset", &json!({ "account": ON.0 })).with(200).json();
    // By its SID and by a key that it had until now.
    assert_eq!(reset, json!({ "accounts": 1, "faults": 2, "refreshes": 1 }));
    let account = simulator.get(&format!("/accounts/{}", ON.0)).json();
    assert_eq!((&account["deployment_keys"], &account["feature"]), (&json!([ON.1]), &json!("on")));
    assert_eq!(others(), before);
    let left: Vec<Value> =
        simulator.get("/faults").json().as_array().unwrap().iter().map(|it| it["fault"].clone()).collect();
    assert_eq!(json!(left), json!(["status=502", "late=1ms"]));
    let kept = simulator.get("/refreshes").json();
    assert_eq!((&kept["kept"], &kept["refreshes"][0]["account"]), (&json!(1), &json!(OFF.0)));
}

#[test]
fn an_account_that_was_added_is_gone_after_its_reset_and_one_that_was_deleted_is_back() {
    let simulator = Simulator::starts(&[]);
    simulator.put(ADDED, &json!({ "deployment_keys": ["CV-added"], "feature": "on" })).with(201);
    let sid = |path: &str| json!({ "account": path.trim_start_matches("/accounts/") });
    assert_eq!(simulator.post("/reset", &sid(ADDED)).with(200).json()["accounts"], 1);
    simulator.get(ADDED).with(404);
    simulator.post("/reset", &sid(ADDED)).with(404);
    let stated = format!("/accounts/{}", ON.0);
    simulator.delete(&stated).with(204);
    assert_eq!(simulator.post("/reset", &sid(&stated)).with(200).json()["accounts"], 1);
    simulator.first_refresh(ON.1).with(200);
}

#[test]
fn a_reset_that_cannot_be_changes_nothing_and_says_why() {
    let simulator = Simulator::starts(&[]);
    simulator
        .put(&format!("/accounts/{}", ON.0), &json!({ "deployment_keys": ["CV-mine"], "feature": "on" }))
        .with(200);
    simulator.put(ADDED, &json!({ "deployment_keys": [ON.1], "feature": "on" })).with(201);
    simulator.fault(&json!({ "hop": "starship", "fault": "late=1ms", "match": { "account": ON.0 } }));
    let before = simulator.get("/accounts").json();
    let refused = simulator.post("/reset", &json!({ "account": ON.0 })).with(409);
    assert!(refused.text_of("error").contains("already belongs to account AC0000000"), "{}", refused.text);
    assert_eq!(simulator.get("/accounts").json(), before);
    assert_eq!(simulator.get("/faults").json().as_array().map(Vec::len), Some(1));
    simulator.post("/reset", &json!({})).with(200);
    simulator.first_refresh(ON.1).with(200);
}

#[test]
fn what_is_gone_back_to_is_the_file_as_it_is_now() {
    let file = |feature: &str| {
        format!("[[accounts]]\naccount_sid = \"{}\"\ndeployment_keys = [\"{}\"]\nfeature = \"{feature}\"\n", ON.0, ON.1)
    };
    let folder = Folder::new().with("accounts.toml", &file("on"));
    let simulator = Simulator::within(folder, &["--accounts", "accounts.toml"], &[]);
    let feature = || simulator.get("/accounts").json()[0]["feature"].clone();
    simulator.folder().write("accounts.toml", &file("off"));
    until("the change", || (feature() == "off").then_some(()));
    simulator.post(&format!("/accounts/{}/feature", ON.0), &json!({ "feature": "on" })).with(200);
    assert_eq!(feature(), "on");
    simulator.post("/reset", &json!({})).with(200);
    assert_eq!(feature(), "off");
}

/// Changes an account, adds one, has two accounts' tokens refreshed, and puts faults in force.
fn disturb(simulator: &Simulator) {
    simulator.put(ADDED, &json!({ "deployment_keys": ["CV-added"], "feature": "on" })).with(201);
    simulator.post(&format!("/accounts/{}/feature", OFF.0), &json!({ "feature": "on" })).with(200);
    let changed = json!({ "deployment_keys": [ON.1, "CV-until-now"], "feature": "off", "address_sid": "AD1" });
    simulator.put(&format!("/accounts/{}", ON.0), &changed).with(200);
    for (account, key) in [ON, OFF] {
        simulator.refresh(key, &simulator.minted(&json!({ "account": account }))).with(200);
    }
    for (fault, matching) in [
        ("status=500", json!({ "account": ON.0 })),
        ("status=501", json!({ "deployment_key": "CV-until-now" })),
        ("status=502", json!({ "deployment_key": OFF.1 })),
        ("late=1ms", json!({})),
    ] {
        simulator.fault(&json!({ "hop": "starship", "fault": fault, "match": matching }));
    }
}
