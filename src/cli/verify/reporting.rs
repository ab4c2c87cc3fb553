//! What is said of a run of `verify`: the reports when it begins, breaks off and ends, the verdict, and the baseline.

use std::collections::BTreeMap;
use std::time::Instant;

use time::{Date, OffsetDateTime};

use super::given::Given;
use crate::cli::arguments::Verify;
use crate::cli::command_line::CommandLine;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{in_lines, note, print};
use crate::cli::reports;
use crate::config::deployment::Declared;
use crate::protocol::{Hop, Participant};
use crate::report::{Detail, Report, RunContext, RunVerdict, ScenarioResult, tail};
use crate::scenarios::{Scenario, claimed};
use crate::topology::System;
use crate::verdict::{Finding, hops_of};

/// Options that say which scenarios are played or what becomes of the run: to see one finding again takes none of them.
const NOT_REPEATED: [&str; 9] =
    ["tags", "explain", "jobs", "fail_fast", "max_time", "report", "write_baseline", "verbose", "quiet"];

/// Everything a report needs besides results.
#[derive(Debug)]
pub(super) struct Reporting<'a> {
    arguments: &'a Verify,
    given: &'a Given,
    selected: &'a [&'a Scenario],
    /// The command that plays one scenario of this run again, when its address is put behind it.
    command: String,
    /// Whether all of the suite is played.
    is_whole: bool,
    started: OffsetDateTime,
    since: Instant,
    hops_seen: Vec<String>,
    /// The arrows that can be seen, each with the selected scenarios that say something of it.
    claimed: BTreeMap<usize, Vec<String>>,
    findings: Vec<Finding>,
}

impl<'a> Reporting<'a> {
    pub(super) fn new(
        line: &CommandLine,
        arguments: &'a Verify,
        given: &'a Given,
        selected: &'a [&'a Scenario],
    ) -> Self {
        Self {
            arguments,
            given,
            selected,
            command: line.without(&NOT_REPEATED, &given.redactor),
            is_whole: selected.len() == given.suite.scenarios().len(),
            started: OffsetDateTime::now_utc(),
            since: Instant::now(),
            hops_seen: Vec::new(),
            claimed: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Returns the day of the run.
    pub(super) fn day(&self) -> Date {
        self.started.date()
    }

    /// Takes note of what can be seen, once the system has started.
    pub(super) fn sees(&mut self, system: &System) {
        let seen = Hop::ALL.into_iter().filter(|hop| system.sees(*hop));
        self.hops_seen = seen.map(|hop| hop.to_string()).collect();
        let is_seen = |number: usize| {
            let arrow = self.given.diagram.arrow(number);
            arrow.is_some_and(|arrow| hops_of(arrow).into_iter().any(|hop| system.sees(hop)))
        };
        self.claimed = claimed(&self.given.diagram, self.selected);
        self.claimed.retain(|number, _| is_seen(*number));
    }

    /// Takes note of what belongs to no scenario.
    pub(super) fn finds(&mut self, findings: Vec<Finding>) {
        self.findings = findings;
    }

    /// Writes reports that say that the run did not end, for as long as it has not.
    pub(super) fn begins(&self) -> Result<(), Failure> {
        let report = self.report(Vec::new(), Some("the run did not end".to_owned()));
        reports::write_first(&self.arguments.report, &report)
    }

    /// Writes reports that say why nothing was played, and returns that, or why they cannot be written.
    pub(super) fn cannot_begin(&self, failure: Failure) -> Failure {
        let report = self.report(Vec::new(), Some(failure.message.clone()));
        self.write(&report).err().unwrap_or(failure)
    }

    /// Reports a run that has ended, and writes what is known from now on, on top of what was before.
    pub(super) fn ends(self, results: Vec<ScenarioResult>, broken_off: Option<String>) -> Result<Exit, Failure> {
        let has_run = !self.selected.is_empty();
        let context = self.context(broken_off);
        let before = self.given.written.clone().filter(|_| has_run);
        let written = before.map(|before| before.renewed(&context.found(&results)));
        let report = Report::of(results, context);
        // The verdict is told in any case, also where no disk takes it.
        print(&tail(&report, detail(self.arguments)));
        let reported = self.write(&report);
        if let Some(written) = &written {
            reports::write_baseline(written)?;
            note(&format!("wrote {}: {} known", written.file, written.known.len()));
        }
        reported?;
        Ok(match report.verdict {
            RunVerdict::Conforms => Exit::Conforms,
            RunVerdict::Deviates => Exit::Deviates,
            RunVerdict::Incomplete => Exit::Incomplete,
            RunVerdict::NothingRan => Exit::NothingRan,
        })
    }

    fn write(&self, report: &Report) -> Result<(), Failure> {
        reports::write(&self.arguments.report, report)
    }

    fn report(&self, results: Vec<ScenarioResult>, broken_off: Option<String>) -> Report {
        Report::of(results, self.context(broken_off))
    }

    fn context(&self, broken_off: Option<String>) -> RunContext<'_> {
        let Given { diagram, deployment, redactor, baseline, .. } = self.given;
        let player = |participant: Participant| {
            let real = deployment.participants.get(&participant).is_some_and(Declared::is_real);
            (participant.drawn_name().to_owned(), if real { "real" } else { "reference" }.to_owned())
        };
        let participants: BTreeMap<String, String> = Participant::SERVICES.into_iter().map(player).collect();
        RunContext {
            diagram,
            participants,
            hops_seen: self.hops_seen.clone(),
            started: self.started,
            took: self.since.elapsed(),
            selected: self.selected.len(),
            unasserted: self.given.unasserted(self.arguments, self.is_whole),
            broken_off: broken_off.map(|reason| in_lines(&reason, redactor)),
            command: self.command.clone(),
            strict: self.arguments.strict,
            findings: self.findings.clone(),
            baseline: baseline.clone(),
            addresses: self.selected.iter().map(|scenario| scenario.address.clone()).collect(),
            is_whole: self.is_whole,
            claimed: self.claimed.clone(),
        }
    }
}

/// Returns how much is told.
pub(super) fn detail(arguments: &Verify) -> Detail {
    match (arguments.verbose, arguments.quiet) {
        (true, _) => Detail::Everything,
        (_, true) => Detail::Verdict,
        _ => Detail::Usual,
    }
}
