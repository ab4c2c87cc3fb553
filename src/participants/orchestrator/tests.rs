use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::testing::{Answer, account, arbitrary_body, client, post, request, send, sid, wait_for};
use super::*;
use crate::protocol::{CREATE_TOKEN, FingerprintSensitivity, REFRESH_TOKEN, issue_tokens_path, refresh_tokens_path};

#[tokio::test]
async fn the_answer_is_handed_on_as_it_came() {
    // The spacing and the undrawn member show that nobody wrote it anew.
    let body = r#"{ "expiration":"e","identity":"i","roles":[],"token":"n", "more":[1.0] }"#;
    let federated_auth = answering(ResponseTemplate::new(201).set_body_raw(body, "application/x+json")).await;
    let answer = ask(&federated_auth, account('1'), &[]).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (201, body.as_bytes()));
    assert_eq!(answer.headers["content-type"], "application/x+json");
}

#[tokio::test]
async fn a_refusal_is_handed_on_whatever_its_code_is() {
    for code in [json!(45775), json!("invalid_token")] {
        let refusal = json!({"valid": false, "code": code, "message": "m"});
        let federated_auth = answering(ResponseTemplate::new(401).set_body_json(&refusal)).await;
        let answer = ask(&federated_auth, account('1'), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (401, refusal));
    }
}

#[tokio::test]
async fn what_a_refusal_holds_besides_is_nobodys_business() {
    for more in ["1e999", r#""\ud800""#, &format!("{}{}", "[".repeat(200), "]".repeat(200))] {
        let refusal = format!(r#"{{"valid":false,"code":1,"message":"m","more":{more}}}"#);
        let federated_auth = answering(ResponseTemplate::new(403).set_body_string(refusal.clone())).await;
        let answer = ask(&federated_auth, account('1'), &[]).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (403, refusal.as_bytes()));
    }
}

#[tokio::test]
async fn feature_on_sends_the_clients_fingerprint() {
    let federated_auth = answering(refreshed()).await;
    let account = account('1');
    let sensitivity = FingerprintSensitivity::High;
    ask(&federated_auth, account, &[("user-agent", "Firefox"), ("x-forwarded-for", "192.0.2.1")]).await;
    let mut client = HeaderMap::new();
    client.insert("user-agent", HeaderValue::from_static("Firefox"));
    client.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
    let fingerprint = FingerprintKey::from_secret("k").fingerprint_of(&client, sensitivity);
    assert_eq!(asked_of(&federated_auth).await, [json!({"fingerprint": fingerprint.expose(), "token": "t"})]);
}

#[tokio::test]
async fn feature_off_sends_no_fingerprint_at_all() {
    let federated_auth = answering(refreshed()).await;
    ask(&federated_auth, Account { feature: Feature::Off, ..account('1') }, &[("user-agent", "Firefox")]).await;
    assert_eq!(asked_of(&federated_auth).await, [json!({"token": "t"})]);
}

#[tokio::test]
async fn an_empty_token_is_for_others_to_judge() {
    let federated_auth = answering(refreshed()).await;
    let orchestrator = state(&federated_auth.uri(), Account { feature: Feature::Off, ..account('1') });
    post(router(orchestrator), REFRESH_TOKEN, r#"{"deploymentKey":"CV1","token":""}"#).await;
    assert_eq!(asked_of(&federated_auth).await, [json!({"token": ""})]);
}

#[tokio::test]
async fn what_cannot_be_refreshed_is_refused_before_anybody_is_called() {
    let federated_auth = answering(refreshed()).await;
    let elsewhere = Account { allowed_origins: vec!["https://shop.example".to_owned()], ..account('1') };
    let origin = [("origin", "https://thief.example")];
    assert_eq!(ask(&federated_auth, elsewhere, &origin).await.refusal(), (403, 45776));
    let nowhere = Account { address_sid: None, ..account('1') };
    assert_eq!(ask(&federated_auth, nowhere, &[]).await.refusal(), (404, 45777));
    assert_eq!(ask(&federated_auth, account('2'), &[]).await.refusal(), (404, 45778));
    for body in [r#"{"deploymentKey":"CV1"}"#, r#"{"deploymentKey":1,"token":"t"}"#, "", "[]"] {
        let orchestrator = state(&federated_auth.uri(), account('1'));
        assert_eq!(post(router(orchestrator), REFRESH_TOKEN, body).await.refusal(), (400, 20001), "{body}");
    }
    assert!(asked_of(&federated_auth).await.is_empty());
}

#[tokio::test]
async fn an_answer_that_is_neither_cannot_be_used() {
    let success = json!({"expiration": "e", "identity": "i", "roles": [], "token": "s3cr3t"});
    let refusal = json!({"valid": false, "code": 1, "message": "s3cr3t"});
    for (status, body) in [
        (500, success.clone()),
        (403, success),
        (503, refusal.clone()),
        (302, refusal),
        (200, json!({"valid": true, "code": 1, "message": "s3cr3t"})),
        (200, json!({"valid": false, "message": "s3cr3t"})),
        (200, json!({"expiration": "e", "identity": "i", "roles": null, "token": "s3cr3t"})),
        (200, json!(null)),
    ] {
        let federated_auth = answering(ResponseTemplate::new(status).set_body_json(&body)).await;
        let answer = ask(&federated_auth, account('1'), &[]).await;
        assert_eq!(answer.refusal(), (502, 45774), "{status} {body}");
        assert_eq!(answer.message(), "FederatedAuth gave an answer that cannot be used");
    }
    let no_json = answering(ResponseTemplate::new(200).set_body_string("s3cr3t")).await;
    assert_eq!(ask(&no_json, account('1'), &[]).await.refusal(), (502, 45774));
}

#[tokio::test]
async fn a_timeout_is_one_wherever_it_happened() {
    let impatient = answering(ResponseTemplate::new(504).set_body_json(json!({}))).await;
    assert_eq!(ask(&impatient, account('1'), &[]).await.refusal(), (504, 45774));
    let slow = answering(refreshed().set_delay(Duration::from_mins(1))).await;
    let mut orchestrator = state(&slow.uri(), account('1'));
    orchestrator.federated_auth.deadline = Duration::from_millis(100);
    assert_eq!(post(router(orchestrator), REFRESH_TOKEN, REQUEST).await.refusal(), (504, 45774));
}

#[tokio::test]
async fn the_allowed_origin_is_the_pages_own_or_the_first() {
    let federated_auth = answering(refreshed()).await;
    let two = Account { allowed_origins: vec!["https://a.example".into(), "https://b.example".into()], ..account('1') };
    for (origin, allowed) in [
        (&[("origin", "https://b.example")][..], "https://b.example"),
        (&[("origin", "https://thief.example")], "https://a.example"),
        (&[("origin", "null")], "https://a.example"),
        (&[], "https://a.example"),
    ] {
        let answer = ask(&federated_auth, two.clone(), origin).await;
        assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().collect::<Vec<_>>(), [allowed]);
        assert_eq!(answer.headers["vary"], "Origin");
    }
    let answer = ask(&federated_auth, account('1'), &[("origin", "https://b.example")]).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("access-control-allow-origin") && !answer.headers.contains_key("vary"));
}

