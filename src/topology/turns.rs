//! Turns: calls that present the same token wait for each other, because nothing would tell their exchanges apart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard};

/// How many tokens are remembered before those that nobody waits for any more are forgotten.
const ENOUGH: usize = 256;

/// One turnstile for each token that is under way.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, Weak<Turnstile<()>>>>);

impl Turns {
    /// Waits until no other call with this token is under way; the turn lasts until the guard is dropped.
    pub(super) async fn take(&self, token: &str) -> OwnedMutexGuard<()> {
        self.turnstile(token).lock_owned().await
    }

    fn turnstile(&self, token: &str) -> Arc<Turnstile<()>> {
        let mut turnstiles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = turnstiles.get(token).and_then(Weak::upgrade) {
            return known;
        }
        if turnstiles.len() > ENOUGH {
            turnstiles.retain(|_, turnstile| turnstile.strong_count() > 0);
        }
        let turnstile = Arc::default();
        turnstiles.insert(token.to_owned(), Arc::downgrade(&turnstile));
        turnstile
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn the_same_token_waits_and_another_does_not() {
        let turns = Turns::default();
        let first = turns.take("a").now_or_never();
        assert!(first.is_some());
        assert!(turns.take("a").now_or_never().is_none());
        assert!(turns.take("b").now_or_never().is_some());
        drop(first);
        assert!(turns.take("a").now_or_never().is_some());
    }

    #[test]
    fn what_nobody_waits_for_is_forgotten() {
        let turns = Turns::default();
        for token in 0..10 * ENOUGH {
            let _ = turns.take(&token.to_string()).now_or_never();
        }
        assert!(turns.0.lock().unwrap().len() <= ENOUGH + 1);
    }
}
