//! A name in a label: a variable that takes its value at the first arrow that shows it.
//!
//! The kind of value a name stands for follows from its text alone; binding names to values is for whoever judges.

use std::fmt;

/// A name as drawn, without the angle brackets it may stand in, and the kind of value it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The words of the name, such as `date_time` or `random unique ID`.
    pub text: String,
    /// What values the name can take.
    pub kind: Kind,
}

/// The kind of value a name stands for; the first line of this table that fits its words decides.
///
/// | words of the name | kind |
/// |---|---|
/// | `AC` and only `X`s, or `account` and `sid` | [`AccountSid`](Self::AccountSid) |
/// | ends in `failed` | [`Verdict`](Self::Verdict) |
/// | `code` | [`Code`](Self::Code) |
/// | ends in `array` or `list`, or stands in `[]` | [`Texts`](Self::Texts) |
/// | `unique` and `id`, `uuid` or `guid` | [`UniqueId`](Self::UniqueId) |
/// | `date`, `time`, `datetime` or `timestamp` | [`DateTime`](Self::DateTime) |
/// | ends in `token` | [`Token`](Self::Token) |
/// | anything else | [`Text`](Self::Text) |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A point in time.
    DateTime,
    /// An identifier never seen before.
    UniqueId,
    /// A list of texts.
    Texts,
    /// An account SID.
    AccountSid,
    /// A token.
    Token,
    /// A code, the same for the whole run.
    Code,
    /// The message of a verdict, the same for the whole run.
    Verdict,
    /// A text that is not empty.
    Text,
}

impl Name {
    /// Reads a name as drawn: `<date_time>` and `date_time` are the same name, and so is `<date_time`, half forgotten.
    pub fn new(drawn: &str) -> Self {
        let drawn = drawn.trim();
        let bare = drawn.strip_prefix('<').unwrap_or(drawn);
        let bare = bare.strip_suffix('>').unwrap_or(bare);
        let text = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        let kind = Kind::of(&text);
        Self { text, kind }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Kind {
    /// Returns the kind that the table above gives to the words of a name.
    pub fn of(name: &str) -> Self {
        let words = words(name);
        let has = |word: &str| words.iter().any(|candidate| candidate == word);
        let last = words.last().map_or("", String::as_str);
        if is_account_placeholder(name) || (has("account") && has("sid")) {
            Self::AccountSid
        } else if last == "failed" {
            Self::Verdict
        } else if has("code") {
            Self::Code
        } else if matches!(last, "array" | "list") || name.ends_with(']') {
            Self::Texts
        } else if (has("unique") && has("id")) || has("uuid") || has("guid") {
            Self::UniqueId
        } else if ["date", "time", "datetime", "timestamp"].into_iter().any(has) {
            Self::DateTime
        } else if last == "token" {
            Self::Token
        } else {
            Self::Text
        }
    }
}

/// Tells whether a word is a placeholder for an account SID, such as `ACXXXXX`.
pub(super) fn is_account_placeholder(word: &str) -> bool {
    word.strip_prefix("AC").is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| matches!(c, 'X' | 'x')))
}

/// Splits `account_sid`, `accountSid`, `account-sid` and `account SID` into the same lower case words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            let last = words.len() - 1;
            words[last].extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_say_its_kind() {
        let table = [
            (Kind::DateTime, vec!["date_time", "<date_time>", "dateTime", "expiry timestamp"]),
            (Kind::UniqueId, vec!["random unique ID", "unique_id", "uniqueId", "random_generated_uuid"]),
            (Kind::Texts, vec!["grants_array", "<grants_array>", "role list", "roles[]", "[role]"]),
            (Kind::AccountSid, vec!["ACXXXXX", "account_sid", "accountSid", "account SID"]),
            (Kind::Token, vec!["token", "<token>", "generated_token", "existing_token", "newToken"]),
            (Kind::Code, vec!["invalid_token_code", "new_code_indicates_fingerprint_invalid"]),
            (Kind::Verdict, vec!["fingerprint_validation_failed", "<token_validation_failed>"]),
            (Kind::Text, vec!["deployment_key", "generated_finger_print", "some_msg", "account_id", "ACME", "AC", ""]),
        ];
        for (kind, names) in table {
            for name in names {
                assert_eq!(Name::new(name).kind, kind, "{name}");
            }
        }
    }

    #[test]
    fn angle_brackets_and_extra_spaces_are_not_part_of_a_name() {
        assert_eq!(Name::new(" <random   unique ID> "), Name::new("random unique ID"));
    }
}
