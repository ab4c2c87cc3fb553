//! The text of a run for people: a line per scenario as it ends, then the findings, the coverage and the verdict.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{ArrowReport, ExchangeReport, Outcome, Report, RunVerdict, ScenarioReport, ScenarioResult, Standing};
use crate::verdict::{Finding, Severity, Verdict};

/// The styles of the text. What a style says is always said in words or signs as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint;

impl Paint {
    const GOOD: Style = AnsiColor::Green.on_default();
    const BAD: Style = AnsiColor::Red.on_default().bold();
    const OPEN: Style = AnsiColor::Yellow.on_default();
    const QUIET: Style = Style::new().dimmed();
    const STRONG: Style = Style::new().bold();

    fn with(style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }
}

/// Returns the line for a scenario that has just ended, and why its deviation is accepted, if it is.
pub fn scenario_line(result: &ScenarioResult, known: Option<&str>) -> String {
    let (style, sign, word) = if known.is_some() { KNOWN } else { sign_of(result.outcome) };
    let address = Paint::with(Paint::QUIET, &result.address);
    let mut line = format!("  {} {address}  {}", Paint::with(style, sign), result.name);
    if !word.is_empty() {
        let _ = write!(line, "  {}", Paint::with(style, word));
    }
    if let (Outcome::Error, Some(reason)) = (result.outcome, result.reason.as_deref().and_then(|it| it.lines().next()))
    {
        let _ = write!(line, ": {reason}");
    }
    if result.outcome == Outcome::Passed {
        line.push_str(&Paint::with(Paint::OPEN, &reservations(result)));
    }
    if let Some(reason) = known {
        let _ = write!(line, ": {reason}");
    } else if let Some(finding) = gravest(&result.findings).filter(|_| result.outcome == Outcome::Deviates) {
        let _ = write!(line, ": {finding}");
    }
    line.push('\n');
    line
}

/// Returns the finding that a scenario fails on: the first of those that are drawn, else the first.
pub(super) fn gravest(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().find(|finding| finding.severity().fails(false)).or_else(|| findings.first())
}

/// Returns the line for several rows of an outline that all ended alike.
pub fn rows_line(first: &ScenarioResult, outline: &str, rows: usize) -> String {
    let (style, sign, word) = sign_of(first.outcome);
    let row: usize = first.address.rsplit(':').next().and_then(|row| row.parse().ok()).unwrap_or(1);
    let address = Paint::with(Paint::QUIET, &format!("{outline}:{row}-{}", row + rows - 1));
    let why = if word.is_empty() {
        Paint::with(Paint::OPEN, &reservations(first))
    } else {
        format!("  {}", Paint::with(style, word))
    };
    format!("  {} {address}  {} (and {} more like it){why}\n", Paint::with(style, sign), first.name, rows - 1)
}

/// Returns the line above a feature's scenarios.
pub fn heading(feature: &str) -> String {
    format!("{}\n", Paint::with(Paint::STRONG, feature))
}

/// Says what a scenario that passed did not see, and what it found that only `--strict` fails on.
fn reservations(result: &ScenarioResult) -> String {
    let unseen = result.assertions.iter().filter(|assertion| assertion.verdict == Verdict::NotObserved);
    let unseen: BTreeSet<usize> = unseen.map(|assertion| assertion.arrow).collect();
    let unseen: Vec<String> = unseen.iter().map(usize::to_string).collect();
    let mut text = String::new();
    if !unseen.is_empty() {
        let arrows = if unseen.len() == 1 { "arrow" } else { "arrows" };
        let _ = write!(text, "  in part: {arrows} {} not observed", unseen.join(" "));
    }
    if !result.findings.is_empty() {
        let _ = write!(text, "  should: see below");
    }
    text
}

/// How a deviation is shown that the baseline lists.
const KNOWN: (Style, &str, &str) = (Paint::OPEN, "≈", "known");

