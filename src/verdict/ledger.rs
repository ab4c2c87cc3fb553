//! What holds for the whole run: the codes and `ScopedAuth`'s messages are the same everywhere, identities are never.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::diagram::{Kind, Name};

/// The run-wide memory that refreshes are judged with, in the order in which they are judged.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    constants: BTreeMap<String, Constant>,
    identities: HashMap<String, u64>,
    /// What was learned since a dry run began, while there is one.
    tried: Option<Tried>,
}

#[derive(Debug, Clone, Default)]
struct Tried {
    constants: Vec<String>,
    identities: Vec<String>,
}

#[derive(Debug, Clone)]
struct Constant {
    kind: Kind,
    value: Value,
    arrow: usize,
}

/// Why a value cannot be that of a run-wide name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Conflict {
    /// The name had this value before, at this arrow.
    Changed { value: Value, arrow: usize },
    /// This other name, which must differ, has the same value.
    Shared { name: String, arrow: usize },
}

impl Ledger {
    /// Takes note of the value of a run-wide name.
    pub(super) fn constant(&mut self, name: &Name, value: &Value, arrow: usize) -> Result<(), Conflict> {
        if let Some(known) = self.constants.get(&name.text) {
            return if known.value == *value {
                Ok(())
            } else {
                Err(Conflict::Changed { value: known.value.clone(), arrow: known.arrow })
            };
        }
        let twin = self.constants.iter().find(|(_, known)| known.kind == name.kind && known.value == *value);
        if let Some((other, known)) = twin {
            return Err(Conflict::Shared { name: other.clone(), arrow: known.arrow });
        }
        self.constants.insert(name.text.clone(), Constant { kind: name.kind, value: value.clone(), arrow });
        if let Some(tried) = &mut self.tried {
            tried.constants.push(name.text.clone());
        }
        Ok(())
    }

    /// Takes note of an identity and returns whether no other refresh had it.
    pub(super) fn is_new_identity(&mut self, identity: &str, refresh: u64) -> bool {
        let known = self.identities.get(identity).copied();
        if known.is_none() {
            self.identities.insert(identity.to_owned(), refresh);
            if let Some(tried) = &mut self.tried {
                tried.identities.push(identity.to_owned());
            }
        }
        known.is_none_or(|known| known == refresh)
    }

    /// Returns the value of a run-wide name, once it is known.
    pub(super) fn value_of(&self, name: &Name) -> Option<&Value> {
        self.constants.get(&name.text).map(|known| &known.value)
    }

    /// Judges with what is known and forgets what was learned by it. Costs no more than what was learned.
    pub(super) fn dry_run<T>(&mut self, judge: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.tried.replace(Tried::default());
        let judged = judge(self);
        let tried = std::mem::replace(&mut self.tried, outer).unwrap_or_default();
        for name in tried.constants {
            self.constants.remove(&name);
        }
        for identity in tried.identities {
            self.identities.remove(&identity);
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_keeps_its_value_and_differs_from_the_other() {
        let mut ledger = Ledger::default();
        let [token, fingerprint] = ["invalid_token_code", "new_code_indicates_fingerprint_invalid"].map(code);
        assert_eq!(ledger.constant(&token, &json!(1), 23), Ok(()));
        assert_eq!(ledger.constant(&token, &json!(1), 26), Ok(()));
        assert_eq!(ledger.constant(&token, &json!(2), 26), Err(Conflict::Changed { value: json!(1), arrow: 23 }));
        let shared = Conflict::Shared { name: token.text.clone(), arrow: 23 };
        assert_eq!(ledger.constant(&fingerprint, &json!(1), 17), Err(shared));
    }

    #[test]
    fn an_identity_belongs_to_one_refresh() {
        let mut ledger = Ledger::default();
        assert!(ledger.is_new_identity("a", 1));
        assert!(ledger.is_new_identity("a", 1));
        assert!(!ledger.is_new_identity("a", 2));
    }

    #[test]
    fn a_dry_run_knows_what_was_learned_and_leaves_nothing_behind() {
        let mut ledger = Ledger::default();
        let [token, fingerprint] = ["invalid_token_code", "new_code_indicates_fingerprint_invalid"].map(code);
        assert_eq!(ledger.constant(&token, &json!(1), 23), Ok(()));
        assert!(ledger.is_new_identity("a", 1));
        let tried = ledger.dry_run(|ledger| {
            let conflict = ledger.constant(&token, &json!(2), 23).is_err();
            let learned = ledger.constant(&fingerprint, &json!(3), 17).is_ok() && ledger.is_new_identity("b", 2);
            let kept = ledger.constant(&fingerprint, &json!(4), 17).is_err() && !ledger.is_new_identity("b", 3);
            (conflict, learned, kept, ledger.is_new_identity("a", 2))
        });
        assert_eq!(tried, (true, true, true, false));
        assert_eq!((ledger.value_of(&token), ledger.value_of(&fingerprint)), (Some(&json!(1)), None));
        assert!(ledger.is_new_identity("b", 3) && !ledger.is_new_identity("a", 3));
    }

    fn code(text: &str) -> Name {
        Name { text: text.into(), kind: Kind::Code }
    }
}
