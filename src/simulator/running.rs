//! A running simulator: the services, what is remembered of their calls, and what it was set up with.

use std::sync::{Arc, PoisonError, RwLock};

use super::recorder::Recorder;
use super::redaction::Redaction;
use crate::diagram::Diagram;
use crate::protocol::{Account, Contract};
use crate::topology::System;
use crate::wire::FaultRules;

/// A running simulator. A clone is the same one.
#[derive(Debug, Clone)]
pub struct Simulator(pub(super) Arc<Parts>);

/// What a simulator consists of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) system: System,
    pub(super) recorder: Arc<Recorder>,
    pub(super) rules: Arc<FaultRules>,
    pub(super) diagram: Arc<Diagram>,
    /// What the services keep to beyond the diagram.
    pub(super) contract: Contract,
    pub(super) accounts: RwLock<Vec<Account>>,
    pub(super) seed: u64,
    pub(super) redaction: Arc<Redaction>,
}

impl Simulator {
    /// Returns the services.
    pub fn system(&self) -> &System {
        &self.0.system
    }

    /// Replaces the accounts that came from a file: those that are in it no more are removed, the others are as it says.
    ///
    /// # Errors
    ///
    /// Returns why the accounts cannot stand beside those that were added by the API; nothing is changed then.
    pub fn replace_accounts(&self, accounts: Vec<Account>) -> Result<(), String> {
        let mut stated = self.0.accounts.write().unwrap_or_else(PoisonError::into_inner);
        self.0.system.accounts().replace(&stated, &accounts).map_err(|refused| refused.to_string())?;
        *stated = accounts;
        self.0.recorder.tell_of_accounts();
        Ok(())
    }

    /// Returns how many refreshes are missing in the journal's file, because they could not be written.
    pub fn unwritten(&self) -> u64 {
        self.0.recorder.unwritten()
    }

    /// Stops taking calls, lets those under way end, and writes what is still to be written.
    pub async fn stop(&self) {
        self.0.system.drain().await;
        self.0.recorder.finish();
    }
}
