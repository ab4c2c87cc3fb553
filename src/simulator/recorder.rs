//! The recorder: witnesses every call, counts it, remembers it, and tells whoever watches of some.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::broadcast;

use super::events::{Event, EventText};
use super::history::{Bounds, History, PastCall};
use super::journal_file::Writing;
use super::metrics::{Metrics, MetricsView};
use super::sampling::Sampling;
use crate::participants::AccountBook;
use crate::protocol::DeploymentKey;
use crate::transcript::{Call, CallId, Keys, Witness};

/// How far whoever watches may lag behind.
const MOST_UNHEARD: usize = 256;

/// What is known of the calls that others make.
#[derive(Debug)]
pub(super) struct Recorder {
    accounts: AccountBook,
    kept: Mutex<History>,
    counts: Metrics,
    sampling: Mutex<Sampling>,
    events: broadcast::Sender<Event>,
    watchers: broadcast::Sender<EventText>,
    journal_file: Mutex<Option<Writing>>,
    unwritten: Arc<AtomicU64>,
}

impl Recorder {
    pub(super) fn new(accounts: AccountBook, bounds: Bounds, journal_file: Option<Writing>) -> Self {
        Self {
            accounts,
            kept: Mutex::new(History::within(bounds)),
            counts: Metrics::default(),
            sampling: Mutex::new(Sampling::new(Instant::now())),
            events: broadcast::Sender::new(MOST_UNHEARD),
            watchers: broadcast::Sender::new(MOST_UNHEARD),
            unwritten: journal_file.as_ref().map(|writing| Arc::clone(&writing.unwritten)).unwrap_or_default(),
            journal_file: Mutex::new(journal_file),
        }
    }

    /// Returns what is remembered, while nothing is added to it.
    pub(super) fn kept(&self) -> MutexGuard<'_, History> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counted(&self, under_way: usize) -> MetricsView {
        self.counts.told(under_way)
    }

    /// Returns what happens from now on, in words.
    pub(super) fn watch(&self) -> broadcast::Receiver<EventText> {
        self.watchers.subscribe()
    }

    /// Returns what happens from now on, for whoever puts it into words.
    pub(super) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Returns whoever watches.
    pub(super) fn watchers(&self) -> broadcast::Sender<EventText> {
        self.watchers.clone()
    }

    /// Forgets every call, or those of one account alone. Returns how many.
    pub(super) fn clear(&self, account: Option<&str>) -> usize {
        let cleared = self.kept().clear(account);
        self.tell(Event::Cleared);
        cleared
    }

    pub(super) fn tell_of_accounts(&self) {
        self.tell(Event::Accounts);
    }

    /// Returns how many calls could not be written to the journal's file, or not as fast as they came.
    pub(super) fn unwritten(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// Writes what is still to be written to the journal's file, and closes it.
    pub(super) fn finish(&self) {
        let writing = self.journal_file.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writing) = writing {
            writing.finish();
        }
    }

    fn tell(&self, event: Event) {
        // The simulator may be gone.
        let _ = self.events.send(event);
    }

    fn sampling(&self) -> MutexGuard<'_, Sampling> {
        self.sampling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Recorder {
    fn goes_on(&self, call: CallId) {
        if self.watchers.receiver_count() > 0 && self.sampling().shows(call, Instant::now()) {
            self.tell(Event::GoesOn(call));
        }
    }

    fn introduce(&self, keys: &mut Keys) {
        if keys.account.is_none()
            && let Some(key) = &keys.deployment_key
        {
            keys.account = self.accounts.account_sid(&DeploymentKey::new(key)).map(String::from);
        }
    }

    fn ended(&self, call: Call) {
        let kept = Arc::new(PastCall::new(call));
        self.counts.add(&kept);
        self.kept().push(Arc::clone(&kept));
        if let Some(writing) = &*self.journal_file.lock().unwrap_or_else(PoisonError::into_inner) {
            writing.write(Arc::clone(&kept));
        }
        if self.sampling().ends(kept.call.id) {
            self.counts.add_shown();
            self.tell(Event::Ended(kept));
        }
    }
}
