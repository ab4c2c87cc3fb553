//! The properties that have to hold whatever is sent, and what is kept of one that does not.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::verdict::{Finding, Severity};

/// Something that has to hold of every reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// Bad input gets a whole reply in time, and not one that blames the service.
    Answers,
    /// A refusal is JSON that a customer can read.
    RefusesInJson,
    /// The edge's reply has one ACAO header.
    OneAcao,
    /// Nobody is given a token who presented none.
    TokenForToken,
    /// The roles are those of the account whose deployment key was sent.
    OwnRoles,
    /// A refused request causes no call that it should not.
    CallsNobody,
    /// No reply holds a secret that it should not.
    EchoesNoSecret,
    /// A refresh takes the course that the diagram draws for it.
    AsDrawn,
}

impl Property {
    /// Every property, in the order in which they are told.
    pub const ALL: [Self; 8] = [
        Self::AsDrawn,
        Self::TokenForToken,
        Self::OwnRoles,
        Self::EchoesNoSecret,
        Self::Answers,
        Self::RefusesInJson,
        Self::OneAcao,
        Self::CallsNobody,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::RefusesInJson => "refuses-in-json",
            Self::OneAcao => "one-acao",
            Self::TokenForToken => "token-for-token",
            Self::OwnRoles => "own-roles",
            Self::CallsNobody => "calls-nobody",
            Self::EchoesNoSecret => "echoes-no-secret",
            Self::AsDrawn => "as-drawn",
        }
    }

    /// Returns what it says, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Answers => "whatever is sent, there is a whole reply in time, and no status from 500 to 599",
            Self::RefusesInJson => "a refusal is JSON with `valid` false, a `code` and a `message`",
            Self::OneAcao => "a reply to the Customer has exactly one ACAO header, which a browser can take",
            Self::TokenForToken => "nobody is given a token who presented no valid one",
            Self::OwnRoles => "the roles in a reply are those of the account whose deployment key was sent",
            Self::CallsNobody => "a request that is refused for what it is causes no call to anybody behind",
            Self::EchoesNoSecret => "no refusal holds a token, a fingerprint or a deployment key",
            Self::AsDrawn => "every refresh is as drawn for the token, client and account it is made with",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A property that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub property: Property,
    /// Whether the diagram draws it here.
    pub severity: Severity,
    /// The arrow that draws it.
    pub arrow: Option<usize>,
    /// What was expected.
    pub expected: String,
    /// What was observed, redacted.
    pub observed: String,
}

impl Breach {
    /// Returns a breach of what no arrow draws.
    pub(super) fn should(property: Property, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        let (expected, observed) = (expected.into(), observed.into());
        Self { property, severity: Severity::Should, arrow: None, expected, observed }
    }

    /// Returns it as one of what is drawn, if it is drawn.
    pub(super) fn drawn(self, is_drawn: bool) -> Self {
        Self { severity: if is_drawn { Severity::Must } else { self.severity }, ..self }
    }

    /// Returns what sets it apart from another breach of the same property: what is different in each case is left out.
    pub(super) fn cause(&self) -> String {
        let shape = |text: &str| {
            let mut shape = String::new();
            for word in text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1) {
                shape.push_str(word);
                shape.push(' ');
            }
            shape
        };
        let digits: String = self.observed.chars().take_while(char::is_ascii_digit).collect();
        let status = if digits.len() == 3 { &digits } else { "" };
        // What a reply says besides often tells what was sent.
        let said = self.observed.split(['{', '<', '[', '"', '`']).next().unwrap_or_default();
        format!("{} {} {status} {}", self.property, shape(&self.expected), shape(said))
    }

    /// Returns the breach that a finding about a refresh is.
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            property: Property::AsDrawn,
            severity: finding.severity(),
            arrow: finding.arrow,
            expected: format!("{}: {}", finding.subject, finding.expected),
            observed: finding.observed.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_the_same_whatever_was_sent() {
        let breach = |observed: &str| Breach::should(Property::Answers, "no status from 500 to 599", observed).cause();
        assert_eq!(breach("500 {\"error\":\"no token tok_7f3a\"}"), breach("500 {\"error\":\"Unexpected x\"}"));
        assert_eq!(breach("no complete reply within 1s"), breach("no complete reply within 10s"));
        for other in ["502 {}", "500 and no body", "the connection was reset"] {
            assert_ne!(breach("500 {}"), breach(other), "{other}");
        }
        assert_ne!(breach("500 {}"), Breach::should(Property::RefusesInJson, "x", "500 {}").cause());
    }
}
