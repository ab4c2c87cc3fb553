//! What the diagram leaves open and a deployment may state: codes, statuses, token rotation.

use std::fmt;

use serde_json::Value;

use super::Code;

/// What the deployment decides where the diagram does not.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contract {
    /// The diagram's `invalid_token_code`, a number or a text; learned where it is not stated.
    pub invalid_token_code: Option<Value>,
    /// The diagram's `new_code_indicates_fingerprint_invalid`, another number or text; learned where it is not stated.
    pub fingerprint_invalid_code: Option<Value>,
    /// Whether the returned token may be the one presented.
    pub token_rotation: TokenRotation,
    /// Where the customer's token travels, where the diagram does not draw it.
    pub token_place: TokenPlace,
    /// Whether the deployment believes an `X-Forwarded-For` that comes from here.
    pub forwarded_for: bool,
    /// The status codes; those not stated are not judged.
    pub status: Statuses,
    /// The codes of refusals that the diagram does not draw.
    pub codes: Codes,
}

/// Whether the returned token may be the one presented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenRotation {
    /// It may or may not.
    #[default]
    Any,
    /// It must be another.
    Required,
    /// It must be the same.
    Forbidden,
}

/// Where the customer's token travels, which arrow 1 does not draw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenPlace {
    /// In the body, beside the deployment key.
    #[default]
    Body,
    /// In the header `authorization`, as `Bearer` and the token.
    Authorization,
}

/// The statuses with which the edge answers outcomes. An empty list: none was stated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statuses {
    /// Whether `FederatedAuth` and the Orchestrator answer with them, too, and not the edge alone.
    pub within: bool,
    /// A new token, arrow 14.
    pub refreshed: Vec<u16>,
    /// An invalid token, arrow 26: as stated for it, else for `refused`.
    pub token_refused: Vec<u16>,
    /// An invalid fingerprint, arrow 20: as stated for it, else for `refused`.
    pub fingerprint_refused: Vec<u16>,
    /// A body that is not what the flow sends.
    pub malformed: Vec<u16>,
    /// An origin that is not among the allowed ones.
    pub origin_not_allowed: Vec<u16>,
    /// A deployment key that no account has.
    pub unknown_deployment_key: Vec<u16>,
    /// An account without an address configuration.
    pub no_address: Vec<u16>,
    /// A failure behind the Orchestrator.
    pub internal_failure: Vec<u16>,
    /// Either verdict of `ScopedAuth`, arrows 10, 16 and 22.
    pub validated: Vec<u16>,
}

/// The codes of refusals that the diagram does not draw; those not stated are not judged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Codes {
    /// A body that is not what the flow sends.
    pub malformed: Option<Value>,
    /// An origin that is not among the allowed ones.
    pub origin_not_allowed: Option<Value>,
    /// A deployment key that no account has.
    pub unknown_deployment_key: Option<Value>,
    /// An account without an address configuration.
    pub no_address: Option<Value>,
    /// A failure behind the Orchestrator.
    pub internal_failure: Option<Value>,
}

impl Codes {
    /// Returns the codes with which the reference refuses, as published for this flow.
    pub fn of_reference() -> Self {
        let published = |code: Code| Some(code.0.into());
        Self {
            malformed: published(Code::MALFORMED),
            origin_not_allowed: published(Code::ORIGIN_NOT_ALLOWED),
            unknown_deployment_key: published(Code::UNKNOWN_DEPLOYMENT_KEY),
            no_address: published(Code::NO_ADDRESS),
            internal_failure: published(Code::INTERNAL_FAILURE),
        }
    }

    /// Returns every code that is stated, with what it stands for.
    pub fn with_meanings(&self) -> impl Iterator<Item = (&Value, &'static str)> {
        [
            (&self.internal_failure, "a failure behind the Orchestrator"),
            (&self.malformed, "a malformed request"),
            (&self.origin_not_allowed, "an origin that is not allowed"),
            (&self.unknown_deployment_key, "an unknown deployment key"),
            (&self.no_address, "an account without an address configuration"),
        ]
        .into_iter()
        .filter_map(|(code, meaning)| Some((code.as_ref()?, meaning)))
    }
}

impl fmt::Debug for Contract {
    /// Shows no code: a deployment file may take it from the environment, which makes it a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract")
            .field("token_rotation", &self.token_rotation)
            .field("token_place", &self.token_place)
            .field("forwarded_for", &self.forwarded_for)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codes { .. }")
    }
}

impl Contract {
    /// Returns what holds of the reference participants.
    pub fn of_reference() -> Self {
        Self {
            invalid_token_code: Some(Code::INVALID_TOKEN.0.into()),
            fingerprint_invalid_code: Some(Code::INVALID_FINGERPRINT.0.into()),
            token_rotation: TokenRotation::Required,
            token_place: TokenPlace::Body,
            forwarded_for: true,
            status: Statuses {
                within: true,
                refreshed: vec![200],
                token_refused: vec![403],
                fingerprint_refused: vec![403],
                malformed: vec![400, 405, 413, 415],
                origin_not_allowed: vec![403],
                unknown_deployment_key: vec![404],
                no_address: vec![404],
                internal_failure: vec![502, 504],
                validated: vec![200],
            },
            codes: Codes::of_reference(),
        }
    }
}
