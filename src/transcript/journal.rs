//! The journal: gathers exchanges into the calls they belong to, as they are recorded. Keeps nothing of a closed call.

mod call;
mod open_calls;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

pub use self::call::{Call, CallId, ExchangeId};
use self::open_calls::OpenCalls;
use super::{Exchange, Keys, Outcome, Purpose, Request, Transcript};
use crate::protocol::Hop;

/// How many exchanges that belong to no call are kept.
const MOST_STRAYS: usize = 1000;

/// Is told of calls that nobody opened by name, as they happen. It should be quick: a request waits for it.
pub trait Witness: fmt::Debug + Send + Sync {
    /// An exchange of a call has begun or ended.
    fn goes_on(&self, call: CallId);

    /// A call has ended.
    fn ended(&self, call: Call);

    /// Adds what is known of a call that begins, beyond what its request carries: whose account it is.
    fn introduce(&self, keys: &mut Keys);
}

/// Everything recorded of the calls that are open, and what belonged to none though it looks like part of a refresh.
#[derive(Default)]
pub struct Journal {
    state: Mutex<State>,
    witnessed: Option<Witnessed>,
}

/// How calls come about that nobody opens by name.
struct Witnessed {
    /// The hops on which somebody else calls one of ours: what crosses there begins a call.
    entrances: Vec<Hop>,
    witness: Arc<dyn Witness>,
}

#[derive(Debug, Default)]
struct State {
    /// How often something was recorded: the time by which exchanges are ordered.
    ticks: u64,
    calls: OpenCalls,
    strays: Vec<Exchange>,
    /// How many others are at work whose calls are nobody's.
    unattended: usize,
}

impl State {
    fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("open", &self.under_way()).finish_non_exhaustive()
    }
}

impl Journal {
    /// Returns a journal in which what belongs to no open call, and whatever crosses an entrance, is a call by itself.
    pub fn witnessed(entrances: Vec<Hop>, witness: Arc<dyn Witness>) -> Self {
        Self { state: Mutex::default(), witnessed: Some(Witnessed { entrances, witness }) }
    }

    /// Opens a call: exchanges that carry its keys are gathered until it is closed.
    pub fn open(&self, purpose: Purpose, keys: Keys) -> CallId {
        self.state().calls.open(purpose, keys)
    }

    /// Closes a call and returns its transcript. An exchange without a reply by now is left pending in it.
    pub fn close(&self, call: CallId) -> Transcript {
        let exchanges = self.state().calls.remove(call).map(|open| open.exchanges).unwrap_or_default();
        Transcript { exchanges }
    }

    /// Records a request. A request made by the customer names its call; any other is matched by what it carries.
    pub fn begin(&self, hop: Hop, request: Request, call: Option<CallId>) -> ExchangeId {
        let mut state = self.state();
        let began = state.tick();
        let is_entrance = self.witnessed.as_ref().is_some_and(|witnessed| witnessed.entrances.contains(&hop));
        let mut call = call.or_else(|| if is_entrance { None } else { state.calls.call_of(&request) });
        let exchange =
            Exchange { hop, began, ended: None, at: SystemTime::now(), took: None, request, outcome: Outcome::Pending };
        if let Some(open) = call.and_then(|call| state.calls.get_mut(call)) {
            open.keys.learn(&Keys::of(&exchange.request));
            open.exchanges.push(exchange);
        } else if let Some(witnessed) = &self.witnessed {
            let mut keys = Keys::of(&exchange.request);
            witnessed.witness.introduce(&mut keys);
            call = is_of_the_flow(&exchange.request).then(|| state.calls.open_with(exchange, keys));
        } else if Purpose::of(&exchange.request) == Purpose::Refresh
            && state.strays.len() < MOST_STRAYS
            && state.unattended == 0
            && !state.calls.send_without_token()
            && !(Keys::of(&exchange.request).say_nothing() && state.calls.create_a_token())
        {
            state.strays.push(exchange);
        }
        drop(state);
        if let (Some(witnessed), Some(call)) = (&self.witnessed, call) {
            witnessed.witness.goes_on(call);
        }
        ExchangeId { call, began, since: Instant::now() }
    }

    /// Records how an exchange ended. Does nothing when its call was closed in the meantime.
    pub fn finish(&self, id: ExchangeId, outcome: Outcome) {
        let mut state = self.state();
        let ended = state.tick();
        let exchanges = match id.call {
            Some(call) => state.calls.get_mut(call).map(|open| &mut open.exchanges),
            None => Some(&mut state.strays),
        };
        if let Some(exchange) = exchanges.and_then(|all| all.iter_mut().rfind(|exchange| exchange.began == id.began)) {
            exchange.outcome = outcome;
            exchange.ended = Some(ended);
            exchange.took = Some(id.since.elapsed());
        }
        let (Some(witnessed), Some(call)) = (&self.witnessed, id.call) else { return };
        let is_over = state.calls.get(call).is_some_and(|open| open.root == Some(id.began));
        let over = if is_over { state.calls.remove(call) } else { None };
        drop(state);
        match over {
            Some(open) => witnessed.witness.ended(open.into_call(call)),
            None => witnessed.witness.goes_on(call),
        }
    }

    /// Looks at an open call while nothing can change it: at what it is known by, at the request that began it and at
    /// that of one of its exchanges.
    pub fn look<T>(&self, at: ExchangeId, look: impl FnOnce(&Keys, &Request, &Request) -> T) -> Option<T> {
        let state = self.state();
        let open = state.calls.get(at.call?)?;
        let exchange = open.exchanges.iter().rfind(|exchange| exchange.began == at.began)?;
        Some(look(&open.keys, &open.exchanges.first()?.request, &exchange.request))
    }

    /// Returns an open call as far as it has got.
    pub fn so_far(&self, call: CallId) -> Option<Call> {
        let state = self.state();
        state.calls.get(call).map(|open| open.clone().into_call(call))
    }

    /// Takes note of a fault that an open call meets, after which nothing else may happen to it for long.
    pub fn meets(&self, call: CallId, fault: String) {
        if let Some(open) = self.state().calls.get_mut(call) {
            open.faults.push(fault);
        }
        if let Some(witnessed) = &self.witnessed {
            witnessed.witness.goes_on(call);
        }
    }

    /// Returns how many calls are open.
    pub fn under_way(&self) -> usize {
        self.state().calls.count()
    }

    /// Takes the refreshes' exchanges that belong to no call: nobody asked for them.
    pub fn take_strays(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.state().strays)
    }

    /// Keeps no exchange that belongs to no call while the guard lives: somebody else makes such calls for us.
    pub fn disregard_strays(self: &Arc<Self>) -> Unattended {
        self.state().unattended += 1;
        Unattended(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, exchanges that belong to no call are not kept.
#[derive(Debug)]
pub struct Unattended(Arc<Journal>);

impl Drop for Unattended {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.unattended = state.unattended.saturating_sub(1);
    }
}

/// Returns whether a request may be part of a refresh. One that only looks whether anybody is there is not.
fn is_of_the_flow(request: &Request) -> bool {
    !(matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") && request.body.bytes().is_empty())
}

#[cfg(test)]
mod tests;
