//! `FederatedAuth`, `FederatedAuthService` in the diagram: has a token validated and makes the one that replaces it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::{Json, Router};
use reqwest::Client;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::accounts::AccountBook;
use super::downstream::{Downstream, Reply};
use super::refusal::{Refused, no_such_method, no_such_path};
use super::request_body::{Lenient, Strict};
use super::routing::serve;
use super::token::{CannotMint, Grant, TokenKey};
use super::unique_id::unique_id;
use crate::protocol::{
    AccountSid, AuthAccount, Code, FederatedRefreshRequest, Fingerprint, GenerateTokenRequest, GeneratedToken,
    IssueTokenRequest, IssuedToken, Participant, Refreshed, Routes, Token, ValidateRequest, Validation, held_token,
};

/// What the first tokens of accounts allow that are not known here.
const USUAL_GRANT: &str = "chat";

/// The state of a `FederatedAuth`: whom it asks with arrows 6 and 8, and what it answers with arrows 11, 17 and 23.
#[derive(Debug, Clone)]
pub struct FederatedAuth {
    /// `ScopedAuth`, which validates tokens and makes first ones.
    pub scoped_auth: Downstream,
    /// Where the tokens come from that replace valid ones.
    pub renewal: Renewal,
    /// How long refreshed tokens live.
    pub token_ttl: Duration,
    /// What its refusals are marked with.
    pub codes: RefusalCodes,
    /// The accounts whose first tokens it has its own grants and lives for; those of others get the usual.
    pub accounts: AccountBook,
    /// Where it is called, and where it calls.
    pub routes: Routes,
}

/// The codes of the two refusals that the diagram draws: arrows 17 and 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalCodes {
    /// `invalid_token_code`, arrow 23.
    pub invalid_token: Code,
    /// `new_code_indicates_fingerprint_invalid`, arrow 17.
    pub fingerprint_invalid: Code,
}

impl Default for RefusalCodes {
    fn default() -> Self {
        Self { invalid_token: Code::INVALID_TOKEN, fingerprint_invalid: Code::INVALID_FINGERPRINT }
    }
}

/// Where the token of arrow 11 comes from, which replaces a valid one.
#[derive(Debug, Clone)]
pub enum Renewal {
    /// It is minted with the key that `ScopedAuth` has as well.
    Minted(TokenKey),
    /// It is the valid one itself, for a `ScopedAuth` whose key is not known.
    SameAgain,
}

impl FederatedAuth {
    /// How long `ScopedAuth` may take, unless set otherwise: less than `FederatedAuth` may.
    pub const DEADLINE: Duration = Duration::from_secs(3);
    /// How long refreshed tokens live, unless set otherwise.
    pub const TOKEN_TTL: Duration = Duration::from_hours(1);

    /// Returns a `FederatedAuth` that calls the `ScopedAuth` at this URL.
    pub fn new(scoped_auth: impl Into<String>, http: Client, token_key: TokenKey) -> Self {
        let scoped_auth = Downstream {
            participant: Participant::ScopedAuth,
            base: scoped_auth.into(),
            http,
            deadline: Self::DEADLINE,
        };
        let codes = RefusalCodes::default();
        Self {
            scoped_auth,
            renewal: Renewal::Minted(token_key),
            token_ttl: Self::TOKEN_TTL,
            codes,
            accounts: AccountBook::new(),
            routes: Routes::default(),
        }
    }
}

/// Returns a `FederatedAuth` that serves arrows 5 and 7, and the issuing of first tokens. It asks with arrows 6 and 8, and
/// answers with arrows 11, 17 and 23.
pub fn router(federated_auth: FederatedAuth) -> Router {
    let routes = &federated_auth.routes;
    let refreshing = serve(Router::new(), routes, &routes.renew, refresh);
    serve(refreshing, routes, &routes.issue, issue)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::new(federated_auth))
}

/// Answers arrow 5 or 7 with arrow 11, 17 or 23.
async fn refresh(
    State(federated_auth): State<Arc<FederatedAuth>>,
    OfAccount(account_sid): OfAccount,
    caller: HeaderMap,
    Strict(request): Strict<FederatedRefreshRequest>,
) -> Result<Json<Refreshed>, Refused> {
    let FederatedRefreshRequest { token, fingerprint } = request;
    let validated = ValidateRequest { token, fingerprint };
    let (owner, grants) = federated_auth.validate(&validated, &caller).await?;
    if owner.account_sid != account_sid {
        return Err(Refused::InvalidToken(federated_auth.codes.invalid_token));
    }
    federated_auth.replace(owner, grants, validated).map(Json)
}

/// Answers a request for an account's first token, for whatever client it names.
async fn issue(
    State(federated_auth): State<Arc<FederatedAuth>>,
    OfAccount(account_sid): OfAccount,
    caller: HeaderMap,
    Lenient(request): Lenient<IssueTokenRequest>,
) -> Result<Json<IssuedToken>, Refused> {
    federated_auth.have_generated(account_sid, request.fingerprint, &caller).await.map(Json)
}

