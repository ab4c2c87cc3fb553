//! The ACAO header (Access-Control-Allow-Origin): which one the Orchestrator sets for an account's origins, and what the
//! edge makes of it.

use super::Case;
use super::finding::{Defect, Finding};
use super::inference::{inferred, missing, unseen};
use super::judgement::ArrowJudgement;
use crate::diagram::Arrow;
use crate::protocol::{Hop, OPAQUE_ORIGIN, Participant, is_origin};
use crate::transcript::Reply;

const ACAO: &str = "access-control-allow-origin";

/// The origins that an account allows, beside the one that a page has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigins {
    /// Those of the account; empty where it names none.
    pub allowed: Vec<String>,
    /// That of the page, where the request names one.
    pub page: Option<String>,
}

/// Judges the header that the Orchestrator set for the origins that its account allows.
///
/// Which of several right headers it sets is drawn nowhere. hopcheck's own sets the page's origin if it is allowed, else the
/// first allowed one, and none where the account names none; of others it is asked alone that the pages that are allowed
/// can read the reply, and that those that are not cannot.
pub(super) fn judge_origins(
    case: &Case<'_>,
    arrow: &Arrow,
    origins: &AllowedOrigins,
    reply: &Reply,
) -> Option<Finding> {
    const SUBJECT: &str = "the ACAO header of the configured origins";
    let observed: Vec<&str> = reply.header_values(ACAO).collect();
    let shown = acao_text(case, &observed);
    if !case.under_test.is_real(Participant::Orchestrator) {
        let expected: Vec<&str> = origins.as_set_by_the_reference().into_iter().collect();
        let finding = || {
            let expected = acao_text(case, &expected);
            Finding::must(arrow, arrow.quote(), Defect::WrongValue, SUBJECT, expected, shown)
        };
        return (observed != expected).then(finding);
    }
    let page = origins.page.as_deref().filter(|_| !origins.allowed.is_empty())?;
    let named: Vec<&str> = observed.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
    let is_allowed = origins.allowed.iter().any(|allowed| allowed == page);
    let lets_everybody = named.contains(&"*");
    let (expected, can_read) = (case.redactor.text(page), named.contains(&page));
    let told = if !is_allowed && (can_read || lets_everybody) {
        Finding::security(&arrow.from, SUBJECT, format!("a header that does not let {expected} read the reply"), shown)
    } else if is_allowed && lets_everybody {
        Finding::security(
            &arrow.from,
            SUBJECT,
            format!("{expected}, since the account allows some origins only"),
            shown,
        )
    } else if is_allowed && !can_read {
        Finding::should(&arrow.from, Defect::WrongValue, SUBJECT, format!("{expected}, which is allowed"), shown)
    } else {
        return None;
    };
    Some(told.at(Some(arrow.number)))
}

impl AllowedOrigins {
    /// Returns the header that hopcheck's own Orchestrator sets.
    fn as_set_by_the_reference(&self) -> Option<&str> {
        let own = self.page.as_ref().filter(|page| self.allowed.contains(page));
        own.or_else(|| self.allowed.first()).map(String::as_str)
    }
}

/// Judges "If ACAO header exists, then passes through, else sets to *": exactly one at the customer, the
/// Orchestrator's if it set one, otherwise this.
pub fn acao_applied(case: &Case<'_>, number: usize, otherwise: &str) -> ArrowJudgement {
    if !case.visibility.sees(Hop::Edge) {
        return unseen(number, "what the Customer receives");
    }
    let Some(arrow) = case.diagram.arrow(number) else { return missing(case, number, Hop::Edge) };
    if !case.visibility.sees(Hop::Orchestrator) {
        return acao_at_the_edge(case, arrow, otherwise);
    }
    let replies = [Hop::Orchestrator, Hop::Edge].map(|hop| case.transcript.first_on(hop)?.reply());
    let [Some(inner), Some(outer)] = replies else {
        return missing(case, number, Hop::Orchestrator);
    };
    let set: Vec<&str> = inner.header_values(ACAO).collect();
    let observed: Vec<&str> = outer.header_values(ACAO).collect();
    let expected = if set.is_empty() { vec![otherwise] } else { set };
    let mut findings = Vec::new();
    if observed != expected {
        let (subject, expected) = ("the ACAO header", acao_text(case, &expected));
        let shown = acao_text(case, &observed);
        findings.push(Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, shown));
    }
    findings.extend(unusable(case, arrow, &observed));
    inferred(case, number, findings)
}

/// Tells ACAO headers that the browser of no page takes: several, lists, what is no origin.
fn unusable(case: &Case<'_>, arrow: &Arrow, observed: &[&str]) -> Option<Finding> {
    let is_usable = |value: &&str| *value == "*" || *value == OPAQUE_ORIGIN || is_origin(value);
    if observed.len() == 1 && observed.iter().all(is_usable) {
        return None;
    }
    let (subject, expected) = ("the ACAO header as browsers read it", "one origin, or *");
    let finding = Finding::should(&arrow.from, Defect::WrongKind, subject, expected, acao_text(case, observed));
    Some(finding.at(Some(arrow.number)))
}

/// Judges what can be judged of the ACAO rule from outside: that there is exactly one header. Whoever set it, the account's
/// own pages should be able to read the reply.
fn acao_at_the_edge(case: &Case<'_>, arrow: &Arrow, otherwise: &str) -> ArrowJudgement {
    let number = arrow.number;
    let Some(exchange) = case.transcript.first_on(Hop::Edge) else { return missing(case, number, Hop::Edge) };
    let Some(reply) = exchange.reply() else { return missing(case, number, Hop::Edge) };
    let observed: Vec<&str> = reply.header_values(ACAO).collect();
    let page = exchange.request.header("origin").filter(|origin| case.given.origin.as_deref() == Some(*origin));
    let expected = match observed[..] {
        [] => format!("the Orchestrator's, or {otherwise}"),
        [one] if !one.contains([',', ' ']) => {
            let findings = unusable(case, arrow, &observed).or_else(|| hides(case, arrow, [one, otherwise], page?));
            let unseen = unseen(number, "whether the Orchestrator set an ACAO header");
            return ArrowJudgement { findings: findings.into_iter().collect(), ..unseen };
        }
        _ => "one, with one origin or *".to_owned(),
    };
    let (subject, observed) = ("the ACAO header", acao_text(case, &observed));
    let finding = Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed);
    inferred(case, number, vec![finding])
}

/// Tells an ACAO header that does not let a page read the reply which its account allows.
fn hides(case: &Case<'_>, arrow: &Arrow, [header, otherwise]: [&str; 2], page: &str) -> Option<Finding> {
    if [page, "*", otherwise].contains(&header) {
        return None;
    }
    let (subject, page) = ("the ACAO header for a page that is allowed", case.redactor.text(page));
    let observed = acao_text(case, &[header]);
    let finding = Finding::should(&arrow.from, Defect::WrongValue, subject, format!("{page}, or *"), observed);
    Some(finding.at(Some(arrow.number)))
}

fn acao_text(case: &Case<'_>, values: &[&str]) -> String {
    if values.is_empty() { "no ACAO header".to_owned() } else { case.redactor.text(&values.join(" and ")) }
}
