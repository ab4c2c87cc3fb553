use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::testing::{Answer, account, client, post, sid};
use super::*;
use crate::protocol::{GENERATE_TOKEN, VALIDATE_TOKEN, issue_tokens_path, refresh_tokens_path};

#[tokio::test]
async fn a_valid_token_is_replaced_by_a_new_one_for_the_same_client() {
    let scoped_auth = answering(json!({"token": "t", "fingerprint": "f"}), 200, authorized('1')).await;
    let refreshed = ask(&scoped_auth, json!({"fingerprint": "f", "token": "t"})).await.json();
    assert_eq!(refreshed["roles"], json!(["chat"]));

    let token = Token::new(refreshed["token"].as_str().unwrap());
    let claims = TokenKey::from_secret("k").verify(&token, OffsetDateTime::now_utc()).unwrap();
    assert_eq!((&claims.account.account_sid, &claims.account.account_id), (&sid('1'), &json!("id-1")));
    assert_eq!(claims.grants, ["chat"]);
    assert!(claims.is_bound_to(&Fingerprint::new("f")));
    let expires = OffsetDateTime::from_unix_timestamp(claims.exp).unwrap();
    assert!(expires > OffsetDateTime::now_utc());
}

#[tokio::test]
async fn without_a_fingerprint_none_is_sent_and_the_new_token_is_bound_to_none() {
    let scoped_auth = answering(json!({"token": "t"}), 200, authorized('1')).await;
    let refreshed = ask(&scoped_auth, json!({"token": "t"})).await.json();
    let token = Token::new(refreshed["token"].as_str().unwrap());
    let claims = TokenKey::from_secret("k").verify(&token, OffsetDateTime::now_utc()).unwrap();
    assert!(!claims.is_bound_to(&Fingerprint::new("")));
}

#[tokio::test]
async fn each_refresh_gives_another_identity_and_another_token() {
    let scoped_auth = answering_twice(authorized('1')).await;
    let one = ask(&scoped_auth, json!({"token": "t"})).await.json();
    let other = ask(&scoped_auth, json!({"token": "t"})).await.json();
    assert_ne!(one["identity"], other["identity"]);
    assert_ne!(one["token"], other["token"]);
}

#[tokio::test]
async fn without_a_key_a_valid_token_replaces_itself() {
    let scoped_auth = answering(json!({"token": "t"}), 200, authorized('1')).await;
    let state = FederatedAuth { renewal: Renewal::SameAgain, ..state(&scoped_auth.uri()) };
    let asked = json!({"token": "t"}).to_string();
    let refreshed = post(router(state), &refresh_tokens_path(&sid('1')), asked).await.json();
    assert_eq!(refreshed["token"], "t");
    let expires = OffsetDateTime::parse(refreshed["expiration"].as_str().unwrap(), &Rfc3339).unwrap();
    assert!(expires > OffsetDateTime::now_utc());
}

