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
mod tests;
