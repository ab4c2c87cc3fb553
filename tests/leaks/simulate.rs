//! `simulate`: its log in both forms, its journal, its archive, its admin API and its page's events.

use serde_json::json;

use super::searcher::{Form, Searcher, forms};
use crate::support::{Authority, Folder, Simulator, client, send, try_send};

const KEY: &str = "Kx7w+Q=9-canary-key-on";
const SIGNING_KEY: &str = "Gd5b/+~T-canary-signing-key-0123456789";
const ADMIN: &str = "Bn4q-Zx8-canary-admin";
const FINGERPRINT: &str = "Fp6e/+Yu-canary-fingerprint";
const SENT: &str = "Lt9o/+Wi-canary-sent";
const SID: &str = "AC00000000000000000000000000000001";

#[test]
fn nothing_that_the_simulator_tells_or_writes_holds_a_secret() {
    let accounts = format!(
        "signing_key = '{SIGNING_KEY}'\n[[accounts]]\naccount_sid = '{SID}'\naddress_sid = 'AD1'\n\
         deployment_keys = ['Nq1-shown-at-the-start', '{KEY}']\nfeature = 'on'\n"
    );
    for format in ["text", "json"] {
        let folder = Folder::new().with("accounts.toml", &accounts);
        let options = ["--accounts", "accounts.toml", "--journal", "journal.jsonl", "--log-format", format];
        let environment = [("RUST_LOG", "trace"), ("HOPCHECK_ADMIN_TOKEN", ADMIN), ("UNREAD", SENT)];
        let simulator = Simulator::within(folder, &options, &environment).with_token(ADMIN);
        let watching = simulator.watched();
        watching.hears("hello", |_| true);
        let tokens = have_secrets_travel(&simulator);
        let mut told = vec![("refusals".to_owned(), refusals(&simulator))];
        for path in ["/health", "/ready", "/diagram", "/faults", "/refreshes?limit=1000", "/refreshes.har", "/verdict"]
        {
            told.push((path.to_owned(), simulator.get(path).with(200).text));
        }
        let listed = simulator.get("/refreshes?limit=1000").json();
        for refresh in listed["refreshes"].as_array().into_iter().flatten() {
            told.push(("a refresh".to_owned(), simulator.get(&format!("/refreshes/{}", refresh["id"])).with(200).text));
        }
        simulator.post("/reset", &json!({})).with(200);
        let mut seen = 0;
        while let Some((name, data)) = watching.next() {
            seen += usize::from(name == "refresh");
            told.push((format!("the event {name}"), data.to_string()));
            if name == "cleared" {
                break;
            }
        }
        assert!(seen > 5, "refreshes were told of as they happened");
        told.push(("the ready file".to_owned(), simulator.folder().read("ready.json")));
        told.push(("standard output".to_owned(), simulator.stdout()));
        let log = simulator.stderr();
        let journal = simulator.ends_leaving("journal.jsonl");
        assert!(journal.contains("\"hop\"") && log.lines().count() > 20, "{log}");
        told.extend([("the log".to_owned(), log), ("the journal".to_owned(), journal)]);
        let secrets = [KEY, SIGNING_KEY, ADMIN, FINGERPRINT, SENT].into_iter().map(str::to_owned).chain(tokens);
        let searcher = Searcher::of(secrets);
        for (place, text) in told {
            searcher.clears(&place, &text);
        }
    }
}

#[test]
fn keys_of_tls_are_not_told() {
    let pair = Authority::called("An authority").issues_for("127.0.0.1");
    let secrets: Vec<String> = pair.key.lines().filter(|line| !line.starts_with("--")).map(str::to_owned).collect();
    assert!(!secrets.is_empty());
    let folder = Folder::new().with("one.pem", &pair.certificate).with("one.key", &pair.key);
    let options = ["--tls-certificate", "one.pem", "--tls-key", "one.key", "--journal", "journal.jsonl"];
    let simulator = Simulator::within(folder, &options, &[("RUST_LOG", "trace")]);
    // Whoever speaks plain HTTP to it is not understood.
    let _ = try_send(client().post(simulator.url("starship").replace("https", "http")).body(SENT));
    let ended = simulator.ends("TERM");
    Searcher::of(secrets).clears("what was printed", &format!("{}{}", ended.stdout, ended.stderr));
    let swapped = Folder::new().with("one.pem", &pair.key).with("one.key", &pair.certificate.replace('A', "B"));
    let simulate = ["simulate", "--any-port", "--tls-certificate", "one.pem", "--tls-key", "one.key"];
    let ended = crate::support::Program::new(simulate).within(&swapped).ends().with(2);
    let secrets: Vec<String> = pair.key.lines().filter(|line| !line.starts_with("--")).map(str::to_owned).collect();
    Searcher::of(secrets).clears("the complaint", &format!("{}{}", ended.stdout, ended.stderr));
}

