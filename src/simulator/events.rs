//! The events of the live page: puts what happens into words once, however many watch.

use std::sync::{Arc, Weak};

use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};

use super::recorder::Happening;
use super::{Parts, Simulator};
use crate::verdict::Ledger;

/// What happened, in words.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Which event it is.
    pub(super) name: &'static str,
    /// Its JSON.
    pub(super) data: Arc<str>,
}

/// Tells whoever watches what happens, for as long as the simulator is there.
pub(super) async fn tell(simulator: Weak<Parts>, mut happenings: Receiver<Happening>, watchers: Sender<Told>) {
    loop {
        let happening = match happenings.recv().await {
            Ok(happening) => happening,
            // What is told is a sample anyway.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Some(parts) = simulator.upgrade() else { return };
        if watchers.receiver_count() > 0
            && let Some(told) = Simulator(parts).in_words(&happening)
        {
            // The last one may have gone just now.
            let _ = watchers.send(told);
        }
    }
}

impl Simulator {
    fn in_words(&self, happening: &Happening) -> Option<Told> {
        match happening {
            // It may have ended in the meantime, which is told of by itself.
            Happening::GoesOn(call) => {
                let call = self.0.system.so_far(*call)?;
                told("refresh", &self.shown_so_far(&call))
            }
            Happening::Ended(kept) => told("refresh", &self.shown(kept, &mut Ledger::default(), false)),
            Happening::Accounts => told("accounts", &json!({})),
            Happening::Cleared => told("cleared", &json!({})),
        }
    }
}

fn told(name: &'static str, data: &impl Serialize) -> Option<Told> {
    serde_json::to_string(data).ok().map(|data| Told { name, data: data.into() })
}
