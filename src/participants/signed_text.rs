//! JSON that is signed: a JSON Web Token in its compact form (RFC 7515), by HMAC with SHA-256 and nothing else.
//!
//! # Implementation Rationale
//!
//! There is one algorithm, one kind of key and one form, which is a few lines over the crates that make fingerprints and
//! pseudonyms anyway. A crate for all algorithms brings RSA and elliptic curves, which are never called here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::InvalidLength;
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What every signed text begins with: the only algorithm that is written, and the only one that is accepted.
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// The only member of a header that counts.
#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Signs these claims with a key.
pub(super) fn sign(claims: &impl Serialize, key: &[u8]) -> Result<String, CannotSign> {
    let payload = serde_json::to_vec(claims)?;
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
    let signature = keyed(&signed, key)?.finalize().into_bytes();
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Returns the claims of a text that was signed with this key; `None` for any other text.
pub(super) fn verified<T: DeserializeOwned>(text: &str, key: &[u8]) -> Option<T> {
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "HS256" {
        return None;
    }
    // Compares in the same time wherever the two differ.
    keyed(signed, key).ok()?.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn keyed(signed: &str, key: &[u8]) -> Result<Hmac<Sha256>, InvalidLength> {
    let mut mac = Hmac::new_from_slice(key)?;
    mac.update(signed.as_bytes());
    Ok(mac)
}

/// Why claims cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum CannotSign {
    /// They are no JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The key cannot be used.
    #[error("{0}")]
    Key(#[from] InvalidLength),
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The example of RFC 7515, appendix A.1, by another implementation than this one.
    const EXAMPLE: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

    #[test]
    fn what_others_signed_is_verified() {
        let key = URL_SAFE_NO_PAD.decode(KEY).unwrap();
        let claims: Value = verified(EXAMPLE, &key).unwrap();
        assert_eq!(claims["iss"], "joe");
        assert!(verified::<Value>(EXAMPLE, b"another").is_none());
        assert!(verified::<Value>(&EXAMPLE.replacen("eyJ0", "eyJ1", 1), &key).is_none());
    }

    #[test]
    fn what_is_signed_is_verified_with_the_same_key_alone() {
        let signed = sign(&json!({ "a": 1 }), b"k").unwrap();
        assert_eq!(verified::<Value>(&signed, b"k"), Some(json!({ "a": 1 })));
        assert_eq!(verified::<Value>(&signed, b"l"), None);
        assert_eq!(verified::<Value>(&format!("{signed}="), b"k"), None);
    }
}
