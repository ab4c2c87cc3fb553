//! A request that crossed, against the request arrow it crosses: method, path, body, and whether it was forwarded as it
//! came.

use serde_json::Value;

use super::alignment::ends_of;
use super::binding::Scope;
use super::client_attributes::lost_attributes;
use super::finding::{Defect, Finding};
use super::members::{Context, subject};
use super::whole_reply::unlike_an_object;
use super::{Case, MadeFor};
use crate::diagram::{Arrow, Meaning, Member, RequestLabel, Validity};
use crate::protocol::Participant;
use crate::transcript::{Exchange, Request, SecretKind};

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
    if arrow.members().iter().all(|member| member.optional)
        || matches!(inner.request.body.json(), Some(Value::Object(_)))
    {
        let forbidden = case.diagram.forbidden_members(arrow);
        findings.extend(context.judge_body(arrow, Scope::Request, &inner.request.body, &forbidden, inner.at));
    } else {
        let observed = unlike_an_object(case.redactor, &inner.request.body);
        findings.push(Finding::must(arrow, arrow.quote(), Defect::NotAsDrawn, "body", "a JSON object", observed));
    }
    if findings.is_empty() {
        findings.extend(outer.iter().find_map(|before| changed_on_the_way(case, arrow, before, inner)));
    }
    findings.extend(judge_fingerprint(case, arrow, inner));
    let lost = outer.first().into_iter().flat_map(|before| lost_on_the_way(case, arrow, before, inner));
    findings.extend(lost);
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
    if let Some(method) = label.method.as_deref().filter(|method| request.method != *method) {
        find("method", method, &request.method);
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

/// The fingerprint that is sent is that of the client that the token was made for, if that is the one that presents it.
fn judge_fingerprint(case: &Case<'_>, arrow: &Arrow, exchange: &Exchange) -> Option<Finding> {
    if ends_of(arrow)[0] != Some(Participant::Orchestrator) {
        return None;
    }
    let is_fingerprint = |member: &&Member| member.name().is_some_and(|name| name.text.contains("finger"));
    let member = arrow.members().iter().find(is_fingerprint)?;
    let sent = exchange.request.body.member(&member.path)?.as_str()?;
    let expected = match (&case.given.provenance.made_for, case.course.circumstances.fingerprint) {
        (MadeFor::Client(own), Validity::Valid) if own.expose() != sent => "that of the client the token was made for",
        (MadeFor::Client(own), Validity::Invalid) if own.expose() == sent => "another than the token was made for",
        (MadeFor::Nobody, Validity::Valid) => "none was sent when the token was made, though the feature was on",
        (MadeFor::Unknown | MadeFor::Client(_) | MadeFor::Nobody, _) => return None,
    };
    let observed = case.redactor.pseudonym(sent, SecretKind::Fingerprint);
    let words = arrow.quote_member(member);
    Some(Finding::must(arrow, words, Defect::WrongValue, subject(member), expected, observed))
}

/// What tells clients apart may be lost on the way past a participant. hopcheck's own hands it on; of others nobody asks that.
fn lost_on_the_way(case: &Case<'_>, arrow: &Arrow, before: &Exchange, after: &Exchange) -> Vec<Finding> {
    let who = before.hop.callee();
    let told = |(what, sent, received): (&str, &str, &str)| {
        let [sent, received] = [sent, received].map(|value| case.redactor.text(value));
        let finding = if case.under_test.is_real(who) {
            let words = arrow.quote();
            Finding::quoting(who.drawn_name(), words, Defect::Missing, what, sent, received).only_should()
        } else {
            Finding::security(who.drawn_name(), what, sent, received)
        };
        finding.at(Some(arrow.number))
    };
    lost_attributes(&before.request, &after.request).into_iter().map(told).collect()
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
