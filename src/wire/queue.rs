//! The queue: calls that present the same token wait for each other, because nothing would tell their exchanges apart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// How many tokens are remembered before those that nobody waits for any more are forgotten.
const ENOUGH: usize = 256;

/// One turn for each token that is under way.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<HashMap<String, Weak<Turn<()>>>>);

impl Queue {
    /// Waits until no other call with this token is under way; the turn lasts until the guard is dropped.
    pub(crate) async fn take(&self, token: &str) -> OwnedMutexGuard<()> {
        self.turn(token).lock_owned().await
    }

    fn turn(&self, token: &str) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = turns.get(token).and_then(Weak::upgrade) {
            return known;
        }
        if turns.len() > ENOUGH {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        turns.insert(token.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn the_same_token_waits_and_another_does_not() {
        let queue = Queue::default();
        let first = queue.take("a").now_or_never();
        assert!(first.is_some());
        assert!(queue.take("a").now_or_never().is_none());
        assert!(queue.take("b").now_or_never().is_some());
        drop(first);
        assert!(queue.take("a").now_or_never().is_some());
    }

    #[test]
    fn what_nobody_waits_for_is_forgotten() {
        let queue = Queue::default();
        for token in 0..10 * ENOUGH {
            let _ = queue.take(&token.to_string()).now_or_never();
        }
        assert!(queue.0.lock().unwrap().len() <= ENOUGH + 1);
    }
}
