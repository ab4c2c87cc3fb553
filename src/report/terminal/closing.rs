//! The last lines of a run: what was covered, the counts, what is wrong with whom, and the verdict.

use std::fmt::Write as _;

use super::layout::{BAD, GOOD, OPEN, QUIET, counted, painted, signed, wrapped};
use crate::report::wording::arrows;
use crate::report::{ArrowReport, Report, RunVerdict, Standing};
use crate::verdict::{Evidence, Verdict};

/// Returns how much of the diagram was seen to hold.
pub(super) fn coverage(report: &Report) -> String {
    let total = report.arrows.len() - report.summary.arrows_prose;
    let (wire, inferred) = (report.summary.arrows_on_the_wire, report.summary.arrows_inferred);
    let edge_only = if report.hops_seen.len() == 1 { "edge only: " } else { "" };
    let mut text =
        format!("{edge_only}{} of {total} arrows: {wire} on the wire, {inferred} inferred\n", wire + inferred);
    for (verdict, what) in [
        (Verdict::Deviates, "deviating:"),
        (Verdict::NotObserved, "not observed:"),
        (Verdict::NotCrossed, "asserted by no scenario of this run:"),
    ] {
        let is_counted = |arrow: &&ArrowReport| !arrow.prose || verdict == Verdict::Deviates;
        let arrows = report.arrows.iter().filter(|arrow| arrow.verdict == verdict).filter(is_counted);
        let numbers = numbers(arrows);
        if !numbers.is_empty() {
            text.push_str(&wrapped(&format!("{what} {numbers}"), "  ", "    "));
        }
    }
    text.push_str(&prose(report));
    text
}

/// Returns the line for the arrows of which nothing is demanded, except of some that a reply comes.
fn prose(report: &Report) -> String {
    let prose = || report.arrows.iter().filter(|arrow| arrow.prose);
    if prose().next().is_none() {
        return String::new();
    }
    let came = numbers(prose().filter(|arrow| arrow.verdict == Verdict::Conforms));
    let replies = if came.is_empty() { String::new() } else { format!("; that a reply came: {came}") };
    let all = format!("{} more are prose, nothing is demanded of them: {}", prose().count(), numbers(prose()));
    wrapped(&(all + &replies), "", "  ")
}

fn numbers<'r>(arrows: impl Iterator<Item = &'r ArrowReport>) -> String {
    arrows.map(|arrow| arrow.number.to_string()).collect::<Vec<_>>().join(" ")
}

/// Returns how many scenarios ended in which way.
pub(super) fn counts(report: &Report) -> String {
    let summary = &report.summary;
    let counts = [
        (summary.passed, "passed"),
        (summary.deviating, "deviating"),
        (summary.known, "known"),
        (summary.errors, "not judged"),
        (summary.not_run, "not applicable"),
        (summary.waived, "waived"),
        (summary.not_observed, "not observed"),
        (summary.not_ended, "not ended"),
    ];
    let counts: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let counts = if counts.is_empty() { "none ended".to_owned() } else { counts.join(", ") };
    let scenarios = counted(summary.selected, "scenario", "scenarios");
    wrapped(&format!("{scenarios}: {counts} in {:.0} ms", report.duration_ms), "", "  ")
}

/// Returns a line for each real participant, and for each that hopcheck plays and that has something wrong.
pub(super) fn participants(report: &Report) -> String {
    let mut text = String::new();
    for name in judged(report) {
        let is_real = report.is_real(name);
        let wrong: Vec<String> = report
            .causes
            .iter()
            .filter(|cause| cause.fails && cause.participant.as_deref() == Some(name))
            .map(crate::report::Cause::wrong)
            .collect();
        let known =
            report.causes.iter().any(|cause| cause.known.is_some() && cause.participant.as_deref() == Some(name));
        let (style, sign, what) = match wrong.as_slice() {
            [] if !is_real => continue,
            [] if known => (OPEN, "≈", "nothing wrong but what is known".to_owned()),
            [] if is_seen(report, name) => (GOOD, "✓", "nothing wrong in what was seen of it".to_owned()),
            [] => (QUIET, "·", "not seen from here".to_owned()),
            wrong => (BAD, "✗", wrong.join("; ")),
        };
        text.push_str(&signed(style, sign, &format!("{name}: {what}")));
    }
    text
}

/// Returns who is judged, in the order in which they are drawn; then whoever else has something wrong.
fn judged(report: &Report) -> Vec<&str> {
    let drawn = report.arrows.iter().flat_map(|arrow| [arrow.from.as_str(), arrow.to.as_str()]);
    let declared = report.participants.keys().map(String::as_str);
    let blamed = report.culprits.iter().map(|culprit| culprit.participant.as_str());
    let mut names: Vec<&str> = Vec::new();
    for name in drawn.filter(|name| report.participants.contains_key(*name)).chain(declared).chain(blamed) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Returns whether anything that a participant sends was seen.
fn is_seen(report: &Report, name: &str) -> bool {
    report.arrows.iter().any(|arrow| arrow.from == name && arrow.evidence > Evidence::None)
}

/// Returns the verdict in a line.
pub(super) fn verdict(report: &Report) -> String {
    let (style, word) = match report.verdict {
        RunVerdict::Conforms if report.entries().any(|entry| entry.standing == Standing::Known) => {
            (OPEN, "conforms, but for what is known".to_owned())
        }
        RunVerdict::Conforms if report.arrows.iter().any(|it| !it.prose && it.verdict == Verdict::NotObserved) => {
            (GOOD, "conforms, as far as it was seen".to_owned())
        }
        RunVerdict::Conforms => (GOOD, "conforms".to_owned()),
        RunVerdict::Deviates if report.causes.iter().all(|cause| !cause.fails) && report.summary.deviating == 0 => {
            (BAD, "deviates from what the baseline says".to_owned())
        }
        RunVerdict::Deviates => (BAD, "deviates".to_owned()),
        RunVerdict::Incomplete if !report.open_arrows.is_empty() && report.broken_off.is_none() => {
            (OPEN, format!("incomplete: nothing asserted {}", arrows(&report.open_arrows)))
        }
        RunVerdict::Incomplete => (OPEN, "incomplete".to_owned()),
        RunVerdict::NothingRan => (OPEN, "nothing ran".to_owned()),
    };
    let mut text = String::new();
    let _ = writeln!(text, "{}", painted(style, &word));
    text
}
