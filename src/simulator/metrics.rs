//! How many refreshes there were, and how they ended.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::history::{Outcome, PastCall};

/// How long the rate is measured before it is taken.
const SPAN: Duration = Duration::from_secs(1);

/// The counts since the start.
#[derive(Debug)]
pub(super) struct Metrics {
    refreshed: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    first_tokens: AtomicU64,
    shown: AtomicU64,
    rate: Mutex<Rate>,
}

#[derive(Debug)]
struct Rate {
    since: Instant,
    count: u64,
    per_second: f64,
}

/// The counts as told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MetricsView {
    refreshes: u64,
    refreshed: u64,
    refused: u64,
    failed: u64,
    first_tokens: u64,
    under_way: usize,
    per_second: f64,
    shown: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        let count = AtomicU64::default;
        let rate = Mutex::new(Rate { since: Instant::now(), count: 0, per_second: 0.0 });
        Self { refreshed: count(), refused: count(), failed: count(), first_tokens: count(), shown: count(), rate }
    }
}

impl Metrics {
    pub(super) fn add(&self, kept: &PastCall) {
        let counter = match (kept.is_refresh(), kept.outcome) {
            (false, _) => &self.first_tokens,
            (true, Outcome::Refreshed) => &self.refreshed,
            (true, Outcome::Refused) => &self.refused,
            (true, Outcome::Failed) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_shown(&self) {
        self.shown.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn told(&self, under_way: usize) -> MetricsView {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (succeeded, refused, failed) = (of(&self.refreshed), of(&self.refused), of(&self.failed));
        let refreshes = succeeded + refused + failed;
        MetricsView {
            refreshes,
            refreshed: succeeded,
            refused,
            failed,
            first_tokens: of(&self.first_tokens),
            under_way,
            per_second: self.per_second(refreshes),
            shown: of(&self.shown),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no count of a second is as large as that")]
    fn per_second(&self, refreshes: u64) -> f64 {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let span = rate.since.elapsed();
        if span >= SPAN {
            let of_span = refreshes.saturating_sub(rate.count) as f64 / span.as_secs_f64();
            *rate = Rate { since: Instant::now(), count: refreshes, per_second: (of_span * 10.0).round() / 10.0 };
        }
        rate.per_second
    }
}
