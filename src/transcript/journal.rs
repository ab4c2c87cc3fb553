//! The journal: sorts exchanges into the calls they belong to, as they are recorded. Keeps nothing of a closed call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use super::{Exchange, Keys, Outcome, Purpose, Request, Transcript};
use crate::protocol::Hop;

/// How many exchanges that belong to no call are kept.
const MOST_STRAYS: usize = 1000;

/// Names an open call of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(u64);

impl CallId {
    /// Returns its number, which is higher than those of all calls before.
    pub fn number(self) -> u64 {
        self.0
    }
}

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

/// A call that has ended, with all that was recorded of it.
#[derive(Debug)]
pub struct Call {
    /// Its name.
    pub id: CallId,
    /// What the customer wanted.
    pub purpose: Purpose,
    /// What it was known by.
    pub keys: Keys,
    /// The faults that it met, in words.
    pub faults: Vec<String>,
    /// Whether something crossed that may as well have been another call's: nothing told which.
    pub is_entangled: bool,
    /// What crossed.
    pub transcript: Transcript,
}

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
    next: u64,
    calls: u64,
    open: BTreeMap<CallId, Open>,
    strays: Vec<Exchange>,
    /// How many others are at work whose calls are nobody's.
    unattended: usize,
}

#[derive(Debug, Clone)]
struct Open {
    purpose: Purpose,
    keys: Keys,
    faults: Vec<String>,
    is_entangled: bool,
    exchanges: Vec<Exchange>,
    /// The exchange whose end is the end of the call; none where somebody opened the call and will close it.
    root: Option<u64>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("open", &self.state().open.len()).finish_non_exhaustive()
    }
}

impl Journal {
    /// Returns a journal in which what belongs to no open call, and whatever crosses an entrance, is a call by itself.
    pub fn witnessed(entrances: Vec<Hop>, witness: Arc<dyn Witness>) -> Self {
        Self { state: Mutex::default(), witnessed: Some(Witnessed { entrances, witness }) }
    }

