//! What holds for the whole run: the codes and `ScopedAuth`'s messages are the same everywhere, identities are never.
//!
//! Refreshes are judged without it. What they claim is settled afterwards, in an order that does not depend on who was
//! faster.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::contract::code_key;
use super::finding::{Defect, Finding};
use crate::diagram::{Kind, Name, Quote};

/// The value that a name which binds for the whole run was seen to have on an arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub(super) name: Name,
    pub(super) value: Value,
    /// The value as it may be shown.
    pub(super) shown: String,
    pub(super) subject: String,
    pub(super) arrow: usize,
    /// Who says so: the sender of the arrow.
    pub(super) participant: String,
    pub(super) real: bool,
    pub(super) words: Quote,
    /// Names the refresh, so that an identity may show up in several of its arrows.
    pub(super) refresh: u64,
}

/// A claim that another contradicts, and where the other was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// What is found of the claim.
    pub finding: Finding,
    /// Whatever the other claim was made with, such as the address of a scenario.
    pub other: String,
}

/// The run-wide memory in which claims are settled, in the order in which they come.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    constants: BTreeMap<String, Entry>,
    identities: HashMap<String, Entry>,
    /// What was learned since a dry run began, while there is one.
    tried: Option<Tried>,
}

#[derive(Debug, Clone, Default)]
struct Tried {
    constants: Vec<String>,
    identities: Vec<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    claim: Claim,
    place: String,
}

impl Ledger {
    /// Settles a claim that was made at a place, such as a scenario: takes note of it, or returns what contradicts it.
    pub fn settle(&mut self, claim: &Claim, place: &str) -> Option<Contradiction> {
        match claim.name.kind {
            Kind::UniqueId => self.settle_identity(claim, place),
            Kind::DateTime | Kind::Texts | Kind::AccountSid | Kind::Token | Kind::Code | Kind::Verdict | Kind::Text => {
                self.settle_constant(claim, place)
            }
        }
    }

    fn settle_constant(&mut self, claim: &Claim, place: &str) -> Option<Contradiction> {
        let name = &claim.name.text;
        let entry = |entry: &Entry| (entry.claim.clone(), entry.place.clone());
        if let Some((known, other)) = self.constants.get(name).map(entry) {
            let expected = format!("one value of `{name}` in the whole run: {} at arrow {}", known.shown, known.arrow);
            return (known.value != claim.value).then(|| claim.contradicts(expected, other));
        }
        let is_twin = |entry: &&Entry| entry.claim.name.kind == claim.name.kind && entry.claim.value == claim.value;
        if let Some((known, other)) = self.constants.values().find(is_twin).map(entry) {
            let expected =
                format!("another value than `{}`, which has this one at arrow {}", known.name.text, known.arrow);
            return Some(claim.contradicts(expected, other));
        }
        self.constants.insert(name.clone(), Entry { claim: claim.clone(), place: place.to_owned() });
        if let Some(tried) = &mut self.tried {
            tried.constants.push(name.clone());
        }
        None
    }

    fn settle_identity(&mut self, claim: &Claim, place: &str) -> Option<Contradiction> {
        let identity = claim.value.to_string();
        if let Some(known) = self.identities.get(&identity) {
            let expected = "an identity never used before".to_owned();
            return (known.claim.refresh != claim.refresh).then(|| claim.contradicts(expected, known.place.clone()));
        }
        self.identities.insert(identity.clone(), Entry { claim: claim.clone(), place: place.to_owned() });
        if let Some(tried) = &mut self.tried {
            tried.identities.push(identity);
        }
        None
    }

    /// Returns the value of a run-wide name, once it is known.
    pub(super) fn value_of(&self, name: &Name) -> Option<&Value> {
        self.constants.get(&name.text).map(|known| &known.claim.value)
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

impl Claim {
    fn contradicts(&self, expected: String, other: String) -> Contradiction {
        let key = code_key(&self.name);
        let hint = key.map(|key| format!("if this one is right, state it under [contract]: {key} = {}", self.shown));
        let (words, shown) = (self.words.clone(), self.shown.clone());
        let finding = Finding::quoting(&self.participant, words, Defect::WrongValue, &self.subject, expected, shown);
        let finding = finding.at(Some(self.arrow)).of_real(self.real);
        Contradiction { finding: hint.map_or_else(|| finding.clone(), |hint| finding.clone().hinting(hint)), other }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_keeps_its_value_and_differs_from_the_other() {
        let mut ledger = Ledger::default();
        let [token, fingerprint] = ["invalid_token_code", "new_code_indicates_fingerprint_invalid"];
        assert_eq!(ledger.settle(&code(token, 1, 23), "a"), None);
        assert_eq!(ledger.settle(&code(token, 1, 26), "b"), None);
        let told = ledger.settle(&code(token, 2, 26), "c").unwrap();
        assert_eq!(told.other, "a");
        assert_eq!(told.finding.expected, "one value of `invalid_token_code` in the whole run: 1 at arrow 23");
        assert!(told.finding.hint.unwrap().ends_with("[contract]: invalid_token_code = 2"));
        let told = ledger.settle(&code(fingerprint, 1, 17), "d").unwrap();
        assert_eq!(told.finding.expected, "another value than `invalid_token_code`, which has this one at arrow 23");
    }

    #[test]
    fn an_identity_belongs_to_one_refresh() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.settle(&identity("a", 1), "a"), None);
        assert_eq!(ledger.settle(&identity("a", 1), "a"), None);
        assert_eq!(ledger.settle(&identity("a", 2), "b").map(|told| told.other).as_deref(), Some("a"));
    }

    #[test]
    fn a_dry_run_knows_what_was_learned_and_leaves_nothing_behind() {
        let mut ledger = Ledger::default();
        let [token, fingerprint] = ["invalid_token_code", "new_code_indicates_fingerprint_invalid"];
        assert_eq!(ledger.settle(&code(token, 1, 23), "a"), None);
        assert_eq!(ledger.settle(&identity("a", 1), "a"), None);
        let tried = ledger.dry_run(|ledger| {
            let conflict = ledger.settle(&code(token, 2, 23), "b").is_some();
            let learned =
                [code(fingerprint, 3, 17), identity("b", 2)].iter().all(|it| ledger.settle(it, "b").is_none());
            let kept = [code(fingerprint, 4, 17), identity("b", 3)].iter().all(|it| ledger.settle(it, "c").is_some());
            (conflict, learned, kept, ledger.settle(&identity("a", 2), "b").is_some())
        });
        assert_eq!(tried, (true, true, true, true));
        assert_eq!(ledger.value_of(&code(token, 1, 23).name), Some(&json!(1)));
        assert_eq!(ledger.value_of(&code(fingerprint, 1, 17).name), None);
        assert_eq!(ledger.settle(&identity("b", 3), "d"), None);
    }

    fn code(text: &str, value: u64, arrow: usize) -> Claim {
        claim(Name { text: text.into(), kind: Kind::Code }, json!(value), arrow, 1)
    }

    fn identity(value: &str, refresh: u64) -> Claim {
        claim(Name { text: "random unique ID".into(), kind: Kind::UniqueId }, json!(value), 11, refresh)
    }

    fn claim(name: Name, value: Value, arrow: usize, refresh: u64) -> Claim {
        Claim {
            words: Quote { line: 1, words: name.text.clone() },
            shown: value.to_string(),
            subject: "member".to_owned(),
            participant: "FederatedAuthService".to_owned(),
            real: true,
            name,
            value,
            arrow,
            refresh,
        }
    }
}
