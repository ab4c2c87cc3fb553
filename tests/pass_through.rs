//! Properties of handing on: whatever a service legally answers reaches the customer as it was, through the reference
//! participants over real sockets, in front of stand-ins.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hopcheck::participants::{
    AccountBook, FederatedAuth, Orchestrator, Starship, TokenKey, federated_auth, orchestrator, starship,
};
use hopcheck::protocol::{
    Account, AccountSid, DeploymentKey, Feature, FingerprintSensitivity, REFRESH_TOKEN, Token, refresh_tokens_path,
};
use hopcheck::standins;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use wiremock::{MockServer, Request, ResponseTemplate};

#[test]
fn what_federated_auth_answers_reaches_the_customer_unchanged() {
    let runtime = runtime();
    let next = Arc::new(Mutex::new(ResponseTemplate::new(500)));
    let (edge, server, stand_in) = runtime.block_on(async {
        let server = MockServer::start().await;
        let next = Arc::clone(&next);
        let reply = move |_: &Request| next.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stand_in = standins::federated_auth().answers(reply).mount(&server).await.unwrap();
        let accounts = AccountBook::new();
        accounts.add(account()).unwrap();
        let behind = serve(orchestrator::router(Orchestrator::new(accounts, server.uri(), client()))).await;
        (serve(starship::router(Starship::new(behind, client()))).await, server, stand_in)
    });
    let http = client();
    proptest!(config(), |((status, body) in legal_reply())| {
        let template = ResponseTemplate::new(status).set_body_raw(body.clone(), "application/json");
        *next.lock().unwrap_or_else(PoisonError::into_inner) = template;
        let (observed, content_type, handed_on) = runtime.block_on(async {
            let request = json!({"deploymentKey": "CV1", "token": "t"});
            let response = http.post(format!("{edge}{REFRESH_TOKEN}")).json(&request).send().await.unwrap();
            let content_type = response.headers()["content-type"].clone();
            (response.status().as_u16(), content_type, response.text().await.unwrap())
        });
        prop_assert_eq!(observed, status, "{}", handed_on);
        prop_assert_eq!(content_type, "application/json");
        prop_assert_eq!(handed_on, body);
    });
    assert!(stand_in.unexpected().is_empty(), "{:?}", stand_in.unexpected());
    assert!(!stand_in.received().is_empty());
    drop(server);
}

#[test]
fn what_scoped_auth_grants_are_exactly_the_roles_of_the_new_token() {
    let runtime = runtime();
    let key = TokenKey::generate();
    let (server, asked) = runtime.block_on(async {
        let server = MockServer::start().await;
        let asked = serve(federated_auth::router(FederatedAuth::new(server.uri(), client(), key.clone()))).await;
        (server, asked)
    });
    let http = client();
    proptest!(config(), |(grants in texts(), account_id in any::<String>(), sid in "AC[0-9a-f]{32}", on in any::<bool>())| {
        let (reply, unexpected) = runtime.block_on(async {
            server.reset().await;
            let script = standins::scoped_auth().authorizes().with("grants_array", grants.clone());
            let script = script.with("account_sid", &*sid).with("account_id", &*account_id);
            let stand_in = script.mount(&server).await.unwrap();
            let account: AccountSid = sid.parse().unwrap();
            let request = if on { json!({"token": "t", "fingerprint": "f"}) } else { json!({"token": "t"}) };
            let url = format!("{asked}{}", refresh_tokens_path(&account));
            let response = http.post(url).json(&request).send().await.unwrap();
            (response.json::<Value>().await.unwrap(), stand_in.unexpected())
        });
        prop_assert!(unexpected.is_empty(), "{:?}", unexpected);
        prop_assert_eq!(&reply["roles"], &json!(grants), "{}", reply);
        let token = Token::new(reply["token"].as_str().unwrap_or_default());
        let claims = key.verify(&token, OffsetDateTime::now_utc()).unwrap();
        prop_assert_eq!(claims.grants, grants);
        prop_assert_eq!(claims.account.account_id, account_id);
        prop_assert_eq!(claims.account.account_sid.as_str(), sid);
    });
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 96,
        max_shrink_iters: 2000,
        // Found once, tried first ever after.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/pass-through.txt"))),
        ..ProptestConfig::default()
    }
}

