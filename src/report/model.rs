//! The result model: what every format is written from. All text in it is redacted.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Baseline, BaselineReport, Summary};
use crate::diagram::Diagram;
use crate::transcript::{Exchange, Outcome as Ended, Redactor, Transcript};
use crate::verdict::{ArrowVerdict, Assertion, Evidence, Finding, Verdict, cover};

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything it asserts holds.
    Passed,
    /// Something does not.
    Deviates,
    /// The deployment lacks what it needs.
    NotRun,
    /// The deployment lacks what it needs, and its file says that this is as it should be.
    Waived,
    /// It is about what cannot be seen or done from here.
    NotObserved,
    /// Nothing can be said.
    Error,
}

/// One scenario, as the runner hands it on.
#[derive(Debug, Clone)]
pub struct ScenarioResult {
    /// Its address.
    pub address: String,
    /// Its feature's name.
    pub feature: String,
    /// Its rule's name: the label of a branch.
    pub rule: Option<String>,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it neither passed nor deviated.
    pub reason: Option<String>,
    /// From its first step to its last.
    pub took: Duration,
    /// What it asserted of which arrow.
    pub assertions: Vec<Assertion>,
    /// What is not as expected.
    pub findings: Vec<Finding>,
    /// What could not be seen, and members drawn nowhere.
    pub notes: Vec<String>,
    /// What crossed, where it deviated.
    pub transcript: Vec<ExchangeReport>,
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

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Always `hopcheck-report`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// The version of hopcheck that wrote it.
    pub hopcheck: String,
    /// When the run began: RFC 3339.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The verdict.
    pub verdict: RunVerdict,
    /// The exit code.
    pub exit_code: u8,
    /// Why the run ended before its end.
    pub broken_off: Option<String>,
    /// The specification.
    pub diagram: DiagramReport,
    /// Who plays each service: `reference` or `real`.
    pub participants: BTreeMap<String, String>,
    /// The hops that were seen.
    pub hops_seen: Vec<String>,
    /// The counts.
    pub summary: Summary,
    /// Every arrow of the diagram.
    pub arrows: Vec<ArrowReport>,
    /// Every scenario that was begun, in the order of the features.
    pub scenarios: Vec<ScenarioReport>,
    /// The arrows that no scenario says anything about, though all there are were selected.
    pub unasserted: Vec<usize>,
    /// The arrows whose labels have words that nothing checks.
    pub unchecked: Vec<usize>,
    /// Findings that belong to no scenario.
    pub findings: Vec<Finding>,
    /// The baseline that the run was held against.
    pub baseline: Option<BaselineReport>,
}

/// The specification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiagramReport {
    /// Its file.
    pub file: String,
    /// How many arrows it has.
    pub arrows: usize,
}

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

/// A scenario as reported.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// Its address.
    pub address: String,
    /// Its feature's name.
    pub feature: String,
    /// Its rule's name: the label of a branch.
    pub rule: Option<String>,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it neither passed nor deviated.
    pub reason: Option<String>,
    /// Why the baseline accepts its deviations, where it lists every one of them.
    pub known: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The arrows it asserted.
    pub arrows: Vec<usize>,
    /// What is not as expected.
    pub findings: Vec<Finding>,
    /// What could not be seen, and members drawn nowhere.
    pub notes: Vec<String>,
    /// The command that plays it again.
    pub rerun: String,
    /// What crossed, where it deviated.
    pub transcript: Vec<ExchangeReport>,
}

/// An exchange as reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeReport {
    /// Who called whom.
    pub hop: String,
    /// Method and path.
    pub request: String,
    /// The request's body.
    pub request_body: String,
    /// The reply's status.
    pub status: Option<u16>,
    /// The values of the reply's ACAO headers.
    pub acao: Vec<String>,
    /// The reply's body, or why there is none.
    pub reply: String,
}

/// Returns a transcript as reported.
pub fn shown(transcript: &Transcript, redactor: &Redactor) -> Vec<ExchangeReport> {
    transcript.exchanges.iter().map(|exchange| shown_exchange(exchange, redactor)).collect()
}

fn shown_exchange(exchange: &Exchange, redactor: &Redactor) -> ExchangeReport {
    let reply = match &exchange.outcome {
        Ended::Replied(reply) => redactor.body(&reply.body),
        Ended::Failed(reason) => redactor.text(reason),
        Ended::Pending => "no reply before the refresh ended".to_owned(),
    };
    let acao = exchange
        .reply()
        .map(|reply| reply.header_values("access-control-allow-origin").map(|value| redactor.text(value)).collect());
    ExchangeReport {
        hop: exchange.hop.to_string(),
        request: redactor.request_line(&exchange.request),
        request_body: redactor.body(&exchange.request.body),
        status: exchange.reply().map(|reply| reply.status),
        acao: acao.unwrap_or_default(),
        reply,
    }
}

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
}

impl Report {
    /// The version of the JSON format.
    pub const VERSION: u32 = 1;
}

/// Returns a duration in milliseconds, to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "no run lasts the centuries at which microseconds lose precision")]
pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// Returns a moment as reported.
pub(super) fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
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
