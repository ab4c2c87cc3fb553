//! Events: what whoever watches the simulator is told of, as it is and as text.

use std::sync::Arc;

use super::history::PastCall;
use crate::transcript::CallId;

/// What whoever watches is told of, still to be put into words.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A call that is shown goes on.
    GoesOn(CallId),
    /// A call that is shown has ended.
    Ended(Arc<PastCall>),
    /// The accounts are others now.
    Accounts,
    /// What was remembered is forgotten.
    Cleared,
}

/// What happened, in words.
#[derive(Debug, Clone)]
pub(super) struct EventText {
    /// Which event it is.
    pub(super) name: &'static str,
    /// Its JSON.
    pub(super) data: Arc<str>,
}
