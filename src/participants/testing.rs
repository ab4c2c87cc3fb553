//! The builders and observations that the participants' tests share.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::protocol::{Account, AccountSid, DeploymentKey, Feature, FingerprintSensitivity};

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns the status and the code of a refusal, having checked its shape.
    pub(super) fn refusal(&self) -> (u16, u64) {
        let refusal = self.json();
        assert_eq!(refusal["valid"], false, "{refusal}");
        assert!(refusal["message"].as_str().is_some_and(|message| !message.is_empty()), "{refusal}");
        assert_eq!(self.headers["content-type"], "application/json");
        (self.status.as_u16(), refusal["code"].as_u64().unwrap())
    }

    pub(super) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

/// Sends one request to a participant.
pub(super) async fn send(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
}

/// Posts a JSON body to a participant.
pub(super) async fn post(router: Router, path: &str, body: impl Into<Body>) -> Answer {
    send(router, request(path, body)).await
}

pub(super) fn request(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", "application/json").body(body.into()).unwrap()
}

/// Returns a client as a topology makes them: no proxy, no redirects.
pub(super) fn client() -> reqwest::Client {
    // Whichever test is first installs the provider; the others find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Returns an account whose SID and deployment key are made of this digit, with the feature on.
pub(super) fn account(digit: char) -> Account {
    Account {
        account_sid: sid(digit),
        address_sid: Some("IG1".to_owned()),
        deployment_keys: vec![DeploymentKey::new(format!("CV{digit}"))],
        feature: Feature::On,
        fingerprint_sensitivity: FingerprintSensitivity::High,
        allowed_origins: Vec::new(),
        grants: vec!["chat".to_owned(), "video".to_owned()],
        token_ttl: Duration::from_mins(10),
    }
}

pub(super) fn sid(digit: char) -> AccountSid {
    format!("AC{}", digit.to_string().repeat(32)).parse().unwrap()
}

/// Returns bodies of all sorts: any bytes, any JSON, and JSON that is almost what is read.
pub(super) fn arbitrary_body() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!(sid('1'))),
    ];
    let name = prop_oneof![
        proptest::sample::select(&["token", "fingerprint", "deploymentKey", "accountSid", "grants", "ttl"])
            .prop_map(str::to_owned),
        ".{0,10}",
    ];
    let value = leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), value.prop_map(|value| value.to_string().into_bytes()),]
}

/// Waits for an answer where no runtime is running.
pub(super) fn wait_for<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(answer)
}
