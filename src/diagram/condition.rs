//! The condition a block is drawn under, read from its label.

use std::fmt;

use super::{
    circumstances::{Circumstances, Feature, Validity},
    keyword,
};

/// What a label can say, for the hint of a label that says something else.
pub(super) const UNDERSTOOD: &str = "conditions are `feature is on` or `off`, `valid token` or `invalid token`, \
     `valid fingerprint` or `invalid fingerprint`, joined by `and` or a comma, or by `or`";

/// A claim about the [`Circumstances`] of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Holds in all circumstances.
    Always,
    /// The feature is on, or off.
    Feature(Feature),
    /// The token presented is valid, or invalid.
    Token(Validity),
    /// The fingerprint of the client is valid, or invalid.
    Fingerprint(Validity),
    /// All of these hold.
    All(Vec<Condition>),
    /// At least one of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
}

/// The words that conditions are made of.
const WORDS: [&str; 12] =
    ["feature", "token", "fingerprint", "on", "off", "enabled", "disabled", "valid", "invalid", "and", "or", "not"];

/// Returns a word that was probably meant by one of a label that is no condition.
pub(super) fn meant(label: &str) -> Option<&'static str> {
    let strange = label.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let strange = strange.filter(|word| !WORDS.contains(&word.as_str()) && word != "is");
    strange.take(20).find_map(|word| keyword::nearest(&word, WORDS))
}

impl Condition {
    /// Reads a label such as "Valid token, valid fingerprint and feature is on"; `None` when it is no condition.
    ///
    /// A comma and `and` join, `or` alternates and binds less. A label with both a comma and `or` is no condition:
    /// in "A, B or C" English would read the comma as `or`, and a specification should not be guessed.
    pub fn parse(label: &str) -> Option<Self> {
        let label = label.to_lowercase().replace("finger print", "fingerprint").replace("finger_print", "fingerprint");
        let label = label.trim().trim_end_matches('.').replace(',', " , ");
        let words: Vec<&str> = label.split_whitespace().collect();
        if words == ["always"] {
            return Some(Self::Always);
        }
        if words.contains(&",") && words.contains(&"or") {
            return None;
        }
        let alternatives = words.split(|word| *word == "or").map(Self::all_of).collect::<Option<Vec<_>>>()?;
        Some(one_or(alternatives, Self::Any))
    }

    /// Reads clauses joined by commas and `and`; `, and` joins once.
    fn all_of(words: &[&str]) -> Option<Self> {
        let mut clauses = Vec::new();
        let mut rest = words;
        loop {
            let end = rest.iter().position(|word| matches!(*word, "," | "and")).unwrap_or(rest.len());
            clauses.push(Self::clause(&rest[..end])?);
            rest = match &rest[end..] {
                [] => return Some(one_or(clauses, Self::All)),
                [",", "and", after @ ..] | [_, after @ ..] => after,
            };
        }
    }

    /// Reads one claim, such as "feature is off", "the token is not valid" or "valid fingerprint".
    fn clause(words: &[&str]) -> Option<Self> {
        let mut negated = false;
        let (mut noun, mut state) = (None, None);
        for word in words {
            let slot = match *word {
                "the" | "a" | "an" | "is" | "are" | "if" | "when" => continue,
                "not" if !negated => {
                    negated = true;
                    continue;
                }
                "feature" | "token" | "fingerprint" => &mut noun,
                "on" | "off" | "enabled" | "disabled" | "valid" | "invalid" => &mut state,
                _ => return None,
            };
            if slot.replace(*word).is_some() {
                return None;
            }
        }
        let (feature, validity) = match (state?, negated) {
            ("on" | "enabled", false) | ("off" | "disabled", true) => (Some(Feature::On), None),
            ("off" | "disabled", false) | ("on" | "enabled", true) => (Some(Feature::Off), None),
            ("valid", false) | ("invalid", true) => (None, Some(Validity::Valid)),
            _ => (None, Some(Validity::Invalid)),
        };
        match noun? {
            "feature" => feature.map(Self::Feature),
            "token" => validity.map(Self::Token),
            _ => validity.map(Self::Fingerprint),
        }
    }

