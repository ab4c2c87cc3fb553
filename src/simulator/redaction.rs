//! How secrets are hidden in whatever the simulator shows: those of the call that is shown, and the deployment keys of all
//! accounts, wherever they turn up.

use std::sync::{Arc, Mutex, PoisonError};

use crate::participants::AccountBook;
use crate::transcript::{Call, Redactor, SecretKind};

/// What makes redactors, all of which give a secret the same pseudonym for as long as the simulator runs.
#[derive(Debug)]
pub(super) struct Redaction {
    key: [u8; 32],
    accounts: AccountBook,
    /// What hides the accounts' keys, and the version of those.
    of_accounts: Mutex<Option<(u64, Arc<Redactor>)>>,
}

impl Redaction {
    /// Makes redactors that hide the keys of these accounts.
    pub(super) fn of(accounts: AccountBook) -> Self {
        Self { key: rand::random(), accounts, of_accounts: Mutex::default() }
    }

    /// Returns a redactor that knows no secret but the accounts' keys.
    pub(super) fn redactor(&self) -> Redactor {
        let version = self.accounts.keys_version();
        let mut of_accounts = self.of_accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let current = of_accounts.take().filter(|(known, _)| *known == version);
        let (_, shared) = of_accounts.insert(current.unwrap_or_else(|| (version, Arc::new(self.knowing_all_keys()))));
        Redactor::beside(Arc::clone(shared))
    }

    /// Returns the redactor for a call: one of its own, so that what it has to know does not grow with the calls there
    /// were.
    pub(super) fn redactor_for(&self, call: &Call) -> Redactor {
        let redactor = self.redactor();
        redactor.hide_secrets_of(&call.transcript);
        redactor
    }

    fn knowing_all_keys(&self) -> Redactor {
        let redactor = Redactor::new(self.key);
        for key in self.accounts.all().iter().flat_map(|account| &account.deployment_keys) {
            redactor.hide(key.expose(), SecretKind::DeploymentKey);
        }
        redactor
    }
}
