//! What is secret, and the log: nothing that the simulator tells or writes has a token, a fingerprint or a key in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Folder, ON, Simulator, client, exchange, send, try_send};

const ACCOUNTS: &str = r#"
signing_key = "canary-signing-key-0123456789"

[[accounts]]
account_sid = "AC00000000000000000000000000000001"
address_sid = "AD00000000000000000000000000000001"
deployment_keys = ["canary-key-on"]
feature = "on"

[[accounts]]
account_sid = "AC00000000000000000000000000000002"
address_sid = "AD00000000000000000000000000000002"
deployment_keys = ["canary-key-off", "canary-key-off-2"]
feature = "off"
"#;

const FIRST: &str = "AC00000000000000000000000000000001";

#[test]
fn nothing_that_is_told_or_written_holds_a_secret() {
    for format in ["text", "json"] {
        let simulator = tracing(format);
        let watching = simulator.watched();
        watching.hears("hello", |_| true);
        let mut told = have_secrets_travel(&simulator);
        for path in ["/health", "/ready", "/diagram", "/faults", "/refreshes?limit=1000", "/refreshes.har", "/verdict"]
        {
            told.push(simulator.get(path).with(200).text);
        }
        let refreshes = simulator.get("/refreshes?limit=1000").json();
        let ids: Vec<u64> =
            refreshes["refreshes"].as_array().unwrap().iter().map(|it| it["id"].as_u64().unwrap()).collect();
        assert!(ids.len() > 10, "{ids:?}");
        for id in ids {
            told.push(simulator.get(&format!("/refreshes/{id}")).with(200).text);
            told.push(simulator.get(&format!("/refreshes.har?id={id}")).with(200).text);
        }
        simulator.post("/reset", &json!({})).with(200);
        let mut seen = 0;
        loop {
            let (name, data) = watching.next().unwrap();
            told.push(data.to_string());
            seen += usize::from(name == "refresh");
            if name == "cleared" {
                break;
            }
        }
        assert!(seen > 5, "refreshes were told of as they happened");
        told.push(simulator.folder().read("ready.json"));
        let log = simulator.stderr();
        assert!(log.lines().count() > 20, "{log}");
        told.push(log);
        told.push(simulator.ends_leaving("journal.jsonl"));
        for text in told {
            holds_no_secret(&text);
        }
    }
}

#[test]
fn a_token_shows_what_it_claims_but_not_what_its_fingerprint_left_in_it() {
    let simulator = Simulator::starts(&[]);
    simulator.first_refresh(ON.1).with(200);
    let refresh = simulator.newest();
    for half in ["request", "reply"] {
        let claims = &exchange(&refresh, "starship").unwrap()["claims"][half]["token"];
        assert_eq!((&claims["account_sid"], claims["exp"].is_u64()), (&json!(ON.0), true), "{claims}");
        let binding = claims["binding"].as_str().unwrap();
        assert!(binding.starts_with("fpr_") && binding.ends_with('…'), "{claims}");
    }
}

#[test]
fn every_line_of_the_log_about_an_exchange_has_the_number_of_its_refresh() {
    let simulator = tracing("json");
    have_secrets_travel(&simulator);
    let known: BTreeSet<u64> = numbers(&simulator);
    let log = simulator.stderr();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let logged: BTreeSet<u64> =
        lines.iter().map(|line| line["span"]["id"].as_u64().unwrap_or_else(|| panic!("{line}"))).collect();
    assert_eq!(logged, known);
    assert!(lines.iter().all(|line| line["hop"].is_string()), "{log}");

    let simulator = tracing("text");
    have_secrets_travel(&simulator);
    let known = numbers(&simulator);
    let log = simulator.stderr();
    let number = |line: &str| line.split_once("refresh{id=")?.1.split_once('}')?.0.parse().ok();
    let logged: BTreeSet<u64> = log.lines().map(|line| number(line).unwrap_or_else(|| panic!("{line}"))).collect();
    assert_eq!(logged, known);
}

