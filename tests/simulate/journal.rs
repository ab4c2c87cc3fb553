//! The journal: what is remembered, found again, forgotten, and written to a file.

use serde_json::{Value, json};

use crate::support::{Folder, OFF, ON, Simulator, asked, client, exchange, send};

#[test]
fn refreshes_are_listed_the_newest_first_and_found_by_what_they_were() {
    let simulator = Simulator::starts(&[]);
    one_of_each(&simulator);
    let listed = |query: &str| numbers(&simulator.get(&format!("/refreshes?{query}")).with(200).json());
    let all = listed("");
    assert_eq!(all.len(), 6);
    assert!(all.is_sorted_by(|newer, older| newer > older), "{all:?}");
    let [failed, of_nobody, refused, off, on, creation] = all[..] else { panic!("{all:?}") };
    for (query, expected) in [
        ("kind=creation", vec![creation]),
        ("kind=refresh", vec![failed, of_nobody, refused, off, on]),
        ("outcome=refreshed", vec![off, on, creation]),
        ("outcome=refused", vec![of_nobody, refused]),
        ("outcome=failed", vec![failed]),
        (&format!("account={}", OFF.0), vec![off]),
        (&format!("account={}&kind=refresh&outcome=refused", ON.0), vec![refused]),
        (&format!("account=AC{:032}", 9), vec![]),
        (&format!("before={refused}"), vec![off, on, creation]),
        (&format!("before={refused}&kind=refresh&limit=1"), vec![off]),
        ("limit=0", vec![]),
    ] {
        assert_eq!(listed(query), expected, "{query}");
    }
}

#[test]
fn a_list_goes_on_where_one_ended() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.minted(&json!({ "account": OFF.0 }));
    for _ in 0..60 {
        simulator.refresh(OFF.1, &token).with(200);
    }
    assert_eq!(numbers(&simulator.get("/refreshes").json()).len(), 50, "the usual length of a list");
    let (mut seen, mut query) = (Vec::new(), "/refreshes?limit=7".to_owned());
    loop {
        let page = numbers(&simulator.get(&query).with(200).json());
        let Some(last) = page.last() else { break };
        query = format!("/refreshes?limit=7&before={last}");
        seen.extend(page);
    }
    assert_eq!(seen.len(), 60);
    assert!(seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
}

#[test]
fn one_refresh_is_told_with_its_exchanges_and_without_secrets() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.first_token(ON.1);
    let new = simulator.refresh(ON.1, &token).with(200).text_of("token");
    let refresh = simulator.newest();
    for (member, expected) in [
        ("kind", json!("refresh")),
        ("state", json!("ended")),
        ("outcome", json!("refreshed")),
        ("account", json!(ON.0)),
        ("status", json!(200)),
        ("code", Value::Null),
        ("faults", json!([])),
    ] {
        assert_eq!(refresh[member], expected, "{member}");
    }
    let hops: Vec<&Value> = refresh["exchanges"].as_array().unwrap().iter().map(|it| &it["hop"]).collect();
    assert_eq!(json!(hops), json!(["starship", "orchestrator", "federated-auth", "scoped-auth"]));
    let of = |hop| exchange(&refresh, hop).unwrap();
    assert_eq!((&of("starship")["from"], &of("starship")["to"]), (&json!("Customer"), &json!("Starship")));
    assert_eq!(of("starship")["request"], "POST /V2/Webchat/Token/Refresh");
    assert_eq!(of("federated-auth")["request"], format!("POST /v1/Accounts/{}/Tokens/refresh", ON.0));
    assert_eq!(of("scoped-auth")["request"], "POST /v1/ScopedAuthTokens/validate");
    // The same token has the same pseudonym wherever it goes.
    let presented =
        ["starship", "orchestrator", "federated-auth", "scoped-auth"].map(|hop| asked(of(hop))["token"].clone());
    assert!(presented.iter().all(|shown| *shown == presented[0]) && presented[0].as_str().unwrap().starts_with("tok_"));
    assert_eq!(asked(of("starship"))["deploymentKey"], refresh["deployment_key"]);
    let text = refresh.to_string();
    assert!([&*token, &*new, ON.1].iter().all(|secret| !text.contains(secret)), "{text}");
    assert!(simulator.get("/refreshes/999").with(404).text_of("hint").contains("/api/refreshes"));
}

#[test]
fn a_refusal_is_told_with_its_code_and_a_failure_with_its_reason() {
    let simulator = Simulator::starts(&[]);
    simulator.refresh(ON.1, "no token");
    let refused = simulator.newest();
    assert_eq!(
        (&refused["outcome"], &refused["status"], &refused["code"]),
        (&json!("refused"), &json!(403), &json!(45775))
    );
    send(simulator.refreshing(ON.1, "t").header("x-hopcheck-fault", "scoped-auth resets"));
    let failed = simulator.newest();
    assert_eq!(
        (&failed["outcome"], &failed["status"], &failed["code"]),
        (&json!("failed"), &json!(502), &json!(45774))
    );
    assert_eq!(exchange(&failed, "scoped-auth").unwrap()["failure"], "the connection was reset");
}

