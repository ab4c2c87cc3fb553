//! The members of each request's body: their names and types, so that a refusal can say which one is wrong.
//!
//! Serde's own messages quote the value that was sent, which may be a secret, and do not name its member.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::Refused;
use crate::protocol::{
    AccountSid, CreateTokenRequest, FederatedRefreshRequest, GenerateTokenRequest, IssueTokenRequest, RefreshRequest,
    ValidateRequest,
};

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
    const MEMBERS: &'static [(&'static str, Kind)] = &[("fingerprint", Kind::OptionalText), ("token", Kind::Text)];
}

impl Message for ValidateRequest {
    const MEMBERS: &'static [(&'static str, Kind)] = &[("token", Kind::Text), ("fingerprint", Kind::OptionalText)];
}

impl Message for IssueTokenRequest {
    const MEMBERS: &'static [(&'static str, Kind)] =
        &[("grants", Kind::Texts), ("ttl", Kind::Seconds), ("fingerprint", Kind::OptionalText)];
}

impl Message for GenerateTokenRequest {
    const MEMBERS: &'static [(&'static str, Kind)] = &[
        ("accountSid", Kind::AccountSid),
        ("grants", Kind::Texts),
        ("ttl", Kind::Seconds),
        ("fingerprint", Kind::OptionalText),
    ];
}

/// The type of a member.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Text, or absent; null is not absent.
    OptionalText,
    Texts,
    /// A time to live, at most [`Kind::LONGEST`].
    Seconds,
    AccountSid,
}

impl Kind {
    /// A hundred years in seconds: what is longer could not be written as a date time.
    const LONGEST: u64 = 100 * 365 * 24 * 60 * 60;

    fn is_optional(self) -> bool {
        matches!(self, Self::OptionalText)
    }

    fn admits(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::OptionalText => value.is_string(),
            Self::Texts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
            Self::Seconds => value.as_u64().is_some_and(|seconds| seconds <= Self::LONGEST),
            Self::AccountSid => value.as_str().is_some_and(AccountSid::is_well_formed),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Text | Self::OptionalText => "text",
            Self::Texts => "a list of texts",
            Self::Seconds => "a whole number of seconds, a hundred years at most",
            Self::AccountSid => "AC and 32 hexadecimal digits",
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
            (json!({"ttl": 1, "grants": []}), "`accountSid` is missing"),
            (
                json!({"accountSid": "s3cr3t", "ttl": 1, "grants": []}),
                "`accountSid` must be AC and 32 hexadecimal digits",
            ),
            (json!({"accountSid": SID, "ttl": 1, "grants": ["a", 1]}), "`grants` must be a list of texts"),
            (json!({"accountSid": SID, "ttl": 1, "grants": null}), "`grants` must be a list of texts"),
            (json!({"accountSid": SID, "ttl": 1, "grants": [], "fingerprint": null}), "`fingerprint` must be text"),
        ] {
            assert_eq!(refusal_of::<GenerateTokenRequest>(&body).unwrap(), message);
        }
    }

    #[test]
    fn a_time_to_live_is_a_whole_number_of_seconds() {
        for wrong in [json!(-1), json!(1.5), json!("60"), json!(u64::MAX), json!(null)] {
            let message = refusal_of::<IssueTokenRequest>(&json!({"ttl": wrong, "grants": []}));
            assert_eq!(message.unwrap(), "`ttl` must be a whole number of seconds, a hundred years at most");
        }
        assert_eq!(refusal_of::<IssueTokenRequest>(&json!({"ttl": 0, "grants": []})), None);
    }

    #[test]
    fn every_message_that_passes_can_be_read() {
        let everything = json!({
            "deploymentKey": "", "token": "", "fingerprint": "", "accountSid": SID, "grants": [""], "ttl": 0, "more": {},
        });
        passes_and_reads::<RefreshRequest>(&everything);
        passes_and_reads::<CreateTokenRequest>(&everything);
        passes_and_reads::<FederatedRefreshRequest>(&everything);
        passes_and_reads::<ValidateRequest>(&everything);
        passes_and_reads::<IssueTokenRequest>(&everything);
        passes_and_reads::<GenerateTokenRequest>(&everything);
    }

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn passes_and_reads<M: Message>(body: &Value) {
        assert_eq!(refusal_of::<M>(body), None);
        assert!(serde_json::from_value::<M>(body.clone()).is_ok());
    }

    fn refusal_of<M: Message>(body: &Value) -> Option<String> {
        check::<M>(body.as_object().unwrap()).err().map(|refused| refused.to_string())
    }
}
