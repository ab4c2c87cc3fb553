//! The rate limit: how often a deployment is called.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::deployment::Limits;

/// Keeps calls to the deployment under its requests per second.
#[derive(Debug)]
pub(crate) struct RateLimit {
    between: Option<Duration>,
    next: Mutex<Option<Instant>>,
    /// Until when nobody calls, because the deployment said that it was called too often.
    rests_until: StdMutex<Option<Instant>>,
    rested: AtomicU32,
}

impl RateLimit {
    pub(crate) fn of(limits: &Limits) -> Self {
        let between = limits.requests_per_second.map(|most| Duration::from_secs(1) / most.get());
        Self { between, next: Mutex::new(None), rests_until: StdMutex::new(None), rested: AtomicU32::new(0) }
    }

    /// Has nobody call for this long.
    pub(crate) fn rest(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut rests_until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        *rests_until = Some(rests_until.map_or(until, |known| known.max(until)));
        self.rested.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many calls made everybody rest.
    pub(crate) fn rested(&self) -> u32 {
        self.rested.load(Ordering::Relaxed)
    }

    pub(crate) async fn wait(&self) {
        let rests_until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = rests_until {
            tokio::time::sleep_until(until).await;
        }
        let Some(between) = self.between else { return };
        let mut next = self.next.lock().await;
        let due = next.unwrap_or_else(Instant::now).max(Instant::now());
        *next = Some(due + between);
        drop(next);
        tokio::time::sleep_until(due).await;
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use futures::future::join_all;

    use super::*;
    use crate::config::Deployment;

    #[tokio::test(start_paused = true)]
    async fn calls_are_spread_over_the_second() {
        let (rate_limit, since) = (rate_limit(Some(4)), Instant::now());
        let mut due = Vec::new();
        for _ in 0..5 {
            rate_limit.wait().await;
            due.push(since.elapsed().as_millis());
        }
        // The clock counts milliseconds, and rounds up.
        assert_eq!(due, [0, 250, 500, 750, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_come_at_once_go_one_after_the_other() {
        let (rate_limit, since) = (rate_limit(Some(10)), Instant::now());
        let all = join_all((0..6).map(async |_| {
            rate_limit.wait().await;
            since.elapsed().as_millis()
        }));
        assert_eq!(all.await, [0, 100, 200, 300, 400, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_calls_is_not_saved_up() {
        let rate_limit = rate_limit(Some(2));
        rate_limit.wait().await;
        tokio::time::advance(Duration::from_mins(1)).await;
        let since = Instant::now();
        for due in [0, 500, 1000] {
            rate_limit.wait().await;
            assert_eq!(since.elapsed().as_millis(), due);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_calls_while_the_deployment_rests() {
        let (rate_limit, since) = (rate_limit(None), Instant::now());
        rate_limit.rest(Duration::from_secs(2));
        rate_limit.rest(Duration::from_secs(1));
        for _ in 0..3 {
            rate_limit.wait().await;
            assert_eq!(since.elapsed(), Duration::from_secs(2));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nobody_waits() {
        let (rate_limit, since) = (rate_limit(None), Instant::now());
        for _ in 0..1000 {
            rate_limit.wait().await;
        }
        assert_eq!(since.elapsed(), Duration::ZERO);
    }

    fn rate_limit(requests_per_second: Option<u32>) -> RateLimit {
        let requests_per_second = requests_per_second.and_then(NonZeroU32::new);
        RateLimit::of(&Limits { requests_per_second, ..Deployment::embedded().limits })
    }
}
