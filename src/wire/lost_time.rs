//! Lost time: how long tasks were kept waiting after their time had come, because the machine was busy with others or the
//! process was stopped. A deadline that passed meanwhile says nothing of whoever was waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

/// How often it is looked whether time was lost.
const PERIOD: Duration = Duration::from_millis(5);
/// What a timer may be late by on a machine that has time.
const USUAL: Duration = Duration::from_millis(2);

/// A clock that counts the time which the tasks of a runtime lost, for as long as it lives.
#[derive(Debug)]
pub struct LostTime {
    micros: Arc<AtomicU64>,
    watcher: JoinHandle<()>,
}

impl LostTime {
    /// Starts to count, on the runtime that this is called on.
    pub fn watch() -> Self {
        let micros = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&micros);
        let watcher = tokio::spawn(async move {
            loop {
                let since = Instant::now();
                tokio::time::sleep(PERIOD).await;
                let late = since.elapsed().saturating_sub(PERIOD + USUAL);
                counted.fetch_add(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
        });
        Self { micros, watcher }
    }

    /// Returns what was lost so far.
    pub fn so_far(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

impl Drop for LostTime {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_time_for_which_everything_stood_still_is_counted() {
        let lost = LostTime::watch();
        tokio::time::sleep(PERIOD).await;
        let before = lost.so_far();
        std::thread::sleep(Duration::from_millis(80));
        tokio::time::sleep(2 * PERIOD).await;
        let since = lost.so_far().saturating_sub(before);
        assert!(since >= Duration::from_millis(60), "{since:?}");
    }
}
