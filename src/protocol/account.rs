//! An account and its configuration, as arrow 3 fetches it: `AllowedOrigins`, `AddressSid`, `DeploymentKeys`,
//! `FingerprintSensitivity`, and whether the feature is on.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::DeploymentKey;

/// An account's identifier: `AC` and 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountSid(String);

impl AccountSid {
    /// Returns the text of the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the text has the form of an account SID.
    pub fn is_well_formed(text: &str) -> bool {
        text.strip_prefix("AC").is_some_and(|digits| {
            digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
        })
    }
}

/// The text is no account SID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no account SID: expected AC and 32 hexadecimal digits in lower case")]
pub struct InvalidAccountSid(String);

impl FromStr for AccountSid {
    type Err = InvalidAccountSid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if Self::is_well_formed(text) { Ok(Self(text.to_owned())) } else { Err(InvalidAccountSid(text.to_owned())) }
    }
}

impl TryFrom<String> for AccountSid {
    type Error = InvalidAccountSid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AccountSid> for String {
    fn from(sid: AccountSid) -> Self {
        sid.0
    }
}

impl fmt::Display for AccountSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the fingerprint feature is switched on for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Arrows 5 and 6 carry a fingerprint.
    On,
    /// Arrows 7 and 8 carry none.
    Off,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

/// Which attributes of a client its fingerprint is made of. Each level adds to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FingerprintSensitivity {
    /// User-Agent.
    Low,
    /// And Accept-Language.
    Medium,
    /// And the client's address.
    High,
}

impl fmt::Display for FingerprintSensitivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// An account with its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identifier, which arrow 2 looks up.
    pub account_sid: AccountSid,
    /// The address configuration; without one no token can be made or refreshed.
    pub address_sid: Option<String>,
    /// The keys that web pages name it by.
    pub deployment_keys: Vec<DeploymentKey>,
    /// Whether refreshes carry a fingerprint.
    pub feature: Feature,
    /// What the fingerprint is made of.
    pub fingerprint_sensitivity: FingerprintSensitivity,
    /// The web origins that may call; empty means any.
    pub allowed_origins: Vec<String>,
    /// The grants its tokens carry, which customers see as roles.
    pub grants: Vec<String>,
    /// How long its tokens live.
    pub token_ttl: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_sid_is_ac_and_32_hexadecimal_digits() {
        assert!(AccountSid::is_well_formed("AC0123456789abcdef0123456789abcdef"));
        for wrong in ["", "AC", "AC0123456789abcdef0123456789abcde", "AD0123456789abcdef0123456789abcdef", "ACXXXXX"] {
            assert!(wrong.parse::<AccountSid>().is_err(), "{wrong}");
        }
    }
}
