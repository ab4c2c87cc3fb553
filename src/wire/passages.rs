//! The calls that are on their way through a tap, by the name that each has all the way: one that comes by again and again
//! goes round in circles.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many calls of one name may be on their way at once: more than anybody repeats, and few enough to hold.
const MOST: usize = 16;

/// The calls that are on their way.
#[derive(Debug, Default)]
pub(crate) struct Passages(Mutex<HashMap<String, usize>>);

/// A call that is on its way, until this is dropped.
#[derive(Debug)]
pub(super) struct Passage {
    passages: Arc<Passages>,
    name: String,
}

impl Passages {
    /// Lets a call pass, unless as many of its name are on their way that it goes round in circles.
    pub(super) fn enter(self: &Arc<Self>, name: &str) -> Option<Passage> {
        let mut under_way = self.lock();
        let count = under_way.entry(name.to_owned()).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Passage { passages: Arc::clone(self), name: name.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let mut under_way = self.passages.lock();
        if let Some(count) = under_way.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_by_again_and_again_is_not_let_pass_until_others_have_passed() {
        let passages = Arc::<Passages>::default();
        let mut passing: Vec<_> = (0..MOST).map(|_| passages.enter("a").unwrap()).collect();
        assert!(passages.enter("a").is_none() && passages.enter("b").is_some());
        passing.pop();
        assert!(passages.enter("a").is_some());
        drop(passing);
        assert!(passages.lock().is_empty());
    }
}
