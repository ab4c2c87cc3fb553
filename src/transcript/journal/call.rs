//! A call that ended, and the names by which the journal knows calls and their exchanges.

use std::time::Instant;

use crate::transcript::{Keys, Purpose, Transcript};

/// Names an open call of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(super) u64);

impl CallId {
    /// Returns its number, which is higher than those of all calls before.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// Names an exchange whose reply is still to come.
#[derive(Debug, Clone, Copy)]
pub struct ExchangeId {
    pub(super) call: Option<CallId>,
    pub(super) began: u64,
    pub(super) since: Instant,
}

impl ExchangeId {
    /// Returns the call that the exchange was found to belong to.
    pub fn call(&self) -> Option<CallId> {
        self.call
    }
}

/// A call that has ended, with all that was recorded of it.
#[derive(Debug)]
pub struct Call {
    /// Its name.
    pub id: CallId,
    /// What the customer wanted.
    pub purpose: Purpose,
    /// What it was known by.
    pub keys: Keys,
    /// The faults that it met, in words.
    pub faults: Vec<String>,
    /// Whether something crossed that may as well have been another call's: nothing told which.
    pub is_entangled: bool,
    /// What crossed.
    pub transcript: Transcript,
}
