//! The secrets that are known, and where they stand in a text. Finding them costs the same whether few or many are known.

use std::collections::{BTreeMap, HashSet};
use std::ops::{Bound, Range};

use super::secret_kind::SecretKind;

/// Shorter secrets are not looked for in texts, lest every digit vanish.
const SHORTEST: usize = 3;
/// Shorter secrets are only found as whole words.
const SHORTEST_WITHIN_WORDS: usize = 6;
/// Shorter secrets are only found in the case they have, lest a word vanish that is written otherwise.
const SHORTEST_IN_ANY_CASE: usize = 8;
/// As much of the beginning of a secret gives it away, or of its end.
const TELLING: usize = 8;
/// As much of the end of a secret gives it away even where it might be a word.
const TELLING_WITHOUT_DIGITS: usize = 16;

/// What is known to be secret, in order.
#[derive(Default)]
pub(super) struct Known {
    /// By the secret in lower case.
    secrets: BTreeMap<Vec<u8>, Secret>,
    /// What they begin with: most places of a text are passed over for it.
    beginnings: HashSet<[u8; SHORTEST]>,
    /// The same of those whose end tells as much as all of them, read from the end.
    reversed: BTreeMap<Vec<u8>, Secret>,
    endings: HashSet<[u8; SHORTEST]>,
}

#[derive(Debug, Clone)]
struct Secret {
    kind: SecretKind,
    /// The secret as it is, where it is found in its own case only.
    exactly: Option<Vec<u8>>,
    /// Whether its beginning tells as much as all of it: not so where an address or a path begins like many others.
    begins_tellingly: bool,
}

impl Known {
    /// Adds a secret; what it was first added as, it stays.
    pub(super) fn add(&mut self, secret: &[u8], kind: SecretKind) {
        let lower = secret.to_ascii_lowercase();
        let Some(beginning) = lower.first_chunk::<SHORTEST>() else { return };
        self.beginnings.insert(*beginning);
        let exactly = (secret.len() < SHORTEST_IN_ANY_CASE).then(|| secret.to_vec());
        let begins_tellingly = kind != SecretKind::Other || !is_place(secret);
        let known = self.secrets.entry(lower).or_insert(Secret { kind, exactly: exactly.clone(), begins_tellingly });
        if known.exactly != exactly {
            // Two secrets that differ in case are found in any.
            known.exactly = None;
        }
        let reversed: Vec<u8> = secret.iter().rev().map(u8::to_ascii_lowercase).collect();
        if let Some(ending) = reversed.first_chunk::<SHORTEST>().filter(|_| begins_tellingly) {
            self.endings.insert(*ending);
            self.reversed.entry(reversed).or_insert(Secret { kind, exactly: None, begins_tellingly });
        }
    }

    /// Returns what a text is as a whole, if it is secret.
    pub(super) fn kind_of(&self, text: &str) -> Option<SecretKind> {
        let known = self.secrets.get(&text.as_bytes().to_ascii_lowercase())?;
        known.is_written(text.as_bytes()).then_some(known.kind)
    }

    /// Returns where secrets stand, their beginnings or their ends, of several that begin together the longest.
    pub(super) fn find_in(&self, text: &[u8]) -> Vec<(Range<usize>, SecretKind)> {
        let mut found = self.beginning_in(text);
        found.extend(self.ending_in(text));
        found
    }

