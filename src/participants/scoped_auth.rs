//! `ScopedAuth`, `ScopedAuthService` in the diagram: says whether a token and a fingerprint are valid, and makes tokens.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::{Json, Router};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::adopted_tokens::{AdoptedTokens, Owner};
use super::refusal::{Refused, no_such_method, no_such_path};
use super::request_body::{Lenient, Strict};
use super::routing::serve;
use super::token::{Grant, TokenKey};
use super::unique_id::unique_id;
use crate::protocol::{
    AccountSid, Fingerprint, GenerateTokenRequest, GeneratedToken, IssuedToken, Participant, Routes, Token,
    ValidateRequest, Validation,
};

/// A hundred years in seconds: what is longer could not be written as a date time.
const LONGEST_LIFE: u64 = 100 * 365 * 24 * 60 * 60;
/// How long a token lives that was asked for without saying how long.
const USUAL_LIFE: Duration = Duration::from_hours(1);
/// What a token allows that was asked for without saying what.
const USUAL_GRANT: &str = "chat";

/// The state of a `ScopedAuth`: what it validates by on arrows 9, 15 and 21.
#[derive(Debug, Clone)]
pub struct ScopedAuth {
    /// The key that tokens are minted and verified with; `FederatedAuth` has the same.
    pub token_key: TokenKey,
    /// Tokens that somebody else made to replace ones of this key.
    pub adopted: AdoptedTokens,
    /// Where it is called.
    pub routes: Routes,
}

impl ScopedAuth {
    /// Returns a `ScopedAuth` that mints and verifies tokens with this key.
    pub fn new(token_key: TokenKey) -> Self {
        Self { token_key, adopted: AdoptedTokens::default(), routes: Routes::default() }
    }

    /// Takes a token for valid on arrow 9 from now on, because a `FederatedAuth` that has another key gave it to a client in
    /// exchange for a valid one. Does nothing when the presented token is not valid.
    pub fn adopt(&self, new: &Token, presented: &Token, fingerprint: Option<Fingerprint>) {
        if let Some(owner) = self.owner_of(presented) {
            self.adopted.add(new, Owner { fingerprint, ..owner });
        }
    }

    /// Takes a token for valid from now on: it is one of this account's, allows this and is bound to this client.
    pub fn vouch(&self, token: &Token, grant: Grant) {
        let Grant { account, grants, fingerprint, .. } = grant;
        self.adopted.add(token, Owner { account, grants, fingerprint });
    }

    /// Returns the account that a valid token belongs to.
    pub fn account_of(&self, token: &Token) -> Option<AccountSid> {
        self.owner_of(token).map(|owner| owner.account.account_sid)
    }

    fn owner_of(&self, token: &Token) -> Option<Owner> {
        self.adopted.owner_of(token).or_else(|| {
            let claims = self.token_key.verify(token, OffsetDateTime::now_utc()).ok()?;
            Some(Owner { account: claims.account, grants: claims.grants, fingerprint: None })
        })
    }
}

/// Returns a `ScopedAuth` that serves arrows 6 and 8, and the making of tokens. It validates as arrows 9, 15 and 21 say, and
/// answers with arrows 10, 16 and 22.
pub fn router(scoped_auth: ScopedAuth) -> Router {
    let routes = &scoped_auth.routes;
    let validating = serve(Router::new(), routes, &routes.validate, validate);
    serve(validating, routes, &routes.generate, generate)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::new(scoped_auth))
}

/// Answers arrow 6 or 8 with arrow 10, 16 or 22: 200, whatever the verdict.
async fn validate(
    State(scoped_auth): State<Arc<ScopedAuth>>,
    Strict(request): Strict<ValidateRequest>,
) -> Json<Validation> {
    Json(scoped_auth.verdict_on(&request))
}

