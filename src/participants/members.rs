//! The members of each request's body: their names and types, so that a refusal can say which one is wrong.
//!
//! Serde's own messages quote the value that was sent, which may be a secret, and do not name its member.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::Refused;
use crate::protocol::{CreateTokenRequest, FederatedRefreshRequest, RefreshRequest, ValidateRequest};

/// A request's body, with the names of its members.
pub(super) trait Message: DeserializeOwned {
    /// What is read; other members are ignored.
    const MEMBERS: &'static [(&'static str, Kind)];
}

impl Message for RefreshRequest {
    const MEMBERS: &'static [(&'static str, Kind)] = &[("deploymentKey", Kind::Text), ("token", Kind::Text)];
}

impl Message for CreateTokenRequest {
    const MEMBERS: &'static [(&'static str, Kind)] = &[("deploymentKey", Kind::Text)];
}

impl Message for FederatedRefreshRequest {
    const MEMBERS: &'static [(&'static str, Kind)] =
        &[("fingerprint", Kind::OptionalFingerprint), ("token", Kind::Text)];
}

impl Message for ValidateRequest {
    const MEMBERS: &'static [(&'static str, Kind)] =
        &[("token", Kind::Text), ("fingerprint", Kind::OptionalFingerprint)];
}

/// The type of a member.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Text or a number, or absent; null is not absent.
    OptionalFingerprint,
}

impl Kind {
    fn is_optional(self) -> bool {
        matches!(self, Self::OptionalFingerprint)
    }

    fn admits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::OptionalFingerprint => value.is_string() || value.is_number(),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::OptionalFingerprint => "text or a number",
        }
    }
}

/// Checks that every member the message needs is there, and of the right type.
pub(super) fn check<M: Message>(members: &Map<String, Value>) -> Result<(), Refused> {
    for (name, kind) in M::MEMBERS {
        match members.get(*name) {
            None if kind.is_optional() => {}
            None => return Err(Refused::Malformed(format!("`{name}` is missing"))),
            Some(value) if kind.admits(value) => {}
            Some(_) => return Err(Refused::Malformed(format!("`{name}` must be {}", kind.in_words()))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_names_the_member_and_never_its_value() {
        for (body, message) in [
            (json!({"fingerprint": "s3cr3t"}), "`token` is missing"),
            (json!({"token": 1}), "`token` must be text"),
            (json!({"token": "t", "fingerprint": null}), "`fingerprint` must be text or a number"),
            (json!({"token": "t", "fingerprint": ["s3cr3t"]}), "`fingerprint` must be text or a number"),
        ] {
            assert_eq!(refusal_of::<ValidateRequest>(&body).unwrap(), message);
        }
        assert_eq!(refusal_of::<ValidateRequest>(&json!({"token": "t", "fingerprint": 17})), None);
    }

    #[test]
    fn every_message_that_passes_can_be_read() {
        let everything = json!({"deploymentKey": "", "token": "", "fingerprint": "", "more": {}});
        passes_and_reads::<RefreshRequest>(&everything);
        passes_and_reads::<CreateTokenRequest>(&everything);
        passes_and_reads::<FederatedRefreshRequest>(&everything);
        passes_and_reads::<ValidateRequest>(&everything);
    }

    fn passes_and_reads<M: Message>(body: &Value) {
        assert_eq!(refusal_of::<M>(body), None);
        assert!(serde_json::from_value::<M>(body.clone()).is_ok());
    }

    fn refusal_of<M: Message>(body: &Value) -> Option<String> {
        check::<M>(body.as_object().unwrap()).err().map(|refused| refused.to_string())
    }
}