fn sign_of(outcome: Outcome) -> (Style, &'static str, &'static str) {
    match outcome {
        Outcome::Passed => (Paint::GOOD, "✓", ""),
        Outcome::Deviates => (Paint::BAD, "✗", "deviates"),
        Outcome::NotRun => (Paint::OPEN, "?", "not run"),
        Outcome::Waived => (Paint::QUIET, "–", "waived"),
        Outcome::NotObserved => (Paint::QUIET, "·", "not observed"),
        Outcome::Error => (Paint::BAD, "!", "could not judge"),
    }
}

/// Returns what comes after the last scenario: findings, open questions, coverage, verdict.
pub fn tail(report: &Report) -> String {
    let mut text = String::new();
    for alike in deviations(report) {
        let _ = write!(text, "\n{}", deviation(report, &alike));
    }
    for finding in report.findings.iter().filter(|finding| !report.lists_stray(finding)) {
        let _ = writeln!(text, "\n{} outside any scenario", Paint::with(Paint::BAD, "✗ deviates"));
        for line in finding_lines(report, finding) {
            let _ = writeln!(text, "    {line}");
        }
    }
    text.push_str(&open_questions(report));
    text.push_str(&remarks(report));
    text.push_str(&baseline(report));
    if report.verdict == RunVerdict::NothingRan {
        text.push_str("no scenario was selected\nhint: `hopcheck list scenarios` prints their addresses and tags\n");
    } else {
        text.push_str(&coverage(report));
    }
    text.push_str(&verdict_line(report));
    text
}

/// Returns the scenarios that deviate, those with the same first finding together: one fault is told once.
fn deviations(report: &Report) -> Vec<Vec<&ScenarioReport>> {
    let mut groups: Vec<Vec<&ScenarioReport>> = Vec::new();
    let fails = |scenario: &&ScenarioReport| scenario.outcome == Outcome::Deviates && scenario.known.is_none();
    for scenario in report.scenarios.iter().filter(fails) {
        let fault = |scenario: &ScenarioReport| {
            scenario.findings.first().map(|finding| (finding.arrow, finding.subject.clone(), finding.expected.clone()))
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| fault(first) == fault(scenario))) {
            Some(group) => group.push(scenario),
            None => groups.push(vec![scenario]),
        }
    }
    groups
}

fn deviation(report: &Report, alike: &[&ScenarioReport]) -> String {
    let [scenario, others @ ..] = alike else { return String::new() };
    let mut text = format!(
        "{} {}  {}\n",
        Paint::with(Paint::BAD, "✗ deviates"),
        Paint::with(Paint::STRONG, &scenario.address),
        scenario.name
    );
    for finding in &scenario.findings {
        for line in finding_lines(report, finding) {
            let _ = writeln!(text, "    {line}");
        }
    }
    for exchange in &scenario.transcript {
        for line in exchange_lines(exchange) {
            let _ = writeln!(text, "    {}", Paint::with(Paint::QUIET, &line));
        }
    }
    if !others.is_empty() {
        let addresses: Vec<&str> = others.iter().map(|other| other.address.as_str()).collect();
        let _ = writeln!(text, "    also in {}", addresses.join(" "));
    }
    let _ = writeln!(text, "    rerun: {}", scenario.rerun);
    text
}

/// Returns a finding in lines: the arrow as drawn, where, what was expected, what was observed.
pub(super) fn finding_lines(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    let arrow = finding.arrow.and_then(|number| report.arrows.iter().find(|arrow| arrow.number == number));
    if let Some(arrow) = arrow {
        let ends = if arrow.internal { arrow.from.clone() } else { format!("{} → {}", arrow.from, arrow.to) };
        lines.push(format!("arrow {}, {}:{}, {ends}: {}", arrow.number, report.diagram.file, arrow.line, arrow.label));
    }
    let should = if finding.severity() == Severity::Should { " (should)" } else { "" };
    lines.push(format!("  {}{should}", finding.subject));
    lines.push(format!("    expected {}", finding.expected));
    lines.push(format!("    observed {}", finding.observed));
    lines
}

