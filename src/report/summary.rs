//! The counts of a run, and the verdict and exit code that follow from them.

use serde::{Deserialize, Serialize};

use super::baseline::fails;
use super::model::{Report, RunContext, ScenarioReport, arrows, milliseconds, moment};
use super::{ArrowReport, BaselineReport, DiagramReport, Found, Outcome, RunVerdict, ScenarioResult};
use crate::diagram::Diagram;
use crate::verdict::{Evidence, Finding, Severity, Verdict, cannot_be_seen};

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

impl Report {
    /// Puts a run's results together. `results` are in the order of the features.
    pub fn of(results: Vec<ScenarioResult>, context: RunContext<'_>) -> Self {
        let arrows = arrows(context.diagram, &results);
        let summary = count(&results, &arrows, &context);
        let held = context.baseline.as_ref().map(|baseline| baseline.hold(&context.found(&results)));
        let verdict = verdict_of(&summary, &results, &context, held.as_ref());
        let today = context.started.date();
        let known = |result: &ScenarioResult| {
            context.baseline.as_ref().and_then(|baseline| baseline.accepts(result, context.strict, today))
        };
        let scenarios = results.into_iter().map(|result| {
            let known = known(&result);
            reported(result, known, &context.command)
        });
        Self {
            format: "hopcheck-report".to_owned(),
            version: Self::VERSION,
            hopcheck: env!("CARGO_PKG_VERSION").to_owned(),
            started: moment(context.started),
            duration_ms: milliseconds(context.took),
            verdict,
            exit_code: match verdict {
                RunVerdict::Conforms => 0,
                RunVerdict::Deviates => 1,
                RunVerdict::Incomplete => 3,
                RunVerdict::NothingRan => 4,
            },
            broken_off: context.broken_off,
            diagram: DiagramReport { file: context.diagram.file().to_owned(), arrows: context.diagram.arrows().len() },
            participants: context.participants,
            hops_seen: context.hops_seen,
            summary,
            arrows,
            scenarios: scenarios.collect(),
            unasserted: context.unasserted,
            unchecked: unchecked(context.diagram),
            findings: context.findings,
            baseline: held,
        }
    }
}

impl RunContext<'_> {
    /// Returns what the run found, for a baseline to be held against.
    pub fn found<'r>(&'r self, results: &'r [ScenarioResult]) -> Found<'r> {
        Found {
            results,
            strays: &self.findings,
            selected: &self.addresses,
            is_whole: self.is_whole && self.broken_off.is_none(),
            strict: self.strict,
            today: self.started.date(),
        }
    }

    fn fails(&self, result: &ScenarioResult) -> bool {
        fails(result, self.baseline.as_ref(), self.strict, self.started.date())
    }

    fn fails_for(&self, stray: &Finding) -> bool {
        let known = |today| self.baseline.as_ref().is_some_and(|baseline| baseline.accepts_stray(stray, today));
        (self.strict || stray.severity == Severity::Must) && !known(self.started.date())
    }
}

/// Returns the arrows whose labels have words that nothing checks: nothing can be said of those.
fn unchecked(diagram: &Diagram) -> Vec<usize> {
    let unchecked = diagram.arrows().iter().filter(|arrow| arrow.unchecked && !cannot_be_seen(arrow));
    unchecked.map(|arrow| arrow.number).collect()
}

fn reported(result: ScenarioResult, known: Option<String>, command: &str) -> ScenarioReport {
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
        known,
        duration_ms: milliseconds(result.took),
        arrows,
        findings: result.findings,
        notes: result.notes,
        transcript: result.transcript,
    }
}

fn count(results: &[ScenarioResult], arrows: &[ArrowReport], context: &RunContext<'_>) -> Summary {
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
        should_findings: findings.filter(|finding| finding.severity == Severity::Should).count(),
    }
}

fn verdict_of(
    summary: &Summary,
    results: &[ScenarioResult],
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
    } else if summary.errors + summary.not_run + summary.not_ended > 0
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