#[tokio::test]
async fn each_verdict_becomes_its_refusal() {
    for (verdict, refusal) in [
        (json!({"authorized": false, "message": "fingerprint_validation_failed"}), (403, 45779)),
        (json!({"authorized": false, "message": "token_validation_failed"}), (403, 45775)),
        (authorized('2'), (403, 45775)),
        (json!({"authorized": false, "message": "s3cr3t"}), (502, 45774)),
    ] {
        let scoped_auth = answering(json!({"token": "t"}), 200, verdict).await;
        let answer = ask(&scoped_auth, json!({"token": "t"})).await;
        assert_eq!(answer.refusal(), refusal);
        assert!(!answer.message().contains("s3cr3t"));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_verdict_cannot_be_used() {
    for (status, verdict) in [
        (500, authorized('1')),
        (302, authorized('1')),
        (401, authorized('1')),
        (503, json!({"authorized": false, "message": "token_validation_failed"})),
        (200, json!({"authorized": "true"})),
        (200, json!({"authorized": true, "grants": ["chat"]})),
        (200, json!({"authorized": true, "message": "token_validation_failed"})),
        (200, json!([])),
    ] {
        let scoped_auth = answering(json!({"token": "t"}), status, verdict).await;
        assert_eq!(ask(&scoped_auth, json!({"token": "t"})).await.refusal(), (502, 45774), "{status}");
    }
}

#[tokio::test]
async fn silence_and_absence_are_told_apart() {
    let silent = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_delay(Duration::from_mins(1)))
        .mount(&silent)
        .await;
    let mut hasty = state(&silent.uri());
    hasty.scoped_auth.deadline = Duration::from_millis(100);
    let refused = post(router(hasty), &refresh_tokens_path(&sid('1')), r#"{"token":"t"}"#).await;
    assert_eq!(refused.refusal(), (504, 45774));

    let nobody = state("http://127.0.0.1:1");
    let refused = post(router(nobody), &refresh_tokens_path(&sid('1')), r#"{"token":"t"}"#).await;
    assert_eq!(refused.refusal(), (502, 45774));
    assert_eq!(refused.message(), "ScopedAuth could not be reached");
}

#[tokio::test]
async fn a_malformed_request_goes_no_further() {
    let scoped_auth = MockServer::start().await;
    for (path, body, status) in [
        (&*refresh_tokens_path(&sid('1')), r#"{"token":"t","fingerprint":null}"#, 400),
        (&refresh_tokens_path(&sid('1')), "{}", 400),
        (&issue_tokens_path(&sid('1')), "[]", 400),
        ("/v1/Accounts/ACXXXXX/Tokens/refresh", r#"{"token":"t"}"#, 404),
        ("/v1/Accounts/%ff/Tokens/refresh", r#"{"token":"t"}"#, 404),
    ] {
        let answer = post(router(state(&scoped_auth.uri())), path, body).await;
        assert_eq!(answer.refusal(), (status, 20001), "{path}");
    }
    assert!(scoped_auth.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_first_token_is_generated_by_scoped_auth() {
    let usual = json!({"accountSid": sid('2'), "grants": ["chat"], "ttl": 3600, "encrypt": true});
    let known =
        json!({"accountSid": sid('1'), "grants": ["chat", "video"], "ttl": 600, "encrypt": true, "fingerprint": "f"});
    for (of, asked, ordered) in [
        ('2', "", &usual),
        ('2', "{}", &usual),
        ('2', r#"{"fingerprint":null,"grants":1}"#, &usual),
        ('1', r#"{"fingerprint":"f"}"#, &known),
    ] {
        let scoped_auth = generating(ordered, json!({"token": "new", "identity": "i"})).await;
        let accounts = AccountBook::of(&[account('1')]).unwrap();
        let state = FederatedAuth { accounts, ..state(&scoped_auth.uri()) };
        let answer = post(router(state), &issue_tokens_path(&sid(of)), asked).await;
        assert_eq!(answer.json(), json!({"token": "new", "identity": "i"}), "{asked}");
    }
}

#[tokio::test]
async fn whatever_holds_a_token_is_one() {
    let ordered = json!({"accountSid": sid('1'), "grants": ["chat"], "ttl": 3600, "encrypt": true});
    for (generated, token) in [(json!({"jwt": "new"}), "new"), (json!({"data": {"accessToken": "n"}, "x": 1}), "n")] {
        let scoped_auth = generating(&ordered, generated).await;
        let answer = post(router(state(&scoped_auth.uri())), &issue_tokens_path(&sid('1')), "").await.json();
        assert_eq!(answer["token"], token);
        assert!(answer["identity"].is_string());
    }
    let scoped_auth = generating(&ordered, json!({"tokens": []})).await;
    let answer = post(router(state(&scoped_auth.uri())), &issue_tokens_path(&sid('1')), "").await;
    assert_eq!(answer.refusal(), (502, 45774));
}

async fn generating(order: &Value, generated: Value) -> MockServer {
    let scoped_auth = MockServer::start().await;
    Mock::given(path(GENERATE_TOKEN))
        .and(body_json(order))
        .respond_with(ResponseTemplate::new(200).set_body_json(generated))
        .expect(1)
        .mount(&scoped_auth)
        .await;
    scoped_auth
}

/// Returns a `ScopedAuth` that expects this question exactly once.
async fn answering(question: Value, status: u16, verdict: Value) -> MockServer {
    let scoped_auth = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(VALIDATE_TOKEN))
        .and(body_json(question))
        .respond_with(ResponseTemplate::new(status).set_body_json(verdict))
        .expect(1)
        .mount(&scoped_auth)
        .await;
    scoped_auth
}

async fn answering_twice(verdict: Value) -> MockServer {
    let scoped_auth = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(verdict);
    Mock::given(path(VALIDATE_TOKEN)).respond_with(answer).expect(2).mount(&scoped_auth).await;
    scoped_auth
}

fn authorized(digit: char) -> Value {
    let auth_account = json!({"account_id": format!("id-{digit}"), "account_sid": sid(digit)});
    json!({"authorized": true, "auth_account": auth_account, "grants": ["chat"]})
}

async fn ask(scoped_auth: &MockServer, request: Value) -> Answer {
    post(router(state(&scoped_auth.uri())), &refresh_tokens_path(&sid('1')), request.to_string()).await
}

fn state(scoped_auth: &str) -> FederatedAuth {
    FederatedAuth::new(scoped_auth, client(), TokenKey::from_secret("k"))
}
