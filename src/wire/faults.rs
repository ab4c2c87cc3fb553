//! The faults of a system: those set for a call, and the rules by which everybody else meets some.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use super::fault_rules::FaultRules;
use crate::protocol::Hop;
use crate::transcript::CallId;

/// The faults that are set, each for one call and one hop, and the rules for everybody else.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Mutex<HashMap<(CallId, Hop), Fault>>,
    pub(crate) rules: Option<Arc<FaultRules>>,
}

impl Faults {
    pub(crate) fn with_rules(rules: Arc<FaultRules>) -> Self {
        Self { set: Mutex::default(), rules: Some(rules) }
    }

    pub(crate) fn set(&self, call: CallId, hop: Hop, fault: Fault) {
        self.locked().insert((call, hop), fault);
    }

    pub(crate) fn clear(&self, call: CallId) {
        self.locked().retain(|(known, _), _| *known != call);
    }

    pub(crate) fn on(&self, call: CallId, hop: Hop) -> Option<Fault> {
        self.locked().get(&(call, hop)).cloned()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(CallId, Hop), Fault>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
