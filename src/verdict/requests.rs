//! A request that crossed, against the request arrow it crosses: method, path, body, and whether it was forwarded as it
//! came.

use serde_json::Value;

use super::Case;
use super::binding::Scope;
use super::finding::{Defect, Finding};
use super::members::Context;
use super::whole_reply::unlike_an_object;
use crate::diagram::{Arrow, Meaning, RequestLabel};
use crate::transcript::{Exchange, Request};

/// Judges a request by its innermost exchange, and what lies before it by that. It is the doing of whoever sent that.
pub(super) fn judge_request(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: &Arrow,
    exchanges: &[&Exchange],
) -> Vec<Finding> {
    let (Meaning::Request(label), [outer @ .., inner]) = (&arrow.meaning, exchanges) else {
        return Vec::new();
    };
    let mut findings = judge_address(case, context, arrow, label, inner);
    if arrow.members().is_empty() || matches!(inner.request.body.json(), Some(Value::Object(_))) {
        let forbidden = case.diagram.forbidden_members(arrow);
        findings.extend(context.judge_body(arrow, Scope::Request, &inner.request.body, &forbidden, inner.at));
    } else {
        let observed = unlike_an_object(case.redactor, &inner.request.body);
        findings.push(Finding::must(arrow, arrow.quote(), Defect::NotAsDrawn, "body", "a JSON object", observed));
    }
    if findings.is_empty() {
        findings.extend(outer.iter().find_map(|before| changed_on_the_way(case, arrow, before, inner)));
    }
    let sender = inner.hop.caller().drawn_name();
    findings.into_iter().map(|finding| finding.of(sender)).collect()
}

fn judge_address(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: &Arrow,
    label: &RequestLabel,
    exchange: &Exchange,
) -> Vec<Finding> {
    let request = &exchange.request;
    let mut findings = Vec::new();
    let mut find = |subject: &str, expected: &str, observed: &str| {
        let observed = case.redactor.text(observed);
        findings.push(Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed));
    };
    if request.method != label.method_or_post() {
        find("method", label.method_or_post(), &request.method);
    }
    match label.matches_path(&request.path) {
        None => find("path", &label.path_text(), &request.path),
        Some(names) => {
            for (name, segment) in names {
                let value = Value::from(segment);
                let subject = format!("`{}` in the path", name.text);
                let told = (subject.as_str(), arrow.quote());
                findings.extend(context.judge_name(arrow, told, name, Scope::Request, &value, exchange.at));
            }
        }
    }
    findings
}

/// An arrow drawn past a participant, as arrow 1 past Starship, is forwarded by it unchanged.
fn changed_on_the_way(case: &Case<'_>, arrow: &Arrow, before: &Exchange, after: &Exchange) -> Option<Finding> {
    let same_body = match (before.request.body.json(), after.request.body.json()) {
        (Some(before), Some(after)) => before == after,
        _ => before.request.body.bytes() == after.request.body.bytes(),
    };
    let subject = format!("the request {} forwards", before.hop.callee());
    let shown =
        |request: &Request| format!("{} {}", case.redactor.request_line(request), case.redactor.excerpt(&request.body));
    let (sent, received) = (&before.request, &after.request);
    let same_address = (&sent.method, &sent.path, &sent.query) == (&received.method, &received.path, &received.query);
    let finding = || {
        Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, shown(&before.request), shown(&after.request))
    };
    (!(same_body && same_address)).then(finding)
}