/// Answers a request for a token.
async fn generate(
    State(scoped_auth): State<Arc<ScopedAuth>>,
    Lenient(request): Lenient<GenerateTokenRequest>,
) -> Result<Json<Value>, Refused> {
    let GenerateTokenRequest { account_sid, grants, ttl, encrypt: _, fingerprint } = request;
    let grant = Grant { fingerprint, ..Grant::new(account_sid, read_grants(grants), read_ttl(&ttl)?) };
    let GeneratedToken { token, .. } = scoped_auth.token_key.mint(&grant)?;
    let issued = IssuedToken { token, identity: unique_id().into() };
    Ok(Json(scoped_auth.routes.placed(Participant::ScopedAuth, json!(issued))))
}

/// Reads what a token is to allow: a list, or a text that holds one in JSON. Whoever states nothing gets the usual.
fn read_grants(stated: Value) -> Vec<Value> {
    match stated {
        Value::Null => vec![USUAL_GRANT.into()],
        Value::Array(grants) => grants,
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Array(grants)) => grants,
            _ => vec![text.into()],
        },
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![stated],
    }
}

/// Reads how long a token is to live: whole seconds, as a number or a text. Whoever states nothing gets the usual.
fn read_ttl(stated: &Value) -> Result<Duration, Refused> {
    let seconds = match stated {
        Value::Null => Some(USUAL_LIFE.as_secs()),
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_u64(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let seconds = seconds.filter(|seconds| *seconds <= LONGEST_LIFE);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Refused::Malformed("`ttl` must be a whole number of seconds, a hundred years at most".to_owned())
    })
}

