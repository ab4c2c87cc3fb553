//! How an internal action is inferred: the verdict on it follows from what is seen on the wire.

use super::Case;
use super::attribution::follow;
use super::finding::{Defect, Finding};
use super::judge::judge;
use super::judgement::{ArrowJudgement, Evidence, Verdict};
use crate::protocol::Hop;

/// Returns the verdict on an internal action, whose findings follow from whatever is wrong on the wire.
pub(super) fn inferred(case: &Case<'_>, arrow: usize, findings: Vec<Finding>) -> ArrowJudgement {
    if findings.is_empty() {
        return ArrowJudgement::of(arrow, Evidence::Inferred, findings);
    }
    let wire = judge(case);
    let attributed = findings.into_iter().map(|finding| follow(case, finding, &wire)).collect();
    ArrowJudgement::of(arrow, Evidence::Inferred, attributed)
}

pub(super) fn unseen(arrow: usize, what: &str) -> ArrowJudgement {
    ArrowJudgement::without_evidence(arrow, Verdict::NotObserved, format!("{what} cannot be seen from here"))
}

/// Returns the verdict on an action whose effect is missing.
pub(super) fn missing(case: &Case<'_>, number: usize, hop: Hop) -> ArrowJudgement {
    let observed = match case.transcript.customer_reply() {
        Some(reply) => format!("none; the Customer got {} {}", reply.status, case.redactor.body(&reply.body)),
        None => "none, and no reply to the Customer".to_owned(),
    };
    let finding = case.diagram.arrow(number).map(|arrow| {
        let (subject, expected) = (format!("its effect on {hop}"), "an exchange with a reply");
        Finding::must(arrow, arrow.quote(), Defect::Missing, subject, expected, observed)
    });
    inferred(case, number, finding.into_iter().collect())
}
