//! A report put together from the results of a run.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::arrow_report::arrows;
use super::cause::{causes, culprits};
use super::model::{DiagramReport, Report, ScenarioReport};
use super::run_context::RunContext;
use super::scenario_result::ScenarioResult;
use super::summary::{count, unchecked, verdict_of};

impl Report {
    /// Puts a run's results together. `results` are in the order of the features.
    pub fn of(results: Vec<ScenarioResult>, context: RunContext<'_>) -> Self {
        let arrows = arrows(context.diagram, &results);
        let summary = count(&results, &arrows, &context);
        let held = context.baseline.as_ref().map(|baseline| baseline.hold(&context.found(&results)));
        let verdict = verdict_of(&summary, &results, &arrows, &context, held.as_ref());
        let today = context.started.date();
        let known = |result: &ScenarioResult| {
            context.baseline.as_ref().and_then(|baseline| baseline.accepts(result, context.strict, today))
        };
        let causes =
            causes(&results, &context.findings, context.strict, |address, finding| context.knows(address, finding));
        let open_arrows = context.open_arrows(&results, &arrows);
        let ended: BTreeSet<&str> = results.iter().map(|result| result.address.as_str()).collect();
        let not_ended = context.addresses.iter().filter(|address| !ended.contains(address.as_str())).cloned().collect();
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
            exit_code: verdict.exit_code(),
            culprits: culprits(&causes),
            causes,
            open_arrows,
            broken_off: context.broken_off,
            not_ended,
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

fn reported(result: ScenarioResult, known: Option<String>, command: &str) -> ScenarioReport {
    let mut arrows: Vec<usize> = result.assertions.iter().map(|assertion| assertion.arrow).collect();
    arrows.sort_unstable();
    arrows.dedup();
    ScenarioReport {
        rerun: [&[command.to_owned()], &result.rerun_with[..], std::slice::from_ref(&result.address)]
            .concat()
            .join(" "),
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

/// Returns a duration in milliseconds, to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "no run lasts the centuries at which microseconds lose precision")]
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// Returns a moment as reported.
fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}
