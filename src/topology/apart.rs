//! What is never under way together: calls whose exchanges are gathered, and commands that make calls of their own, which
//! nothing would tell from those.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// Calls of scenarios.
    Calls,
    /// Commands of the deployment file.
    Commands,
}

/// Keeps calls and commands apart, and lets any number of either be under way at once.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// What is under way, and how many of it.
    under_way: Mutex<(Option<Doing>, usize)>,
    ended: Notify,
}

/// A call or a command that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Apart>);

impl Apart {
    /// Waits until nothing of the other kind is under way.
    pub(super) async fn begin(self: &Arc<Self>, doing: Doing) -> UnderWay {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.may_begin(doing) {
                return UnderWay(Arc::clone(self));
            }
            ended.await;
        }
    }

    fn may_begin(&self, doing: Doing) -> bool {
        let mut under_way = self.under_way();
        let (what, count) = &mut *under_way;
        if *count > 0 && *what != Some(doing) {
            return false;
        }
        (*what, *count) = (Some(doing), *count + 1);
        true
    }

    fn under_way(&self) -> MutexGuard<'_, (Option<Doing>, usize)> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut under_way = self.0.under_way();
        under_way.1 -= 1;
        if under_way.1 == 0 {
            self.0.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn calls_wait_for_commands_and_commands_for_calls() {
        let apart = Arc::<Apart>::default();
        let calls = (apart.begin(Doing::Calls).await, apart.begin(Doing::Calls).await);
        assert!(apart.begin(Doing::Commands).now_or_never().is_none());
        drop(calls.0);
        assert!(apart.begin(Doing::Commands).now_or_never().is_none());
        let waiting = tokio::spawn({
            let apart = Arc::clone(&apart);
            async move { apart.begin(Doing::Commands).await }
        });
        tokio::task::yield_now().await;
        drop(calls.1);
        let command = waiting.await.unwrap();
        assert!(apart.begin(Doing::Calls).now_or_never().is_none());
        drop(command);
        assert!(apart.begin(Doing::Calls).now_or_never().is_some());
    }
}
