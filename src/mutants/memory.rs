//! What a mutant remembers from one message to the next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a mutant remembers.
#[derive(Debug, Default)]
pub(super) struct Memory<T>(Mutex<HashMap<String, T>>);

impl<T: Clone> Memory<T> {
    /// Returns what was remembered first under a name; this, if nothing was.
    pub(super) fn first(&self, name: &str, value: impl FnOnce() -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_insert_with(value).clone()
    }

    /// Remembers something under a name, and returns what was remembered before.
    pub(super) fn replace(&self, name: &str, value: T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value)
    }

    /// Returns what is remembered under a name.
    pub(super) fn get(&self, name: &str) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// Under which name something is remembered of everybody.
pub(super) const ANYBODY: &str = "";
