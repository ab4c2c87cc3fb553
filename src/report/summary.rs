//! The counts of a run, and the verdict and exit code that follow from them.

use serde::{Deserialize, Serialize};

use super::model::{Circumference, Report, ScenarioReport, arrows, milliseconds, moment};
use super::{ArrowReport, DiagramReport, Outcome, RunVerdict, ScenarioResult};
use crate::diagram::Diagram;
use crate::verdict::{Evidence, Finding, Severity, Verdict};

/// The counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Scenarios selected.
    pub selected: usize,
    /// Scenarios in which everything holds.
    pub passed: usize,
    /// Scenarios in which something does not.
    pub deviating: usize,
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
    /// Findings that only `--strict` fails on.
    pub should_findings: usize,
}

impl Report {
    /// Puts a run's results together. `results` are in the order of the features.
    pub fn of(results: Vec<ScenarioResult>, circumference: Circumference<'_>) -> Self {
        let arrows = arrows(circumference.diagram, &results);
        let summary = count(&results, &arrows, &circumference);
        let verdict = verdict_of(&summary, &results, &circumference);
        let command = circumference.command;
        Self {
            format: "hopcheck-report".to_owned(),
            version: Self::VERSION,
            hopcheck: env!("CARGO_PKG_VERSION").to_owned(),
            started: moment(circumference.started),
            duration_ms: milliseconds(circumference.took),
            verdict,
            exit_code: match verdict {
                RunVerdict::Conforms => 0,
                RunVerdict::Deviates => 1,
                RunVerdict::Incomplete => 3,
                RunVerdict::NothingRan => 4,
            },
            broken_off: circumference.broken_off,
            diagram: DiagramReport {
                file: circumference.diagram.file().to_owned(),
                arrows: circumference.diagram.arrows().len(),
            },
            participants: circumference.participants,
            hops_seen: circumference.hops_seen,
            summary,
            arrows,
            scenarios: results.into_iter().map(|result| reported(result, &command)).collect(),
            unasserted: circumference.unasserted,
            unchecked: unchecked(circumference.diagram),
            findings: circumference.findings,
        }
    }
}

/// Returns the arrows whose labels have words that nothing checks: nothing can be said of those.
fn unchecked(diagram: &Diagram) -> Vec<usize> {
    diagram.arrows().iter().filter(|arrow| arrow.unchecked).map(|arrow| arrow.number).collect()
}

fn reported(result: ScenarioResult, command: &str) -> ScenarioReport {
    let mut arrows: Vec<usize> = result.assertions.iter().map(|assertion| assertion.arrow).collect();
    arrows.sort_unstable();
    arrows.dedup();
    ScenarioReport {
        rerun: format!("{command} {}", result.address),
        address: result.address,
        feature: result.feature,
        rule: result.rule,
        name: result.name,
        file: result.file,
        line: result.line,
        outcome: result.outcome,
        reason: result.reason,
        duration_ms: milliseconds(result.took),
        arrows,
        findings: result.findings,
        notes: result.notes,
        transcript: result.transcript,
    }
}

fn count(results: &[ScenarioResult], arrows: &[ArrowReport], circumference: &Circumference<'_>) -> Summary {
    let ended = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
    let conforming = |evidence| {
        let conforms = |arrow: &&ArrowReport| arrow.verdict == Verdict::Conforms && arrow.evidence == evidence;
        arrows.iter().filter(conforms).count()
    };
    let findings = results.iter().flat_map(|result| &result.findings).chain(&circumference.findings);
    Summary {
        selected: circumference.selected,
        passed: ended(Outcome::Passed),
        deviating: ended(Outcome::Deviates),
        not_run: ended(Outcome::NotRun),
        waived: ended(Outcome::Waived),
        not_observed: ended(Outcome::NotObserved),
        errors: ended(Outcome::Error),
        not_ended: circumference.selected.saturating_sub(results.len()),
        arrows_on_the_wire: conforming(Evidence::Wire),
        arrows_inferred: conforming(Evidence::Inferred),
        arrows_deviating: arrows.iter().filter(|arrow| arrow.verdict == Verdict::Deviates).count(),
        should_findings: findings.filter(|finding| finding.severity == Severity::Should).count(),
    }
}

fn verdict_of(summary: &Summary, results: &[ScenarioResult], circumference: &Circumference<'_>) -> RunVerdict {
    let findings = results.iter().flat_map(|result| &result.findings).chain(&circumference.findings);
    let fails = |finding: &Finding| circumference.strict || finding.severity == Severity::Must;
    let deviates = summary.deviating + summary.arrows_deviating > 0 || findings.into_iter().any(fails);
    if summary.selected == 0 {
        RunVerdict::NothingRan
    } else if deviates {
        RunVerdict::Deviates
    } else if summary.errors + summary.not_run + summary.not_ended > 0
        || circumference.broken_off.is_some()
        || !circumference.unasserted.is_empty()
        || !unchecked(circumference.diagram).is_empty()
        || summary.passed == 0
    {
        RunVerdict::Incomplete
    } else {
        RunVerdict::Conforms
    }
}

#[cfg(test)]
mod tests;
