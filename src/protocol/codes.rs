//! The error codes of refusals: those published for this flow, and the two that the diagram leaves open.

use serde::{Deserialize, Serialize};

/// The `code` of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(pub u32);

impl Code {
    /// The request's body, method or content type is not what the service reads.
    pub const MALFORMED: Self = Self(20001);
    /// Something behind the Orchestrator failed.
    pub const INTERNAL_FAILURE: Self = Self(45774);
    /// The token failed to refresh because it is invalid: the diagram's `invalid_token_code`.
    pub const INVALID_TOKEN: Self = Self(45775);
    /// The page's origin is not among the account's `AllowedOrigins`.
    pub const ORIGIN_NOT_ALLOWED: Self = Self(45776);
    /// The account has no address configuration.
    pub const NO_ADDRESS: Self = Self(45777);
    /// No account has this deployment key.
    pub const UNKNOWN_DEPLOYMENT_KEY: Self = Self(45778);
    /// The fingerprint is another client's: the diagram's `new_code_indicates_fingerprint_invalid`.
    pub const INVALID_FINGERPRINT: Self = Self(45779);
}
