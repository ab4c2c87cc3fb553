//! The text of a run for people: findings first, then what was asserted and what was not, and last whose doing it is.

mod causes;
mod closing;
mod layout;
mod open;
mod scenarios;

pub use scenarios::{heading, rows_line, scenario_line, traffic};

use super::{Report, RunVerdict};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The verdict alone.
    Verdict,
    /// What somebody has to know who mends it, or what was asserted.
    #[default]
    Usual,
    /// Every scenario, reason and remark.
    Everything,
}

/// Returns what is told of a run that has ended.
pub fn tail(report: &Report, detail: Detail) -> String {
    if detail == Detail::Verdict {
        return closing::verdict(report);
    }
    let all = detail == Detail::Everything;
    let mut text = if all { "\n".to_owned() } else { String::new() };
    text.push_str(&causes::failing(report));
    text.push_str(&open::not_judged(report));
    text.push_str(&causes::remarks(report, all));
    text.push_str(&open::baseline(report));
    if report.verdict == RunVerdict::NothingRan {
        text.push_str("no scenario was selected\nhint: `hopcheck list scenarios` prints their addresses and tags\n");
    } else {
        if !all && report.verdict != RunVerdict::Deviates {
            text.push_str(&scenarios::features(report));
        }
        text.push_str(&open::left_out(report, all));
        text.push_str(&open::shortcomings(report));
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
        text.push_str(&closing::coverage(report));
    }
    text.push_str(&closing::counts(report));
    text.push_str(&closing::participants(report));
    text.push_str(&closing::verdict(report));
    text
}

#[cfg(test)]
mod tests;
