//! The Orchestrator, `FlexWebchatOrchestratorService` in the diagram: finds the account, its configuration and the
//! client's fingerprint, and has `FederatedAuth` refresh the token.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, ORIGIN, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Number, Value};

use super::accounts::AccountBook;
use super::downstream::{Downstream, Reply};
use super::fingerprint::FingerprintKey;
use super::refusal::{Refused, no_such_method, no_such_path};
use super::request_body::Strict;
use super::routing::serve;
use crate::protocol::{
    Account, CreateTokenRequest, DeploymentKey, False, Feature, FederatedRefreshRequest, Fingerprint,
    IssueTokenRequest, Participant, RefreshRequest, Refreshed, Routes, Token, TokenPlace, held_token,
};

/// The state of an Orchestrator: where arrows 2 and 3 look, and who is asked with arrows 5 and 7.
#[derive(Debug, Clone)]
pub struct Orchestrator {
    /// The accounts and their configurations.
    pub accounts: AccountBook,
    /// `FederatedAuth`, which refreshes and issues tokens.
    pub federated_auth: Downstream,
    /// The key that fingerprints are generated with.
    pub fingerprint_key: FingerprintKey,
    /// Where it is called, and where it calls.
    pub routes: Routes,
    /// Where a customer's token is looked for.
    pub token_place: TokenPlace,
}

impl Orchestrator {
    /// How long `FederatedAuth` may take, unless set otherwise: more than `ScopedAuth` may, less than the Orchestrator.
    pub const DEADLINE: Duration = Duration::from_secs(4);

    /// Returns an Orchestrator with a new fingerprint key that calls the `FederatedAuth` at this URL.
    pub fn new(accounts: AccountBook, federated_auth: impl Into<String>, http: Client) -> Self {
        let federated_auth = Downstream {
            participant: Participant::FederatedAuth,
            base: federated_auth.into(),
            http,
            deadline: Self::DEADLINE,
        };
        Self {
            accounts,
            federated_auth,
            fingerprint_key: FingerprintKey::generate(),
            routes: Routes::default(),
            token_place: TokenPlace::Body,
        }
    }
}

/// Returns an Orchestrator that serves arrow 1, and the creation of first tokens. It does what arrows 2 to 4 say, asks with
/// arrows 5 and 7, and answers with arrows 12, 18 and 24.
pub fn router(orchestrator: Orchestrator) -> Router {
    let routes = &orchestrator.routes;
    let refreshing = serve(Router::new(), routes, &routes.refresh, refresh);
    serve(refreshing, routes, &routes.create, create)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::new(orchestrator))
}

/// Answers arrow 1 with arrow 12, 18 or 24. The configuration is fetched once and kept until the answer is made.
async fn refresh(
    State(orchestrator): State<Arc<Orchestrator>>,
    client: HeaderMap,
    request: Request,
) -> Result<Response, Refused> {
    let RefreshRequest { deployment_key, token } = orchestrator.read(&client, request).await?;
    let kept = orchestrator.fetch_configuration(&deployment_key)?;
    let answer = orchestrator.have_refreshed(&kept, &client, token).await;
    Ok(allow_origin(answer.into_response(), &kept, &client))
}

/// Answers a request for a first token.
async fn create(
    State(orchestrator): State<Arc<Orchestrator>>,
    client: HeaderMap,
    Strict(request): Strict<CreateTokenRequest>,
) -> Result<Response, Refused> {
    let kept = orchestrator.fetch_configuration(&request.deployment_key)?;
    let answer = orchestrator.have_issued(&kept, &client).await;
    Ok(allow_origin(answer.into_response(), &kept, &client))
}

impl Orchestrator {
    /// Reads arrow 1, which does not draw where the token is.
    async fn read(&self, client: &HeaderMap, request: Request) -> Result<RefreshRequest, Refused> {
        match self.token_place {
            TokenPlace::Body => Strict::from_request(request, &()).await.map(|Strict(request)| request),
            TokenPlace::Authorization => {
                let Strict(CreateTokenRequest { deployment_key }) = Strict::from_request(request, &()).await?;
                let presented = client.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
                let token = presented.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
                Ok(RefreshRequest { deployment_key, token: Token::new(token.trim()) })
            }
        }
    }

    /// Arrow 2, "Fetches accountSid with Deployment Key", and arrow 3, "Fetches Account Configurations".
    fn fetch_configuration(&self, key: &DeploymentKey) -> Result<Arc<Account>, Refused> {
        let account_sid = self.accounts.account_sid(key).ok_or(Refused::UnknownDeploymentKey)?;
        // The account may have been removed since.
        self.accounts.configuration(&account_sid).ok_or(Refused::UnknownDeploymentKey)
    }