/// Returns an exchange in two lines short enough to be read; the JSON report has them whole.
fn exchange_lines(exchange: &ExchangeReport) -> [String; 2] {
    const WIDTH: usize = 150;
    let short = |line: String| match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    };
    let status = exchange.status.map(|status| format!("{status} ")).unwrap_or_default();
    [
        short(format!("{}  {} {}", exchange.hop, exchange.request, exchange.request_body)),
        short(format!("    ⇒ {status}{}", exchange.reply)),
    ]
}

/// Returns why scenarios were not judged, those for the same reason together.
fn open_questions(report: &Report) -> String {
    let mut reasons: Vec<(Outcome, &str, Vec<&ScenarioReport>)> = Vec::new();
    for scenario in &report.scenarios {
        if matches!(scenario.outcome, Outcome::Passed | Outcome::Deviates) {
            continue;
        }
        let reason = scenario.reason.as_deref().unwrap_or_default();
        match reasons.iter_mut().find(|(outcome, known, _)| *outcome == scenario.outcome && *known == reason) {
            Some((_, _, scenarios)) => scenarios.push(scenario),
            None => reasons.push((scenario.outcome, reason, vec![scenario])),
        }
    }
    let mut text = String::new();
    for (outcome, reason, scenarios) in &reasons {
        let (style, sign, word) = sign_of(*outcome);
        let addresses: Vec<&str> = scenarios.iter().map(|scenario| scenario.address.as_str()).collect();
        let reason = reason.replace('\n', "\n    ");
        let _ = write!(
            text,
            "\n{}: {reason}\n    {}\n",
            Paint::with(style, &format!("{sign} {word}")),
            addresses.join(" ")
        );
        if let (Outcome::Error, Some(first)) = (outcome, scenarios.first()) {
            let _ = writeln!(text, "    rerun: {}", first.rerun);
        }
    }
    if reasons.iter().any(|(outcome, _, _)| *outcome == Outcome::NotRun) {
        text.push_str(
            "\nhint: state what is missing in the deployment file, or waive an address with a reason: under \
             [not_applicable], or with --waive ADDRESS=REASON\n",
        );
    }
    text
}