#[test]
fn an_answer_that_is_neither_a_token_nor_a_refusal_is_a_failure() {
    let simulator = Simulator::starts(&[]);
    for fault in ["wrong-shape", "empty", "not-json", "status=200", "status=204", "status=302"] {
        send(simulator.refreshing(ON.1, "t").header("x-hopcheck-fault", format!("starship {fault}")));
        assert_eq!(simulator.newest()["outcome"], "failed", "{fault}");
    }
    for fault in ["status=400", "status=429"] {
        send(simulator.refreshing(ON.1, "t").header("x-hopcheck-fault", format!("starship {fault}")));
        assert_eq!(simulator.newest()["outcome"], "refused", "{fault}");
    }
    // What ScopedAuth refuses, it refuses with 200.
    let simulator = Simulator::starts(&["--only", "scoped-auth"]);
    let validate = client().post(format!("{}/v1/ScopedAuthTokens/validate", simulator.url("scoped-auth")));
    send(validate.json(&json!({ "token": "t" }))).with(200);
    assert_eq!(simulator.newest()["outcome"], "refused");
}

#[test]
fn the_journal_is_cleared() {
    let simulator = Simulator::starts(&[]);
    one_of_each(&simulator);
    let before = simulator.newest()["id"].as_u64().unwrap();
    simulator.delete("/refreshes").with(204);
    let empty = json!({ "kept": 0, "dropped": 0, "unwritten": 0, "refreshes": [] });
    assert_eq!(simulator.get("/refreshes").json(), empty);
    simulator.get(&format!("/refreshes/{before}")).with(404);
    simulator.first_refresh(ON.1).with(200);
    assert!(simulator.newest()["id"].as_u64().unwrap() > before, "no id is given twice");
}

#[test]
fn as_many_are_remembered_as_was_asked_for() {
    let simulator = Simulator::starts(&["--keep", "3"]);
    one_of_each(&simulator);
    let listed = simulator.get("/refreshes").with(200).json();
    assert_eq!((&listed["kept"], &listed["dropped"], numbers(&listed).len()), (&json!(3), &json!(3), 3));
    let oldest = numbers(&listed)[2];
    simulator.get(&format!("/refreshes/{oldest}")).with(200);
    simulator.get(&format!("/refreshes/{}", oldest - 1)).with(404);
}

#[test]
fn every_refresh_is_added_to_a_file() {
    let folder = Folder::new().with("journal.jsonl", "{\"of\":\"an earlier run\"}\n");
    let simulator = Simulator::within(folder, &["--journal", "journal.jsonl", "--keep", "1"], &[]);
    one_of_each(&simulator);
    let newest = simulator.newest();
    let text = simulator.ends_leaving("journal.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({ "of": "an earlier run" }));
    assert_eq!(lines.len(), 7, "what is no longer remembered is written too");
    let outcomes: Vec<&Value> = lines[1..].iter().map(|line| &line["outcome"]).collect();
    assert_eq!(json!(outcomes), json!(["refreshed", "refreshed", "refreshed", "refused", "refused", "failed"]));
    let last = lines.last().unwrap();
    assert_eq!((&last["id"], &last["exchanges"]), (&newest["id"], &newest["exchanges"]));
}

#[test]
fn a_journal_that_cannot_be_written_is_no_start() {
    let ended = crate::support::Program::new(["simulate", "--any-port", "--journal", "nowhere/journal.jsonl"]);
    let ended = ended.within(&Folder::new()).ends().with(2);
    assert!(ended.stderr.contains("failed to open the journal nowhere/journal.jsonl"), "{}", ended.stderr);
}

#[test]
fn a_journal_without_room_is_complained_of_and_what_is_missing_is_counted() {
    let simulator = Simulator::starts(&["--journal", "/dev/full"]);
    one_of_each(&simulator);
    let unwritten = || (simulator.get("/refreshes").json()["unwritten"] == 6).then_some(());
    crate::support::until("all of them are counted", unwritten);
    let ended = simulator.ends("TERM").with(0);
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("the journal's file cannot be written"), "{told:?}");
    assert!(told[1].ends_with("failed to write 6 refreshes to the journal /dev/full"), "{told:?}");
}

#[test]
fn what_is_remembered_comes_to_a_verdict() {
    let simulator = Simulator::starts(&[]);
    let verdict = simulator.get("/verdict").with(200).json();
    let numbers: Vec<u64> =
        verdict["arrows"].as_array().unwrap().iter().map(|it| it["number"].as_u64().unwrap()).collect();
    assert_eq!((&verdict["verdict"], &verdict["judged"]), (&json!("nothing_ran"), &json!(0)));
    assert_eq!(numbers, (1..=26).collect::<Vec<_>>());
    assert!(verdict["arrows"].as_array().unwrap().iter().all(|arrow| arrow["verdict"] == "not_observed"));
    one_of_each(&simulator);
    let verdict = simulator.get("/verdict").with(200).json();
    let count = |member: &str| verdict[member].as_u64().unwrap();
    assert_eq!(count("judged") + count("not_judged"), 5, "a first token is no refresh");
}

/// Has a first token made, two tokens refreshed, two refused and one met with failure, in this order.
fn one_of_each(simulator: &Simulator) {
    let token = simulator.first_token(ON.1);
    simulator.refresh(ON.1, &token).with(200);
    simulator.refresh(OFF.1, &simulator.minted(&json!({ "account": OFF.0 }))).with(200);
    simulator.refresh(ON.1, &simulator.minted(&json!({ "account": ON.0, "state": "tampered" }))).with(403);
    simulator.refresh("CV-of-nobody", "t").with(404);
    send(simulator.refreshing(ON.1, &token).header("x-hopcheck-fault", "federated-auth status=503")).with(502);
}

fn numbers(listed: &Value) -> Vec<u64> {
    listed["refreshes"].as_array().unwrap().iter().map(|refresh| refresh["id"].as_u64().unwrap()).collect()
}
