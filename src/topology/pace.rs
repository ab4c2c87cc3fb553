//! The pace at which a deployment is called.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::deployment::Limits;

/// Keeps calls to the deployment under its requests per second.
#[derive(Debug)]
pub(super) struct Pace {
    between: Option<Duration>,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn of(limits: &Limits) -> Self {
        let between = limits.requests_per_second.map(|most| Duration::from_secs(1) / most.get());
        Self { between, next: Mutex::new(None) }
    }

    pub(super) async fn wait(&self) {
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
    use crate::topology::Deployment;

    #[tokio::test(start_paused = true)]
    async fn calls_are_spread_over_the_second() {
        let (pace, since) = (pace(Some(4)), Instant::now());
        let mut due = Vec::new();
        for _ in 0..5 {
            pace.wait().await;
            due.push(since.elapsed().as_millis());
        }
        // The clock counts milliseconds, and rounds up.
        assert_eq!(due, [0, 250, 500, 750, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_come_at_once_go_one_after_the_other() {
        let (pace, since) = (pace(Some(10)), Instant::now());
        let all = join_all((0..6).map(async |_| {
            pace.wait().await;
            since.elapsed().as_millis()
        }));
        assert_eq!(all.await, [0, 100, 200, 300, 400, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_calls_is_not_saved_up() {
        let pace = pace(Some(2));
        pace.wait().await;
        tokio::time::advance(Duration::from_mins(1)).await;
        let since = Instant::now();
        for due in [0, 500, 1000] {
            pace.wait().await;
            assert_eq!(since.elapsed().as_millis(), due);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nobody_waits() {
        let (pace, since) = (pace(None), Instant::now());
        for _ in 0..1000 {
            pace.wait().await;
        }
        assert_eq!(since.elapsed(), Duration::ZERO);
    }

    fn pace(requests_per_second: Option<u32>) -> Pace {
        let requests_per_second = requests_per_second.and_then(NonZeroU32::new);
        Pace::of(&Limits { requests_per_second, ..Deployment::embedded().limits })
    }
}
