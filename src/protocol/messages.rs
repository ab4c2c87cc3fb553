//! The bodies on each hop, as the diagram draws them. Reading is strict about types and lenient about unknown members.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{AccountSid, Code, DeploymentKey, Fingerprint, Token};

/// Arrow 1: a customer asks for its token to be refreshed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest {
    /// Names the account.
    pub deployment_key: DeploymentKey,
    /// The token to refresh; not drawn on arrow 1, but arrows 5 to 8 carry it on.
    pub token: Token,
}

/// Arrow 5 with a fingerprint (feature on), arrow 7 without one (feature off).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FederatedRefreshRequest {
    /// The client's fingerprint; absent, not null, when the feature is off.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// The token the customer presented.
    pub token: Token,
}

/// Arrow 6 with a fingerprint (feature on), arrow 8 without one (feature off).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ValidateRequest {
    /// The token the customer presented.
    pub token: Token,
    /// The client's fingerprint; absent, not null, when the feature is off.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// Arrows 10, 16 and 22: what `ScopedAuth` found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Validation {
    /// Arrow 10: token and fingerprint are valid.
    Authorized {
        /// Always true.
        authorized: True,
        /// Whose token it is.
        auth_account: AuthAccount,
        /// What the token allows, which customers see as roles.
        grants: Vec<Value>,
    },
    /// Arrows 16 and 22: the fingerprint or the token is invalid.
    Unauthorized {
        /// Always false.
        authorized: False,
        /// Which of the two: [`Validation::FINGERPRINT_FAILED`] or [`Validation::TOKEN_FAILED`].
        message: String,
    },
}

impl Validation {
    /// The message of arrow 16.
    pub const FINGERPRINT_FAILED: &str = "fingerprint_validation_failed";
    /// The message of arrow 22.
    pub const TOKEN_FAILED: &str = "token_validation_failed";

    /// Returns the verdict on a valid token, arrow 10.
    pub fn authorized(auth_account: AuthAccount, grants: Vec<Value>) -> Self {
        Self::Authorized { authorized: True, auth_account, grants }
    }

    /// Returns the verdict on an invalid token (arrow 22) or fingerprint (arrow 16).
    pub fn unauthorized(message: &str) -> Self {
        Self::Unauthorized { authorized: False, message: message.to_owned() }
    }
}

/// The account a token belongs to, in arrow 10.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthAccount {
    /// The account's identifier within `ScopedAuth`: whatever that numbers or names accounts by.
    pub account_id: Value,
    /// The account's SID.
    pub account_sid: AccountSid,
}

/// Arrows 11, 12 and 14: the refreshed token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refreshed {
    /// When the token expires: a moment in the future.
    pub expiration: Value,
    /// Never used before.
    pub identity: Value,
    /// The grants of arrow 10.
    pub roles: Vec<Value>,
    /// The token to use from now on.
    pub token: Token,
}

/// Arrows 17, 18, 20 and 23, 24, 26: why there is no token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refusal {
    /// Always false.
    pub valid: False,
    /// Which refusal it is.
    pub code: Code,
    /// The reason in words; never holds a token or a fingerprint.
    pub message: String,
}

impl Refusal {
    /// Returns a refusal with this code and reason.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { valid: False, code, message: message.into() }
    }
}

/// The sibling flow: a customer asks for its first token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTokenRequest {
    /// Names the account.
    pub deployment_key: DeploymentKey,
}

/// The sibling flow: the Orchestrator asks `FederatedAuth` for a token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IssueTokenRequest {
    /// The client it is to be bound to; absent when the feature is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// The sibling flow: `FederatedAuth` asks `ScopedAuth` to make the token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerateTokenRequest {
    /// Whose token it is to be.
    #[serde(alias = "account_sid")]
    pub account_sid: AccountSid,
    /// What the token is to allow: a list, or a text that holds one in JSON. `ScopedAuth` knows what to do without.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub grants: Value,
    /// How long it is to live, in seconds: a number or its text. `ScopedAuth` knows what to do without.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub ttl: Value,
    /// Whether the token is to be encrypted.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub encrypt: Value,
    /// The client it is to be bound to; absent when the feature is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// The sibling flow: the new token, from `ScopedAuth` outwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssuedToken {
    /// The token.
    pub token: Token,
    /// Who holds it; never used before.
    pub identity: Value,
}

/// A token that was minted, and its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GeneratedToken {
    /// The token.
    pub token: Token,
    /// When it expires: RFC 3339.
    pub expiration: String,
}

/// The literal `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct True;

/// The literal `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct False;

impl From<True> for bool {
    fn from(_: True) -> Self {
        true
    }
}

impl From<False> for bool {
    fn from(_: False) -> Self {
        false
    }
}

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value { Ok(Self) } else { Err("expected true") }
    }
}

impl TryFrom<bool> for False {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value { Err("expected false") } else { Ok(Self) }
    }
}

/// Reads an optional member that may be absent but not null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_fingerprint_stays_absent() {
        let request: ValidateRequest = serde_json::from_str(r#"{"token":"t"}"#).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"token":"t"}"#);
    }

    #[test]
    fn a_null_fingerprint_is_not_an_absent_one() {
        assert!(serde_json::from_str::<ValidateRequest>(r#"{"token":"t","fingerprint":null}"#).is_err());
    }

    #[test]
    fn a_verdict_is_read_by_what_it_says() {
        let refused = r#"{"authorized":false,"message":"token_validation_failed"}"#;
        assert!(matches!(serde_json::from_str(refused).unwrap(), Validation::Unauthorized { .. }));
        assert!(serde_json::from_str::<Validation>(r#"{"authorized":true,"message":"x"}"#).is_err());
        assert!(serde_json::from_str::<Validation>(r#"{"authorized":"false","message":"x"}"#).is_err());
    }
}
