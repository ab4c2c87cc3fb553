//! Runs to report: results of scenarios and what surrounds them, for the reports' tests.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::{Outcome, Report, RunContext, ScenarioResult};
use crate::diagram::Diagram;
use crate::verdict::{Assertion, Defect, Evidence, Finding, Verdict};

/// Returns a scenario that ended so and asserted nothing.
pub(super) fn scenario(address: &str, outcome: Outcome) -> ScenarioResult {
    ScenarioResult {
        address: address.to_owned(),
        feature: "A feature".to_owned(),
        rule: None,
        name: "a scenario".to_owned(),
        file: "a.feature".to_owned(),
        line: 7,
        outcome,
        reason: None,
        took: Duration::from_millis(3),
        assertions: Vec::new(),
        findings: Vec::new(),
        claims: Vec::new(),
        rerun_with: Vec::new(),
        notes: Vec::new(),
        transcript: Vec::new(),
    }
}

/// Returns a scenario that passed because these arrows conform on the wire.
pub(super) fn asserting(arrows: impl IntoIterator<Item = usize>) -> ScenarioResult {
    let conforms = |arrow| Assertion { arrow, verdict: Verdict::Conforms, evidence: Evidence::Wire, derived: false };
    ScenarioResult { assertions: arrows.into_iter().map(conforms).collect(), ..scenario("a/good", Outcome::Passed) }
}

/// Returns a finding at arrow 5.
pub(super) fn finding() -> Finding {
    must(5, "method", "POST", "GET")
}

/// Returns a finding that something drawn on an arrow of the shipped diagram is not so.
pub(super) fn must(arrow: usize, subject: &str, expected: &str, observed: &str) -> Finding {
    let diagram = Diagram::parse("d.mmd", include_str!("../../fixtures/webchat-refresh-token.mmd")).unwrap();
    let arrow = diagram.arrow(arrow).unwrap();
    Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed)
}

/// Reports a run of the shipped diagram, changed before it is put together.
pub(super) fn report(results: Vec<ScenarioResult>, change: impl FnOnce(&mut RunContext<'_>)) -> Report {
    let text = include_str!("../../fixtures/webchat-refresh-token.mmd");
    let diagram = Diagram::parse("d.mmd", text).unwrap();
    let mut context = RunContext {
        diagram: &diagram,
        participants: BTreeMap::new(),
        hops_seen: Vec::new(),
        started: OffsetDateTime::UNIX_EPOCH,
        took: Duration::from_millis(9),
        selected: results.len(),
        unasserted: Vec::new(),
        broken_off: None,
        command: "hopcheck verify".to_owned(),
        strict: false,
        findings: Vec::new(),
        baseline: None,
        addresses: results.iter().map(|result| result.address.clone()).collect(),
        is_whole: true,
        claimed: BTreeMap::new(),
    };
    change(&mut context);
    Report::of(results, context)
}
