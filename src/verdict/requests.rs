//! A request that crossed, against the request arrow it crosses: method, path, body, and whether it was forwarded as it
//! came.

use serde_json::Value;

use super::binding::Scope;
use super::members::Context;
use super::{Case, Finding};
use crate::diagram::{Arrow, Meaning, RequestLabel};
use crate::transcript::{Exchange, Request};

/// Judges a request by its innermost exchange, and what lies before it by that.
pub(super) fn judge_request(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: &Arrow,
    exchanges: &[&Exchange],
) -> Vec<Finding> {
    let (Meaning::Request(label), [outer @ .., inner]) = (&arrow.meaning, exchanges) else {
        return Vec::new();
    };
    let mut findings = judge_address(case, context, arrow.number, label, inner);
    let forbidden = case.diagram.forbidden_members(arrow);
    findings.extend(context.judge_body(arrow, Scope::Request, &inner.request.body, &forbidden, inner.at));
    for before in outer {
        findings.extend(changed_on_the_way(case, arrow.number, before, inner));
    }
    findings
}

fn judge_address(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: usize,
    label: &RequestLabel,
    exchange: &Exchange,
) -> Vec<Finding> {
    let request = &exchange.request;
    let mut findings = Vec::new();
    if let Some(method) = label.method.as_deref().filter(|method| request.method != *method) {
        findings.push(Finding::must(arrow, "method", method, case.redactor.text(&request.method)));
    }
    match label.matches_path(&request.path) {
        None => findings.push(Finding::must(arrow, "path", label.path_text(), case.redactor.text(&request.path))),
        Some(names) => {
            for (name, segment) in names {
                let value = Value::from(segment);
                let subject = format!("`{}` in the path", name.text);
                findings.extend(context.judge_name(arrow, &subject, name, Scope::Request, &value, exchange.at));
            }
        }
    }
    findings
}

/// An arrow drawn past a participant, as arrow 1 past Starship, is forwarded by it unchanged.
fn changed_on_the_way(case: &Case<'_>, arrow: usize, before: &Exchange, after: &Exchange) -> Option<Finding> {
    let same_body = match (before.request.body.json(), after.request.body.json()) {
        (Some(before), Some(after)) => before == after,
        _ => before.request.body.bytes() == after.request.body.bytes(),
    };
    let subject = format!("the request {} forwards", before.hop.callee());
    let shown =
        |request: &Request| format!("{} {}", case.redactor.request_line(request), case.redactor.excerpt(&request.body));
    let (sent, received) = (&before.request, &after.request);
    let same_address = (&sent.method, &sent.path, &sent.query) == (&received.method, &received.path, &received.query);
    (!(same_body && same_address)).then(|| Finding::must(arrow, subject, shown(&before.request), shown(&after.request)))
}