    /// Arrows 5 and 7.
    async fn have_refreshed(&self, kept: &Account, client: &HeaderMap, token: Token) -> Result<Reply, Refused> {
        admit(kept, client)?;
        let request = FederatedRefreshRequest { fingerprint: self.generate_fingerprint(kept, client), token };
        let route = &self.routes.renew;
        let path = route.path_of(&kept.account_sid);
        handed_on(self.federated_auth.ask((route, &path), &request, client).await?)
    }

    /// Asks for a first token. Where there is no fingerprint to send, no member is drawn: an empty object, because many that
    /// read JSON read no empty body.
    async fn have_issued(&self, kept: &Account, client: &HeaderMap) -> Result<Reply, Refused> {
        admit(kept, client)?;
        let request = IssueTokenRequest { fingerprint: self.generate_fingerprint(kept, client) };
        let route = &self.routes.issue;
        let path = route.path_of(&kept.account_sid);
        first_token_handed_on(self.federated_auth.ask((route, &path), &request, client).await?)
    }

    /// Generates `generated_finger_print` of arrow 5; there is none on arrow 7, "Feature is off".
    fn generate_fingerprint(&self, kept: &Account, client: &HeaderMap) -> Option<Fingerprint> {
        match kept.feature {
            Feature::On => Some(self.fingerprint_key.fingerprint_of(client, kept.fingerprint_sensitivity)),
            Feature::Off => None,
        }
    }
}

/// Refuses a page whose origin is not allowed, and an account without address configuration.
///
/// A request without an origin does not come from a page of another site, and is let through.
fn admit(kept: &Account, client: &HeaderMap) -> Result<(), Refused> {
    if client.get(ORIGIN).is_some_and(|origin| !allows(kept, origin)) {
        return Err(Refused::OriginNotAllowed);
    }
    if kept.address_sid.is_none() { Err(Refused::NoAddress) } else { Ok(()) }
}

fn allows(kept: &Account, origin: &HeaderValue) -> bool {
    kept.allowed_origins.is_empty() || kept.allowed_origins.iter().any(|allowed| origin == allowed.as_str())
}

/// Sets the Access-Control-Allow-Origin that arrow 13 passes through; none when `AllowedOrigins` is empty.
///
/// Names the request's origin if it is allowed, else the first allowed one.
fn allow_origin(mut answer: Response, kept: &Account, client: &HeaderMap) -> Response {
    let Some(first) = kept.allowed_origins.first() else {
        return answer;
    };
    let own = client.get(ORIGIN).filter(|origin| allows(kept, origin)).cloned();
    if let Some(origin) = own.or_else(|| HeaderValue::from_str(first).ok()) {
        answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    }
    answer
}

/// Hands on what `FederatedAuth` answered, unchanged, if it is one of the two answers there are.
fn handed_on(reply: Reply) -> Result<Reply, Refused> {
    let is_success = reply.status.is_success() && reply.read::<Refreshed>().is_ok();
    if !is_success {
        let _: DrawnRefusal = reply.read()?;
    }
    Ok(reply)
}

/// Hands on what `FederatedAuth` answered to whoever asked for a first token, unchanged, if it holds one or is a refusal.
fn first_token_handed_on(reply: Reply) -> Result<Reply, Refused> {
    let is_success = reply.status.is_success();
    match reply.read::<Value>() {
        Ok(answer) if is_success && held_token(&answer).is_some() => Ok(reply),
        Ok(_) | Err(_) => {
            let _: DrawnRefusal = reply.read()?;
            Ok(reply)
        }
    }
}

/// A refusal as drawn, which leaves open whether its code is a number or text. Other members are not even looked at: they
/// may be what this program cannot represent.
#[derive(Deserialize)]
struct DrawnRefusal {
    #[serde(rename = "valid")]
    _valid: False,
    #[serde(rename = "code")]
    _code: NumberOrText,
    #[serde(rename = "message")]
    _message: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(#[expect(dead_code, reason = "only its type matters")] Number),
    Text(#[expect(dead_code, reason = "only its type matters")] String),
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;
    use serde_json::{Value, json};
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::testing::{Answer, account, arbitrary_body, client, post, request, send, sid, wait_for};
    use super::*;
    use crate::protocol::{
        CREATE_TOKEN, FingerprintSensitivity, REFRESH_TOKEN, issue_tokens_path, refresh_tokens_path,
    };

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
        let two =
            Account { allowed_origins: vec!["https://a.example".into(), "https://b.example".into()], ..account('1') };
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
}
