//! Tokens of other kinds than the reference's: opaque ones, one-time ones, and one that is never replaced.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::variant::{Different, Message};
use crate::protocol::{Hop, VALIDATE_TOKEN};

/// Gives out tokens that say nothing to anybody but `ScopedAuth`.
#[derive(Default)]
pub(super) struct Opaque(Mutex<HashMap<String, String>>);

impl Different for Opaque {
    fn hear(&self, hop: Hop, request: &mut Message) {
        if hop == Hop::ScopedAuth
            && let Some(known) = request.text("token").and_then(|token| self.known(&token))
        {
            request.edit(|body| {
                body.insert("token".to_owned(), known.into());
            });
        }
    }

    fn answer(&self, hop: Hop, request: &Message, answer: &mut Message) {
        let makes_tokens = hop == Hop::ScopedAuth || (hop == Hop::FederatedAuth && request.path.ends_with("/refresh"));
        if makes_tokens && let Some(token) = answer.text("token").filter(|token| self.known(token).is_none()) {
            let opaque = format!("opq_{:032x}", rand::random::<u128>());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(opaque.clone(), token);
            answer.edit(|body| {
                body.insert("token".to_owned(), opaque.into());
            });
        }
    }
}

impl Opaque {
    fn known(&self, token: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }
}

/// Returns the token that was presented.
pub(super) struct NotRotated;

impl Different for NotRotated {
    fn answer(&self, hop: Hop, request: &Message, answer: &mut Message) {
        if hop == Hop::FederatedAuth
            && answer.text("token").is_some()
            && let Some(presented) = request.text("token")
        {
            answer.edit(|body| {
                body.insert("token".to_owned(), presented.into());
            });
        }
    }
}

/// Finds a token valid once, and refuses it from then on.
#[derive(Default)]
pub(super) struct Once(Mutex<HashSet<String>>);

impl Different for Once {
    fn answer(&self, hop: Hop, request: &Message, answer: &mut Message) {
        if hop != Hop::ScopedAuth || request.path != VALIDATE_TOKEN || answer.refuses() {
            return;
        }
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if request.text("token").is_some_and(|token| !used.insert(token)) {
            answer.edit(|body| {
                body.clear();
                body.insert("authorized".to_owned(), Value::Bool(false));
                body.insert("message".to_owned(), "token_validation_failed".into());
            });
        }
    }
}