impl ScopedAuth {
    /// Arrows 9, 15 and 21: the token first, then the fingerprint, if one is sent.
    ///
    /// Without a fingerprint a bound token passes, since the feature is off.
    fn verdict_on(&self, request: &ValidateRequest) -> Validation {
        if let Some(owner) = self.adopted.owner_of(&request.token) {
            return owner.verdict_for(request.fingerprint.as_ref());
        }
        let Ok(claims) = self.token_key.verify(&request.token, OffsetDateTime::now_utc()) else {
            return Validation::unauthorized(Validation::TOKEN_FAILED);
        };
        match &request.fingerprint {
            Some(fingerprint) if !claims.is_bound_to(fingerprint) => {
                Validation::unauthorized(Validation::FINGERPRINT_FAILED)
            }
            _ => Validation::authorized(claims.account, claims.grants),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;
    use serde_json::{Value, json};

    use super::super::testing::{Answer, arbitrary_body, post, sid, wait_for};
    use super::*;
    use crate::protocol::{GENERATE_TOKEN, VALIDATE_TOKEN};

    #[tokio::test]
    async fn a_valid_token_of_the_same_client_is_authorized() {
        let verdict = verdict_on(json!({"token": bound().expose(), "fingerprint": "f"})).await;
        assert_eq!(verdict["authorized"], true);
        assert_eq!(verdict["auth_account"]["account_sid"], sid('1').as_str());
        assert!(verdict["auth_account"]["account_id"].is_string());
        assert_eq!(verdict["grants"], json!(["chat"]));
    }

    #[tokio::test]
    async fn another_clients_token_fails_the_fingerprint() {
        for token in [bound(), unbound()] {
            for fingerprint in ["other", ""] {
                let verdict = verdict_on(json!({"token": token.expose(), "fingerprint": fingerprint})).await;
                assert_eq!(verdict, json!({"authorized": false, "message": "fingerprint_validation_failed"}));
            }
        }
    }

    #[tokio::test]
    async fn without_a_fingerprint_the_token_decides() {
        for token in [bound(), unbound()] {
            assert_eq!(verdict_on(json!({"token": token.expose()})).await["authorized"], true);
        }
    }

    #[tokio::test]
    async fn an_invalid_token_fails_before_the_fingerprint_is_looked_at() {
        let expired = minted(&Grant { ttl: Duration::ZERO, fingerprint: Some(Fingerprint::new("f")), ..grant() });
        for token in ["", "no token", expired.expose()] {
            for request in [
                json!({"token": token}),
                json!({"token": token, "fingerprint": "f"}),
                json!({"token": token, "fingerprint": "other"}),
            ] {
                let verdict = verdict_on(request).await;
                assert_eq!(verdict, json!({"authorized": false, "message": "token_validation_failed"}));
            }
        }
    }

    #[tokio::test]
    async fn a_generated_token_is_valid_for_the_client_it_is_made_for() {
        let order = json!({"accountSid": sid('1'), "grants": ["chat"], "ttl": 60, "fingerprint": "f"});
        let generated = ask(GENERATE_TOKEN, &order).await.json();
        assert!(generated["identity"].is_string());
        let verdict = verdict_on(json!({"token": generated["token"], "fingerprint": "f"})).await;
        assert_eq!(verdict["grants"], json!(["chat"]));
        let verdict = verdict_on(json!({"token": generated["token"], "fingerprint": "g"})).await;
        assert_eq!(verdict["message"], "fingerprint_validation_failed");
    }

    #[tokio::test]
    async fn a_token_is_generated_however_much_is_said_of_it() {
        for (order, grants) in [
            (json!({"accountSid": sid('1')}), json!(["chat"])),
            (json!({"account_sid": sid('1'), "grants": null, "encrypt": "true"}), json!(["chat"])),
            (json!({"accountSid": sid('1'), "grants": "[{\"a\":1}]", "ttl": "60"}), json!([{"a": 1}])),
            (json!({"accountSid": sid('1'), "grants": [{"a": 1}, 2], "fingerprint": null}), json!([{"a": 1}, 2])),
        ] {
            let generated = ask(GENERATE_TOKEN, &order).await.json();
            assert_eq!(verdict_on(json!({"token": generated["token"]})).await["grants"], grants, "{order}");
        }
    }

    #[tokio::test]
    async fn a_stranger_is_answered_at_the_paths_of_other_versions() {
        let routes = Routes { is_lenient: true, ..Routes::default() };
        let lenient = ScopedAuth { routes, ..state() };
        let body = r#"{"token":"t"}"#;
        assert_eq!(post(router(lenient), "/v2/ScopedAuthTokens/validate", body).await.status, 200);
        assert_eq!(post(router(state()), "/v2/ScopedAuthTokens/validate", body).await.status, 404);
    }

    #[tokio::test]
    async fn a_malformed_request_is_refused() {
        for (path, body) in [
            (VALIDATE_TOKEN, json!({"fingerprint": "f"})),
            (VALIDATE_TOKEN, json!({"token": "t", "fingerprint": null})),
            (GENERATE_TOKEN, json!({"accountSid": "AC1", "grants": [], "ttl": 1})),
            (GENERATE_TOKEN, json!({"accountSid": sid('1'), "grants": [], "ttl": u64::MAX})),
        ] {
            assert_eq!(ask(path, &body).await.refusal(), (400, 20001), "{body}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            // Found once, tried first ever after.
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/scoped-auth.txt"))),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_body_makes_it_fail(body in arbitrary_body()) {
            for path in [VALIDATE_TOKEN, GENERATE_TOKEN] {
                let answer = wait_for(post(router(state()), path, body.clone()));
                prop_assert!(!answer.status.is_server_error(), "{answer:?}");
            }
        }
    }

    async fn verdict_on(request: Value) -> Value {
        let answer = ask(VALIDATE_TOKEN, &request).await;
        assert_eq!(answer.status, 200);
        answer.json()
    }

    async fn ask(path: &str, body: &Value) -> Answer {
        post(router(state()), path, body.to_string()).await
    }

    fn bound() -> Token {
        minted(&Grant { fingerprint: Some(Fingerprint::new("f")), ..grant() })
    }

    fn unbound() -> Token {
        minted(&grant())
    }

    fn minted(grant: &Grant) -> Token {
        state().token_key.mint(grant).unwrap().token
    }

    fn grant() -> Grant {
        Grant::new(sid('1'), vec!["chat".into()], Duration::from_mins(1))
    }

    fn state() -> ScopedAuth {
        ScopedAuth::new(TokenKey::from_secret("k"))
    }
}