    /// Tells whether the condition holds in the circumstances.
    pub fn holds(&self, circumstances: Circumstances) -> bool {
        match self {
            Self::Always => true,
            Self::Feature(feature) => circumstances.feature == *feature,
            Self::Token(validity) => circumstances.token == *validity,
            Self::Fingerprint(validity) => circumstances.fingerprint == *validity,
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(circumstances)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(circumstances)),
            Self::Not(condition) => !condition.holds(circumstances),
        }
    }

    /// Returns the condition of what comes after alternatives and is drawn under `label`.
    pub(super) fn otherwise(before: &[Self], label: Option<Self>) -> Self {
        let otherwise = Self::Not(Box::new(one_or(before.to_vec(), Self::Any)));
        match label {
            Some(label) => Self::All(vec![label, otherwise]),
            None => otherwise,
        }
    }
}

fn one_or(mut conditions: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        Some(last) => {
            conditions.push(last);
            many(conditions)
        }
        None => many(conditions),
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |conditions: &[Self], word: &str| {
            let shown: Vec<String> = conditions.iter().map(|condition| condition.within(word)).collect();
            shown.join(&format!(" {word} "))
        };
        match self {
            Self::Always => f.write_str("always"),
            Self::Feature(feature) => write!(f, "feature is {feature}"),
            Self::Token(validity) => write!(f, "{validity} token"),
            Self::Fingerprint(validity) => write!(f, "{validity} fingerprint"),
            Self::All(conditions) => f.write_str(&join(conditions, "and")),
            Self::Any(conditions) => f.write_str(&join(conditions, "or")),
            Self::Not(condition) => write!(f, "not ({condition})"),
        }
    }
}

impl Condition {
    /// Shows a part of a longer condition, in brackets where it would read as something else.
    fn within(&self, word: &str) -> String {
        match self {
            Self::Any(parts) if word == "and" && parts.len() > 1 => format!("({self})"),
            Self::Always
            | Self::Feature(_)
            | Self::Token(_)
            | Self::Fingerprint(_)
            | Self::All(_)
            | Self::Any(_)
            | Self::Not(_) => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(label: &str, shown: &str) {
        assert_eq!(Condition::parse(label).map(|c| c.to_string()).as_deref(), Some(shown), "{label}");
    }

    #[test]
    fn the_labels_of_the_diagram_are_conditions() {
        reads("Feature is on", "feature is on");
        reads("Feature is off", "feature is off");
        reads("Invalid token", "invalid token");
        reads("Valid token and invalid fingerprint", "valid token and invalid fingerprint");
        reads(
            "Valid token, valid fingerprint and feature is on",
            "valid token and valid fingerprint and feature is on",
        );
    }

    #[test]
    fn the_same_can_be_said_in_other_words() {
        reads("FEATURE OFF", "feature is off");
        reads("when the feature is enabled.", "feature is on");
        reads("feature disabled or token is not valid", "feature is off or invalid token");
        reads("valid token, and finger print valid", "valid token and valid fingerprint");
        reads("invalid token or valid token and feature off", "invalid token or valid token and feature is off");
        reads("always", "always");
    }

    #[test]
    fn a_label_that_says_anything_else_is_no_condition() {
        let labels = [
            "",
            "Feature",
            "on",
            "valid",
            "valid feature",
            "token is on",
            "the user is known",
            "valid token and",
            "and valid token",
            "valid token,, feature is on",
            "valid token feature is on",
            "valid invalid token",
            "invalid token, invalid fingerprint or feature is off",
        ];
        for label in labels {
            assert_eq!(Condition::parse(label), None, "{label}");
        }
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same() {
        for label in ["invalid token or valid fingerprint and feature off", "feature is on", "always"] {
            let condition = Condition::parse(label).unwrap();
            assert_eq!(Condition::parse(&condition.to_string()), Some(condition));
        }
    }

    #[test]
    fn an_else_holds_where_no_alternative_before_it_does() {
        let before = [Condition::Token(Validity::Invalid), Condition::Feature(Feature::Off)];
        let bare = Condition::otherwise(&before, None);
        let labelled = Condition::otherwise(&before, Some(Condition::Fingerprint(Validity::Valid)));
        let holding = |condition: &Condition| Circumstances::all().into_iter().filter(|c| condition.holds(*c)).count();
        assert_eq!((holding(&bare), holding(&labelled)), (2, 1));
        assert_eq!(labelled.to_string(), "valid fingerprint and not (invalid token or feature is off)");
    }
}
