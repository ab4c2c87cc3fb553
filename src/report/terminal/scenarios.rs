//! Scenarios in lines: each as it ends, with what crossed, for whoever wants to see all of them; and a line a feature.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::Style;

use super::layout::{BAD, GOOD, OPEN, QUIET, STRONG, painted, shortened};
use crate::report::wording::gravest;
use crate::report::{ExchangeReport, Outcome, Report, ScenarioResult};
use crate::verdict::Verdict;

/// How a deviation is shown that the baseline lists.
pub(super) const KNOWN: (Style, &str, &str) = (OPEN, "≈", "known");

/// Returns the line for a scenario that has just ended, and why its deviation is accepted, if it is.
pub fn scenario_line(result: &ScenarioResult, known: Option<&str>) -> String {
    let (style, sign, word) = if known.is_some() { KNOWN } else { sign_of(result.outcome) };
    let address = painted(QUIET, &result.address);
    let mut line = format!("  {} {address}  {}", painted(style, sign), result.name);
    if !word.is_empty() {
        let _ = write!(line, "  {}", painted(style, word));
    }
    if let (Outcome::Error, Some(reason)) = (result.outcome, result.reason.as_deref().and_then(|it| it.lines().next()))
    {
        let _ = write!(line, ": {reason}");
    }
    if result.outcome == Outcome::Passed {
        line.push_str(&painted(OPEN, &reservations(result)));
    }
    if let Some(reason) = known {
        let _ = write!(line, ": {reason}");
    } else if let Some(finding) = gravest(&result.findings).filter(|_| result.outcome == Outcome::Deviates) {
        let _ = write!(line, ": {finding}");
    }
    line.push('\n');
    line
}

/// Returns the line for several rows of an outline that all ended alike.
pub fn rows_line(first: &ScenarioResult, outline: &str, rows: usize) -> String {
    let (style, sign, word) = sign_of(first.outcome);
    let row: usize = first.address.rsplit(':').next().and_then(|row| row.parse().ok()).unwrap_or(1);
    let address = painted(QUIET, &format!("{outline}:{row}-{}", row + rows - 1));
    let why = if word.is_empty() { painted(OPEN, &reservations(first)) } else { format!("  {}", painted(style, word)) };
    format!("  {} {address}  {} (and {} more like it){why}\n", painted(style, sign), first.name, rows - 1)
}

/// Returns the line above a feature's scenarios.
pub fn heading(feature: &str) -> String {
    format!("{}\n", painted(STRONG, feature))
}

/// Returns what crossed, two short lines an exchange; the JSON report has them whole.
pub fn traffic(exchanges: &[ExchangeReport]) -> String {
    let mut text = String::new();
    for exchange in exchanges {
        let status = exchange.status.map(|status| format!("{status} ")).unwrap_or_default();
        for line in [
            format!("    {}  {} {}", exchange.hop, exchange.request, exchange.request_body),
            format!("        ⇒ {status}{}", exchange.reply),
        ] {
            let _ = writeln!(text, "{}", painted(QUIET, &shortened(&line)));
        }
    }
    text
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

pub(super) fn sign_of(outcome: Outcome) -> (Style, &'static str, &'static str) {
    match outcome {
        Outcome::Passed => (GOOD, "✓", ""),
        Outcome::Deviates => (BAD, "✗", "deviates"),
        Outcome::NotRun => (QUIET, "–", "does not apply"),
        Outcome::Waived => (QUIET, "–", "waived"),
        Outcome::NotObserved => (QUIET, "·", "not observed"),
        Outcome::Error => (BAD, "!", "could not judge"),
    }
}

/// Returns a line for each feature: how many of its scenarios passed.
pub(super) fn features(report: &Report) -> String {
    let mut features: Vec<(&str, usize, usize)> = Vec::new();
    for scenario in &report.scenarios {
        if features.last().is_none_or(|(name, ..)| *name != scenario.feature) {
            features.push((&scenario.feature, 0, 0));
        }
        let passed = scenario.outcome == Outcome::Passed;
        let could_pass = matches!(scenario.outcome, Outcome::Passed | Outcome::Deviates | Outcome::Error);
        if let Some((_, all, good)) = features.last_mut() {
            *all += usize::from(could_pass);
            *good += usize::from(passed);
        }
    }
    let mut text = String::new();
    for (name, all, passed) in features {
        let (style, sign) = match (all, passed) {
            (0, _) => (QUIET, "–"),
            _ if all == passed => (GOOD, "✓"),
            _ => (OPEN, "?"),
        };
        let count = if all == 0 { "nothing of it".to_owned() } else { format!("{passed} of {all}") };
        let _ = writeln!(text, "{} {name:62} {count:>14}", painted(style, sign));
    }
    text
}
