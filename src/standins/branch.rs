//! A branch: one of the three ways in which a refresh can end, which every stand-in can be told to take.

use serde_json::Value;

use crate::diagram::{Circumstances, Feature, Validity};
use crate::protocol::{Code, Contract, Participant};

/// How a refresh ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Branch {
    /// Token and fingerprint are valid.
    Valid,
    /// The token is valid and the fingerprint is not.
    InvalidFingerprint,
    /// The token is invalid.
    InvalidToken,
}

impl Branch {
    pub(super) const ALL: [Self; 3] = [Self::Valid, Self::InvalidFingerprint, Self::InvalidToken];

    /// Returns the circumstances that lead to it and differ from the good ones in one thing at most, for either feature.
    pub(super) fn circumstances(self) -> Vec<Circumstances> {
        let (token, fingerprint) = match self {
            Self::Valid => (Validity::Valid, Validity::Valid),
            Self::InvalidFingerprint => (Validity::Valid, Validity::Invalid),
            Self::InvalidToken => (Validity::Invalid, Validity::Valid),
        };
        // With the feature off no fingerprint is sent, so none is invalid.
        let features = [Feature::On, Feature::Off];
        let sent = features.into_iter().filter(|feature| *feature == Feature::On || fingerprint == Validity::Valid);
        sent.map(|feature| Circumstances::new(feature, token, fingerprint)).collect()
    }

    /// Returns what a participant does in it, as files and stand-ins call it.
    pub(super) fn deed(self, participant: Participant) -> &'static str {
        match (self, participant) {
            (Self::Valid, Participant::ScopedAuth) => "authorizes",
            (Self::Valid, _) => "refreshes",
            (Self::InvalidFingerprint, _) => "refuses-fingerprint",
            (Self::InvalidToken, _) => "refuses-token",
        }
    }

    /// Returns the status with which a participant answers where this is stated, since the diagram draws none; where it
    /// is not, that of the reference participant.
    pub(super) fn status(self, participant: Participant, stated: &Contract) -> u16 {
        let reference = Contract::of_reference();
        let first_of = |contract: &Contract| {
            let statuses = &contract.status;
            let stated = match (participant, self) {
                (Participant::ScopedAuth, _) => &statuses.validated,
                (Participant::Orchestrator | Participant::FederatedAuth, _) if !statuses.within => return None,
                (_, Self::Valid) => &statuses.refreshed,
                (_, Self::InvalidFingerprint) => &statuses.fingerprint_refused,
                (_, Self::InvalidToken) => &statuses.token_refused,
            };
            stated.first().copied()
        };
        first_of(stated).or_else(|| first_of(&reference)).unwrap_or(200)
    }

    /// Returns the code of a refusal where it is stated.
    pub(super) fn stated_code(self, stated: &Contract) -> Option<&Value> {
        match self {
            Self::Valid => None,
            Self::InvalidFingerprint => stated.fingerprint_invalid_code.as_ref(),
            Self::InvalidToken => stated.invalid_token_code.as_ref(),
        }
    }

    /// Returns the code that a refusal carries unless it is told another.
    pub(super) fn code(self) -> Code {
        match self {
            Self::InvalidFingerprint => Code::INVALID_FINGERPRINT,
            Self::Valid | Self::InvalidToken => Code::INVALID_TOKEN,
        }
    }
}
