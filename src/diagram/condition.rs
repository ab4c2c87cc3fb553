//! The condition a block is drawn under, read from its label.

use std::fmt;

use super::{
    circumstances::{Circumstances, Feature, Validity},
    keyword, phrasing,
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

/// The shortest word that may be a misspelt one: of shorter ones, any is near to another.
const SHORTEST: usize = 4;

/// Returns a word that was probably meant by one of a label that is no condition.
pub(super) fn meant(label: &str) -> Option<&'static str> {
    let strange = label.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let strange = strange.filter(|word| !WORDS.contains(&word.as_str()) && word.chars().count() >= SHORTEST);
    strange.take(20).find_map(|word| keyword::nearest(&word, WORDS))
}

impl Condition {
    /// Reads a label such as "Valid token, valid fingerprint and feature is on"; `None` when it is no condition.
    ///
    /// A comma and `and` join, `or` alternates and binds less. A label with both a comma and `or` is no condition:
    /// in "A, B or C" English would read the comma as `or`, and a specification should not be guessed.
    pub fn parse(label: &str) -> Option<Self> {
        let words = phrasing::words(label);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if words == ["always"] {
            return Some(Self::Always);
        }
        if words.contains(&",") && words.contains(&"or") {
            return None;
        }
        let mut alternatives = Vec::new();
        for alternative in words.split(|word| *word == "or") {
            alternatives.push(clauses(alternative)?.into_iter().map(Clause::read).collect::<Option<Vec<_>>>()?);
        }
        share_states(&mut alternatives);
        let all_of = |clauses: Vec<Clause<'_>>| {
            let conditions = clauses.into_iter().map(Clause::condition).collect::<Option<Vec<_>>>()?;
            Some(one_or(conditions, Self::All))
        };
        Some(one_or(alternatives.into_iter().map(all_of).collect::<Option<_>>()?, Self::Any))
    }

    /// Tells whether the condition says anything about a credential.
    pub(super) fn is_about_a_credential(&self) -> bool {
        self.mentions(|part| matches!(part, Self::Token(_) | Self::Fingerprint(_)))
    }

    /// Tells whether one of its parts is what is looked for.
    pub(super) fn mentions(&self, is_meant: impl Fn(&Self) -> bool + Copy) -> bool {
        is_meant(self)
            || match self {
                Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(is_meant)),
                Self::Not(part) => part.mentions(is_meant),
                Self::Always | Self::Feature(_) | Self::Token(_) | Self::Fingerprint(_) => false,
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

/// One claim, such as "feature is off" or "valid fingerprint"; what it says may stand in the one beside it.
#[derive(Clone, Copy)]
struct Clause<'w> {
    noun: &'w str,
    state: Option<&'w str>,
    negated: bool,
    /// Whether the state stands before the noun, as in "valid token".
    leads: bool,
}

impl<'w> Clause<'w> {
    fn read(words: &[&'w str]) -> Option<Self> {
        let mut negated = false;
        let (mut noun, mut state, mut leads) = (None, None, false);
        for word in words {
            let slot = match *word {
                "not" | "no" if !negated => {
                    negated = true;
                    continue;
                }
                "feature" | "flag" | "toggle" | "security" | "token" | "fingerprint" => &mut noun,
                "on" | "off" | "enabled" | "disabled" | "active" | "inactive" | "valid" | "invalid" | "bad"
                | "good" | "wrong" => {
                    leads = noun.is_none();
                    &mut state
                }
                _ => return None,
            };
            if slot.replace(*word).is_some() {
                return None;
            }
        }
        Some(Self { noun: noun?, state, negated, leads })
    }

    fn condition(self) -> Option<Condition> {
        let (feature, validity) = match (self.state?, self.negated) {
            ("on" | "enabled" | "active", false) | ("off" | "disabled" | "inactive", true) => (Some(Feature::On), None),
            ("off" | "disabled" | "inactive", false) | ("on" | "enabled" | "active", true) => {
                (Some(Feature::Off), None)
            }
            ("valid" | "good", false) | ("invalid" | "bad" | "wrong", true) => (None, Some(Validity::Valid)),
            _ => (None, Some(Validity::Invalid)),
        };
        match self.noun {
            "token" => validity.map(Condition::Token),
            "fingerprint" => validity.map(Condition::Fingerprint),
            _ => feature.map(Condition::Feature),
        }
    }
}

/// Cuts clauses joined by commas and `and`; `, and` joins once.
fn clauses<'w, 'a>(words: &'a [&'w str]) -> Option<Vec<&'a [&'w str]>> {
    let mut clauses = Vec::new();
    let mut rest = words;
    loop {
        let end = rest.iter().position(|word| matches!(*word, "," | "and")).unwrap_or(rest.len());
        clauses.push(&rest[..end]);
        rest = match &rest[end..] {
            [] => return clauses.iter().all(|clause| !clause.is_empty()).then_some(clauses),
            [",", "and", after @ ..] | [_, after @ ..] => after,
        };
    }
}

/// Gives a clause without a state that of its neighbour: "valid token and fingerprint", "token and fingerprint are valid".
fn share_states(alternatives: &mut [Vec<Clause<'_>>]) {
    let mut clauses: Vec<&mut Clause<'_>> = alternatives.iter_mut().flatten().collect();
    let is_credential = |clause: &Clause<'_>| matches!(clause.noun, "token" | "fingerprint");
    for at in 1..clauses.len() {
        let before = *clauses[at - 1];
        if clauses[at].state.is_none() && before.leads && is_credential(&before) && is_credential(clauses[at]) {
            (clauses[at].state, clauses[at].negated, clauses[at].leads) = (before.state, before.negated, true);
        }
    }
    for at in (1..clauses.len()).rev() {
        let behind = *clauses[at];
        if clauses[at - 1].state.is_none() && !behind.leads && is_credential(&behind) && is_credential(clauses[at - 1])
        {
            (clauses[at - 1].state, clauses[at - 1].negated) = (behind.state, behind.negated);
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
    fn the_usual_phrasings_are_understood() {
        reads("Webchat Security feature is turned off via Feature Flag", "feature is off");
        reads("\"Webchat security is enabled\"", "feature is on");
        reads("Feature flag: ON", "feature is on");
        reads("fingerprinting is disabled", "feature is off");
        reads("1) token isn't valid & feature = off", "invalid token and feature is off");
        reads("Fingerprint does not match but the token is valid", "invalid fingerprint and valid token");
        reads("Token validation failed", "invalid token");
        reads("Invalid or expired token", "invalid token");
        reads("Feature is on (valid token)", "feature is on and valid token");
        reads("Valid token and fingerprint", "valid token and valid fingerprint");
        reads("both token and fingerprint are valid", "valid token and valid fingerprint");
        reads("invalid token or fingerprint", "invalid token or invalid fingerprint");
        reads("The token is bad", "invalid token");
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
            "Feature is on and Fingerprint generation failed!",
            "Feature is turned on & Fingerprint is generated",
            "Token is expired",
            "valid token of another account",
            "token and feature is on",
            "feature and token are valid",
            "valid fingerprint is on",
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
