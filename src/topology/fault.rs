//! Trouble on a hop, chosen per call: what the tap does instead of handing the neighbour's answer on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::protocol::Hop;
use crate::transcript::CallId;

/// What happens to a call on a hop.
#[derive(Debug, Clone)]
pub enum Fault {
    /// No answer ever comes; the connection stays open.
    NeverAnswers,
    /// The connection is closed instead of an answer.
    BreaksOff,
    /// The neighbour is not asked, and this status comes with an empty JSON object.
    Status(u16),
    /// The neighbour is not asked, and an HTML page comes.
    NotJson,
    /// The neighbour is not asked, and JSON of another shape comes.
    WrongShape,
    /// The neighbour is asked once the hold is released.
    Held(Hold),
}

/// Keeps a call waiting on a hop until it is released.
#[derive(Debug, Clone, Default)]
pub struct Hold {
    reached: Arc<Notify>,
    released: Arc<Notify>,
}

impl Hold {
    /// Waits until the call has reached the hop.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets the call go on.
    pub fn release(&self) {
        self.released.notify_one();
    }

    pub(super) async fn keep(&self) {
        self.reached.notify_one();
        self.released.notified().await;
    }
}

/// The faults that are set, each for one call and one hop.
#[derive(Debug, Default)]
pub(super) struct Faults {
    set: Mutex<HashMap<(CallId, Hop), Fault>>,
}

impl Faults {
    pub(super) fn set(&self, call: CallId, hop: Hop, fault: Fault) {
        self.locked().insert((call, hop), fault);
    }

    pub(super) fn clear(&self, call: CallId) {
        self.locked().retain(|(known, _), _| *known != call);
    }

    pub(super) fn on(&self, call: CallId, hop: Hop) -> Option<Fault> {
        self.locked().get(&(call, hop)).cloned()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(CallId, Hop), Fault>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
