//! The secrets that are known, and where they stand in a text. Finding them costs the same whether few or many are known.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};

use super::SecretKind;

/// Shorter secrets are not looked for in texts, lest every digit vanish.
const SHORTEST: usize = 3;
/// Shorter secrets are only found as whole words.
const SHORTEST_WITHIN_WORDS: usize = 6;

/// What is known to be secret, in order.
#[derive(Default)]
pub(super) struct Known {
    secrets: BTreeMap<Vec<u8>, SecretKind>,
}

impl Known {
    /// Adds a secret; what it was first added as, it stays.
    pub(super) fn add(&mut self, secret: &str, kind: SecretKind) {
        if secret.len() >= SHORTEST && !self.secrets.contains_key(secret.as_bytes()) {
            self.secrets.insert(secret.as_bytes().to_vec(), kind);
        }
    }

    /// Returns what a text is as a whole, if it is secret.
    pub(super) fn kind_of(&self, text: &str) -> Option<SecretKind> {
        self.secrets.get(text.as_bytes()).copied()
    }

    /// Returns where secrets stand, from left to right, of several that begin together the longest.
    pub(super) fn find_in(&self, text: &[u8]) -> Vec<(Range<usize>, SecretKind)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() && !self.secrets.is_empty() {
            let secret = self.longest_at(&text[at..]).filter(|(length, _)| stands(text, at..at + length));
            if let Some((length, kind)) = secret {
                found.push((at..at + length, kind));
            }
            at += secret.map_or(1, |(length, _)| length);
        }
        found
    }

    /// Returns the length and kind of the longest secret that a text begins with.
    ///
    /// It is the greatest secret up to the text in order, or else begins with no more than what the two have in common.
    fn longest_at(&self, text: &[u8]) -> Option<(usize, SecretKind)> {
        let mut upper = text;
        loop {
            let below = (Bound::Unbounded, Bound::Included(upper));
            let (secret, kind) = self.secrets.range::<[u8], _>(below).next_back()?;
            let common = secret.iter().zip(text).take_while(|(one, other)| one == other).count();
            if common == secret.len() {
                return Some((common, *kind));
            }
            if common < SHORTEST {
                return None;
            }
            upper = &text[..common];
        }
    }
}

/// Tells whether a secret may stand here: a short one only as a whole word.
fn stands(text: &[u8], range: Range<usize>) -> bool {
    let in_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let before = range.start.checked_sub(1).and_then(|before| text.get(before));
    range.len() >= SHORTEST_WITHIN_WORDS || !(in_word(before) || in_word(text.get(range.end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(secrets: &[&str], text: &str) -> Vec<String> {
        let mut known = Known::default();
        for secret in secrets {
            known.add(secret, SecretKind::Token);
        }
        known.find_in(text.as_bytes()).into_iter().map(|(range, _)| text[range].to_owned()).collect()
    }

    #[test]
    fn the_longest_of_several_is_found() {
        let secrets = ["secret", "secret-1", "secret-12345", "secret-2", "sec"];
        assert_eq!(found(&secrets, "secret-123 secret-12345secret!"), ["secret-1", "secret-12345", "secret"]);
        assert_eq!(found(&["aaaaaaA", "aaaaaa"], "aaaaaab"), ["aaaaaa"]);
    }

    #[test]
    fn a_short_secret_is_found_as_a_word_only() {
        assert_eq!(found(&["abc"], "abcd abc, x-abc 'abc'"), ["abc", "abc"]);
        assert_eq!(found(&["a", "7"], "a 7"), Vec::<String>::new());
    }
}
