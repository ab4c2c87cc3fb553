//! A refresh with all that it is judged by.

use super::Visibility;
use crate::diagram::{Course, Diagram};
use crate::protocol::{AccountSid, Contract, DeploymentKey, Fingerprint, Participant, Token};
use crate::transcript::{Redactor, Transcript};

/// What the customer knew before the refresh.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The key it sent.
    pub deployment_key: Option<DeploymentKey>,
    /// The token it presented.
    pub token: Option<Token>,
    /// The account that the key belongs to, if stated.
    pub account_sid: Option<AccountSid>,
    /// The roles that the account's customers have, if stated.
    pub roles: Option<Vec<String>>,
    /// The origin of the account's own pages, if stated.
    pub origin: Option<String>,
    /// Where the token came from.
    pub provenance: Provenance,
}

/// Where the token that is presented came from: who is judged by what it was given is judged by that, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// For which client it was made.
    pub made_for: MadeFor,
    /// Who made it, where that was seen.
    pub made_by: Option<Participant>,
    /// Whether it is good, and another account's.
    pub is_foreign: bool,
}

/// For which client a token was made, as far as that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MadeFor {
    /// It was not seen.
    #[default]
    Unknown,
    /// For none: no fingerprint was sent, though the feature was on.
    Nobody,
    /// For the one with this fingerprint.
    Client(Fingerprint),
}

/// Who is held to the diagram: the real participants, or, where none is real, those that hopcheck plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderTest {
    real: [bool; Participant::SERVICES.len()],
}

impl UnderTest {
    /// Holds those who are real to the diagram, or everybody where nobody is.
    pub fn of(is_real: impl Fn(Participant) -> bool) -> Self {
        Self { real: Participant::SERVICES.map(is_real) }
    }

    /// Holds those that hopcheck plays to the diagram.
    pub fn ours() -> Self {
        Self::of(|_| false)
    }

    /// Returns whether this participant is real.
    pub fn is_real(self, participant: Participant) -> bool {
        Participant::SERVICES.iter().zip(self.real).any(|(service, real)| *service == participant && real)
    }

    /// Returns whether this participant is held to the diagram. The customer is hopcheck itself, and never is.
    pub fn includes(self, participant: Participant) -> bool {
        participant != Participant::Customer && (self.is_ours() || self.is_real(participant))
    }

    /// Returns whether nobody is real.
    pub fn is_ours(self) -> bool {
        !self.real.contains(&true)
    }
}

/// A refresh and what it is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The specification.
    pub diagram: &'a Diagram,
    /// The arrows that apply.
    pub course: &'a Course<'a>,
    /// What crossed.
    pub transcript: &'a Transcript,
    /// What the customer knew.
    pub given: &'a Given,
    /// Which hops are recorded.
    pub visibility: Visibility,
    /// Who is held to the diagram.
    pub under_test: UnderTest,
    /// What was stated beyond the diagram.
    pub contract: &'a Contract,
    /// The way from values to findings.
    pub redactor: &'a Redactor,
    /// Names the refresh within the run.
    pub refresh: u64,
}
