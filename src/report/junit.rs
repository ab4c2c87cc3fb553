//! The JUnit report: a suite per feature, a case per scenario. A scenario that was not judged is skipped, with its
//! reason; one that could not be judged is an error, never a failure.
//!
//! It keeps to what Jenkins' xunit plugin, GitLab and Azure all read: where a scenario stands in its file is a property of
//! its suite, since some of them refuse attributes that they do not know.

mod element;

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use self::element::Element;
use super::wording::{finding_line, gravest, right};
use super::{BaselineReport, Outcome, Report, RunVerdict, ScenarioReport};
use crate::verdict::Finding;

/// Returns the report as JUnit XML.
pub fn junit(report: &Report) -> String {
    let mut suites: Vec<Suite> = Vec::new();
    for scenario in &report.scenarios {
        if suites.last().is_none_or(|suite| suite.name != scenario.feature) {
            suites.push(Suite { file: Some(scenario.file.clone()), ..Suite::of(&scenario.feature) });
        }
        if let Some(suite) = suites.last_mut() {
            suite.properties.push((scenario.address.clone(), format!("{}:{}", scenario.file, scenario.line)));
            suite.cases.push(case_of(report, scenario));
        }
    }
    if !report.not_ended.is_empty() {
        let cases = report.not_ended.iter().map(|address| {
            let why = report.broken_off.as_deref().unwrap_or("the run stopped before");
            Case::of(address, address, 0.0, Ended::Skipped(format!("did not end: {why}")))
        });
        suites.push(Suite { cases: cases.collect(), ..Suite::of("scenarios that did not end") });
    }
    suites.extend(run_case(report).map(|case| Suite { cases: vec![case], ..Suite::of("the run itself") }));
    let count = |kind: fn(&Ended) -> bool| suites.iter().map(|suite| suite.count(kind)).sum::<usize>();
    let mut all = Element::new("testsuites")
        .with("name", "hopcheck")
        .with("tests", &count(|_| true).to_string())
        .with("failures", &count(Ended::is_failure).to_string())
        .with("errors", &count(Ended::is_error).to_string())
        .with("time", &seconds(report.duration_ms));
    let timestamp = timestamp(&report.started);
    for suite in &suites {
        all = all.holding(&suite.element(&timestamp));
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", all.written())
}

/// How a case ended, each but the first with what there is to say of it.
enum Ended {
    Passed,
    Failed { kind: &'static str, ty: &'static str, message: String, text: String },
    Skipped(String),
}

impl Ended {
    fn failure(message: String, text: String) -> Self {
        Self::Failed { kind: "failure", ty: "deviates", message, text }
    }

    fn error(message: String, text: String) -> Self {
        Self::Failed { kind: "error", ty: "could not judge", message, text }
    }

    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { kind: "failure", .. })
    }

    fn is_error(&self) -> bool {
        matches!(self, Self::Failed { kind: "error", .. })
    }

    fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped(_))
    }
}

struct Case {
    name: String,
    class: String,
    milliseconds: f64,
    ended: Ended,
    output: String,
}

impl Case {
    fn of(name: &str, address: &str, milliseconds: f64, ended: Ended) -> Self {
        let class = address.split(['/', ':']).next().unwrap_or_default().to_owned();
        Self { name: name.to_owned(), class, milliseconds, ended, output: String::new() }
    }

    fn element(&self) -> Element {
        let case = Element::new("testcase")
            .with("name", &self.name)
            .with("classname", &self.class)
            .with("time", &seconds(self.milliseconds));
        let case = match &self.ended {
            Ended::Passed => case,
            Ended::Failed { kind, ty, message, text } => {
                case.holding(&Element::new(kind).with("message", message).with("type", ty).text(text))
            }
            Ended::Skipped(message) => case.holding(&Element::new("skipped").with("message", message)),
        };
        if self.output.is_empty() { case } else { case.holding(&Element::new("system-out").text(&self.output)) }
    }
}

struct Suite {
    name: String,
    file: Option<String>,
    properties: Vec<(String, String)>,
    cases: Vec<Case>,
}

impl Suite {
    fn of(name: &str) -> Self {
        Self { name: name.to_owned(), file: None, properties: Vec::new(), cases: Vec::new() }
    }

    fn count(&self, kind: fn(&Ended) -> bool) -> usize {
        self.cases.iter().filter(|case| kind(&case.ended)).count()
    }

    fn element(&self, timestamp: &str) -> Element {
        let mut suite = Element::new("testsuite")
            .with("name", &self.name)
            .with("tests", &self.cases.len().to_string())
            .with("failures", &self.count(Ended::is_failure).to_string())
            .with("errors", &self.count(Ended::is_error).to_string())
            .with("skipped", &self.count(Ended::is_skipped).to_string())
            .with("time", &seconds(self.cases.iter().map(|case| case.milliseconds).sum()))
            .with("timestamp", timestamp);
        if let Some(file) = &self.file {
            suite = suite.with("file", file);
        }
        if !self.properties.is_empty() {
            let property =
                |(name, value): &(String, String)| Element::new("property").with("name", name).with("value", value);
            let all = self.properties.iter().map(property);
            suite = suite.holding(&all.fold(Element::new("properties"), |all, one| all.holding(&one)));
        }
        self.cases.iter().fold(suite, |suite, case| suite.holding(&case.element()))
    }
}