    /// Opens a call: exchanges that carry its keys are gathered until it is closed.
    pub fn open(&self, purpose: Purpose, keys: Keys) -> CallId {
        let mut state = self.state();
        let id = state.next_call();
        state.open.insert(id, Open::new(purpose, keys, Vec::new(), None));
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
        let is_entrance = self.witnessed.as_ref().is_some_and(|witnessed| witnessed.entrances.contains(&hop));
        let mut call = call.or_else(|| if is_entrance { None } else { state.call_of(&request) });
        let exchange =
            Exchange { hop, began, ended: None, at: SystemTime::now(), took: None, request, outcome: Outcome::Pending };
        if let Some(open) = call.and_then(|call| state.open.get_mut(&call)) {
            open.keys.learn(&Keys::of(&exchange.request));
            open.exchanges.push(exchange);
        } else if let Some(witnessed) = &self.witnessed {
            let mut keys = Keys::of(&exchange.request);
            witnessed.witness.introduce(&mut keys);
            call = is_of_the_flow(&exchange.request).then(|| state.root(exchange, keys));
        } else if Purpose::of(&exchange.request) == Purpose::Refresh
            && state.strays.len() < MOST_STRAYS
            && state.unattended == 0
            && !state.sends_without_token()
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
            Some(call) => state.open.get_mut(&call).map(|open| &mut open.exchanges),
            None => Some(&mut state.strays),
        };
        if let Some(exchange) = exchanges.and_then(|all| all.iter_mut().rfind(|exchange| exchange.began == id.began)) {
            exchange.outcome = outcome;
            exchange.ended = Some(ended);
            exchange.took = Some(id.since.elapsed());
        }
        let (Some(witnessed), Some(call)) = (&self.witnessed, id.call) else { return };
        let is_over = state.open.get(&call).is_some_and(|open| open.root == Some(id.began));
        let over = if is_over { state.open.remove(&call) } else { None };
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
        let open = state.open.get(&at.call?)?;
        let exchange = open.exchanges.iter().rfind(|exchange| exchange.began == at.began)?;
        Some(look(&open.keys, &open.exchanges.first()?.request, &exchange.request))
    }

    /// Returns an open call as far as it has got.
    pub fn so_far(&self, call: CallId) -> Option<Call> {
        let state = self.state();
        state.open.get(&call).map(|open| open.clone().into_call(call))
    }

    /// Takes note of a fault that an open call meets, after which nothing else may happen to it for long.
    pub fn meets(&self, call: CallId, fault: String) {
        if let Some(open) = self.state().open.get_mut(&call) {
            open.faults.push(fault);
        }
        if let Some(witnessed) = &self.witnessed {
            witnessed.witness.goes_on(call);
        }
    }

    /// Returns how many calls are open.
    pub fn under_way(&self) -> usize {
        self.state().open.len()
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

impl Open {
    fn new(purpose: Purpose, keys: Keys, exchanges: Vec<Exchange>, root: Option<u64>) -> Self {
        Self { purpose, keys, faults: Vec::new(), is_entangled: false, exchanges, root }
    }

    fn into_call(self, id: CallId) -> Call {
        let Self { purpose, keys, faults, is_entangled, exchanges, root: _ } = self;
        Call { id, purpose, keys, faults, is_entangled, transcript: Transcript { exchanges } }
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn next_call(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }

    /// Opens the call that an exchange begins, and whose end will be that of the exchange.
    fn root(&mut self, exchange: Exchange, keys: Keys) -> CallId {
        let id = self.next_call();
        let (purpose, root) = (Purpose::of(&exchange.request), Some(exchange.began));
        self.open.insert(id, Open::new(purpose, keys, vec![exchange], root));
        id
    }

    /// Returns the call that a request belongs to most surely. Of several that are alike it is the first, but nothing
    /// tells which: all of them are entangled from then on.
    fn call_of(&mut self, request: &Request) -> Option<CallId> {
        let carried = Keys::of(request);
        let mut surest = (0, Vec::new());
        for (id, open) in &self.open {
            let strength = open.keys.strength(open.purpose, request, &carried).unwrap_or(0);
            if strength > surest.0 {
                surest = (strength, vec![*id]);
            } else if strength > 0 && strength == surest.0 {
                surest.1.push(*id);
            }
        }
        let (_, alike) = surest;
        if alike.len() > 1 {
            for id in &alike {
                self.open.entry(*id).and_modify(|open| open.is_entangled = true);
            }
        }
        alike.first().copied().or_else(|| self.only_creation(request)).or_else(|| self.only_tokenless(&carried))
    }

    /// Returns whether a call is open in which the customer presents no token, as one whose input is bad: what the services
    /// make of it, and call each other with, cannot be told from what nobody asked for.
    fn sends_without_token(&self) -> bool {
        self.tokenless().next().is_some()
    }

    fn tokenless(&self) -> impl Iterator<Item = CallId> {
        let is_tokenless = |open: &Open| open.purpose == Purpose::Refresh && open.keys.token.is_none();
        self.open.iter().filter(move |(_, open)| is_tokenless(open)).map(|(id, _)| *id)
    }

    /// Returns the one call that a request can belong to which carries nothing at all: the one without a token.
    fn only_tokenless(&self, carried: &Keys) -> Option<CallId> {
        let mut tokenless = self.tokenless();
        let only = tokenless.next().filter(|_| carried.say_nothing())?;
        tokenless.next().is_none().then_some(only)
    }

    /// Returns the one call that a request can belong to which carries nothing known: an account's first token is asked
    /// for without any token, and its SID may be the Orchestrator's secret.
    fn only_creation(&self, request: &Request) -> Option<CallId> {
        let is_open = |open: &Open| open.purpose == Purpose::Creation && open.keys.account.is_none();
        let mut open = self.open.iter().filter(|(_, open)| is_open(open)).map(|(id, _)| *id);
        let only = open.next().filter(|_| Purpose::of(request) == Purpose::Creation)?;
        open.next().is_none().then_some(only)
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
    fn a_first_token_of_an_unknown_account_is_told_by_there_being_no_other() {
        let journal = Journal::default();
        let ask = || {
            let path = "/v1/Accounts/AC1/Tokens".to_owned();
            journal.begin(Hop::FederatedAuth, Request { path, ..Request::default() }, None).call()
        };
        let by_key = |key: &str| Keys { deployment_key: Some(key.into()), ..Keys::default() };
        let [one, _other] = ["k", "l"].map(|key| journal.open(Purpose::Creation, by_key(key)));
        assert_eq!(ask(), None, "it could be either's");
        journal.close(one);
        let only = ask();
        assert!(only.is_some() && only != Some(one));
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

    #[test]
    fn what_crosses_an_entrance_begins_a_call_that_ends_with_it() {
        let seen = Arc::<Seen>::default();
        let journal = Journal::witnessed(vec![Hop::FederatedAuth], Arc::<Seen>::clone(&seen));
        // Two callers present the same token at once.
        let outer = [(); 2].map(|()| journal.begin(Hop::FederatedAuth, carrying("a"), None));
        assert_ne!(outer[0].call(), outer[1].call());
        let inner = journal.begin(Hop::ScopedAuth, carrying("a"), None);
        assert_eq!(inner.call(), outer[0].call());
        let is_entangled = |call: CallId| journal.so_far(call).unwrap().is_entangled;
        assert!(outer.iter().all(|exchange| is_entangled(exchange.call().unwrap())), "nothing tells whose it was");
        journal.finish(inner, Outcome::Replied(Reply::default()));
        journal.finish(outer[0], Outcome::Replied(Reply::default()));
        assert_eq!(*seen.ended.lock().unwrap(), [(outer[0].call().unwrap(), 2)]);
        assert_eq!(journal.under_way(), 1);
        journal.finish(outer[1], Outcome::Failed("reset".into()));
        assert_eq!(seen.ended.lock().unwrap().len(), 2);
        assert_eq!(seen.went_on.load(std::sync::atomic::Ordering::Relaxed), 4);
    }

    #[test]
    fn callers_of_the_same_token_at_once_are_told_apart_by_the_names_of_their_requests() {
        let journal = Journal::witnessed(vec![Hop::Edge], Arc::<Seen>::default());
        let named = |id: &str, token: &str| Request {
            headers: vec![("x-request-id".to_owned(), id.to_owned())],
            ..carrying(token)
        };
        let outer = ["1", "2"].map(|id| journal.begin(Hop::Edge, named(id, "a"), None).call());
        let inner = ["2", "1"].map(|id| journal.begin(Hop::Orchestrator, named(id, "a"), None).call());
        assert_eq!([inner[1], inner[0]], outer);
        // A name that a caller gives twice tells no more than the rest does.
        let other = journal.begin(Hop::Edge, named("1", "b"), None).call();
        assert_eq!(journal.begin(Hop::Orchestrator, named("1", "b"), None).call(), other);
        let open = journal.state();
        assert!(open.open.values().all(|open| !open.is_entangled));
    }

    #[test]
    fn whose_account_it_is_links_what_nothing_else_does() {
        let journal = Journal::witnessed(vec![Hop::Edge], Arc::<Seen>::default());
        let outer = journal.begin(Hop::Edge, request(r#"{"deploymentKey":"k"}"#), None);
        let path = "/v1/Accounts/account of k/Tokens".to_owned();
        let inner = journal.begin(Hop::FederatedAuth, Request { path, ..Request::default() }, None);
        assert_eq!(inner.call(), outer.call());
    }

    #[test]
    fn who_only_looks_whether_anybody_is_there_begins_nothing() {
        let seen = Arc::<Seen>::default();
        let journal = Journal::witnessed(vec![Hop::Edge], Arc::<Seen>::clone(&seen));
        let look = Request { method: "OPTIONS".into(), ..Request::default() };
        let looked = journal.begin(Hop::Edge, look, None);
        journal.finish(looked, Outcome::Replied(Reply::default()));
        assert_eq!((looked.call(), journal.under_way(), journal.take_strays().len()), (None, 0, 0));
    }

    #[derive(Debug, Default)]
    struct Seen {
        went_on: std::sync::atomic::AtomicUsize,
        ended: Mutex<Vec<(CallId, usize)>>,
    }

    impl Witness for Seen {
        fn goes_on(&self, _: CallId) {
            self.went_on.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }

        fn ended(&self, call: Call) {
            self.ended.lock().unwrap().push((call.id, call.transcript.exchanges.len()));
        }

        fn introduce(&self, keys: &mut Keys) {
            keys.account = keys.deployment_key.as_ref().map(|key| format!("account of {key}"));
        }
    }

    fn holding(token: &str) -> Keys {
        Keys { token: Some(token.into()), ..Keys::default() }
    }

    fn carrying(token: &str) -> Request {
        request(&format!(r#"{{"token":"{token}"}}"#))
    }

    #[test]
    fn what_services_make_of_bad_input_is_nobodys_stray() {
        let journal = Journal::default();
        let bad = journal.open(Purpose::Refresh, Keys::default());
        journal.begin(Hop::Orchestrator, request("[]"), None);
        let other = journal.open(Purpose::Refresh, Keys::default());
        journal.begin(Hop::Orchestrator, request("[]"), None);
        assert!(journal.take_strays().is_empty());
        assert_eq!(journal.close(bad).exchanges.len(), 1);
        assert_eq!(journal.close(other).exchanges.len(), 0);
        journal.begin(Hop::Orchestrator, request("[]"), None);
        assert_eq!(journal.take_strays().len(), 1);
    }

    #[test]
    fn what_others_call_on_our_behalf_is_nobodys_stray() {
        let journal = Arc::new(Journal::default());
        let guard = journal.disregard_strays();
        journal.begin(Hop::ScopedAuth, request(r#"{"token":"t"}"#), None);
        assert!(journal.take_strays().is_empty());
        drop(guard);
        journal.begin(Hop::ScopedAuth, request(r#"{"token":"t"}"#), None);
        assert_eq!(journal.take_strays().len(), 1);
    }

    fn request(body: &str) -> Request {
        Request { body: Body::new(Bytes::copy_from_slice(body.as_bytes())), ..Request::default() }
    }
}
