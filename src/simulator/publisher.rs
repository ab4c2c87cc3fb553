//! The publisher: puts events into text once, however many watch.

use std::sync::Weak;

use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};

use super::events::{Event, EventText};
use super::running::{Parts, Simulator};
use crate::verdict::Ledger;

/// Tells whoever watches what happens, for as long as the simulator is there.
pub(super) async fn publish(simulator: Weak<Parts>, mut events: Receiver<Event>, watchers: Sender<EventText>) {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // What is told is a sample anyway.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Some(parts) = simulator.upgrade() else { return };
        if watchers.receiver_count() > 0
            && let Some(told) = Simulator(parts).in_words(&event)
        {
            // The last one may have gone just now.
            let _ = watchers.send(told);
        }
    }
}

impl Simulator {
    fn in_words(&self, event: &Event) -> Option<EventText> {
        match event {
            // It may have ended in the meantime, which is told of by itself.
            Event::GoesOn(call) => {
                let call = self.0.system.so_far(*call)?;
                told("refresh", &self.shown_so_far(&call))
            }
            Event::Ended(kept) => told("refresh", &self.shown(kept, &mut Ledger::default(), false)),
            Event::Accounts => told("accounts", &json!({})),
            Event::Cleared => told("cleared", &json!({})),
        }
    }
}

fn told(name: &'static str, data: &impl Serialize) -> Option<EventText> {
    serde_json::to_string(data).ok().map(|data| EventText { name, data: data.into() })
}
