//! Doubt: whether this machine, which had no time or nothing left to call with, made a scenario fail, and not the deployment.

use std::time::{Duration, Instant};

use crate::transcript::{Exchange, Outcome, Transcript};
use crate::wire::{LostTime, times_starved};

/// The least that is lost before a deadline can have passed for want of it.
const LEAST_LOST: Duration = Duration::from_millis(50);
/// The least part of a scenario's time that has to be lost for that.
const LEAST_PART: u32 = 10;
/// Nobody gives up sooner.
const SHORTEST_DEADLINE: Duration = Duration::from_millis(150);

/// What this machine had lost, and how often it had run out of something, at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    at: Instant,
    lost: Duration,
    starved: u64,
}

/// Why what was found in a scenario may not be the deployment's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// No descriptor or no port was left.
    Starved,
    /// This much time was lost, and somebody waited for as long as a deadline.
    Late(Duration),
}

impl Since {
    /// Returns this moment.
    pub(super) fn now(lost: &LostTime) -> Self {
        Self { at: Instant::now(), lost: lost.so_far(), starved: times_starved() }
    }

    /// Returns when that was.
    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// Returns why something that was seen to fail since then, or that could not go on, may be this machine's doing, if it
    /// may.
    pub(super) fn doubt<'t>(
        &self,
        lost: &LostTime,
        has_stopped: bool,
        mut seen: impl Iterator<Item = &'t Transcript>,
    ) -> Option<Doubt> {
        if times_starved() > self.starved {
            return Some(Doubt::Starved);
        }
        let lost = lost.so_far().saturating_sub(self.lost);
        let took = self.at.elapsed();
        let is_much = lost >= LEAST_LOST && lost * LEAST_PART >= took;
        let given_up = seen.any(|transcript| transcript.exchanges.iter().any(was_given_up));
        (is_much && (given_up || has_stopped && took >= SHORTEST_DEADLINE)).then_some(Doubt::Late(lost))
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Starved => f.write_str(
                "this machine had no file descriptor or no port left while the scenario was played\n\
                 hint: `ulimit -n 4096` allows more of them, and --jobs plays fewer scenarios at once",
            ),
            Self::Late(lost) => write!(
                f,
                "this machine was too busy to tell who was late: {} ms of the scenario's time were lost\n\
                 hint: run it again while the machine has less to do; --jobs plays fewer scenarios at once",
                lost.as_millis()
            ),
        }
    }
}

/// Returns whether somebody may have waited for this exchange until a deadline passed.
fn was_given_up(exchange: &Exchange) -> bool {
    let took_long = exchange.took.is_none_or(|took| took >= SHORTEST_DEADLINE);
    match &exchange.outcome {
        Outcome::Replied(reply) => took_long && reply.status >= 500,
        Outcome::Failed(_) | Outcome::Pending => took_long,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::protocol::Hop;
    use crate::transcript::{Reply, Request};

    fn seen(status: u16, took: Duration) -> Transcript {
        let outcome = Outcome::Replied(Reply { status, ..Reply::default() });
        let (hop, at, request) = (Hop::Edge, SystemTime::now(), Request::default());
        let exchange = Exchange { hop, began: 0, ended: Some(1), at, took: Some(took), request, outcome };
        Transcript { exchanges: vec![exchange] }
    }

    #[tokio::test]
    async fn a_failure_is_doubtful_where_time_was_lost_and_somebody_waited_long() {
        let long = SHORTEST_DEADLINE * 2;
        let lost = LostTime::watch();
        tokio::time::sleep(Duration::from_millis(10)).await;
        let since = Since::now(&lost);
        assert_eq!(since.doubt(&lost, true, [seen(504, long)].iter()), None, "no time was lost");
        std::thread::sleep(SHORTEST_DEADLINE);
        tokio::time::sleep(Duration::from_millis(10)).await;
        let is_doubtful = |status, took| since.doubt(&lost, false, [seen(status, took)].iter()).is_some();
        assert!(is_doubtful(504, long));
        assert!(!is_doubtful(504, Duration::from_millis(1)), "nobody can have given up so soon");
        assert!(!is_doubtful(403, long), "a refusal is no failure");
        assert!(since.doubt(&lost, true, std::iter::empty()).is_some(), "it could not go on");
    }
}
