//! Which refreshes are shown as they happen: some of each moment, however many there are.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::transcript::CallId;

/// How many refreshes are shown of each moment.
const MOST: u32 = 5;
/// How long a moment is.
const MOMENT: Duration = Duration::from_millis(250);

/// The refreshes that are under way and shown.
#[derive(Debug)]
pub(super) struct Sampling {
    shown: HashSet<CallId>,
    moment: Instant,
    of_moment: u32,
    /// The newest call that was decided on.
    newest: Option<CallId>,
}

impl Sampling {
    pub(super) fn new(now: Instant) -> Self {
        Self { shown: HashSet::new(), moment: now, of_moment: 0, newest: None }
    }

    /// Returns whether a refresh is shown, which is decided when it is heard of for the first time.
    pub(super) fn shows(&mut self, call: CallId, now: Instant) -> bool {
        if self.newest.is_some_and(|newest| call <= newest) {
            return self.shown.contains(&call);
        }
        self.newest = Some(call);
        if now.duration_since(self.moment) >= MOMENT {
            (self.moment, self.of_moment) = (now, 0);
        }
        self.of_moment += 1;
        self.of_moment <= MOST && self.shown.insert(call)
    }

    /// Returns whether a refresh that has ended was shown. It is not heard of again.
    pub(super) fn ends(&mut self, call: CallId) -> bool {
        self.shown.remove(&call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Journal, Keys, Purpose};

    #[test]
    fn some_of_each_moment_are_shown_from_beginning_to_end() {
        let (journal, begin) = (Journal::default(), Instant::now());
        let calls: Vec<CallId> = (0..20).map(|_| journal.open(Purpose::Refresh, Keys::default())).collect();
        let mut sampling = Sampling::new(begin);
        let shown: Vec<bool> = calls[..10].iter().map(|call| sampling.shows(*call, begin)).collect();
        assert_eq!(shown.iter().filter(|shown| **shown).count(), 5);
        let later = begin + MOMENT;
        assert!(sampling.shows(calls[10], later));
        assert!(sampling.shows(calls[0], later) && !sampling.shows(calls[9], later));
        assert!(sampling.ends(calls[0]) && !sampling.ends(calls[9]));
        assert!(!sampling.shows(calls[0], later));
    }
}
