//! The journal: sorts exchanges into the calls they belong to, as they are recorded. Keeps nothing of a closed call.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use super::{Exchange, Keys, Outcome, Purpose, Request, Transcript};
use crate::protocol::Hop;

/// How many exchanges that belong to no call are kept.
const MOST_STRAYS: usize = 1000;

/// Names an open call of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(u64);

/// Names an exchange whose reply is still to come.
#[derive(Debug, Clone, Copy)]
pub struct ExchangeId {
    call: Option<CallId>,
    began: u64,
    since: Instant,
}

impl ExchangeId {
    /// Returns the call that the exchange was found to belong to.
    pub fn call(&self) -> Option<CallId> {
        self.call
    }
}

/// Everything recorded of the calls that are open, and what belonged to none though it looks like part of a refresh.
#[derive(Debug, Default)]
pub struct Journal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    open: BTreeMap<CallId, Open>,
    strays: Vec<Exchange>,
}

#[derive(Debug)]
struct Open {
    purpose: Purpose,
    keys: Keys,
    exchanges: Vec<Exchange>,
}

impl Journal {
    /// Opens a call: exchanges that carry its keys are gathered until it is closed.
    pub fn open(&self, purpose: Purpose, keys: Keys) -> CallId {
        let mut state = self.state();
        let id = CallId(state.tick());
        state.open.insert(id, Open { purpose, keys, exchanges: Vec::new() });
        id
    }

    /// Closes a call and returns its transcript. An exchange without a reply by now is left pending in it.
    pub fn close(&self, call: CallId) -> Transcript {
        let exchanges = self.state().open.remove(&call).map(|open| open.exchanges).unwrap_or_default();
        Transcript { exchanges }
    }

    /// Records a request. A request made by the customer names its call; any other is matched by what it carries.
    pub fn begin(&self, hop: Hop, request: Request, call: Option<CallId>) -> ExchangeId {
        let mut state = self.state();
        let began = state.tick();
        let call = call.or_else(|| state.call_of(&request));
        let exchange =
            Exchange { hop, began, ended: None, at: SystemTime::now(), took: None, request, outcome: Outcome::Pending };
        let open = call.and_then(|call| state.open.get_mut(&call));
        if let Some(open) = open {
            open.keys.learn(&Keys::of(&exchange.request));
            open.exchanges.push(exchange);
        } else if Purpose::of(&exchange.request) == Purpose::Refresh && state.strays.len() < MOST_STRAYS {
            state.strays.push(exchange);
        }
        ExchangeId { call, began, since: Instant::now() }
    }

    /// Records how an exchange ended. Does nothing when its call was closed in the meantime.
    pub fn finish(&self, id: ExchangeId, outcome: Outcome) {
        let mut state = self.state();
        let ended = state.tick();
        let exchanges = match id.call {
            Some(call) => state.open.get_mut(&call).map(|open| &mut open.exchanges),
            None => Some(&mut state.strays),
        };
        if let Some(exchange) = exchanges.and_then(|all| all.iter_mut().find(|exchange| exchange.began == id.began)) {
            exchange.outcome = outcome;
            exchange.ended = Some(ended);
            exchange.took = Some(id.since.elapsed());
        }
    }

    /// Takes the refreshes' exchanges that belong to no call: nobody asked for them.
    pub fn take_strays(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.state().strays)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn call_of(&self, request: &Request) -> Option<CallId> {
        let carried = Keys::of(request);
        self.open
            .iter()
            .filter_map(|(id, open)| Some((open.keys.strength(open.purpose, request, &carried)?, *id)))
            .max_by_key(|(strength, id)| (*strength, std::cmp::Reverse(*id)))
            .map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::transcript::{Body, Reply};

    #[test]
    fn interleaved_calls_are_told_apart_by_token() {
        let journal = Journal::default();
        let [first, second] = ["a", "b"].map(|token| journal.open(Purpose::Refresh, holding(token)));
        let crossings = ["b", "a", "b"].map(|token| journal.begin(Hop::ScopedAuth, carrying(token), None));
        for crossing in crossings.into_iter().rev() {
            journal.finish(crossing, Outcome::Replied(Reply::default()));
        }
        assert_eq!(journal.close(first).exchanges.len(), 1);
        let of_second = journal.close(second);
        assert!(of_second.exchanges.iter().all(|exchange| exchange.request.body.text("token") == Some("b")));
        assert_eq!(of_second.exchanges.len(), 2);
    }

    #[test]
    fn a_fingerprint_seen_on_one_hop_leads_to_the_call_on_the_next() {
        let journal = Journal::default();
        let call = journal.open(Purpose::Refresh, holding("a"));
        journal.begin(Hop::FederatedAuth, request(r#"{"token":"a","fingerprint":"f"}"#), None);
        let swapped = journal.begin(Hop::ScopedAuth, request(r#"{"token":"swapped","fingerprint":"f"}"#), None);
        assert_eq!(swapped.call(), Some(call));
    }

    #[test]
    fn what_nobody_asked_for_is_a_stray() {
        let journal = Journal::default();
        journal.open(Purpose::Refresh, holding("a"));
        journal.begin(Hop::ScopedAuth, carrying("b"), None);
        assert_eq!(journal.take_strays().len(), 1);
    }

    #[test]
    fn a_reply_after_the_close_is_dropped() {
        let journal = Journal::default();
        let call = journal.open(Purpose::Refresh, holding("a"));
        let late = journal.begin(Hop::ScopedAuth, carrying("a"), None);
        assert!(matches!(journal.close(call).exchanges[0].outcome, Outcome::Pending));
        journal.finish(late, Outcome::Replied(Reply::default()));
        assert!(journal.take_strays().is_empty());
    }

    fn holding(token: &str) -> Keys {
        Keys { token: Some(token.into()), ..Keys::default() }
    }

    fn carrying(token: &str) -> Request {
        request(&format!(r#"{{"token":"{token}"}}"#))
    }

    fn request(body: &str) -> Request {
        Request { body: Body::new(Bytes::copy_from_slice(body.as_bytes())), ..Request::default() }
    }
}
