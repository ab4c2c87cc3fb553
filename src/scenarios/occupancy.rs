//! Who may be under way together: scenarios that share accounts, and need them in the same condition.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, Notify};

use crate::protocol::Feature;

/// What a scenario needs of the accounts that it shares with others, for as long as it is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// They are as the file states them.
    AsStated,
    /// The feature of all of them was switched to this.
    Switched(Feature),
    /// They are as stated, and nobody else uses them: the scenario is going to change one.
    Alone,
}

impl Condition {
    /// Returns what the feature of every account was switched to, if it was.
    pub(super) fn switched(self) -> Option<Feature> {
        match self {
            Self::Switched(feature) => Some(feature),
            Self::AsStated | Self::Alone => None,
        }
    }
}

/// The condition that the accounts are in, and how many scenarios count on it.
#[derive(Debug)]
pub(super) struct Occupancy {
    /// Nothing while it is not known, because a change of it was broken off.
    condition: Mutex<Option<Condition>>,
    occupants: Arc<Occupants>,
}

#[derive(Debug, Default)]
struct Occupants {
    count: AtomicUsize,
    left: Notify,
}

/// One scenario's share. Others that need another condition wait until it is dropped.
#[derive(Debug)]
pub(super) struct Occupied {
    pub(super) condition: Condition,
    occupants: Arc<Occupants>,
}

impl Default for Occupancy {
    fn default() -> Self {
        Self { condition: Mutex::new(Some(Condition::AsStated)), occupants: Arc::default() }
    }
}

impl Occupancy {
    /// Waits until the accounts are in this condition, or nobody counts on another one and they can be brought into it.
    pub(super) async fn enter<E>(
        &self,
        wanted: Condition,
        bring_into: impl AsyncFnOnce(Condition) -> Result<(), E>,
    ) -> Result<Occupied, E> {
        loop {
            let mut condition = self.condition.lock().await;
            let is_free = self.occupants.count.load(Ordering::Acquire) == 0;
            if is_free || (*condition == Some(wanted) && wanted != Condition::Alone) {
                if *condition != Some(wanted) {
                    *condition = None;
                    bring_into(wanted).await?;
                    *condition = Some(wanted);
                }
                self.occupants.count.fetch_add(1, Ordering::AcqRel);
                return Ok(Occupied { condition: wanted, occupants: Arc::clone(&self.occupants) });
            }
            let left = self.occupants.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            drop(condition);
            // Whoever left between the look and here has not been heard.
            if self.occupants.count.load(Ordering::Acquire) > 0 {
                left.await;
            }
        }
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        if self.occupants.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.occupants.left.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;
    use std::pin::pin;

    use futures::future::{Either, join_all, select};

    use super::*;

    #[tokio::test]
    async fn who_needs_another_condition_waits_and_who_needs_the_same_does_not() {
        let occupancy = Occupancy::default();
        let first = enter(&occupancy, Condition::AsStated).await;
        let second = enter(&occupancy, Condition::AsStated).await;
        for other in [Condition::Switched(Feature::Off), Condition::Alone] {
            let waits = pin!(enter(&occupancy, other));
            assert!(matches!(select(waits, pin!(tokio::task::yield_now())).await, Either::Right(_)), "{other:?}");
        }
        drop((first, second));
        let alone = enter(&occupancy, Condition::Alone).await;
        assert_eq!(alone.condition, Condition::Alone);
        let waits = pin!(enter(&occupancy, Condition::Alone));
        assert!(matches!(select(waits, pin!(tokio::task::yield_now())).await, Either::Right(_)));
    }

    #[tokio::test]
    async fn everybody_gets_their_turn_and_nobody_another_condition() {
        let occupancy = Occupancy::default();
        let under_way: RefCell<Vec<Condition>> = RefCell::default();
        let wanted = [
            Condition::AsStated,
            Condition::Switched(Feature::Off),
            Condition::Alone,
            Condition::Switched(Feature::On),
        ];
        let scenarios = (0..40).map(|number| {
            let (occupancy, under_way) = (&occupancy, &under_way);
            async move {
                let occupied = enter(occupancy, wanted[number % wanted.len()]).await;
                under_way.borrow_mut().push(occupied.condition);
                tokio::task::yield_now().await;
                let others = under_way.borrow().clone();
                assert!(others.iter().all(|other| *other == occupied.condition), "{others:?}");
                assert!(occupied.condition != Condition::Alone || others.len() == 1, "{others:?}");
                under_way.borrow_mut().pop();
            }
        });
        join_all(scenarios).await;
    }

    #[tokio::test]
    async fn a_change_that_failed_is_tried_again() {
        let occupancy = Occupancy::default();
        let off = Condition::Switched(Feature::Off);
        let failed = occupancy.enter(off, async |_| Err("no")).await;
        assert_eq!(failed.unwrap_err(), "no");
        let again = RefCell::new(Vec::new());
        let entered = occupancy.enter(Condition::AsStated, async |condition| {
            again.borrow_mut().push(condition);
            Ok::<_, Infallible>(())
        });
        drop(entered.await);
        assert_eq!(*again.borrow(), [Condition::AsStated]);
    }

    async fn enter(occupancy: &Occupancy, condition: Condition) -> Occupied {
        let Ok(occupied) = occupancy.enter(condition, async |_| Ok::<_, Infallible>(())).await;
        occupied
    }
}
