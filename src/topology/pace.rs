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
