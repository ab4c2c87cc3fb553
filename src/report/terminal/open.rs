//! What the run does not say, and what would make it say more: scenarios that do not apply, that cannot be seen from
//! here or could not be judged, and entries of the baseline.

use std::fmt::Write as _;

use super::layout::{BAD, OPEN, QUIET, counted, labelled, painted, shortened, signed, wrapped};
use super::scenarios::{KNOWN, sign_of};
use crate::report::{Outcome, Report, ScenarioReport, Standing};

/// How many reasons, or addresses, are named before the others are counted.
const NAMED: usize = 3;

/// Scenarios that ended alike for the same reason.
struct Alike<'r> {
    reason: &'r str,
    scenarios: Vec<&'r ScenarioReport>,
}

fn alike(report: &Report, outcome: Outcome) -> Vec<Alike<'_>> {
    let mut groups: Vec<Alike<'_>> = Vec::new();
    for scenario in report.scenarios.iter().filter(|scenario| scenario.outcome == outcome) {
        let reason = scenario.reason.as_deref().unwrap_or_default();
        match groups.iter_mut().find(|group| group.reason == reason) {
            Some(group) => group.scenarios.push(scenario),
            None => groups.push(Alike { reason, scenarios: vec![scenario] }),
        }
    }
    groups
}

/// Returns what could not be judged and why, those for the same reason together.
pub(super) fn not_judged(report: &Report) -> String {
    let mut text = String::new();
    for Alike { reason, scenarios } in alike(report, Outcome::Error) {
        let mut lines = reason.lines();
        text.push_str(&signed(BAD, "! could not judge:", lines.next().unwrap_or_default()));
        for line in lines {
            text.push_str(&wrapped(line, "    ", "    "));
        }
        text.push_str(&labelled("in", &addresses(&scenarios, NAMED)));
        if let Some(first) = scenarios.first() {
            let _ = writeln!(text, "    rerun: {}", first.rerun);
        }
        text.push('\n');
    }
    text
}

/// Returns what was left out, each kind in a line, or, for whoever wants `all`, with every reason and address.
pub(super) fn left_out(report: &Report, all: bool) -> String {
    let mut text = String::new();
    for (outcome, what, way) in [
        (Outcome::NotRun, "not apply to what this deployment declares", "-v names them"),
        (Outcome::NotObserved, "not show from here", "--explain says why"),
        (Outcome::Waived, "not count: waived", "-v names them"),
    ] {
        let groups = alike(report, outcome);
        let count: usize = groups.iter().map(|group| group.scenarios.len()).sum();
        if count == 0 {
            continue;
        }
        let (style, sign, _) = sign_of(outcome);
        let do_not = if count == 1 { "does" } else { "do" };
        let scenarios = counted(count, "scenario", "scenarios");
        let way = if all { String::new() } else { format!(" ({way})") };
        text.push_str(&signed(style, sign, &format!("{scenarios} {do_not} {what}{way}")));
        if all {
            for group in &groups {
                text.push_str(&wrapped(&group.reason.replace('\n', "; "), "    ", "    "));
                text.push_str(&wrapped(&addresses(&group.scenarios, usize::MAX), "      ", "      "));
            }
        } else if outcome == Outcome::NotRun {
            text.push_str(&would_show(groups));
        }
    }
    text
}

/// Says what the statements would add that most scenarios lack, most first.
fn would_show(mut groups: Vec<Alike<'_>>) -> String {
    groups.sort_by_key(|group| std::cmp::Reverse(group.scenarios.len()));
    let mut text = String::new();
    for Alike { reason, scenarios } in groups.iter().take(NAMED) {
        let first = reason.lines().next().unwrap_or_default();
        let _ = writeln!(text, "{}", shortened(&format!("    {} more: {first}", scenarios.len())));
    }
    if groups.len() > NAMED {
        let _ = writeln!(text, "    and {}", counted(groups.len() - NAMED, "other reason", "other reasons"));
    }
    text
}

fn addresses(scenarios: &[&ScenarioReport], most: usize) -> String {
    let named: Vec<&str> = scenarios.iter().take(most).map(|scenario| scenario.address.as_str()).collect();
    match scenarios.len() - named.len() {
        0 => named.join(" "),
        more => format!("{} and {more} more", named.join(" ")),
    }
}

/// Returns how each entry of the baseline stands.
pub(super) fn baseline(report: &Report) -> String {
    let Some(baseline) = &report.baseline else { return String::new() };
    let mut text = String::new();
    for entry in &baseline.entries {
        let (style, sign, word) = match entry.standing {
            Standing::Known => KNOWN,
            Standing::Stale | Standing::Expired => (BAD, "✗", entry.standing.word()),
            Standing::NotSeen => continue,
        };
        text.push_str(&signed(style, &format!("{sign} {word}"), &baseline.line(entry)));
    }
    for (why, places) in baseline.unseen() {
        let count = counted(places.len(), "entry", "entries");
        let named = places.first().map(String::as_str).unwrap_or_default();
        text.push_str(&signed(QUIET, "· not seen", &format!("{count}: {why}: {named}")));
    }
    if text.is_empty() { text } else { text + "\n" }
}

/// Returns what keeps a run from saying all that it should.
pub(super) fn shortcomings(report: &Report) -> String {
    let mut text = String::new();
    for line in report.shortcomings() {
        text.push_str(&signed(OPEN, "?", &line));
    }
    if let Some(reason) = &report.broken_off {
        let mut lines = reason.lines();
        let _ = write!(text, "{}", signed(OPEN, "! broken off:", lines.next().unwrap_or_default()));
        for line in lines {
            let _ = writeln!(text, "    {}", painted(QUIET, line));
        }
    }
    text
}
