//! The calls that are open, and to which of them a request belongs.

use std::collections::BTreeMap;

use super::call::{Call, CallId};
use crate::transcript::{Exchange, Keys, Purpose, Request, Transcript};

/// The calls that have begun and not ended.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    /// The number of the last call that was opened.
    last: u64,
    open: BTreeMap<CallId, OpenCall>,
}

/// A call that has begun and not ended.
#[derive(Debug, Clone)]
pub(super) struct OpenCall {
    purpose: Purpose,
    pub(super) keys: Keys,
    pub(super) faults: Vec<String>,
    is_entangled: bool,
    pub(super) exchanges: Vec<Exchange>,
    /// The exchange whose end is the end of the call; none where somebody opened the call and will close it.
    pub(super) root: Option<u64>,
}

impl OpenCall {
    /// Returns the call as far as it has got.
    pub(super) fn into_call(self, id: CallId) -> Call {
        let Self { purpose, keys, faults, is_entangled, exchanges, root: _ } = self;
        Call { id, purpose, keys, faults, is_entangled, transcript: Transcript { exchanges } }
    }
}

impl OpenCalls {
    /// Opens a call that somebody will close.
    pub(super) fn open(&mut self, purpose: Purpose, keys: Keys) -> CallId {
        self.insert(purpose, keys, Vec::new(), None)
    }

    /// Opens the call that an exchange begins, and whose end will be that of the exchange.
    pub(super) fn open_with(&mut self, root: Exchange, keys: Keys) -> CallId {
        let (purpose, began) = (Purpose::of(&root.request), root.began);
        self.insert(purpose, keys, vec![root], Some(began))
    }

    fn insert(&mut self, purpose: Purpose, keys: Keys, exchanges: Vec<Exchange>, root: Option<u64>) -> CallId {
        self.last += 1;
        let id = CallId(self.last);
        let call = OpenCall { purpose, keys, faults: Vec::new(), is_entangled: false, exchanges, root };
        self.open.insert(id, call);
        id
    }

    pub(super) fn get(&self, call: CallId) -> Option<&OpenCall> {
        self.open.get(&call)
    }

    pub(super) fn get_mut(&mut self, call: CallId) -> Option<&mut OpenCall> {
        self.open.get_mut(&call)
    }

    /// Ends a call and returns it.
    pub(super) fn remove(&mut self, call: CallId) -> Option<OpenCall> {
        self.open.remove(&call)
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// Returns the call that a request belongs to most surely. Of several that are alike it is the first, but nothing
    /// tells which: all of them are entangled from then on.
    pub(super) fn call_of(&mut self, request: &Request) -> Option<CallId> {
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

    /// Returns whether a call is open in which the customer presents no token, as one whose input is bad: what the
    /// services make of it, and call each other with, cannot be told from what nobody asked for.
    pub(super) fn send_without_token(&self) -> bool {
        self.tokenless().next().is_some()
    }

    /// Returns whether a call is open that creates a first token, by whatever the services call each other with.
    pub(super) fn create_a_token(&self) -> bool {
        self.open.values().any(|open| open.purpose == Purpose::Creation)
    }

    fn tokenless(&self) -> impl Iterator<Item = CallId> {
        let is_tokenless = |open: &OpenCall| open.purpose == Purpose::Refresh && open.keys.token.is_none();
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
        let is_open = |open: &OpenCall| open.purpose == Purpose::Creation && open.keys.account.is_none();
        let mut open = self.open.iter().filter(|(_, open)| is_open(open)).map(|(id, _)| *id);
        let only = open.next().filter(|_| Purpose::of(request) == Purpose::Creation)?;
        open.next().is_none().then_some(only)
    }
}
