//! What a JSON Web Token says of itself. Nobody's signature is verified, and nothing is redacted: that is the caller's.

use bytes::Bytes;
use serde_json::Value;

use super::Body;
use super::redaction::from_base64url;

/// A longer token is not looked into.
const MOST_BYTES: usize = 16 << 10;

/// Returns the payload of a signed JSON Web Token in its compact form, unverified; `None` for any other text.
///
/// It holds secrets where they stand in tokens, such as a fingerprint, so it is shown only through
/// [`Redactor::json`](super::Redactor::json).
pub fn claims(token: &str) -> Option<Value> {
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
    fn the_payload_of_a_signed_token_is_read_whoever_signed_it() {
        for signature in ["c2lnbmF0dXJl", "", "_-_-"] {
            let claims = claims(&format!("{HEADER}.{PAYLOAD}.{signature}"));
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
            assert_eq!(claims(&text), None, "{text}");
        }
    }

    #[test]
    fn a_token_that_is_made_to_exhaust_is_not_looked_into() {
        let filled = |length: usize| format!("{HEADER}.{PAYLOAD}.{}", "A".repeat(length));
        let most = MOST_BYTES - filled(0).len();
        assert!(claims(&filled(most)).is_some());
        assert_eq!(claims(&filled(most + 1)), None);
    }
}
