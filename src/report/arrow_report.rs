//! The arrows of the diagram as reported, each with the run's verdict on it.

use serde::{Deserialize, Serialize};

use super::scenario_result::ScenarioResult;
use crate::diagram::Diagram;
use crate::verdict::{ArrowVerdict, Assertion, Evidence, Verdict, cover};

/// An arrow with the run's verdict on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArrowReport {
    /// Its number.
    pub number: usize,
    /// Its line in the diagram.
    pub line: usize,
    /// Who sends it.
    pub from: String,
    /// Who receives it.
    pub to: String,
    /// Its label.
    pub label: String,
    /// Whether it goes from a participant to itself.
    pub internal: bool,
    /// Whether it is prose, so that nothing is demanded of what it says.
    #[serde(default)]
    pub prose: bool,
    /// What holds of it.
    pub verdict: Verdict,
    /// What that rests on.
    pub evidence: Evidence,
    /// The addresses of the scenarios that asserted it.
    pub asserted_by: Vec<String>,
}

/// Returns the run's verdict on each arrow.
pub(super) fn arrows(diagram: &Diagram, results: &[ScenarioResult]) -> Vec<ArrowReport> {
    let assertions: Vec<(String, Assertion)> = results
        .iter()
        .flat_map(|result| result.assertions.iter().map(|assertion| (result.address.clone(), assertion.clone())))
        .collect();
    let describe = |ArrowVerdict { arrow: number, verdict, evidence, asserted_by }: ArrowVerdict| {
        let arrow = diagram.arrow(number)?;
        Some(ArrowReport {
            number,
            line: arrow.line,
            from: arrow.from.clone(),
            to: arrow.to.clone(),
            label: arrow.text.clone(),
            internal: arrow.is_internal(),
            prose: arrow.is_prose(),
            verdict,
            evidence,
            asserted_by,
        })
    };
    cover(diagram, &assertions).into_iter().filter_map(describe).collect()
}
