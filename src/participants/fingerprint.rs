//! A fingerprint: which client it is, as far as its headers tell. Keeps nothing of the headers readable.

use std::fmt;

use axum::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName};
use hmac::digest::Key;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::forwarded_headers::X_FORWARDED_FOR;
use super::unique_id::hex;
use crate::protocol::{Fingerprint, FingerprintSensitivity};

/// The key that makes the Orchestrator's fingerprints, of arrow 5, unlike anybody else's.
///
/// Its `Debug` hides it.
#[derive(Clone)]
pub struct FingerprintKey(Hmac<Sha256>);

impl FingerprintKey {
    /// Returns a new random key.
    pub fn generate() -> Self {
        Self::from_bytes(&rand::random::<[u8; 32]>())
    }

    /// Returns the key derived from this text: the same text gives the same fingerprints in another process.
    pub fn from_secret(secret: &str) -> Self {
        Self::from_bytes(secret.as_bytes())
    }

    /// Takes a key of exactly one block, since that cannot fail, where a slice of any length could.
    fn from_bytes(secret: &[u8]) -> Self {
        let mut block = Key::<Hmac<Sha256>>::default();
        let digest = Sha256::digest(secret);
        for (byte, digested) in block.iter_mut().zip(digest) {
            *byte = digested;
        }
        Self(Mac::new(&block))
    }

    /// Generates the fingerprint of arrow 5 from the headers of arrow 1: the same client has the same one.
    pub fn fingerprint_of(&self, client: &HeaderMap, sensitivity: FingerprintSensitivity) -> Fingerprint {
        let mut mac = self.0.clone();
        for attribute in attributes(client, sensitivity) {
            // Each attribute goes in after its length: two clients cannot share a fingerprint by moving the border.
            mac.update(&(attribute.len() as u64).to_be_bytes());
            mac.update(attribute);
        }
        Fingerprint::new(hex(&mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(…)")
    }
}

/// Returns what the client tells of itself. Each level of sensitivity adds to the one before.
fn attributes(client: &HeaderMap, sensitivity: FingerprintSensitivity) -> Vec<&[u8]> {
    let user_agent = attribute(client, &USER_AGENT);
    let language = attribute(client, &ACCEPT_LANGUAGE);
    match sensitivity {
        FingerprintSensitivity::Low => vec![user_agent],
        FingerprintSensitivity::Medium => vec![user_agent, language],
        FingerprintSensitivity::High => vec![user_agent, language, client_address(client)],
    }
}

/// Returns a header's value; a client that sends none is one whose value is empty.
fn attribute<'a>(client: &'a HeaderMap, name: &HeaderName) -> &'a [u8] {
    client.get(name).map_or(b"", |value| value.as_bytes())
}

/// Returns the first entry of X-Forwarded-For: the client, before any proxy.
fn client_address(client: &HeaderMap) -> &[u8] {
    let entries = attribute(client, &X_FORWARDED_FOR);
    entries.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_same_client_has_the_same_fingerprint() {
        let key = FingerprintKey::from_secret("k");
        let again = FingerprintKey::from_secret("k");
        for level in [FingerprintSensitivity::Low, FingerprintSensitivity::Medium, FingerprintSensitivity::High] {
            assert_eq!(key.fingerprint_of(&browser(), level), again.fingerprint_of(&browser(), level));
        }
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        let one = FingerprintKey::generate().fingerprint_of(&browser(), FingerprintSensitivity::Low);
        let other = FingerprintKey::generate().fingerprint_of(&browser(), FingerprintSensitivity::Low);
        assert_ne!(one, other);
    }

    #[test]
    fn each_level_sees_one_attribute_more() {
        use FingerprintSensitivity::{High, Low, Medium};
        for (header, seen_by) in [
            ("user-agent", &[Low, Medium, High][..]),
            ("accept-language", &[Medium, High]),
            ("x-forwarded-for", &[High]),
            ("accept", &[]),
        ] {
            let changed = with(browser(), header, "other");
            for level in [Low, Medium, High] {
                assert_eq!(same(&browser(), &changed, level), !seen_by.contains(&level), "{header} at {level}");
            }
        }
    }

    #[test]
    fn only_the_first_address_is_the_clients() {
        let through_a_proxy = with(browser(), "x-forwarded-for", " 192.0.2.1 , 10.0.0.1");
        assert!(same(&browser(), &through_a_proxy, FingerprintSensitivity::High));
    }

    #[test]
    fn a_missing_header_is_an_empty_one() {
        let silent = with(HeaderMap::new(), "user-agent", "");
        assert!(same(&HeaderMap::new(), &silent, FingerprintSensitivity::High));
    }

    #[test]
    fn moving_text_from_one_attribute_to_the_next_makes_another_client() {
        let one = with(with(HeaderMap::new(), "user-agent", "ab"), "accept-language", "c");
        let other = with(with(HeaderMap::new(), "user-agent", "a"), "accept-language", "bc");
        assert!(!same(&one, &other, FingerprintSensitivity::Medium));
    }

    #[test]
    fn debug_output_hides_the_key() {
        assert_eq!(format!("{:?}", FingerprintKey::from_secret("s3cr3t")), "FingerprintKey(…)");
    }

    fn same(one: &HeaderMap, other: &HeaderMap, level: FingerprintSensitivity) -> bool {
        let key = FingerprintKey::from_secret("k");
        key.fingerprint_of(one, level) == key.fingerprint_of(other, level)
    }

    fn browser() -> HeaderMap {
        let browser = with(HeaderMap::new(), "user-agent", "Firefox");
        with(with(browser, "accept-language", "de"), "x-forwarded-for", "192.0.2.1")
    }

    fn with(mut headers: HeaderMap, name: &'static str, value: &'static str) -> HeaderMap {
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }
}