#[tokio::test]
async fn the_configuration_is_kept_while_the_answer_is_awaited() {
    let federated_auth = answering(refreshed().set_delay(Duration::from_millis(100))).await;
    let before = Account { allowed_origins: vec!["https://before.example".to_owned()], ..account('1') };
    let orchestrator = state(&federated_auth.uri(), before);
    let accounts = orchestrator.accounts.clone();
    let answer = tokio::spawn(post(router(orchestrator), REFRESH_TOKEN, REQUEST));
    while asked_of(&federated_auth).await.is_empty() {
        tokio::task::yield_now().await;
    }
    accounts.change(&sid('1'), |account| account.allowed_origins = vec!["https://after.example".into()]).unwrap();
    assert_eq!(answer.await.unwrap().headers["access-control-allow-origin"], "https://before.example");
}

#[tokio::test]
async fn a_first_token_is_asked_for_with_a_fingerprint_or_nothing() {
    let federated_auth = MockServer::start().await;
    Mock::given(path(issue_tokens_path(&sid('1')))).respond_with(refreshed()).mount(&federated_auth).await;
    for feature in [Feature::On, Feature::Off] {
        let orchestrator = state(&federated_auth.uri(), Account { feature, ..account('1') });
        let answer = post(router(orchestrator), CREATE_TOKEN, r#"{"deploymentKey":"CV1"}"#).await;
        assert_eq!(answer.status, 200);
    }
    let asked = asked_of(&federated_auth).await;
    assert!(asked[0]["fingerprint"].is_string());
    assert_eq!(asked[1], json!({}));
}

#[test]
fn no_body_makes_it_fail() {
    // Nobody listens there: whatever were sent on would come back as a 502.
    let orchestrator = Orchestrator::new(AccountBook::new(), "http://127.0.0.1:1", client());
    let config = ProptestConfig {
        // Found once, tried first ever after.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/orchestrator.txt"))),
        ..ProptestConfig::default()
    };
    proptest!(config, |(body in arbitrary_body())| {
        for path in [REFRESH_TOKEN, CREATE_TOKEN] {
            let answer = wait_for(post(router(orchestrator.clone()), path, body.clone()));
            prop_assert!(answer.status.is_client_error(), "{answer:?}");
        }
    });
}

const REQUEST: &str = r#"{"deploymentKey":"CV1","token":"t"}"#;

async fn answering(answer: ResponseTemplate) -> MockServer {
    let federated_auth = MockServer::start().await;
    let refresh = Mock::given(method("POST")).and(path(refresh_tokens_path(&sid('1'))));
    refresh.respond_with(answer).mount(&federated_auth).await;
    federated_auth
}

fn refreshed() -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"expiration": "e", "identity": "i", "roles": ["chat"], "token": "n"}))
}

/// Asks for a refresh by the deployment key of account 1.
async fn ask(federated_auth: &MockServer, account: Account, headers: &[(&'static str, &'static str)]) -> Answer {
    let mut request: Request<Body> = request(REFRESH_TOKEN, REQUEST);
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    send(router(state(&federated_auth.uri(), account)), request).await
}

async fn asked_of(federated_auth: &MockServer) -> Vec<Value> {
    let received = federated_auth.received_requests().await.unwrap();
    received.iter().map(|request| request.body_json().unwrap()).collect()
}

fn state(federated_auth: &str, account: Account) -> Orchestrator {
    let accounts = AccountBook::new();
    accounts.add(account).unwrap();
    let fingerprint_key = FingerprintKey::from_secret("k");
    Orchestrator { fingerprint_key, ..Orchestrator::new(accounts, federated_auth, client()) }
}
