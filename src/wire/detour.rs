//! Detours: for one call on one hop, somebody else answers in place of whoever is called there.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::onward::Onward;
use crate::protocol::Hop;
use crate::transcript::CallId;

/// Who answers instead. Whoever hands a call on holds it until the answer is there.
pub(crate) struct Detour {
    onward: Onward,
    /// What has to live for as long as somebody may still be answered.
    _kept: Box<dyn Any + Send + Sync>,
}

impl Detour {
    /// Leads there, for as long as what is kept with it lives.
    pub(crate) fn to(onward: Onward, kept: impl Any + Send + Sync) -> Self {
        Self { onward, _kept: Box::new(kept) }
    }

    pub(super) fn onward(&self) -> &Onward {
        &self.onward
    }
}

impl fmt::Debug for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detour").field("onward", &self.onward).finish_non_exhaustive()
    }
}

/// The detours that are set, each for one call and one hop.
#[derive(Debug, Default)]
pub(crate) struct Detours(Mutex<HashMap<(CallId, Hop), Arc<Detour>>>);

impl Detours {
    pub(crate) fn set(&self, call: CallId, hop: Hop, detour: Detour) {
        self.locked().insert((call, hop), Arc::new(detour));
    }

    pub(crate) fn clear(&self, call: CallId) {
        self.locked().retain(|(known, _), _| *known != call);
    }

    pub(super) fn on(&self, call: CallId, hop: Hop) -> Option<Arc<Detour>> {
        self.locked().get(&(call, hop)).cloned()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(CallId, Hop), Arc<Detour>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
