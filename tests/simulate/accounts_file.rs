//! The accounts file, followed while the simulator runs.

use crate::support::{Folder, Simulator, until};
use serde_json::json;

#[test]
fn a_change_of_the_file_is_taken_over() {
    let simulator = with_file(&account(1, "CV-old"));
    // Right at the start, so that no change is missed between the first reading and the following.
    simulator.folder().write("accounts.toml", &account(1, "CV-new"));
    until("the change", || (keys(&simulator) == ["CV-new"]).then_some(()));
    simulator.first_refresh("CV-new").with(200);
    assert_eq!(simulator.refresh("CV-old", "t").refusal(), (404, 45778));

    let watching = simulator.watched();
    watching.hears("hello", |_| true);
    let both = account(1, "CV-new") + &account(2, "CV-second");
    simulator.folder().write("accounts.toml", &both);
    watching.hears("accounts", |_| true);
    assert_eq!(keys(&simulator), ["CV-new", "CV-second"]);
    until("a note", || simulator.stderr().contains("accounts.toml: read again, 2 accounts").then_some(()));
}

#[test]
fn what_the_api_added_stays_and_what_the_file_lost_goes() {
    let simulator = with_file(&(account(1, "CV-1") + &account(2, "CV-2")));
    let added = json!({ "deployment_keys": ["CV-added"], "feature": "off" });
    simulator.put("/accounts/AC00000000000000000000000000000009", &added).with(201);
    simulator.folder().write("accounts.toml", &account(2, "CV-2"));
    until("the change", || (keys(&simulator) == ["CV-2", "CV-added"]).then_some(()));
    // What would take a key away from it is kept out, and said.
    simulator.folder().write("accounts.toml", &account(2, "CV-added"));
    let told = until("a complaint", || simulator.stderr().contains("hint: the accounts").then(|| simulator.stderr()));
    assert!(told.contains("already belongs to account AC00000000000000000000000000000009"), "{told}");
    assert_eq!(keys(&simulator), ["CV-2", "CV-added"]);
}

#[test]
fn a_bad_edit_is_shown_where_and_kept_out() {
    let simulator = with_file(&account(1, "CV-kept"));
    let misspelt = account(1, "CV-canary").replace("feature", "faeture");
    simulator.folder().write("accounts.toml", &misspelt);
    let told = until("a complaint", || simulator.stderr().contains("hint: the accounts").then(|| simulator.stderr()));
    for words in
        ["error: no key in [accounts] is called `faeture`", "accounts.toml:5:1", "^^^^^^^", "did you mean `feature`?"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("CV-canary"), "{told}");
    simulator.first_refresh("CV-kept").with(200);
    // Once it is mended it is taken over.
    simulator.folder().write("accounts.toml", &account(1, "CV-mended"));
    until("the change", || (keys(&simulator) == ["CV-mended"]).then_some(()));
}

#[test]
fn a_file_that_is_far_too_large_is_kept_out_and_keeps_nobody_waiting() {
    let simulator = with_file(&account(1, "CV-kept"));
    simulator.folder().write("accounts.toml", &"\0".repeat(20 << 20));
    let told = until("a complaint", || simulator.stderr().contains("hint: the accounts").then(|| simulator.stderr()));
    assert!(told.starts_with("error: failed to read accounts.toml: it is larger than 1024 KiB\n"), "{told}");
    simulator.folder().write("accounts.toml", &account(1, "CV-mended"));
    until("the change", || (keys(&simulator) == ["CV-mended"]).then_some(()));
    simulator.ends("TERM").with(0);
}

fn with_file(text: &str) -> Simulator {
    Simulator::within(Folder::new().with("accounts.toml", text), &["--accounts", "accounts.toml"], &[])
}

fn account(number: usize, key: &str) -> String {
    format!(
        "[[accounts]]\naccount_sid = \"AC{number:032}\"\naddress_sid = \"AD{number:032}\"\n\
         deployment_keys = [\"{key}\"]\nfeature = \"on\"\n"
    )
}

fn keys(simulator: &Simulator) -> Vec<String> {
    let accounts = simulator.get("/accounts").with(200).json();
    let keys = accounts.as_array().unwrap().iter().flat_map(|account| account["deployment_keys"].as_array().unwrap());
    keys.map(|key| key.as_str().unwrap().to_owned()).collect()
}
