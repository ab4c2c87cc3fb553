//! What a run of probes came to, in words.

use std::fmt::Write as _;

use crate::probes::{Failure, Report, Verdict};
use crate::verdict::Severity;

/// Says how many properties were found broken.
pub(super) fn broken(properties: usize) -> String {
    match properties {
        0 => "nothing broken".to_owned(),
        1 => "1 property broken".to_owned(),
        more => format!("{more} properties broken"),
    }
}

/// Returns what there is to say of a property that does not hold; `again` is the command that plays cases.
pub(super) fn failure(failure: &Failure, again: &str) -> String {
    let severity = match failure.severity {
        Severity::Must => "MUST",
        Severity::Security => "SECURITY, not drawn",
        Severity::Should => "SHOULD",
    };
    let arrow = failure.arrow.map(|number| format!(", arrow {number}")).unwrap_or_default();
    let mut text = format!(
        "\n✗ {} ({severity}{arrow}), at {}\n    expected {}\n    observed {}\n",
        failure.property, failure.participant, failure.expected, failure.observed
    );
    if failure.again {
        let _ = writeln!(text, "  the smallest case, after {} smaller ones:", failure.shrink_steps);
    } else {
        text.push_str("  it held when the case was played again, which is:\n");
    }
    indented(&mut text, &failure.smallest);
    if let Some(curl) = &failure.curl {
        text.push_str("  for a shell:\n");
        indented(&mut text, curl);
    }
    text.push_str("  as a scenario:\n");
    indented(&mut text, &failure.scenario);
    let _ = writeln!(text, "  again: {again} --replay {}", failure.case);
    text
}

fn indented(text: &mut String, block: &str) {
    for line in block.lines() {
        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
    }
}

/// Returns the last lines of a run.
pub(super) fn tail(report: &Report) -> String {
    let mut text = String::from("\n");
    for property in &report.properties {
        let sign = match property.broken {
            0 if report.ran == 0 => '·',
            0 => '✓',
            _ => '✗',
        };
        let _ = write!(text, "{sign} {:<18}{}", property.name, property.says);
        if let [first, ..] = &property.cases[..] {
            let cases = if property.broken == 1 { "case" } else { "cases" };
            let _ = write!(text, " ({} {cases}, the first {first})", property.broken);
        }
        text.push('\n');
    }
    let what = match report.verdict {
        Verdict::Holds if report.properties.iter().any(|property| property.broken > 0) => {
            "nothing that is drawn is broken"
        }
        Verdict::Holds => "nothing is broken",
        Verdict::Broken => "broken",
        Verdict::Incomplete => "incomplete",
        Verdict::NothingRan => "nothing ran",
    };
    if let Some(reason) = &report.broken_off {
        let _ = writeln!(text, "the run broke off: {reason}");
    }
    let of = if report.ran == report.selected { String::new() } else { format!(" of {}", report.selected) };
    let cases = if report.ran == 1 && of.is_empty() { "case" } else { "cases" };
    let _ = writeln!(text, "{}{of} {cases}, {} of them sequences: {what}", report.ran, report.sequences);
    text
}
