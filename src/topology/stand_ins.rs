//! Stand-ins on a hop, chosen per call: who answers there in place of whoever is called.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use wiremock::MockServer;

use super::client::Caller;
use super::tap::Onward;
use super::{Open, System};
use crate::protocol::Hop;
use crate::standins::StandIn;
use crate::transcript::CallId;

/// The stand-ins that are set, each for one call and one hop.
#[derive(Debug)]
pub(super) struct StandIns {
    caller: Caller,
    set: Mutex<HashMap<(CallId, Hop), Arc<Standing>>>,
}

/// A stand-in on a server of its own.
///
/// Whoever hands a call on to it holds it until the answer is there: a call that is late must not meet the stand-in that
/// has the server next.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) onward: Onward,
    server: Option<MockServer>,
}

impl System {
    /// Has a stand-in answer an open call on a hop, in place of whoever is called there.
    pub async fn stand_in(&self, open: &Open, hop: Hop, stand_in: &StandIn) {
        self.stand_ins.set(open.call, hop, stand_in).await;
    }
}

impl StandIns {
    /// Sets none yet; they will be called by this caller.
    pub(super) fn called_by(caller: Caller) -> Self {
        Self { caller, set: Mutex::default() }
    }

    /// Starts a stand-in, which answers from now on.
    pub(super) async fn set(&self, call: CallId, hop: Hop, stand_in: &StandIn) {
        let server = MockServer::start().await;
        stand_in.mount(&server).await;
        let onward = Onward::There(self.caller.clone(), server.uri());
        self.locked().insert((call, hop), Arc::new(Standing { onward, server: Some(server) }));
    }

    pub(super) fn clear(&self, call: CallId) {
        self.locked().retain(|(known, _), _| *known != call);
    }

    pub(super) fn on(&self, call: CallId, hop: Hop) -> Option<Arc<Standing>> {
        self.locked().get(&(call, hop)).cloned()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(CallId, Hop), Arc<Standing>>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Standing {
    /// Gives the server back.
    ///
    /// # Implementation Rationale
    ///
    /// A server that is dropped waits for a lock of tokio's without leaving the task, for ever where the task has used up
    /// what it may do in one go. A task of its own has done nothing yet.
    fn drop(&mut self) {
        if let (Some(server), Ok(runtime)) = (self.server.take(), Handle::try_current()) {
            runtime.spawn(async move { drop(server) });
        }
    }
}
