//! `ScopedAuth`, `ScopedAuthService` in the diagram: says whether a token and a fingerprint are valid, and makes tokens.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use time::OffsetDateTime;

use super::adopted_tokens::{AdoptedTokens, Owner};
use super::refusal::{Refused, no_such_method, no_such_path};
use super::request_body::Strict;
use super::token::{Grant, TokenKey};
use crate::protocol::{
    AccountSid, Fingerprint, GENERATE_TOKEN, GenerateTokenRequest, GeneratedToken, Token, VALIDATE_TOKEN,
    ValidateRequest, Validation,
};

/// The state of a `ScopedAuth`: what it validates by on arrows 9, 15 and 21.
#[derive(Debug, Clone)]
pub struct ScopedAuth {
    /// The key that tokens are minted and verified with; `FederatedAuth` has the same.
    pub token_key: TokenKey,
    /// Tokens that somebody else made to replace ones of this key.
    pub adopted: AdoptedTokens,
}

impl ScopedAuth {
    /// Returns a `ScopedAuth` that mints and verifies tokens with this key.
    pub fn new(token_key: TokenKey) -> Self {
        Self { token_key, adopted: AdoptedTokens::default() }
    }

    /// Takes a token for valid on arrow 9 from now on, because a `FederatedAuth` that has another key gave it to a client in
    /// exchange for a valid one. Does nothing when the presented token is not valid.
    pub fn adopt(&self, new: &Token, presented: &Token, fingerprint: Option<Fingerprint>) {
        if let Some(owner) = self.owner_of(presented) {
            self.adopted.add(new, Owner { fingerprint, ..owner });
        }
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
    Router::new()
        .route(VALIDATE_TOKEN, post(validate))
        .route(GENERATE_TOKEN, post(generate))
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
    Strict(request): Strict<GenerateTokenRequest>,
) -> Result<Json<GeneratedToken>, Refused> {
    let ttl = Duration::from_secs(request.ttl);
    let grant = Grant { fingerprint: request.fingerprint, ..Grant::new(request.account_sid, request.grants, ttl) };
    Ok(Json(scoped_auth.token_key.mint(&grant)?))
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
    use crate::protocol::{Fingerprint, Token};

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
        assert!(generated["expiration"].as_str().unwrap().ends_with('Z'));
        let verdict = verdict_on(json!({"token": generated["token"], "fingerprint": "f"})).await;
        assert_eq!(verdict["grants"], json!(["chat"]));
        let verdict = verdict_on(json!({"token": generated["token"], "fingerprint": "g"})).await;
        assert_eq!(verdict["message"], "fingerprint_validation_failed");
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
        Grant::new(sid('1'), vec!["chat".to_owned()], Duration::from_mins(1))
    }

    fn state() -> ScopedAuth {
        ScopedAuth::new(TokenKey::from_secret("k"))
    }
}
