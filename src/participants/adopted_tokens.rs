//! Tokens that `ScopedAuth` did not make and takes for valid: those a foreign `FederatedAuth` gave for valid ones.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::protocol::{AuthAccount, Fingerprint, Token, Validation};

/// How many are remembered; the oldest is forgotten first.
const MOST: usize = 10_000;

/// The tokens adopted so far, which arrows 9, 15 and 21 find valid or not like those of one's own. A clone shares them.
#[derive(Debug, Clone, Default)]
pub struct AdoptedTokens(Arc<Mutex<Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    owners: HashMap<Token, Owner>,
    by_age: VecDeque<Token>,
}

/// Whose a token is, what it allows, and the client it is bound to.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) account: AuthAccount,
    pub(super) grants: Vec<Value>,
    pub(super) fingerprint: Option<Fingerprint>,
}

impl Owner {
    /// Arrow 10 for the client that the token is bound to, arrow 16 for any other.
    pub(super) fn verdict_for(self, fingerprint: Option<&Fingerprint>) -> Validation {
        match fingerprint {
            Some(_) if fingerprint != self.fingerprint.as_ref() => {
                Validation::unauthorized(Validation::FINGERPRINT_FAILED)
            }
            _ => Validation::authorized(self.account, self.grants),
        }
    }
}

impl AdoptedTokens {
    pub(super) fn add(&self, token: &Token, owner: Owner) {
        let mut remembered = self.remembered();
        if remembered.owners.insert(token.clone(), owner).is_none() {
            remembered.by_age.push_back(token.clone());
        }
        if remembered.by_age.len() > MOST
            && let Some(oldest) = remembered.by_age.pop_front()
        {
            remembered.owners.remove(&oldest);
        }
    }

    pub(super) fn owner_of(&self, token: &Token) -> Option<Owner> {
        self.remembered().owners.get(token).cloned()
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adopted_token_is_good_for_its_client_alone() {
        let adopted = AdoptedTokens::default();
        adopted.add(&Token::new("t"), owner());
        let verdict = |fingerprint: Option<&str>| {
            let fingerprint = fingerprint.map(Fingerprint::new);
            adopted.owner_of(&Token::new("t")).unwrap().verdict_for(fingerprint.as_ref())
        };
        assert!(matches!(verdict(Some("f")), Validation::Authorized { .. }));
        assert!(matches!(verdict(None), Validation::Authorized { .. }));
        assert!(matches!(verdict(Some("g")), Validation::Unauthorized { .. }));
        assert!(adopted.owner_of(&Token::new("other")).is_none());
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let adopted = AdoptedTokens::default();
        for number in 0..=MOST {
            adopted.add(&Token::new(number.to_string()), owner());
        }
        assert!(adopted.owner_of(&Token::new("0")).is_none());
        assert!(adopted.owner_of(&Token::new("1")).is_some());
    }

    fn owner() -> Owner {
        let account_sid = format!("AC{:032x}", 1).parse().unwrap();
        let account = AuthAccount { account_id: "a".into(), account_sid };
        Owner { account, grants: vec!["chat".into()], fingerprint: Some(Fingerprint::new("f")) }
    }
}
