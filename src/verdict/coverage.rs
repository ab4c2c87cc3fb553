//! A run's verdict on each arrow: what its scenarios asserted, put together. An arrow nobody asserted stays open.

use serde::{Deserialize, Serialize};

use super::{Evidence, Verdict};
use crate::diagram::Diagram;

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
    /// The strongest evidence that a scenario had.
    pub evidence: Evidence,
    /// The addresses of the scenarios that asserted it.
    pub asserted_by: Vec<String>,
}

/// Puts the assertions of a run together, each with the address of its scenario, for every arrow of the diagram.
pub fn cover(diagram: &Diagram, assertions: &[(String, Assertion)]) -> Vec<ArrowVerdict> {
    diagram.arrows().iter().map(|arrow| verdict_on(arrow.number, assertions)).collect()
}

fn verdict_on(arrow: usize, assertions: &[(String, Assertion)]) -> ArrowVerdict {
    let on_arrow = || assertions.iter().filter(move |(_, assertion)| assertion.arrow == arrow);
    let holds = |verdict| on_arrow().any(|(_, assertion)| assertion.verdict == verdict);
    let drawn = || on_arrow().filter(|(_, assertion)| !assertion.derived && assertion.evidence > Evidence::None);
    let verdict = if holds(Verdict::Deviates) {
        Verdict::Deviates
    } else if drawn().any(|(_, assertion)| assertion.verdict == Verdict::Conforms) {
        Verdict::Conforms
    } else if holds(Verdict::NotObserved) {
        Verdict::NotObserved
    } else {
        Verdict::NotCrossed
    };
    let mut asserted_by: Vec<String> = drawn().map(|(address, _)| address.clone()).collect();
    asserted_by.dedup();
    let evidence = drawn().map(|(_, assertion)| assertion.evidence).max().unwrap_or(Evidence::None);
    ArrowVerdict { arrow, verdict, evidence, asserted_by }
}
