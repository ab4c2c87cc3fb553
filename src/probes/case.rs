//! The name of a case: its seed, kind and number, from which it can be made again alone.

use std::fmt;
use std::str::FromStr;

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One request, perhaps a good one, most likely not.
    Request,
    /// Several customers refreshing their own and each other's tokens.
    Sequence,
}

/// How many cases there are to one sequence, which takes as long as several requests.
const CASES_TO_A_SEQUENCE: u64 = 5;

impl Kind {
    fn letter(self) -> char {
        match self {
            Self::Request => 'c',
            Self::Sequence => 'q',
        }
    }
}

/// Names a case, such as `s45775-c1203`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId {
    /// What the run's cases follow from.
    pub seed: u64,
    /// Its place among them.
    pub index: u64,
    /// What it is.
    pub kind: Kind,
}

impl CaseId {
    /// Returns the case at a place of a run.
    pub fn at(seed: u64, index: u64) -> Self {
        let is_sequence = index % CASES_TO_A_SEQUENCE == CASES_TO_A_SEQUENCE - 1;
        Self { seed, index, kind: if is_sequence { Kind::Sequence } else { Kind::Request } }
    }

    /// Grows the tree of values of a strategy that is this case's, with the same values every time.
    pub(super) fn tree<T: fmt::Debug + 'static>(
        self,
        strategy: &BoxedStrategy<T>,
    ) -> Result<Box<dyn ValueTree<Value = T>>, String> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.index.to_le_bytes());
        bytes[16] = self.kind.letter() as u8;
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = Config { failure_persistence: None, ..Config::default() };
        let tree = strategy.new_tree(&mut TestRunner::new_with_rng(config, rng));
        tree.map_err(|reason| format!("the case {self} cannot be made: {reason}"))
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("s{}-{}{}", self.seed, self.kind.letter(), self.index))
    }
}

/// The text names no case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no case: expected an id as a run prints it, such as s45775-c1203")]
pub struct NoCaseId(String);

impl FromStr for CaseId {
    type Err = NoCaseId;

    fn from_str(text: &str) -> Result<Self, NoCaseId> {
        let parts = || {
            let (seed, place) = text.strip_prefix('s')?.split_once('-')?;
            let letter = place.chars().next()?;
            let kind = [Kind::Request, Kind::Sequence].into_iter().find(|kind| kind.letter() == letter)?;
            Some(Self { seed: seed.parse().ok()?, index: place.get(1..)?.parse().ok()?, kind })
        };
        parts().ok_or_else(|| NoCaseId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::any;

    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        for index in 0..10 {
            let id = CaseId::at(45775, index);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(CaseId::at(45775, 1203).to_string(), "s45775-c1203");
        assert_eq!(CaseId::at(1, 4).to_string(), "s1-q4");
        for text in ["", "s1", "s1-", "s1-c", "s-c1", "1-c1", "s1-x1", "s1-c1 ", "s1-é"] {
            assert!(text.parse::<CaseId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_case_is_the_same_every_time_and_unlike_any_other() {
        let value = |id: CaseId| id.tree(&any::<u64>().boxed()).unwrap().current();
        assert_eq!(value(CaseId::at(1, 2)), value(CaseId::at(1, 2)));
        let all =
            [CaseId::at(1, 2), CaseId::at(2, 2), CaseId::at(1, 3), CaseId { kind: Kind::Sequence, ..CaseId::at(1, 2) }];
        let values: std::collections::BTreeSet<u64> = all.into_iter().map(value).collect();
        assert_eq!(values.len(), 4);
    }
}