fn remarks(report: &Report) -> String {
    let passed = report.scenarios.iter().filter(|scenario| scenario.outcome != Outcome::Deviates);
    let mut told: Vec<&Finding> = Vec::new();
    let mut text = String::new();
    for (scenario, finding) in
        passed.flat_map(|scenario| scenario.findings.iter().map(move |finding| (scenario, finding)))
    {
        if told.contains(&finding) {
            continue;
        }
        told.push(finding);
        let _ = writeln!(text, "{} {}  {}", Paint::with(Paint::OPEN, "should"), scenario.address, finding);
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Returns how each entry of the baseline stands.
fn baseline(report: &Report) -> String {
    let Some(baseline) = &report.baseline else { return String::new() };
    let mut text = String::new();
    for entry in &baseline.entries {
        let (style, sign, word) = match entry.standing {
            Standing::Known => KNOWN,
            Standing::Stale | Standing::Expired => (Paint::BAD, "✗", entry.standing.word()),
            Standing::NotSeen => continue,
        };
        let _ = writeln!(text, "{} {}", Paint::with(style, &format!("{sign} {word}")), baseline.line(entry));
    }
    for (why, places) in baseline.unseen() {
        let word = Paint::with(Paint::QUIET, "· not seen");
        let _ = writeln!(text, "{word} {}: {why}", places.join("; "));
    }
    if baseline.lacks_reasons() {
        let _ = writeln!(text, "hint: say in {} why each of these is accepted", baseline.file);
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn coverage(report: &Report) -> String {
    let total = report.arrows.len() - report.summary.arrows_prose;
    let (wire, inferred) = (report.summary.arrows_on_the_wire, report.summary.arrows_inferred);
    let edge_only = if report.hops_seen.len() == 1 { "edge only: " } else { "" };
    let mut text =
        format!("\n{edge_only}{} of {total} arrows: {wire} on the wire, {inferred} inferred\n", wire + inferred);
    for (verdict, what) in [
        (Verdict::Deviates, "deviating"),
        (Verdict::NotObserved, "not observed"),
        (Verdict::NotCrossed, "asserted by no scenario of this run"),
    ] {
        let numbers: Vec<String> = report
            .arrows
            .iter()
            .filter(|arrow| arrow.verdict == verdict && (!arrow.prose || verdict == Verdict::Deviates))
            .map(|arrow| arrow.number.to_string())
            .collect();
        if !numbers.is_empty() {
            let _ = writeln!(text, "  {what}: {}", numbers.join(" "));
        }
    }
    text.push_str(&prose(report));
    text
}

/// Returns the line for the arrows of which nothing is demanded, except of some that a reply comes.
fn prose(report: &Report) -> String {
    let numbers =
        |arrows: &[&ArrowReport]| arrows.iter().map(|arrow| arrow.number.to_string()).collect::<Vec<_>>().join(" ");
    let prose: Vec<&ArrowReport> = report.arrows.iter().filter(|arrow| arrow.prose).collect();
    if prose.is_empty() {
        return String::new();
    }
    let came: Vec<&ArrowReport> = prose.iter().copied().filter(|arrow| arrow.verdict == Verdict::Conforms).collect();
    let replies = if came.is_empty() { String::new() } else { format!("; that a reply came: {}", numbers(&came)) };
    format!("{} more are prose, nothing is demanded of them: {}{replies}\n", prose.len(), numbers(&prose))
}

fn verdict_line(report: &Report) -> String {
    let summary = &report.summary;
    let counts = [
        (summary.passed, "passed"),
        (summary.deviating, "deviating"),
        (summary.known, "known"),
        (summary.errors, "not judged"),
        (summary.not_run, "not run"),
        (summary.waived, "waived"),
        (summary.not_observed, "not observed"),
        (summary.not_ended, "not ended"),
        (summary.should_findings, "should-findings"),
    ];
    let counts: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let unasserted = match &report.unasserted[..] {
        [] => String::new(),
        arrows => {
            let numbers: Vec<String> = arrows.iter().map(usize::to_string).collect();
            format!("no scenario is about arrow {}; `hopcheck lint` tells more\n", numbers.join(" "))
        }
    };
    let unchecked = match &report.unchecked[..] {
        [] => String::new(),
        arrows => {
            let numbers: Vec<String> = arrows.iter().map(usize::to_string).collect();
            format!("the label of arrow {} says more than is checked; `hopcheck lint` tells more\n", numbers.join(" "))
        }
    };
    let (style, word) = match report.verdict {
        RunVerdict::Conforms if report.entries().any(|entry| entry.standing == Standing::Known) => {
            (Paint::OPEN, "conforms, but for what is known")
        }
        RunVerdict::Conforms if report.arrows.iter().any(|it| !it.prose && it.verdict == Verdict::NotObserved) => {
            (Paint::GOOD, "conforms, as far as it was seen")
        }
        RunVerdict::Conforms => (Paint::GOOD, "conforms"),
        RunVerdict::Deviates if report.entries().any(|entry| entry.standing.fails()) => {
            (Paint::BAD, "deviates from what the baseline says")
        }
        RunVerdict::Deviates => (Paint::BAD, "deviates"),
        RunVerdict::Incomplete => (Paint::OPEN, "incomplete"),
        RunVerdict::NothingRan => (Paint::OPEN, "nothing ran"),
    };
    let broken_off = report.broken_off.as_ref().map(|reason| format!("broken off: {reason}\n")).unwrap_or_default();
    let scenarios = if summary.selected == 1 { "scenario" } else { "scenarios" };
    format!(
        "{broken_off}{unasserted}{unchecked}{} {scenarios}: {} in {:.0} ms\n{}\n",
        summary.selected,
        if counts.is_empty() { "none ended".to_owned() } else { counts.join(", ") },
        report.duration_ms,
        Paint::with(style, word)
    )
}
