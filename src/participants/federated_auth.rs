//! `FederatedAuth`, `FederatedAuthService` in the diagram: has a token validated and makes the one that replaces it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
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
) -> Result<Json<Value>, Refused> {
    let issued = federated_auth.have_generated(account_sid, request.fingerprint, &caller).await?;
    Ok(Json(federated_auth.routes.placed(Participant::FederatedAuth, json!(issued))))
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
        let order = self.routes.placed(Participant::FederatedAuth, json!(order));
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
mod tests;