    /// Returns where secrets stand, or their beginnings, from left to right.
    fn beginning_in(&self, text: &[u8]) -> Vec<(Range<usize>, SecretKind)> {
        let mut found = Vec::new();
        let lower = text.to_ascii_lowercase();
        let mut at = 0;
        while let Some(beginning) = lower[at..].first_chunk::<SHORTEST>() {
            if !self.beginnings.contains(beginning) {
                at += 1;
                continue;
            }
            let whole = self.longest_at(&lower[at..], &text[at..]);
            let whole = whole.filter(|(length, _)| stands(text, at..at + length));
            let secret = whole.or_else(|| beginning_at(&self.secrets, &lower[at..]));
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
    fn longest_at(&self, text: &[u8], written: &[u8]) -> Option<(usize, SecretKind)> {
        let mut upper = text;
        loop {
            let below = (Bound::Unbounded, Bound::Included(upper));
            let (secret, known) = self.secrets.range::<[u8], _>(below).next_back()?;
            let common = secret.iter().zip(text).take_while(|(one, other)| one == other).count();
            if common == secret.len() && known.is_written(&written[..common]) {
                return Some((common, known.kind));
            }
            // A secret in another case is none; a shorter one may be.
            let common = if common == secret.len() { common - 1 } else { common };
            if common < SHORTEST {
                return None;
            }
            upper = &text[..common];
        }
    }

    /// Returns where the ends of secrets stand, from right to left.
    fn ending_in(&self, text: &[u8]) -> Vec<(Range<usize>, SecretKind)> {
        let mut found = Vec::new();
        let reversed: Vec<u8> = text.iter().rev().map(u8::to_ascii_lowercase).collect();
        let mut at = 0;
        while let Some(ending) = reversed[at..].first_chunk::<SHORTEST>() {
            let is_ending = self.endings.contains(ending);
            let end = is_ending.then(|| beginning_at(&self.reversed, &reversed[at..])).flatten();
            if let Some((length, kind)) = end.filter(|(length, _)| end_tells(&reversed[at..at + length])) {
                found.push((text.len() - at - length..text.len() - at, kind));
            }
            at += end.map_or(1, |(length, _)| length);
        }
        found
    }
}

/// Returns how much of a secret a text begins with, if that gives it away, and the secret's kind.
fn beginning_at(secrets: &BTreeMap<Vec<u8>, Secret>, text: &[u8]) -> Option<(usize, SecretKind)> {
    let before = (Bound::Unbounded, Bound::Included(text));
    let behind = (Bound::Excluded(text), Bound::Unbounded);
    let neighbours = [secrets.range::<[u8], _>(before).next_back(), secrets.range::<[u8], _>(behind).next()];
    let beginnings = neighbours.into_iter().flatten().filter(|(_, known)| known.begins_tellingly);
    let common = |secret: &[u8]| secret.iter().zip(text).take_while(|(one, other)| one == other).count();
    let lengths = beginnings.map(|(secret, known)| (common(secret), known.kind));
    lengths.filter(|(length, _)| *length >= TELLING).max_by_key(|(length, _)| *length)
}

/// Tells whether the end of a secret can be no word that ends like it, such as the `ature-on` of a key `my-feature-on`.
fn end_tells(end: &[u8]) -> bool {
    end.len() >= TELLING_WITHOUT_DIGITS || end.iter().any(u8::is_ascii_digit)
}

impl Secret {
    fn is_written(&self, text: &[u8]) -> bool {
        self.exactly.as_ref().is_none_or(|exactly| exactly == text)
    }
}

/// Tells whether a secret says where something is: an address, a path or an account, which begin like others.
fn is_place(secret: &[u8]) -> bool {
    let secret = String::from_utf8_lossy(secret);
    let is_account = || secret.strip_prefix("AC").is_some_and(|digits| digits.bytes().all(|it| it.is_ascii_hexdigit()));
    secret.contains("://") || secret.starts_with(['/', '.']) || is_account()
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
            known.add(secret.as_bytes(), SecretKind::Token);
        }
        let mut found = known.find_in(text.as_bytes());
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        found.retain(|(range, _)| {
            let is_covered = range.start < end;
            end = end.max(range.end);
            !is_covered
        });
        found.into_iter().map(|(range, _)| text[range].to_owned()).collect()
    }

    #[test]
    fn case_hides_no_secret_unless_it_is_short() {
        assert_eq!(found(&["Secret-Key"], "SECRET-KEY or secret-key"), ["SECRET-KEY", "secret-key"]);
        assert_eq!(found(&["Abc", "AbcDef"], "abc or Abc, abcdef or AbcDef"), ["Abc", "AbcDef"]);
        assert_eq!(found(&["Abc", "aBC"], "abc or Abc or aBC"), ["abc", "Abc", "aBC"]);
        let mut known = Known::default();
        known.add(b"Secret-Key", SecretKind::Token);
        known.add(b"Abc", SecretKind::Token);
        let kinds = ["secret-KEY", "abc", "Abc", "other"].map(|text| known.kind_of(text));
        assert_eq!(kinds, [Some(SecretKind::Token), None, Some(SecretKind::Token), None]);
    }

    #[test]
    fn the_beginning_of_a_secret_is_found_where_it_tells_enough() {
        let secrets = ["secret-12345", "secret-22345", "secret-2xyz"];
        assert_eq!(
            found(&secrets, "secret-1, xsecret-22x, secret-, secret-2xya"),
            ["secret-1", "secret-22", "secret-2xy"]
        );
        let mut known = Known::default();
        for place in ["https://edge.example.com", "/etc/hopcheck/key.pem", "AC00000000000000000000000000000001"] {
            known.add(place.as_bytes(), SecretKind::Other);
            assert_eq!(known.find_in(place.as_bytes()).len(), 1, "{place}");
            assert_eq!(known.find_in(&place.as_bytes()[..12]), [], "{place}");
        }
    }

    #[test]
    fn the_end_of_a_secret_is_found_where_it_tells_enough() {
        let secrets = ["the-secret-12345", "another-feature-is-on"];
        assert_eq!(found(&secrets, "ends in ret-12345, not t-12345"), ["ret-12345"]);
        assert_eq!(found(&secrets, "a feature-is-on, yet another-feature-is-on"), ["another-feature-is-on"]);
        assert_eq!(found(&secrets, "her-feature-is-on"), ["her-feature-is-on"]);
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
