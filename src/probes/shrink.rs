//! Shrinking: a case that breaks a property made smaller for as long as it breaks the same one.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::strategy::ValueTree;

use super::property::Breach;
use super::target::Trouble;

/// How much may be done to make a case smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// How often a smaller one is tried.
    pub(super) steps: usize,
    /// How long.
    pub(super) time: Duration,
}

/// The smallest case found, and what it breaks.
#[derive(Debug, Clone)]
pub(super) struct Smallest<T> {
    pub(super) value: T,
    /// None where the case did not break the property again.
    pub(super) breach: Option<Breach>,
    pub(super) steps: usize,
}

/// Plays a case again, and then smaller ones for as long as they break the same property for the same cause.
pub(super) async fn shrink<T: Debug>(
    mut tree: Box<dyn ValueTree<Value = T>>,
    cause: &str,
    bounds: Bounds,
    play: impl AsyncFn(&T) -> Result<Vec<Breach>, Trouble>,
) -> Result<Smallest<T>, Trouble> {
    let since = Instant::now();
    let broken = async |value: &T| {
        let breaches = play(value).await?;
        Ok::<_, Trouble>(breaches.into_iter().find(|breach| breach.cause() == cause))
    };
    let value = tree.current();
    let breach = broken(&value).await?;
    let mut smallest = Smallest { value, breach, steps: 0 };
    if smallest.breach.is_none() || !tree.simplify() {
        return Ok(smallest);
    }
    while smallest.steps < bounds.steps && since.elapsed() < bounds.time {
        smallest.steps += 1;
        let value = tree.current();
        let goes_on = match broken(&value).await? {
            Some(breach) => {
                smallest.value = value;
                smallest.breach = Some(breach);
                tree.simplify()
            }
            None => tree.complicate(),
        };
        if !goes_on {
            break;
        }
    }
    Ok(smallest)
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy;

    use super::super::property::Property;
    use super::*;
    use crate::probes::CaseId;

    const BOUNDS: Bounds = Bounds { steps: 100, time: Duration::from_mins(1) };

    #[tokio::test]
    async fn the_smallest_that_breaks_the_same_property_is_found() {
        let smallest = shrunk(BOUNDS).await;
        assert_eq!((smallest.value, smallest.breach.map(|breach| breach.observed)), (1000, Some("1000".to_owned())));
        assert!(smallest.steps < 50, "{}", smallest.steps);
    }

    #[tokio::test]
    async fn no_more_is_tried_than_is_allowed() {
        let smallest = shrunk(Bounds { steps: 3, ..BOUNDS }).await;
        assert_eq!(smallest.steps, 3);
        assert!(smallest.value >= 1000 && smallest.breach.is_some());
        assert_eq!(shrunk(Bounds { time: Duration::ZERO, ..BOUNDS }).await.steps, 0);
    }

    #[tokio::test]
    async fn what_breaks_nothing_again_is_said_so() {
        let tree = CaseId::at(1, 1).tree(&(0..10_u32).boxed()).unwrap();
        let smallest = shrink(tree, "a cause", BOUNDS, async |_| Ok(Vec::new())).await.unwrap();
        assert!(smallest.breach.is_none());
    }

    /// Breaks one property from 1000 on, and another one below, which must not be taken for it.
    async fn shrunk(bounds: Bounds) -> Smallest<u32> {
        let tree = CaseId::at(1, 1).tree(&(5000..1_000_000_u32).prop_map(|number| number - 5000).boxed()).unwrap();
        let play = async |number: &u32| {
            let property = if *number < 1000 { Property::Answers } else { Property::OneAcao };
            Ok(vec![Breach::should(property, "less", number.to_string())])
        };
        let cause = Breach::should(Property::OneAcao, "less", "1000").cause();
        shrink(tree, &cause, bounds, play).await.unwrap()
    }
}
