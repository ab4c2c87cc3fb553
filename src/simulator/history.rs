//! The refreshes that are remembered: the newest ones, as many as a number and an amount of memory allow.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::transcript::{Call, Exchange, Purpose};

/// How much is remembered: whichever is reached first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many refreshes.
    pub count: usize,
    /// How many bytes they take, about.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { count: 10_000, bytes: 64 << 20 }
    }
}

/// How a refresh ended for its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// With a token.
    Refreshed,
    /// With a refusal.
    Refused,
    /// With neither.
    Failed,
}

/// A refresh, or the making of a first token, that has ended.
#[derive(Debug)]
pub(super) struct PastCall {
    pub(super) call: Call,
    pub(super) outcome: Outcome,
    weight: usize,
}

impl PastCall {
    pub(super) fn new(call: Call) -> Self {
        let keys = [&call.keys.deployment_key, &call.keys.token, &call.keys.account].into_iter().flatten();
        let weight =
            200 + keys.map(String::len).sum::<usize>() + call.transcript.exchanges.iter().map(weight).sum::<usize>();
        Self { outcome: outcome_of(&call), call, weight }
    }

    pub(super) fn number(&self) -> u64 {
        self.call.id.number()
    }

    /// Returns the SID of its account, where that is known.
    pub(super) fn account(&self) -> Option<&str> {
        self.call.keys.account.as_deref()
    }

    pub(super) fn is_refresh(&self) -> bool {
        self.call.purpose == Purpose::Refresh
    }
}

/// The newest calls, oldest first.
#[derive(Debug)]
pub(super) struct History {
    bounds: Bounds,
    calls: VecDeque<Arc<PastCall>>,
    bytes: usize,
    dropped: u64,
}

impl History {
    pub(super) fn within(bounds: Bounds) -> Self {
        Self { bounds, calls: VecDeque::new(), bytes: 0, dropped: 0 }
    }

    /// Remembers a call, and forgets the oldest ones as long as there is no room for it.
    pub(super) fn push(&mut self, call: Arc<PastCall>) {
        self.bytes += call.weight;
        self.calls.push_back(call);
        while self.calls.len() > self.bounds.count || self.bytes > self.bounds.bytes {
            let Some(oldest) = self.calls.pop_front() else { return };
            self.bytes -= oldest.weight;
            self.dropped += 1;
        }
    }

    /// Returns the calls, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Arc<PastCall>> {
        self.calls.iter().rev()
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<PastCall>> {
        // Calls end in another order than they begin in, but nearly.
        self.calls.iter().rfind(|kept| kept.number() == number).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Returns how many calls were forgotten for want of room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets every call, or those of one account alone. Returns how many.
    pub(super) fn clear(&mut self, account: Option<&str>) -> usize {
        let before = self.calls.len();
        self.calls.retain(|kept| account.is_some_and(|account| kept.account() != Some(account)));
        self.bytes = self.calls.iter().map(|kept| kept.weight).sum();
        before - self.calls.len()
    }
}

fn outcome_of(call: &Call) -> Outcome {
    let Some(reply) = call.transcript.exchanges.first().and_then(Exchange::reply) else { return Outcome::Failed };
    let says = |member: &str, what: bool| reply.body.member(&[member]) == Some(&what.into());
    match reply.status {
        // A token, or ScopedAuth's word where that alone is called.
        200..300 if reply.body.text("token").is_some() || says("authorized", true) => Outcome::Refreshed,
        200..300 if says("valid", false) || says("authorized", false) => Outcome::Refused,
        400..500 => Outcome::Refused,
        _ => Outcome::Failed,
    }
}

/// Returns about how many bytes of memory an exchange takes, as was measured: JSON that was read takes many times what its
/// text does, and every header has texts of its own.
fn weight(exchange: &Exchange) -> usize {
    let headers =
        |headers: &[(String, String)]| headers.iter().map(|(name, value)| 48 + name.len() + value.len()).sum::<usize>();
    let line = exchange.request.method.len() + exchange.request.path.len() + exchange.request.query.len();
    let request = line + headers(&exchange.request.headers) + 5 * exchange.request.body.bytes().len();
    let reply = exchange.reply().map_or(0, |reply| headers(&reply.headers) + 5 * reply.body.bytes().len());
    3 * (400 + request + reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Hop;
    use crate::transcript::{Body, Journal, Keys, Reply, Request, Transcript};

    #[test]
    fn the_oldest_are_forgotten_by_count() {
        let mut kept = History::within(Bounds { count: 3, bytes: usize::MAX });
        let numbers = push(&mut kept, 5, "");
        assert_eq!(
            kept.newest_first().map(|kept| kept.number()).collect::<Vec<_>>(),
            [numbers[4], numbers[3], numbers[2]]
        );
        assert_eq!((kept.len(), kept.dropped()), (3, 2));
        assert!(kept.get(numbers[1]).is_none() && kept.get(numbers[3]).is_some());
    }

    #[test]
    fn the_oldest_are_forgotten_by_bytes() {
        let mut kept = History::within(Bounds { count: usize::MAX, bytes: 20_000 });
        push(&mut kept, 10, &"x".repeat(1000));
        assert!((1..4).contains(&kept.len()), "{}", kept.len());
        push(&mut kept, 1, &"x".repeat(100_000));
        assert_eq!((kept.len(), kept.bytes), (0, 0), "what is too large by itself is not kept at all");
    }

    #[test]
    fn paths_and_queries_take_room_too() {
        let weight_of = |path: &str, query: &str| {
            let request = Request { path: path.to_owned(), query: query.to_owned(), ..Request::default() };
            let journal = Journal::default();
            let id = journal.open(Purpose::Refresh, Keys::default());
            journal.begin(Hop::Edge, request, Some(id));
            journal.close(id).exchanges.iter().map(weight).sum::<usize>()
        };
        let long = "x".repeat(60_000);
        assert!(weight_of(&long, &long) > weight_of("", "") + 120_000);
    }

    #[test]
    fn those_of_one_account_are_forgotten_alone() {
        let mut kept = History::within(Bounds::default());
        push(&mut kept, 2, "");
        let Some(call) = kept.get(kept.newest_first().next().unwrap().number()) else { panic!("it is kept") };
        assert_eq!(call.outcome, Outcome::Refused);
        assert_eq!(kept.clear(Some("AC2")), 0);
        assert_eq!(kept.clear(Some("AC1")), 2);
        assert_eq!((kept.len(), kept.bytes), (0, 0));
    }

    fn push(kept: &mut History, count: usize, body: &str) -> Vec<u64> {
        let journal = Journal::default();
        let numbers = (0..count).map(|_| {
            let id = journal.open(Purpose::Refresh, Keys::default());
            let exchange = journal.begin(
                Hop::Edge,
                Request { body: Body::new(body.to_owned().into()), ..Request::default() },
                Some(id),
            );
            let reply = Reply { status: 403, ..Reply::default() };
            journal.finish(exchange, crate::transcript::Outcome::Replied(reply));
            let transcript = Transcript { exchanges: journal.close(id).exchanges };
            let keys = Keys { account: Some("AC1".into()), ..Keys::default() };
            let call =
                Call { id, purpose: Purpose::Refresh, keys, faults: Vec::new(), is_entangled: false, transcript };
            kept.push(Arc::new(PastCall::new(call)));
            id.number()
        });
        numbers.collect()
    }
}
