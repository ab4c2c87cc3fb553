//! What is wrong, in words that every report uses: who did it, at which arrow, and in what way.

use crate::verdict::{Defect, Finding, Severity};

/// Returns whose doing something is, at which arrows, and what is wrong.
pub(super) fn headline(participant: Option<&str>, numbers: &[usize], subject: &str, defect: Defect) -> String {
    let what = what(subject, defect);
    match (participant, numbers) {
        (Some(participant), []) => format!("{participant}: {what}"),
        (Some(participant), numbers) => format!("{participant}, {}: {what}", arrows(numbers)),
        (None, []) => what,
        (None, numbers) => format!("{}: {what}", arrows(numbers)),
    }
}

/// Returns a finding in one line: whose doing it is, at which arrow, and what is wrong.
pub(super) fn finding_line(finding: &Finding) -> String {
    let arrow: Vec<usize> = finding.arrow.into_iter().collect();
    let headline = headline(finding.participant.as_deref(), &arrow, &finding.subject, finding.defect);
    format!("{headline}: expected {}, observed {}", finding.expected, finding.observed)
}

/// Returns the finding that a scenario fails on: the first cause of those that fail, else the first that fails, else the
/// first.
pub(super) fn gravest(findings: &[Finding]) -> Option<&Finding> {
    let fails = |finding: &&Finding| finding.severity().fails(false);
    let cause = findings.iter().find(|finding| fails(finding) && finding.is_cause());
    cause.or_else(|| findings.iter().find(fails)).or_else(|| findings.first())
}

/// Returns numbers of arrows in words.
pub(super) fn arrows(numbers: &[usize]) -> String {
    let listed: Vec<String> = numbers.iter().map(usize::to_string).collect();
    format!("{} {}", if numbers.len() == 1 { "arrow" } else { "arrows" }, listed.join(" "))
}

/// Returns the word for by what right something is told.
pub(super) fn right(severity: Severity) -> &'static str {
    match severity {
        Severity::Must => "MUST",
        Severity::Security => "SECURITY",
        Severity::Should => "SHOULD",
    }
}

/// Returns what is wrong, in a clause that is a sentence behind whose doing it is.
pub(super) fn what(subject: &str, defect: Defect) -> String {
    match defect {
        Defect::Missing => format!("{subject} is missing"),
        Defect::NotDrawnHere => format!("{subject} is not drawn in this branch"),
        Defect::WrongKind => format!("{subject} is of another kind than expected"),
        Defect::WrongValue => format!("{subject} is not the one expected"),
        Defect::Repeated => format!("{subject} is there more than once"),
        Defect::OtherBranch => "the reply is that of another branch".to_owned(),
        Defect::NotAsDrawn => format!("the whole {} is not as drawn", subject.trim_start_matches("the ")),
        Defect::NoReply => "no reply came".to_owned(),
        Defect::NoCall => format!("{subject}: the drawn call was not made"),
        Defect::ExtraCall => format!("{subject}: a call that is not drawn"),
        Defect::Order => "it crossed too early".to_owned(),
        Defect::Status => "the status is not the one stated".to_owned(),
        Defect::Exposure => format!("{subject} lets somebody in, or a secret out"),
    }
}