/// Sends secrets wherever they go in this flow and some places where they do not, and returns the tokens that were made.
fn have_secrets_travel(simulator: &Simulator) -> Vec<String> {
    let token = simulator.first_token(KEY);
    let refreshed = simulator.refresh(KEY, &token).with(200).text_of("token");
    simulator.refresh(SENT, SENT).with(404);
    let bound = simulator.minted(&json!({ "account": SID, "fingerprint": FINGERPRINT }));
    for (service, path) in [
        ("federated-auth", format!("/v1/Accounts/{SID}/Tokens/refresh")),
        ("scoped-auth", "/v1/ScopedAuthTokens/validate".to_owned()),
    ] {
        let address = format!("{}{path}", simulator.url(service));
        send(client().post(address).json(&json!({ "token": bound, "fingerprint": FINGERPRINT }))).with(200);
    }
    let refresh = |query: &str| client().post(format!("{}/V2/Webchat/Token/Refresh{query}", simulator.url("starship")));
    for Form { name: form, written: text, .. } in forms(SENT) {
        // A token that is sent is known from then on, in whatever form it comes back.
        let body = json!({ "deploymentKey": KEY, "token": SENT, "note": text, form: [text], text.clone(): 1 });
        send(refresh("").json(&body).header("x-note", text.replace('\\', "-")));
    }
    for body in [
        format!(r#"{{"deploymentKey":"{KEY}","token":"{SENT}"#),
        format!(r#"{{"token":{{"a":"{SENT}"}}}}"#),
        format!("token={SENT}"),
    ] {
        send(refresh(&format!("?token={SENT}")).header("content-type", "application/json").body(body));
    }
    send(refresh("").json(&json!({ "deploymentKey": KEY, "token": token })).bearer_auth(SENT).header("cookie", SENT));
    // What only a path, a query or a header says is nothing that its call is known by.
    for path in [format!("/keys/{KEY}/refresh"), format!("/V2/Webchat/Token/Refresh?of={}", KEY.replace('+', "%2B"))] {
        let request = client().post(format!("{}{path}", simulator.url("starship"))).header("x-note", KEY);
        send(request.json(&json!({ "note": "no key" })));
    }
    for fault in ["wrong-shape", "cut-short", "resets", "status=503", "not-json"] {
        for hop in ["starship", "scoped-auth"] {
            let _ = try_send(simulator.refreshing(KEY, &token).header("x-hopcheck-fault", format!("{hop} {fault}")));
        }
    }
    vec![token, refreshed, bound]
}

/// Returns what the admin API says to orders that it refuses.
fn refusals(simulator: &Simulator) -> String {
    let matching = json!({ "deployment_key": KEY, "token": SENT, "header": { "name": "cookie", "value": SENT } });
    let answers = [
        simulator.post("/faults", &json!({ "hop": "starship", "fault": "empty", "match": matching })),
        simulator
            .put("/accounts/AC00000000000000000000000000000009", &json!({ "deployment_keys": [KEY], "feature": "on" })),
        simulator.post("/tokens", &json!({ "deployment_key": SENT })),
        simulator.post("/tokens", &json!({ "account": SID, "fingerprint": 7, "deployment_key": KEY })),
        send(client().get(format!("{}/api/verdict", simulator.url("admin"))).bearer_auth(SENT)),
    ];
    answers.into_iter().map(|answer| answer.text).collect::<Vec<_>>().join("\n")
}
