//! The words that steps take: participants, states, flaws and troubles, as scenarios write them.

use std::str::FromStr;

use cucumber::Parameter;

use super::scripted::Deed;
use crate::diagram::Validity;
use crate::protocol::{Feature, FingerprintSensitivity, Participant};
use crate::topology::TokenState;

/// No step knows this word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word that a step knows")]
pub(super) struct UnknownWord(String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident($inner:ty), $parameter:literal, $regex:literal, { $($word:literal => $value:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
        #[param(name = $parameter, regex = $regex)]
        pub(super) struct $name(pub(super) $inner);

        impl $name {
            const WORDS: (&str, &[&str]) = ($parameter, &[$($word),+]);
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self($value)),)+
                    _ => Err(UnknownWord(text.to_owned())),
                }
            }
        }
    };
}

/// Returns what may stand for each parameter of a step.
pub(super) fn vocabulary() -> Vec<(&'static str, &'static [&'static str])> {
    let participants: &[&str] = &["the Customer", "Starship", "the Orchestrator", "FederatedAuth", "ScopedAuth"];
    vec![
        ("participant", participants),
        Switch::WORDS,
        Found::WORDS,
        Sensitivity::WORDS,
        TokenFlaw::WORDS,
        ClientAttribute::WORDS,
        OriginLikeness::WORDS,
        Member::WORDS,
        MemberFlaw::WORDS,
        BodyFlaw::WORDS,
        Trouble::WORDS,
        Does::WORDS,
        Because::WORDS,
        ("int", &["a whole number"]),
        ("string", &["a text in \"quotes\""]),
        ("word", &["one word"]),
    ]
}

/// A participant, with or without its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "participant", regex = "(?:the )?(?:Customer|Starship|Orchestrator|FederatedAuth|ScopedAuth)")]
pub(super) struct Who(pub(super) Participant);

impl FromStr for Who {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix("the ").unwrap_or(text);
        [Participant::Customer]
            .into_iter()
            .chain(Participant::SERVICES)
            .find(|participant| participant.name() == name)
            .map(Self)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

words! {
    /// Whether a feature is on.
    Switch(Feature), "switch", "on|off", { "on" => Feature::On, "off" => Feature::Off }
}

words! {
    /// Whether something is valid.
    Found(Validity), "validity", "valid|invalid", { "valid" => Validity::Valid, "invalid" => Validity::Invalid }
}

words! {
    /// What fingerprints are made of.
    Sensitivity(FingerprintSensitivity), "sensitivity", "low|medium|high", {
        "low" => FingerprintSensitivity::Low,
        "medium" => FingerprintSensitivity::Medium,
        "high" => FingerprintSensitivity::High,
    }
}

words! {
    /// What is wrong with a token.
    TokenFlaw(TokenState), "token flaw",
    "is expired|was tampered with|was cut short|is signed by somebody else|is not signed at all|is no token at all|is empty", {
        "is expired" => TokenState::Expired,
        "was tampered with" => TokenState::Tampered,
        "was cut short" => TokenState::CutShort,
        "is signed by somebody else" => TokenState::SignedBySomebodyElse,
        "is not signed at all" => TokenState::Unsigned,
        "is no token at all" => TokenState::NoToken,
        "is empty" => TokenState::Empty,
    }
}

/// An attribute of a client that a fingerprint may be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    UserAgent,
    Language,
    Address,
    Proxy,
}

words! {
    /// An attribute of a client.
    ClientAttribute(Attribute), "attribute", "user agent|language|client address|proxy", {
        "user agent" => Attribute::UserAgent,
        "language" => Attribute::Language,
        "client address" => Attribute::Address,
        "proxy" => Attribute::Proxy,
    }
}

/// In what an origin is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Beginning,
    End,
    Host,
}

words! {
    /// In what an origin is like another.
    OriginLikeness(Likeness), "likeness", "begins like|ends like|has another port than", {
        "begins like" => Likeness::Beginning,
        "ends like" => Likeness::End,
        "has another port than" => Likeness::Host,
    }
}

/// What is wrong with a member of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Missing,
    Null,
    Number,
    List,
    Object,
    Empty,
    LacksLast,
}

words! {
    /// What is wrong with a member.
    MemberFlaw(Flaw), "member flaw", "is missing|is null|is a number|is a list|is an object|is empty|lacks its last letter", {
        "is missing" => Flaw::Missing,
        "is null" => Flaw::Null,
        "is a number" => Flaw::Number,
        "is a list" => Flaw::List,
        "is an object" => Flaw::Object,
        "is empty" => Flaw::Empty,
        "lacks its last letter" => Flaw::LacksLast,
    }
}

words! {
    /// A member of a request's body.
    Member(&'static str), "member", "deployment key|token|fingerprint", {
        "deployment key" => "deployment key",
        "token" => "token",
        "fingerprint" => "fingerprint",
    }
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    Empty,
    NotJson,
    List,
    TooLarge,
    SentAsText,
}

words! {
    /// What is wrong with a body.
    BodyFlaw(Malformed), "body flaw", "is empty|is not JSON|is a list|is too large|is sent as text", {
        "is empty" => Malformed::Empty,
        "is not JSON" => Malformed::NotJson,
        "is a list" => Malformed::List,
        "is too large" => Malformed::TooLarge,
        "is sent as text" => Malformed::SentAsText,
    }
}

/// What is wrong with a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ailment {
    NeverAnswers,
    BreaksOff,
    Resets,
    ResetsMidway,
    CutShort,
    UnderstatesLength,
    Empty,
    NotJson,
    WrongShape,
}

words! {
    /// What is wrong with a neighbour.
    Trouble(Ailment), "trouble",
    "never answers|breaks off the connection|resets the connection|resets the connection in the middle of its answer|cuts its answer short|announces a shorter answer than it gives|answers with an empty body|answers with something that is no JSON|answers with JSON of another shape", {
        "never answers" => Ailment::NeverAnswers,
        "breaks off the connection" => Ailment::BreaksOff,
        "resets the connection" => Ailment::Resets,
        "resets the connection in the middle of its answer" => Ailment::ResetsMidway,
        "cuts its answer short" => Ailment::CutShort,
        "announces a shorter answer than it gives" => Ailment::UnderstatesLength,
        "answers with an empty body" => Ailment::Empty,
        "answers with something that is no JSON" => Ailment::NotJson,
        "answers with JSON of another shape" => Ailment::WrongShape,
    }
}

words! {
    /// What a stand-in does.
    Does(Deed), "deed", "authorizes|refreshes the token|refuses the fingerprint|refuses the token", {
        "authorizes" => Deed::Authorizes,
        "refreshes the token" => Deed::Refreshes,
        "refuses the fingerprint" => Deed::RefusesFingerprint,
        "refuses the token" => Deed::RefusesToken,
    }
}

/// Why a customer is refused where no arrow draws it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Malformed,
    UnknownKey,
    Origin,
    NoAddress,
    Failed,
    TooLong,
}

words! {
    /// Why a customer is refused.
    Because(Reason), "reason",
    "the request is malformed|the deployment key is unknown|the origin is not allowed|the account has no address configuration|something behind Starship failed|something behind Starship took too long", {
        "the request is malformed" => Reason::Malformed,
        "the deployment key is unknown" => Reason::UnknownKey,
        "the origin is not allowed" => Reason::Origin,
        "the account has no address configuration" => Reason::NoAddress,
        "something behind Starship failed" => Reason::Failed,
        "something behind Starship took too long" => Reason::TooLong,
    }
}
