//! What a report is made of besides the scenarios' results, and what of those fails the run.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::arrow_report::ArrowReport;
use super::baseline::{Baseline, fails};
use super::scenario_result::{Outcome, ScenarioResult};
use super::standing::Found;
use crate::diagram::Diagram;
use crate::verdict::{Finding, Verdict};

/// What a report is made of besides the scenarios' results.
#[derive(Debug, Clone)]
pub struct RunContext<'a> {
    /// The specification.
    pub diagram: &'a Diagram,
    /// Who plays each service.
    pub participants: BTreeMap<String, String>,
    /// The hops that are seen.
    pub hops_seen: Vec<String>,
    /// When the run began.
    pub started: OffsetDateTime,
    /// How long it took.
    pub took: Duration,
    /// How many scenarios were selected.
    pub selected: usize,
    /// The arrows that no scenario says anything about, though all there are were selected.
    pub unasserted: Vec<usize>,
    /// Why the run ended before its end.
    pub broken_off: Option<String>,
    /// What the command line was, without addresses, for the command that plays a scenario again.
    pub command: String,
    /// Whether SHOULD-findings fail.
    pub strict: bool,
    /// Findings that belong to no scenario.
    pub findings: Vec<Finding>,
    /// What is known to deviate, if that was stated.
    pub baseline: Option<Baseline>,
    /// The addresses of the scenarios that were selected.
    pub addresses: Vec<String>,
    /// Whether those are all that there are.
    pub is_whole: bool,
    /// The wire arrows whose messages can be seen from here, each with the selected scenarios that say something of it.
    pub claimed: BTreeMap<usize, Vec<String>>,
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

    /// Returns the arrows that could have been seen and were asserted by no scenario, though some that is not waived is
    /// about them.
    pub(super) fn open_arrows(&self, results: &[ScenarioResult], arrows: &[ArrowReport]) -> Vec<usize> {
        let is_waived = |address: &String| {
            results.iter().any(|result| result.address == *address && result.outcome == Outcome::Waived)
        };
        let is_open = |arrow: &&ArrowReport| {
            let claims = self.claimed.get(&arrow.number).map(Vec::as_slice).unwrap_or_default();
            !matches!(arrow.verdict, Verdict::Conforms | Verdict::Deviates) && !claims.iter().all(is_waived)
        };
        arrows.iter().filter(is_open).map(|arrow| arrow.number).collect()
    }

    /// Returns whether a scenario fails the run.
    pub(super) fn fails(&self, result: &ScenarioResult) -> bool {
        fails(result, self.baseline.as_ref(), self.strict, self.started.date())
    }

    /// Returns whether a finding that belongs to no scenario fails the run.
    pub(super) fn fails_for(&self, stray: &Finding) -> bool {
        stray.severity().fails(self.strict) && self.knows(None, stray).is_none()
    }

    /// Returns why the baseline accepts a finding, if it lists it: in a scenario, or as what belongs to none.
    pub(super) fn knows(&self, address: Option<&str>, finding: &Finding) -> Option<String> {
        self.baseline.as_ref()?.accepts_finding(address, finding, self.started.date())
    }
}
