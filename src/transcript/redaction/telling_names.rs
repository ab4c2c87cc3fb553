//! Where secrets stand though nobody declared them: under telling names, behind `Bearer`, before the `@` of an address,
//! and in whatever looks like a JSON Web Token.

use std::ops::Range;

use super::secret_kind::SecretKind;

/// Returns what stands in a member of this name, if that is secret.
pub(super) fn kind_of_member(name: &str) -> Option<SecretKind> {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let ends_with = |words: &[&str]| words.iter().any(|word| name.trim_end_matches('s').ends_with(word));
    if ends_with(&["token", "jwt", "bearer"]) {
        Some(SecretKind::Token)
    } else if ends_with(&["fingerprint"]) {
        Some(SecretKind::Fingerprint)
    } else if ends_with(&["deploymentkey"]) {
        Some(SecretKind::DeploymentKey)
    } else if ends_with(&["secret", "password", "passphrase", "apikey", "privatekey", "authorization", "cookie"]) {
        Some(SecretKind::Other)
    } else {
        None
    }
}

/// Returns what stands in a header of this name, in lower case, if that is secret.
pub(super) fn kind_of_header(name: &str) -> Option<SecretKind> {
    let words = ["token", "secret", "key", "password", "cookie", "fingerprint", "jwt", "authorization", "session"];
    words.iter().any(|word| name.contains(word)).then_some(SecretKind::Other)
}

/// Tells whether a text is a pseudonym, which is not to be hidden behind another.
pub(super) fn is_pseudonym(text: &str) -> bool {
    let digits = text.get(..4).filter(|prefix| ["tok_", "fpr_", "key_", "sec_"].contains(prefix)).map(|_| &text[4..]);
    digits.and_then(|rest| rest.strip_suffix('…')).is_some_and(|digits| {
        digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
    })
}

/// Returns where secrets stand in a text, going by what stands around them.
pub(super) fn named_values(text: &[u8]) -> Vec<(Range<usize>, SecretKind)> {
    let mut found = Vec::new();
    let (mut at, mut covered) = (0, 0);
    while at < text.len() {
        let word = word_at(text, at);
        if word.is_empty() {
            found.extend(user_info(text, at));
            at += 1;
            continue;
        }
        // What stands within a value that was found is hidden with it; of `token=token=…` each would be as long as the rest.
        if let Some((value, kind)) = value_behind(text, &word, covered) {
            covered = value.end;
            found.push((value, kind));
        }
        found.extend(web_token(text, &word));
        at = word.end;
    }
    found
}

fn word_at(text: &[u8], start: usize) -> Range<usize> {
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    start..start + text[start..].iter().take_while(in_word).count()
}

/// Returns the value of `name=value`, `"name": "value"` or `Bearer value`, unless it begins before this place.
fn value_behind(text: &[u8], name: &Range<usize>, covered: usize) -> Option<(Range<usize>, SecretKind)> {
    let word = String::from_utf8_lossy(&text[name.clone()]);
    let mut at = name.end;
    let kind = if ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
        at = skip(text, at, b" ");
        (at > name.end).then_some(SecretKind::Token)?
    } else {
        let kind = kind_of_member(&word)?;
        at = skip(text, at, b"\\\"'");
        let quoted = at > name.end;
        at = skip(text, at, b" ");
        let assigned = text.get(at).is_some_and(|sign| *sign == b'=' || (quoted && *sign == b':'));
        at = skip(text, if assigned { at + 1 } else { return None }, b" \\\"'");
        kind
    };
    if at < covered {
        return None;
    }
    let length =
        text[at..].iter().take_while(|byte| !byte.is_ascii_whitespace() && !b"&,;\"'\\{}[]()<>".contains(byte));
    let value = at..at + length.count();
    let says_nothing = matches!(&text[value.clone()], b"" | b"null" | b"true" | b"false");
    (!says_nothing).then_some((value, kind))
}

/// Returns a word with a dot in it from where `eyJ`, the beginning of every encoded JSON object, stands.
fn web_token(text: &[u8], word: &Range<usize>) -> Option<(Range<usize>, SecretKind)> {
    let start = word.start + text[word.clone()].windows(3).position(|three| three == b"eyJ")?;
    let trailing = text[start..word.end].iter().rev().take_while(|byte| **byte == b'.').count();
    let token = start..word.end - trailing;
    text[token.clone()].contains(&b'.').then_some((token, SecretKind::Token))
}

/// Returns what stands between `://` and `@`.
fn user_info(text: &[u8], at: usize) -> Option<(Range<usize>, SecretKind)> {
    let rest = text.get(at..)?.strip_prefix(b"://")?;
    let authority = rest.iter().take_while(|byte| !byte.is_ascii_whitespace() && !b"/?#\"'<>".contains(byte)).count();
    let length = rest[..authority].iter().rposition(|byte| *byte == b'@').filter(|length| *length > 0)?;
    Some((at + 3..at + 3 + length, SecretKind::Other))
}

fn skip(text: &[u8], at: usize, signs: &[u8]) -> usize {
    at + text[at..].iter().take_while(|byte| signs.contains(byte)).count()
}
