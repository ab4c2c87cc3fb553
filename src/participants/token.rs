//! A token: what it claims, the key that mints and verifies it. Knows no fingerprint by its text, only by a hash.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::signed_text::{CannotSign, sign, verified};
use super::unique_id::{hex, unique_id};
use crate::protocol::{AccountSid, AuthAccount, Fingerprint, GeneratedToken, Token};

/// The key that `FederatedAuth` and `ScopedAuth` share: it mints the tokens of arrow 11, and verifies those of arrows 6 and 8.
///
/// Cheap to clone, and its `Debug` hides it.
#[derive(Clone)]
pub struct TokenKey(Arc<[u8]>);

impl TokenKey {
    /// Returns a new random key.
    pub fn generate() -> Self {
        Self(Arc::from(rand::random::<[u8; 32]>()))
    }

    /// Returns the key that is this text, as other HS256 implementations read it.
    pub fn from_secret(secret: &str) -> Self {
        Self(Arc::from(secret.as_bytes()))
    }

    /// Arrow 11: returns a new token that carries the grant, and when it expires.
    pub fn mint(&self, grant: &Grant) -> Result<GeneratedToken, CannotMint> {
        let claims = Claims::new(grant);
        let expiration = OffsetDateTime::from_unix_timestamp(claims.exp)?.format(&Rfc3339)?;
        let token = sign(&claims, &self.0)?;
        Ok(GeneratedToken { token: Token::new(token), expiration })
    }

    /// Arrows 9, 15 and 21: returns the token's claims if this key minted it and it has not expired. A token expires at `exp`, not after it.
    pub fn verify(&self, token: &Token, now: OffsetDateTime) -> Result<Claims, InvalidToken> {
        let claims: Claims = verified(token.expose(), &self.0).ok_or(InvalidToken::Foreign)?;
        if claims.exp <= now.unix_timestamp() { Err(InvalidToken::Expired) } else { Ok(claims) }
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// What a token is minted for, on arrow 11.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Whose token it is.
    pub account: AuthAccount,
    /// What it allows.
    pub grants: Vec<Value>,
    /// The client it is bound to, if it is bound to one.
    pub fingerprint: Option<Fingerprint>,
    /// When its life begins. An hour ago, with a shorter `ttl`, makes an expired token.
    pub issued_at: OffsetDateTime,
    /// How long it lives, in whole seconds. Zero makes it expired at once.
    pub ttl: Duration,
}

impl Grant {
    /// Returns a grant to an account, from now on and bound to no client.
    pub fn new(account_sid: AccountSid, grants: Vec<Value>, ttl: Duration) -> Self {
        let digits = account_sid.as_str().trim_start_matches("AC");
        let account = AuthAccount { account_id: format!("acct-{digits}").into(), account_sid };
        Self { account, grants, fingerprint: None, issued_at: OffsetDateTime::now_utc(), ttl }
    }
}

/// What a token says of itself, and arrow 10 of its account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Whose token it is.
    #[serde(flatten)]
    pub account: AuthAccount,
    /// What it allows.
    pub grants: Vec<Value>,
    /// When its life began, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// Unique to this token.
    pub jti: String,
    /// A hash of the fingerprint it is bound to. Customers can read claims, so the fingerprint itself must not be here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    binding: Option<String>,
}

impl Claims {
    fn new(grant: &Grant) -> Self {
        let jti = unique_id();
        let iat = grant.issued_at.unix_timestamp();
        let ttl = i64::try_from(grant.ttl.as_secs()).unwrap_or(i64::MAX);
        Self {
            account: grant.account.clone(),
            grants: grant.grants.clone(),
            iat,
            exp: iat.saturating_add(ttl),
            binding: grant.fingerprint.as_ref().map(|fingerprint| binding(&jti, fingerprint)),
            jti,
        }
    }

    /// Arrows 9 and 15: returns whether the token is bound to this fingerprint. A token bound to none is not.
    pub fn is_bound_to(&self, fingerprint: &Fingerprint) -> bool {
        self.binding.as_ref().is_some_and(|bound| *bound == binding(&self.jti, fingerprint))
    }
}

/// Hashes a fingerprint together with the token's id, so that two tokens of one client do not show that they are.
fn binding(jti: &str, fingerprint: &Fingerprint) -> String {
    hex(&Sha256::new().chain_update(jti).chain_update([0]).chain_update(fingerprint.expose()).finalize())
}

/// Why a token is not accepted on arrow 21.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Another key or algorithm signed it, or it was changed, or it is no token at all.
    #[error("the token was not minted by this key")]
    Foreign,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