/// Returns the status and the body, to the letter, of an answer that `FederatedAuth` may give.
fn legal_reply() -> impl Strategy<Value = (u16, String)> {
    let list = texts().prop_map(|texts| json!(texts).to_string());
    let refreshed = (written_text(), written_text(), list, written_text(), extras());
    let refreshed = refreshed.prop_map(|(expiration, identity, roles, token, extras)| {
        let drawn = [("expiration", expiration), ("identity", identity), ("roles", roles), ("token", token)];
        (drawn.map(|(name, value)| (name.to_owned(), value)).to_vec(), extras)
    });
    let code = prop_oneof![written_text(), select(NUMBERS).prop_map(str::to_owned)];
    let refused = (code, written_text(), extras()).prop_map(|(code, message, extras)| {
        let drawn = [("valid", "false".to_owned()), ("code", code), ("message", message)];
        (drawn.map(|(name, value)| (name.to_owned(), value)).to_vec(), extras)
    });
    let shuffled = |(drawn, extras): (Vec<_>, Vec<_>)| Just([drawn, extras].concat()).prop_shuffle();
    prop_oneof![
        (select(&[200_u16, 201, 299]), refreshed.prop_flat_map(shuffled), spacing()),
        (select(&[200_u16, 400, 401, 403, 422]), refused.prop_flat_map(shuffled), spacing()),
    ]
    .prop_map(|(status, members, space)| {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("{}{space}:{space}{value}", json!(name))).collect();
        (status, format!("{space}{{{}}}{space}", members.join(&format!("{space},{space}"))))
    })
}

/// Numbers at the edges of what programs can count to.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "45775",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1.0",
    "0.1000000000000000055511151231257827",
    "1E+2",
    "5e-324",
    "1.7976931348623157e308",
];

/// Returns members that the diagram does not draw, some of which not every reader can represent.
fn extras() -> impl Strategy<Value = Vec<(String, String)>> {
    let odd = select(&["1e999", "-1e999", "123456789012345678901234567890", r#""\ud800""#, r#""\u0000""#, "null"]);
    let nested = (1_usize..300).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let leaf =
        prop_oneof![odd.prop_map(str::to_owned), select(NUMBERS).prop_map(str::to_owned), written_text(), nested];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            (written_text(), inner).prop_map(|(name, value)| format!("{{{name}:{value}}}")),
        ]
    });
    // No name is drawn, and none is there twice.
    prop::collection::btree_map(any::<String>().prop_map(|name| format!("+{name}")), value, 0..4)
        .prop_map(|members| members.into_iter().collect())
}

/// Returns a text in quotes, with nothing, or everything, escaped.
fn written_text() -> impl Strategy<Value = String> {
    (any::<String>(), any::<bool>()).prop_map(|(text, escaped)| {
        if !escaped {
            return json!(text).to_string();
        }
        let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
        format!("\"{units}\"")
    })
}

/// Returns lists of all sizes, with texts that are empty, alike, in any script or long.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let text =
        prop_oneof![4 => any::<String>(), 1 => Just(String::new()), 1 => Just("chat".to_owned()), 1 => "[a-z]{2000}"];
    prop_oneof![3 => prop::collection::vec(text, 0..6), 1 => prop::collection::vec("[a-z:]{0,12}", 0..600)]
}

fn spacing() -> impl Strategy<Value = &'static str> {
    select(&["", " ", "\r\n\t"])
}

fn account() -> Account {
    Account {
        account_sid: sure(format!("AC{}", "1".repeat(32)).parse()),
        address_sid: Some("IG1".to_owned()),
        deployment_keys: vec![DeploymentKey::new("CV1")],
        feature: Feature::On,
        fingerprint_sensitivity: FingerprintSensitivity::High,
        allowed_origins: Vec::new(),
        grants: Vec::new(),
        token_ttl: Duration::from_mins(1),
    }
}

fn runtime() -> Runtime {
    sure(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build())
}

/// Serves a participant on a free port and returns its URL.
async fn serve(router: Router) -> String {
    let listener = sure(TcpListener::bind("127.0.0.1:0").await);
    let url = format!("http://{}", sure(listener.local_addr()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn client() -> reqwest::Client {
    // Whichever test is first installs the provider; the other finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    sure(reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build())
}

fn sure<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
