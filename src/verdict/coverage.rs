//! A run's verdict on each arrow: what its scenarios asserted, put together. An arrow nobody asserted stays open.

use serde::{Deserialize, Serialize};

use super::{Evidence, Verdict, hops_of};
use crate::diagram::{Arrow, Diagram};

/// What one scenario asserted of one arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The arrow's number.
    pub arrow: usize,
    /// What held of it.
    pub verdict: Verdict,
    /// What that rested on.
    pub evidence: Evidence,
    /// Whether the arrow was derived for circumstances it is not drawn for.
    pub derived: bool,
}

/// The run's verdict on one arrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrowVerdict {
    /// The arrow's number.
    pub arrow: usize,
    /// What holds of it.
    pub verdict: Verdict,
    /// The strongest evidence that a scenario had for or against it.
    pub evidence: Evidence,
    /// The addresses of the scenarios that found it as drawn, or not.
    pub asserted_by: Vec<String>,
}

/// Puts the assertions of a run together, each with the address of its scenario, for every arrow of the diagram.
pub fn cover(diagram: &Diagram, assertions: &[(String, Assertion)]) -> Vec<ArrowVerdict> {
    let verdict_on = |arrow: &Arrow| {
        let told = verdict_on(arrow.number, assertions);
        let verdict = if told.verdict == Verdict::NotCrossed && cannot_be_seen(arrow) {
            Verdict::NotObserved
        } else {
            told.verdict
        };
        ArrowVerdict { verdict, ..told }
    };
    diagram.arrows().iter().map(verdict_on).collect()
}

/// Tells whether an arrow cannot be judged in any run: it is prose, or to or from a lifeline that is not known here.
pub fn cannot_be_seen(arrow: &Arrow) -> bool {
    arrow.is_prose() || (!arrow.is_internal() && hops_of(arrow).is_empty())
}

fn verdict_on(arrow: usize, assertions: &[(String, Assertion)]) -> ArrowVerdict {
    let on_arrow = || assertions.iter().filter(move |(_, assertion)| assertion.arrow == arrow);
    let holds = |verdict| on_arrow().any(|(_, assertion)| assertion.verdict == verdict);
    let conforms = |assertion: &Assertion| {
        assertion.verdict == Verdict::Conforms && !assertion.derived && assertion.evidence > Evidence::None
    };
    let telling = || on_arrow().filter(|(_, assertion)| assertion.verdict == Verdict::Deviates || conforms(assertion));
    let verdict = if holds(Verdict::Deviates) {
        Verdict::Deviates
    } else if on_arrow().any(|(_, assertion)| conforms(assertion)) {
        Verdict::Conforms
    } else if holds(Verdict::NotObserved) {
        Verdict::NotObserved
    } else {
        Verdict::NotCrossed
    };
    let mut asserted_by: Vec<String> = telling().map(|(address, _)| address.clone()).collect();
    asserted_by.dedup();
    let evidence = telling().map(|(_, assertion)| assertion.evidence).max().unwrap_or(Evidence::None);
    ArrowVerdict { arrow, verdict, evidence, asserted_by }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assertion(verdict: Verdict, evidence: Evidence, derived: bool) -> (String, Assertion) {
        (format!("{verdict} {evidence}"), Assertion { arrow: 14, verdict, evidence, derived })
    }

    fn told(assertions: &[(String, Assertion)]) -> (Verdict, Evidence, usize) {
        let told = verdict_on(14, assertions);
        (told.verdict, told.evidence, told.asserted_by.len())
    }

    #[test]
    fn an_arrow_conforms_when_something_saw_it_and_nothing_says_otherwise() {
        let wire = assertion(Verdict::Conforms, Evidence::Wire, false);
        let inferred = assertion(Verdict::Conforms, Evidence::Inferred, false);
        let unseen = assertion(Verdict::NotObserved, Evidence::None, false);
        let broken = assertion(Verdict::Deviates, Evidence::Wire, false);
        for (assertions, expected) in [
            (vec![], (Verdict::NotCrossed, Evidence::None, 0)),
            (vec![unseen.clone()], (Verdict::NotObserved, Evidence::None, 0)),
            (vec![inferred.clone()], (Verdict::Conforms, Evidence::Inferred, 1)),
            (vec![unseen.clone(), inferred, wire.clone()], (Verdict::Conforms, Evidence::Wire, 2)),
            (vec![wire.clone(), wire.clone(), unseen], (Verdict::Conforms, Evidence::Wire, 1)),
            (vec![wire, broken], (Verdict::Deviates, Evidence::Wire, 2)),
        ] {
            assert_eq!(told(&assertions), expected, "{assertions:?}");
        }
    }

    #[test]
    fn what_is_derived_or_groundless_never_makes_an_arrow_conform_but_may_make_it_deviate() {
        let derived = assertion(Verdict::Conforms, Evidence::Wire, true);
        let groundless = assertion(Verdict::Conforms, Evidence::None, false);
        assert_eq!(told(&[derived, groundless]), (Verdict::NotCrossed, Evidence::None, 0));
        let broken = assertion(Verdict::Deviates, Evidence::Wire, true);
        assert_eq!(told(&[broken]), (Verdict::Deviates, Evidence::Wire, 1));
        let never_reached = assertion(Verdict::Deviates, Evidence::None, false);
        assert_eq!(told(&[never_reached]), (Verdict::Deviates, Evidence::None, 1));
    }

    #[test]
    fn every_arrow_of_the_diagram_is_covered_in_order() {
        let diagram = Diagram::parse("d.mmd", super::super::testing::SHIPPED).unwrap();
        let numbers: Vec<usize> = cover(&diagram, &[]).iter().map(|told| told.arrow).collect();
        assert_eq!(numbers, (1..=26).collect::<Vec<_>>());
    }
}