fn case_of(report: &Report, scenario: &ScenarioReport) -> Case {
    let reason = scenario.reason.as_deref().unwrap_or_default();
    let findings = findings_text(report, &scenario.findings);
    let rerun = format!("rerun: {}", scenario.rerun);
    let ended = match (scenario.outcome, &scenario.known) {
        (Outcome::Passed, _) => Ended::Passed,
        (Outcome::Deviates, Some(known)) => Ended::Skipped(format!("known: {known}")),
        (Outcome::Deviates, None) => {
            let first = gravest(&scenario.findings).map(finding_line).unwrap_or_default();
            Ended::failure(first, format!("{findings}{rerun}"))
        }
        (Outcome::Error, _) => Ended::error(reason.to_owned(), format!("{reason}\n{rerun}")),
        (Outcome::NotRun, _) => Ended::Skipped(format!("does not apply: {reason}")),
        (Outcome::Waived, _) => Ended::Skipped(format!("waived: {reason}")),
        (Outcome::NotObserved, _) => Ended::Skipped(format!("not observed: {reason}")),
    };
    let remarks = if matches!(ended, Ended::Failed { .. }) { "" } else { findings.as_str() };
    let name = format!("{}: {}", scenario.address, scenario.name);
    let output = format!("{remarks}{}", traffic(scenario));
    Case { output, ..Case::of(&name, &scenario.address, scenario.duration_ms, ended) }
}

/// Returns findings in lines: what is wrong, what is drawn, what was expected and what was observed.
fn findings_text(report: &Report, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "{} {}", right(finding.severity()), finding_line(finding));
        if let Some(quote) = finding.drawn() {
            let _ = writeln!(text, "  drawn: {} ({}:{})", quote.words, report.diagram.file, quote.line);
        }
        if let Some(arrow) = finding.follows_from() {
            let _ = writeln!(text, "  follows from arrow {arrow}");
        }
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "  hint: {hint}");
        }
    }
    text
}

/// Returns what crossed, whole.
fn traffic(scenario: &ScenarioReport) -> String {
    let lines = scenario.transcript.iter().map(|exchange| {
        let status = exchange.status.map(|status| format!("{status} ")).unwrap_or_default();
        format!("{}  {} {}\n    ⇒ {status}{}\n", exchange.hop, exchange.request, exchange.request_body, exchange.reply)
    });
    lines.collect()
}

/// Returns a case for what belongs to no scenario: findings about the whole run, entries of the baseline that are not right
/// (any more), or why it says less than it should.
fn run_case(report: &Report) -> Option<Case> {
    let case = |ended| Some(Case::of("run", "run", 0.0, ended));
    let fails = |finding: &&Finding| !report.lists_stray(finding);
    let (strays, known): (Vec<&Finding>, Vec<_>) = report.findings.iter().partition(fails);
    let complaints = report.baseline.iter().flat_map(BaselineReport::complaints);
    let findings: Vec<String> = strays.into_iter().map(finding_line).chain(complaints).collect();
    let broken_off = report.broken_off.iter().map(|reason| format!("the run broke off: {reason}"));
    let mut told: Vec<String> = broken_off.chain(findings.iter().cloned()).collect();
    if report.verdict != RunVerdict::Deviates {
        told.extend(incomplete(report));
    }
    let first = told.first().cloned().unwrap_or_else(|| "the run is incomplete".to_owned());
    match report.verdict {
        RunVerdict::Deviates if !findings.is_empty() => case(Ended::failure(first, told.join("\n"))),
        RunVerdict::Deviates if report.broken_off.is_none() => None,
        RunVerdict::Deviates | RunVerdict::Incomplete | RunVerdict::NothingRan => {
            case(Ended::error(first, told.join("\n")))
        }
        RunVerdict::Conforms if known.is_empty() => None,
        RunVerdict::Conforms => {
            let known: Vec<String> = known.into_iter().map(finding_line).collect();
            case(Ended::Skipped(format!("known: {}", known.join("; "))))
        }
    }
}

/// Says in words why a run that does not deviate does not conform either.
fn incomplete(report: &Report) -> Vec<String> {
    let summary = &report.summary;
    let counts = [
        (summary.selected == 0, "no scenario was selected".to_owned()),
        (summary.errors > 0, format!("{} scenarios could not be judged", summary.errors)),
        (summary.not_ended > 0, format!("{} scenarios did not end", summary.not_ended)),
    ];
    let counts = counts.into_iter().filter(|(holds, _)| *holds).map(|(_, what)| what);
    counts.chain(report.shortcomings()).collect()
}

fn seconds(milliseconds: f64) -> String {
    format!("{:.3}", milliseconds / 1000.0)
}

/// Returns a moment as every reader takes it: UTC, without a fraction and without an offset.
fn timestamp(started: &str) -> String {
    let seconds = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let moment = OffsetDateTime::parse(started, &Rfc3339).ok().map(|moment| moment.to_offset(time::UtcOffset::UTC));
    moment.and_then(|moment| moment.format(seconds).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
