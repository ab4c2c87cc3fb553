//! What happens, as it is told to whoever watches, until the simulator is stopped.

use serde_json::{Value, json};

use crate::support::{ON, Simulator, begin};

#[test]
fn whoever_begins_to_watch_hears_first_how_things_stand() {
    let simulator = Simulator::starts(&[]);
    simulator.first_refresh(ON.1).with(200);
    for _ in 0..20 {
        let watching = simulator.watched();
        // There is always something else to tell at once.
        simulator.fault(&json!({ "hop": "starship", "fault": "late=1ms", "times": 1 }));
        let (name, data) = watching.next().unwrap();
        assert_eq!(name, "hello");
        assert_eq!(data["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!((&data["counts"]["refreshed"], &data["counts"]["first_tokens"]), (&json!(1), &json!(1)));
    }
}

#[test]
fn a_refresh_is_told_as_it_goes_on_and_once_when_it_has_ended() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.first_token(ON.1);
    let watching = simulator.watched();
    watching.hears("hello", |_| true);
    simulator.refresh(ON.1, &token).with(200);
    let mut told: Vec<Value> = Vec::new();
    while told.last().is_none_or(|refresh| refresh["state"] != "ended") {
        told.push(watching.hears("refresh", |_| true));
    }
    assert!(told.iter().all(|refresh| refresh["id"] == told[0]["id"] && refresh["account"] == ON.0), "{told:?}");
    assert!(told.len() > 1, "it was told while it went on");
    let (ended, before) = told.split_last().unwrap();
    assert!(before.iter().all(|refresh| refresh["state"] == "under way" && refresh["outcome"].is_null()));
    assert_eq!((&ended["outcome"], &ended["status"]), (&json!("refreshed"), &json!(200)));
    assert!(ended.get("exchanges").is_none() && ended["arrows"].is_array(), "exchanges are for who asks for them");
    let counts = simulator.counts();
    for (member, expected) in [("refreshes", 1), ("refreshed", 1), ("first_tokens", 1), ("under_way", 0), ("shown", 1)]
    {
        assert_eq!(counts[member], expected, "{member}");
    }
    simulator.refresh(ON.1, "no token").with(403);
    watching.hears("counts", |counts| counts["refused"] == 1 && counts["refreshes"] == 2);
}

#[test]
fn changes_are_told_to_everybody_who_watches() {
    let simulator = Simulator::starts(&[]);
    let watching = [simulator.watched(), simulator.watched()];
    let all_hear = |name: &str| watching.iter().for_each(|watching| drop(watching.hears(name, |_| true)));
    all_hear("hello");
    let feature = format!("/accounts/{}/feature", ON.0);
    simulator.post(&feature, &json!({ "feature": "off" })).with(200);
    all_hear("accounts");
    let mine = "/accounts/AC00000000000000000000000000000009";
    simulator.put(mine, &json!({ "deployment_keys": ["CV-mine"], "feature": "on" })).with(201);
    all_hear("accounts");
    simulator.delete(mine).with(204);
    all_hear("accounts");
    let id = simulator.fault(&json!({ "hop": "starship", "fault": "late=1ms" }));
    all_hear("faults");
    simulator.first_refresh(ON.1).with(200);
    all_hear("faults");
    simulator.delete(&format!("/faults/{id}")).with(204);
    all_hear("faults");
    simulator.delete("/refreshes").with(204);
    all_hear("cleared");
    simulator.post("/reset", &json!({})).with(200);
    all_hear("cleared");
}

#[test]
fn neither_a_watcher_nor_a_call_that_never_ends_keeps_it_from_ending() {
    let simulator = Simulator::starts(&[]);
    let watching = simulator.watched();
    watching.hears("hello", |_| true);
    let never = |fault: &str| begin(simulator.refreshing(ON.1, "t").header("x-hopcheck-fault", fault));
    let unanswered = [never("starship drips=1h"), never("starship never-answers"), never("starship late=1h")];
    // What drips has been answered as far as the journal goes.
    watching.hears("counts", |counts| counts["under_way"] == 2 && counts["refused"] == 1);
    let ended = simulator.ends("TERM").with(0);
    assert!(ended.stdout.ends_with("\nSIGTERM: stopped\n"), "{}", ended.stdout);
    while watching.next().is_some() {}
    for begun in unanswered {
        assert!(begun.ends().is_err_and(|error| !error.is_timeout()), "the connection ended with the process");
    }
}

#[test]
fn an_interrupt_ends_it_too() {
    let ended = Simulator::starts(&[]).ends("INT").with(0);
    assert!(ended.stdout.ends_with("\nCtrl-C: stopped\n") && ended.stderr.is_empty(), "{ended:?}");
}
