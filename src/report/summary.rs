//! The counts of a run, and the verdict and exit code that follow from them.

use serde::{Deserialize, Serialize};

use super::arrow_report::ArrowReport;
use super::baseline::BaselineReport;
use super::run_context::RunContext;
use super::scenario_result::{Outcome, ScenarioResult};
use crate::diagram::Diagram;
use crate::verdict::{Evidence, Severity, Verdict, cannot_be_seen};

/// The counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Scenarios selected.
    pub selected: usize,
    /// Scenarios in which everything holds.
    pub passed: usize,
    /// Scenarios in which something does not, and no baseline lists all of it.
    pub deviating: usize,
    /// Scenarios in which something does not, all of which the baseline lists.
    pub known: usize,
    /// Scenarios whose preconditions the deployment lacks.
    pub not_run: usize,
    /// Those of which its file says why.
    pub waived: usize,
    /// Scenarios about what cannot be seen from here.
    pub not_observed: usize,
    /// Scenarios of which nothing can be said.
    pub errors: usize,
    /// Scenarios that were not begun, or not ended, when the run broke off.
    pub not_ended: usize,
    /// Arrows that conform and were asserted on the wire.
    pub arrows_on_the_wire: usize,
    /// Arrows that conform and were inferred from the wire.
    pub arrows_inferred: usize,
    /// Arrows that deviate.
    pub arrows_deviating: usize,
    /// Arrows that are prose: nothing is demanded of what they say, and they count nowhere else.
    #[serde(default)]
    pub arrows_prose: usize,
    /// Findings that only `--strict` fails on.
    pub should_findings: usize,
}

/// The verdict on the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// Everything that was asserted holds, save for what a baseline lists.
    Conforms,
    /// Something does not, or an entry of the baseline is stale or expired.
    Deviates,
    /// Nothing deviates, but something could not be judged.
    Incomplete,
    /// No scenario was selected.
    NothingRan,
}

impl RunVerdict {
    /// Returns the exit code that tells it.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Deviates => 1,
            Self::Incomplete => 3,
            Self::NothingRan => 4,
        }
    }
}

/// Returns the arrows whose labels have words that nothing checks: nothing can be said of those.
pub(super) fn unchecked(diagram: &Diagram) -> Vec<usize> {
    let unchecked = diagram.arrows().iter().filter(|arrow| arrow.unchecked && !cannot_be_seen(arrow));
    unchecked.map(|arrow| arrow.number).collect()
}

/// Counts what a run found.
pub(super) fn count(results: &[ScenarioResult], arrows: &[ArrowReport], context: &RunContext<'_>) -> Summary {
    let ended = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
    let conforming = |evidence| {
        let conforms =
            |arrow: &&ArrowReport| arrow.verdict == Verdict::Conforms && arrow.evidence == evidence && !arrow.prose;
        arrows.iter().filter(conforms).count()
    };
    let findings = results.iter().flat_map(|result| &result.findings).chain(&context.findings);
    let deviating = || results.iter().filter(|result| result.outcome == Outcome::Deviates);
    Summary {
        selected: context.selected,
        passed: ended(Outcome::Passed),
        deviating: deviating().filter(|result| context.fails(result)).count(),
        known: deviating().filter(|result| !context.fails(result)).count(),
        not_run: ended(Outcome::NotRun),
        waived: ended(Outcome::Waived),
        not_observed: ended(Outcome::NotObserved),
        errors: ended(Outcome::Error),
        not_ended: context.selected.saturating_sub(results.len()),
        arrows_on_the_wire: conforming(Evidence::Wire),
        arrows_inferred: conforming(Evidence::Inferred),
        arrows_deviating: arrows.iter().filter(|arrow| arrow.verdict == Verdict::Deviates).count(),
        arrows_prose: arrows.iter().filter(|arrow| arrow.prose).count(),
        should_findings: findings.filter(|finding| finding.severity() == Severity::Should).count(),
    }
}

/// Returns the verdict on the whole run.
pub(super) fn verdict_of(
    summary: &Summary,
    results: &[ScenarioResult],
    arrows: &[ArrowReport],
    context: &RunContext<'_>,
    baseline: Option<&BaselineReport>,
) -> RunVerdict {
    let deviates = results.iter().any(|result| context.fails(result))
        || context.findings.iter().any(|finding| context.fails_for(finding))
        || baseline.is_some_and(|baseline| baseline.entries.iter().any(|entry| entry.standing.fails()));
    if summary.selected == 0 {
        RunVerdict::NothingRan
    } else if deviates {
        RunVerdict::Deviates
    } else if summary.errors + summary.not_ended > 0
        || context.strict && summary.not_run > 0
        || !context.open_arrows(results, arrows).is_empty()
        || context.broken_off.is_some()
        || !context.unasserted.is_empty()
        || !unchecked(context.diagram).is_empty()
        || summary.passed + summary.known == 0
    {
        RunVerdict::Incomplete
    } else {
        RunVerdict::Conforms
    }
}

#[cfg(test)]
mod tests;