impl FederatedAuth {
    /// Arrows 6 and 10, or 8 and 10: returns whose the token is and what it allows; refuses on arrow 16 or 22.
    async fn validate(
        &self,
        request: &ValidateRequest,
        caller: &HeaderMap,
    ) -> Result<(AuthAccount, Vec<Value>), Refused> {
        let route = &self.routes.validate;
        let reply = self.scoped_auth.ask((route, &route.path), request, caller).await?;
        match reply.read()? {
            Validation::Authorized { auth_account, grants, .. } if reply.status.is_success() => {
                Ok((auth_account, grants))
            }
            Validation::Authorized { .. } => Err(reply.unusable()),
            Validation::Unauthorized { message, .. } => Err(self.codes.refusal_for(&message, &reply)),
        }
    }

    /// Replaces a valid token by one of the same account and grants, for the client that presented it.
    ///
    /// # Implementation Rationale
    ///
    /// The new token is minted here and not asked of `ScopedAuth`: the diagram draws one crossing of that hop.
    fn replace(&self, account: AuthAccount, grants: Vec<Value>, valid: ValidateRequest) -> Result<Refreshed, Refused> {
        let Renewal::Minted(token_key) = &self.renewal else {
            return Ok(introduce(same_again(valid.token, self.token_ttl)?, grants));
        };
        let from_now = Grant::new(account.account_sid.clone(), grants, self.token_ttl);
        let grant = Grant { account, fingerprint: valid.fingerprint, ..from_now };
        let minted = token_key.mint(&grant)?;
        Ok(introduce(minted, grant.grants))
    }

    /// Has `ScopedAuth` make a first token. What it allows and how long it lives is decided here, and whatever holds a
    /// token is an answer.
    async fn have_generated(
        &self,
        account_sid: AccountSid,
        fingerprint: Option<Fingerprint>,
        caller: &HeaderMap,
    ) -> Result<IssuedToken, Refused> {
        let known = self.accounts.configuration(&account_sid);
        let (grants, ttl) = match &known {
            Some(account) => (account.grants.clone(), account.token_ttl),
            None => (vec![USUAL_GRANT.to_owned()], self.token_ttl),
        };
        let (grants, ttl) = (grants.into(), ttl.as_secs().into());
        let order = GenerateTokenRequest { account_sid, grants, ttl, encrypt: true.into(), fingerprint };
        let route = &self.routes.generate;
        let reply = self.scoped_auth.ask((route, &route.path), &order, caller).await?;
        let held: Value = if reply.status.is_success() { reply.read()? } else { Value::Null };
        let token = held_token(&held).map(Token::new).ok_or_else(|| reply.unusable())?;
        let identity = held.get("identity").filter(|identity| !identity.is_null()).cloned();
        Ok(IssuedToken { token, identity: identity.unwrap_or_else(|| unique_id().into()) })
    }
}

impl RefusalCodes {
    /// Arrow 16 becomes arrow 17, arrow 22 becomes arrow 23. No other message is drawn.
    fn refusal_for(self, message: &str, reply: &Reply) -> Refused {
        match message {
            Validation::FINGERPRINT_FAILED => Refused::InvalidFingerprint(self.fingerprint_invalid),
            Validation::TOKEN_FAILED => Refused::InvalidToken(self.invalid_token),
            _ => reply.unusable(),
        }
    }
}

/// Returns a token as if it had just been made. Nobody but its maker knows when it expires; the `ttl` is a promise.
fn same_again(token: Token, ttl: Duration) -> Result<GeneratedToken, CannotMint> {
    let expiration = (OffsetDateTime::now_utc() + ttl).format(&Rfc3339)?;
    Ok(GeneratedToken { token, expiration })
}

/// Gives the holder of a new token an identity that nobody had before.
fn introduce(generated: GeneratedToken, roles: Vec<Value>) -> Refreshed {
    let GeneratedToken { token, expiration } = generated;
    Refreshed { expiration: expiration.into(), identity: unique_id().into(), roles, token }
}

/// The account that the path names.
struct OfAccount(AccountSid);

impl<S: Send + Sync> FromRequestParts<S> for OfAccount {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let named = Path::<AccountSid>::from_request_parts(parts, state).await;
        named.map_or(Err(Refused::NoSuchPath), |Path(account_sid)| Ok(Self(account_sid)))
    }
}

#[cfg(test)]
mod tests {
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
        let known = json!({"accountSid": sid('1'), "grants": ["chat", "video"], "ttl": 600, "encrypt": true, "fingerprint": "f"});
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
        for (generated, token) in [(json!({"jwt": "new"}), "new"), (json!({"data": {"accessToken": "n"}, "x": 1}), "n")]
        {
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
}
