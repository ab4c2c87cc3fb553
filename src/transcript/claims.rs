//! What a JSON Web Token says of itself, without its secrets. Nobody's signature is verified.

use bytes::Bytes;
use serde_json::Value;

use super::redaction::from_base64url;
use super::{Body, Redactor, SecretKind};

/// A longer token is not looked into.
const MOST_BYTES: usize = 16 << 10;

/// The claims that bind a token to who holds it, by what is derived of a secret of theirs: that of our `ScopedAuth`, and
/// the registered one.
const BINDING: [&str; 2] = ["binding", "cnf"];

/// Returns the payload of a signed JSON Web Token in its compact form, unverified and redacted; `None` for any other text.
pub fn claims(token: &str, redactor: &Redactor) -> Option<Value> {
    let mut shown = redactor.json(&payload(token)?);
    for name in BINDING {
        if let Some(claim) = shown.get_mut(name) {
            let derived = claim.as_str().map_or_else(|| claim.to_string(), str::to_owned);
            *claim = redactor.pseudonym(&derived, SecretKind::Fingerprint).into();
        }
    }
    Some(shown)
}

/// Returns the payload of a signed JSON Web Token in its compact form, unverified; `None` for any other text. It holds
/// secrets, so that nothing shows it.
pub fn payload(token: &str) -> Option<Value> {
    if token.len() > MOST_BYTES {
        return None;
    }
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let is_signed = parts.next().is_none() && from_base64url(signature).is_some();
    object(header).filter(|header| is_signed && header["alg"].is_string())?;
    object(payload)
}

fn object(part: &str) -> Option<Value> {
    let body = Body::new(Bytes::from(from_base64url(part)?));
    body.json().filter(|json| json.is_object()).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // {"alg":"HS256","typ":"JWT"}
    const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    // {"sub":"1","fingerprint":"é~?"}
    const PAYLOAD: &str = "eyJzdWIiOiIxIiwiZmluZ2VycHJpbnQiOiLDqX4_In0";

    #[test]
    fn what_is_derived_from_a_secret_is_shown_no_more_than_the_secret() {
        // {"sub":"1","fingerprint":"s3cr3t","binding":"0a1b","cnf":{"jkt":"2c3d"}}
        let payload =
            "eyJzdWIiOiIxIiwiZmluZ2VycHJpbnQiOiJzM2NyM3QiLCJiaW5kaW5nIjoiMGExYiIsImNuZiI6eyJqa3QiOiIyYzNkIn19";
        let shown = claims(&format!("{HEADER}.{payload}.c2ln"), &Redactor::new([7; 32])).unwrap();
        assert_eq!(shown["sub"], "1");
        for name in ["fingerprint", "binding", "cnf"] {
            assert!(shown[name].as_str().is_some_and(|it| it.starts_with("fpr_") && it.ends_with('…')), "{shown}");
        }
    }

    #[test]
    fn the_payload_of_a_signed_token_is_read_whoever_signed_it() {
        for signature in ["c2lnbmF0dXJl", "", "_-_-"] {
            let claims = payload(&format!("{HEADER}.{PAYLOAD}.{signature}"));
            assert_eq!(claims, Some(json!({"sub": "1", "fingerprint": "é~?"})));
        }
    }

    #[test]
    fn any_other_text_has_no_claims() {
        let list = "W10"; // []
        let no_algorithm = "eyJ0eXAiOiJKV1QifQ"; // {"typ":"JWT"}
        for text in [
            String::new(),
            "opaque".to_owned(),
            "..".to_owned(),
            format!("{HEADER}.{PAYLOAD}"),
            format!("{HEADER}.{PAYLOAD}.c2ln.more"),
            format!("{HEADER}.{PAYLOAD}=.c2ln"),
            format!("{HEADER}.{}.c2ln", PAYLOAD.replace('_', "/")),
            format!("{HEADER}.{PAYLOAD}x.c2ln"),
            format!("{HEADER}.{PAYLOAD}.c2ln!"),
            format!("{HEADER}.{PAYLOAD}.c2lnA"),
            format!("{HEADER}.{list}.c2ln"),
            format!("{list}.{PAYLOAD}.c2ln"),
            format!("{no_algorithm}.{PAYLOAD}.c2ln"),
            format!("{HEADER}.{HEADER}{PAYLOAD}.c2ln"),
        ] {
            assert_eq!(payload(&text), None, "{text}");
        }
    }

    #[test]
    fn a_token_that_is_made_to_exhaust_is_not_looked_into() {
        let filled = |length: usize| format!("{HEADER}.{PAYLOAD}.{}", "A".repeat(length));
        let most = MOST_BYTES - filled(0).len();
        assert!(payload(&filled(most)).is_some());
        assert_eq!(payload(&filled(most + 1)), None);
    }
}
