//! Causes in the text: each thing that fails the run once, with the words it breaks and the traffic that shows it; what
//! does not fail it in one line each.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::layout::{BAD, OPEN, counted, labelled, painted, shortened, signed, wrapped};
use super::scenarios::traffic;
use crate::report::wording::{arrows, right};
use crate::report::{Cause, Report};
use crate::verdict::Severity;

/// How many lines of remarks are shown before they are folded.
const REMARKS: usize = 5;

/// Returns every cause that fails the run.
pub(super) fn failing(report: &Report) -> String {
    let mut shown = BTreeSet::new();
    let mut text = String::new();
    for cause in report.causes.iter().filter(|cause| cause.fails) {
        let _ = writeln!(text, "{}", failing_one(report, cause, &mut shown));
    }
    text
}

/// `shown` are the scenarios whose traffic was shown already.
fn failing_one<'r>(report: &Report, cause: &'r Cause, shown: &mut BTreeSet<&'r str>) -> String {
    let sign = format!("✗ {}", right(cause.severity));
    let mut text = signed(BAD, &sign, &cause.headline());
    match &cause.drawn {
        Some(quote) => {
            text.push_str(&labelled("drawn", &format!("{} ({}:{})", quote.words, report.diagram.file, quote.line)));
        }
        None if cause.severity == Severity::Security => {
            text.push_str(&labelled("not drawn", "but it lets somebody in, or lets a secret out"));
        }
        None => text.push_str(&labelled("not drawn", "fails because of --strict")),
    }
    text.push_str(&labelled("expected", &cause.expected));
    text.push_str(&labelled("observed", &cause.observed));
    if !cause.consequences.is_empty() {
        text.push_str(&labelled("follows", &format!("{}, because of this", arrows(&cause.consequences))));
    }
    if let Some(hint) = &cause.hint {
        text.push_str(&labelled("hint", hint));
    }
    let Some(first) = cause.scenarios.first() else {
        text.push_str(&labelled("seen", "outside any scenario"));
        return text;
    };
    let others = match cause.scenarios.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", counted(more, "more scenario", "more scenarios")),
    };
    text.push_str(&labelled("seen in", &format!("{first}{others}")));
    if let Some(scenario) = report.scenarios.iter().find(|scenario| scenario.address == *first) {
        if shown.insert(first) {
            text.push_str(&traffic(&scenario.transcript));
        }
        let _ = writeln!(text, "    rerun: {}", scenario.rerun);
    }
    text
}

/// Returns what only `--strict` fails on, a line each; as many as `all` says, or the first few.
pub(super) fn remarks(report: &Report, all: bool) -> String {
    let remarks: Vec<&Cause> = report
        .causes
        .iter()
        .filter(|cause| cause.severity == Severity::Should && !cause.fails && cause.known.is_none())
        .collect();
    let mut text = String::new();
    let shown = if all { remarks.len() } else { REMARKS };
    for cause in remarks.iter().take(shown) {
        let sign = "SHOULD";
        let line = format!("{}: expected {}, observed {}", cause.headline(), cause.expected, cause.observed);
        if all {
            text.push_str(&signed(OPEN, sign, &line));
        } else {
            let line = shortened(&format!("{sign} {line}"));
            let _ = writeln!(text, "{}{}", painted(OPEN, sign), line.strip_prefix(sign).unwrap_or_default());
        }
    }
    if remarks.len() > shown {
        let more = counted(remarks.len() - shown, "more SHOULD", "more SHOULDs");
        text.push_str(&wrapped(&format!("{more}, which fail the run only with --strict (-v shows them)"), "  ", "  "));
    }
    if text.is_empty() { text } else { text + "\n" }
}
