//! Trouble on a hop, chosen per call: what the tap does instead of handing the neighbour's answer on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;

/// What happens to a call on a hop.
#[derive(Debug, Clone)]
pub enum Fault {
    /// No answer ever comes; the connection stays open.
    NeverAnswers,
    /// The neighbour is not asked, and the connection is closed (FIN).
    BreaksOff,
    /// The neighbour is not asked, and the connection is reset (RST).
    Resets,
    /// The neighbour is not asked, and this status comes with an empty JSON object.
    Status(u16),
    /// The neighbour is not asked, and a success without a body comes.
    Empty,
    /// The neighbour is not asked, and an HTML page comes.
    NotJson,
    /// The neighbour is not asked, and JSON of another shape comes.
    WrongShape,
    /// The neighbour's answer is announced in full, and the connection is closed (FIN) after half of it.
    CutShort,
    /// The neighbour's answer is announced in full, and the connection is reset (RST) after half of it.
    ResetsMidway,
    /// The neighbour's answer comes in full, and only half of it is announced.
    UnderstatesLength,
    /// The neighbour's answer comes a byte at a time, with this pause before each.
    Drips(Duration),
    /// The neighbour is asked after a while.
    Late(Latency),
    /// The neighbour is asked once the hold is released.
    Held(Hold),
}

/// How long a call is kept back.
#[derive(Debug, Clone)]
pub struct Latency(Wait);

#[derive(Debug, Clone)]
enum Wait {
    Fixed(Duration),
    Jittered { least: Duration, most: Duration, draws: Arc<Mutex<StdRng>> },
}

impl Latency {
    /// Keeps every call back for the same time.
    pub fn fixed(wait: Duration) -> Self {
        Self(Wait::Fixed(wait))
    }

    /// Keeps each call back for a time between these two; the same times in the same order for the same seed.
    pub fn jittered(one: Duration, other: Duration, seed: u64) -> Self {
        let draws = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        Self(Wait::Jittered { least: one.min(other), most: one.max(other), draws })
    }

    /// Returns how long the next call is kept back.
    pub(crate) fn next(&self) -> Duration {
        match &self.0 {
            Wait::Fixed(wait) => *wait,
            Wait::Jittered { least, most, draws } => {
                draws.lock().unwrap_or_else(PoisonError::into_inner).random_range(*least..=*most)
            }
        }
    }
}

/// Keeps a call waiting on a hop until it is released.
#[derive(Debug, Clone, Default)]
pub struct Hold {
    reached: Arc<Notify>,
    released: Arc<Notify>,
}

impl Hold {
    /// Waits until the call has reached the hop.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets the call go on.
    pub fn release(&self) {
        self.released.notify_one();
    }

    pub(crate) async fn keep(&self) {
        self.reached.notify_one();
        self.released.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_waits_in_the_same_order() {
        let waits = |seed| {
            let latency = Latency::jittered(Duration::from_millis(30), Duration::from_millis(1), seed);
            std::array::from_fn::<_, 20, _>(|_| latency.clone().next())
        };
        let first = waits(1);
        assert_eq!(first, waits(1));
        assert_ne!(first, waits(2));
        assert!(first.iter().all(|wait| (1..=30).contains(&wait.as_millis())), "{first:?}");
        assert!(first.iter().any(|wait| *wait != first[0]), "{first:?}");
    }
}
