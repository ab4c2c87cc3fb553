//! A unique id: text that was never used before. Says nothing about what it names.

use std::fmt::Write;

/// Returns 128 random bits as 32 hexadecimal digits.
pub(super) fn unique_id() -> String {
    hex(&rand::random::<[u8; 16]>())
}

/// Returns the bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let ids: HashSet<String> = (0..1000).map(|_| unique_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 32));
    }

    #[test]
    fn every_byte_takes_two_digits() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
