//! What is to be started, and why it could not be.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{AccountsFile, Deployment};
use crate::participants::{
    AccountBook, AccountRefused, FederatedAuth, FingerprintKey, Orchestrator, RefusalCodes, Starship, TokenKey,
};
use crate::protocol::{Participant, Routes};
use crate::transcript::Witness;
use crate::wire::{ClientError, FaultRules, Identity, Interference};

/// How long our participants wait for their neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// For seconds, as services do.
    Usual,
    /// For a moment, so that a neighbour that never answers is given up soon.
    Short,
}

impl Patience {
    /// Returns how long a participant waits for its neighbour: shorter inwards, so that the innermost cause is told.
    pub(super) fn of(self, participant: Participant) -> Duration {
        let usual = match participant {
            Participant::Customer | Participant::Starship => Starship::DEADLINE,
            Participant::Orchestrator => Orchestrator::DEADLINE,
            Participant::FederatedAuth | Participant::ScopedAuth => FederatedAuth::DEADLINE,
        };
        match self {
            Self::Usual => usual,
            Self::Short => usual / 10,
        }
    }
}

/// What is to be started.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The participants, accounts, limits and the rest, as declared.
    pub deployment: Deployment,
    /// How long our participants wait for their neighbours.
    pub patience: Patience,
    /// The accounts of our Orchestrator.
    pub accounts: AccountBook,
    /// Where the accounts that scenarios play on come from, where the Orchestrator is ours.
    pub supply: Supply,
    /// What our participants sign tokens with.
    pub token_key: TokenKey,
    /// Whether a `ScopedAuth` that is not ours has that key too, so that our `FederatedAuth` can make tokens for it.
    pub shares_token_key: bool,
    /// What our Orchestrator makes fingerprints with.
    pub fingerprint_key: FingerprintKey,
    /// By which methods and at which paths services are called, as the diagrams in hand draw them.
    pub routes: Routes,
    /// The codes that our FederatedAuth refuses with.
    pub codes: RefusalCodes,
    /// What our participants and taps show whoever calls them; with it, they are called with https.
    pub identity: Option<Identity>,
    /// Which calls are recorded.
    pub recording: Recording,
    /// What our participants do differently from the reference, where they do on purpose.
    pub interference: Option<Arc<dyn Interference>>,
}

/// Which calls are recorded, and what becomes of them.
#[derive(Debug, Clone)]
pub enum Recording {
    /// Those that hopcheck's own customer makes, until it closes them.
    OfOurCustomer,
    /// Whatever anybody calls, told to a witness; and who meets which fault.
    OfAnybody(Arc<dyn Witness>, Arc<FaultRules>),
    /// None: what is played here is seen by others only, as a real participant is.
    Nothing,
}

/// Where the accounts come from that scenarios play on, where the Orchestrator is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// Each scenario has one made to measure, which no other scenario knows.
    Made,
    /// They are those of the account book, because a real participant has to know them too.
    Stated,
}

impl Plan {
    /// Plays all four participants in this process, on any free ports.
    pub fn embedded(patience: Patience) -> Self {
        Self {
            deployment: Deployment::embedded(),
            patience,
            accounts: AccountBook::new(),
            supply: Supply::Made,
            token_key: TokenKey::generate(),
            shares_token_key: false,
            fingerprint_key: FingerprintKey::generate(),
            routes: Routes::default(),
            codes: RefusalCodes::default(),
            recording: Recording::OfOurCustomer,
            identity: None,
            interference: None,
        }
    }

    /// Knows the accounts of an accounts file, and signs with its key, where it states one.
    pub fn with_accounts(self, file: &AccountsFile) -> Result<Self, AccountRefused> {
        let accounts = AccountBook::of(&file.accounts)?;
        let token_key = match &file.signing_key {
            Some(key) => TokenKey::from_secret(key.expose()),
            None => TokenKey::generate(),
        };
        Ok(Self { accounts, token_key, ..self })
    }
}

/// The system could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address could not be bound.
    #[error("failed to listen on {address} for {participant}: {error}")]
    Bind {
        /// Who was to listen.
        participant: Participant,
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
    /// One of ours has to call a real participant whose address is not known.
    #[error("failed to wire {caller}: it has to call the real {callee}, which has no url\nhint: give [participants.{}] a `url`", callee.key())]
    NowhereToCall {
        /// Ours.
        caller: Participant,
        /// Real.
        callee: Participant,
    },
    /// The client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The identity cannot be shown.
    #[error("failed to serve TLS: {0}")]
    Identity(#[from] rustls::Error),
}