/// Why no token can be minted for arrow 11.
#[derive(Debug, thiserror::Error)]
pub enum CannotMint {
    /// The expiration lies beyond the year 9999.
    #[error("the expiration is out of range")]
    Range(#[from] time::error::ComponentRange),
    /// The expiration cannot be written.
    #[error("the expiration cannot be written")]
    Format(#[from] time::error::Format),
    /// The claims cannot be signed.
    #[error("the claims cannot be signed")]
    Signing(#[from] CannotSign),
}

#[cfg(test)]
mod tests {
    use super::super::testing::sid;
    use super::*;

    #[test]
    fn a_minted_token_says_what_was_granted() {
        let key = TokenKey::generate();
        let minted = key.mint(&grant()).unwrap();
        let claims = key.verify(&minted.token, NOW).unwrap();
        assert_eq!(claims.account.account_sid, sid('1'));
        assert_eq!(claims.grants, ["chat"]);
        assert_eq!((claims.iat, claims.exp), (NOW.unix_timestamp(), NOW.unix_timestamp() + 60));
        assert_eq!(minted.expiration, "1970-01-01T00:01:00Z");
    }

    #[test]
    fn two_tokens_of_one_grant_differ() {
        let key = TokenKey::generate();
        assert_ne!(key.mint(&grant()).unwrap().token, key.mint(&grant()).unwrap().token);
    }

    #[test]
    fn the_same_secret_is_the_same_key() {
        let minted = TokenKey::from_secret("k").mint(&grant()).unwrap();
        assert!(TokenKey::from_secret("k").verify(&minted.token, NOW).is_ok());
        assert_eq!(TokenKey::from_secret("l").verify(&minted.token, NOW).unwrap_err(), InvalidToken::Foreign);
        assert_eq!(TokenKey::generate().verify(&minted.token, NOW).unwrap_err(), InvalidToken::Foreign);
    }

    #[test]
    fn a_token_expires_at_the_very_second() {
        let key = TokenKey::generate();
        let token = key.mint(&grant()).unwrap().token;
        assert!(key.verify(&token, NOW + Duration::from_millis(59_999)).is_ok());
        assert_eq!(key.verify(&token, NOW + Duration::from_mins(1)).unwrap_err(), InvalidToken::Expired);
        let at_once = key.mint(&Grant { ttl: Duration::ZERO, ..grant() }).unwrap().token;
        assert_eq!(key.verify(&at_once, NOW).unwrap_err(), InvalidToken::Expired);
    }

    #[test]
    fn a_life_without_end_is_not_granted() {
        assert!(TokenKey::generate().mint(&Grant { ttl: Duration::MAX, ..grant() }).is_err());
    }

    #[test]
    fn only_the_pinned_algorithm_is_accepted() {
        let key = TokenKey::from_secret("k");
        let minted = key.mint(&grant()).unwrap().token;
        let claims = minted.expose().split('.').nth(1).unwrap();
        // The same claims under `alg: none` in three spellings, unsigned.
        for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJOb25lIn0", "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0"] {
            refuses(&key, &format!("{header}.{claims}."));
        }
        let (_, signature) = minted.expose().rsplit_once('.').unwrap();
        refuses(&key, &format!("eyJhbGciOiJSUzI1NiJ9.{claims}.{signature}"));
        refuses(&key, &format!("eyJhbGciOiJIUzUxMiJ9.{claims}.{signature}"));
    }

    #[test]
    fn a_changed_token_is_refused_wherever_it_was_changed() {
        let key = TokenKey::generate();
        let minted = key.mint(&grant()).unwrap().token;
        let text = minted.expose();
        for at in 0..text.len() {
            refuses(&key, &text[..at]);
            let other = if text[at..].starts_with('A') { "Q" } else { "A" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            refuses(&key, &changed);
        }
        for wrong in ["", ".", "..", "a.b.c", "\0", &format!("{text}A"), &format!("{text}."), &format!(" {text}")] {
            refuses(&key, wrong);
        }
    }

    #[test]
    fn a_token_is_bound_to_the_fingerprint_it_was_granted_to_and_no_other() {
        let key = TokenKey::generate();
        let fingerprint = Fingerprint::new("f");
        let bound = key.mint(&Grant { fingerprint: Some(fingerprint.clone()), ..grant() }).unwrap().token;
        let claims = key.verify(&bound, NOW).unwrap();
        assert!(claims.is_bound_to(&fingerprint));
        assert!(!claims.is_bound_to(&Fingerprint::new("g")));
        let unbound = key.mint(&grant()).unwrap().token;
        assert!(!key.verify(&unbound, NOW).unwrap().is_bound_to(&fingerprint));
    }

    #[test]
    fn the_claims_do_not_hold_the_fingerprint() {
        let grant = Grant { fingerprint: Some(Fingerprint::new("f1ngerpr1nt")), ..grant() };
        let claims = serde_json::to_string(&Claims::new(&grant)).unwrap();
        assert!(claims.contains("binding") && !claims.contains("f1ngerpr1nt"), "{claims}");
    }

    #[test]
    fn debug_output_hides_the_key() {
        assert_eq!(format!("{:?}", TokenKey::from_secret("s3cr3t")), "TokenKey(…)");
    }

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn grant() -> Grant {
        Grant { issued_at: NOW, ..Grant::new(sid('1'), vec!["chat".into()], Duration::from_mins(1)) }
    }

    fn refuses(key: &TokenKey, text: &str) {
        assert_eq!(key.verify(&Token::new(text), NOW).unwrap_err(), InvalidToken::Foreign, "{text}");
    }
}