#[test]
fn nothing_is_logged_unless_asked_for_and_what_is_asked_must_be_understood() {
    let simulator = Simulator::starts(&[]);
    simulator.first_refresh("CV-feature-on").with(200);
    assert_eq!(simulator.ends("TERM").stderr, "");
    let wrong = crate::support::Program::new(["simulate", "--any-port"]).knowing("RUST_LOG", "hopcheck=loud");
    let ended = wrong.ends().with(2);
    assert!(
        ended.stderr.contains("RUST_LOG says \"hopcheck=loud\"") && ended.stderr.contains("hint: "),
        "{}",
        ended.stderr
    );
}

fn tracing(format: &str) -> Simulator {
    let arguments = ["--accounts", "accounts.toml", "--journal", "journal.jsonl", "--log-format", format];
    Simulator::within(Folder::new().with("accounts.toml", ACCOUNTS), &arguments, &[("RUST_LOG", "hopcheck=trace")])
}

/// Sends secrets wherever they go in this flow and some places where they do not, and returns what the API answered.
fn have_secrets_travel(simulator: &Simulator) -> Vec<String> {
    let key = "canary-key-on";
    let token = simulator.first_token(key);
    simulator.refresh(key, &token).with(200);
    simulator.first_refresh("canary-key-off-2").with(200);
    for state in ["expired", "tampered", "another-account", "another-fingerprint"] {
        simulator.refresh(key, &simulator.minted(&json!({ "account": FIRST, "state": state }))).with(403);
    }
    simulator.refresh("canary-key-of-nobody", "canary-token").with(404);
    let edge = |body: &str| {
        let request =
            client().post(format!("{}/V2/Webchat/Token/Refresh?token=canary-in-query", simulator.url("starship")));
        request.header("content-type", "application/json").body(body.to_owned())
    };
    send(edge(r#"{"deploymentKey":"canary-key-on","token":"canary-cut"#));
    send(edge(r#"{"deploymentKey":["canary-listed"],"token":{"a":"canary-nested"}}"#));
    send(edge(r#"{"deploymentKey":"canary-key-on","token":"canary"}"#).header("authorization", "Bearer canary-header"));
    for fault in ["wrong-shape", "cut-short", "resets", "status=503"] {
        for hop in ["starship", "federated-auth", "scoped-auth"] {
            let _ = try_send(simulator.refreshing(key, &token).header("x-hopcheck-fault", format!("{hop} {fault}")));
        }
    }
    send(simulator.refreshing(key, &token).header("x-hopcheck-fault", "melts"));
    let bound = simulator.minted(&json!({ "account": FIRST, "fingerprint": "canary-fingerprint" }));
    for address in [
        format!("{}/v1/Accounts/{FIRST}/Tokens/refresh", simulator.url("federated-auth")),
        format!("{}/v1/ScopedAuthTokens/validate", simulator.url("scoped-auth")),
    ] {
        send(client().post(address).json(&json!({ "token": bound, "fingerprint": "canary-fingerprint" }))).with(200);
    }
    let matching = json!({ "deployment_key": key, "token": token, "header": { "name": "cookie", "value": "canary" } });
    let thief = json!({ "deployment_keys": [key], "feature": "on" });
    [
        simulator.post("/faults", &json!({ "hop": "starship", "fault": "empty", "match": matching })).with(201),
        simulator.put("/accounts/AC00000000000000000000000000000009", &thief).with(409),
        simulator.post("/tokens", &json!({ "deployment_key": "canary-key-of-nobody" })).with(404),
        simulator.post("/tokens", &json!({ "account": FIRST, "state": 7, "deployment_key": key })).with(400),
        simulator.post("/reset", &json!({ "account": "AC00000000000000000000000000000009" })).with(404),
    ]
    .map(|answer| answer.text)
    .into()
}

/// Every secret begins alike, and every token as signed ones do.
fn holds_no_secret(text: &str) {
    for beginning in ["canary", "eyJ"] {
        if let Some(at) = text.find(beginning) {
            let around: String = text.chars().skip(text[..at].chars().count().saturating_sub(200)).take(300).collect();
            panic!("a secret is told: {around}");
        }
    }
}

fn numbers(simulator: &Simulator) -> BTreeSet<u64> {
    let listed = simulator.get("/refreshes?limit=1000").json();
    listed["refreshes"].as_array().unwrap().iter().map(|refresh| refresh["id"].as_u64().unwrap()).collect()
}
