//! A reply that crossed, against the reply arrow it crosses: status, body, and what the deployment file says of both.

use serde_json::Value;

use super::binding::{Scope, Variable};
use super::contract::stated_statuses;
use super::members::Context;
use super::{Case, Finding};
use crate::diagram::{Arrow, Kind, Member, Value as Drawn};
use crate::protocol::TokenRotation;
use crate::transcript::{Exchange, Reply};

/// A shorter token may stand in a body by chance.
const SHORTEST_TOKEN: usize = 8;

/// Judges a reply.
pub(super) fn judge_reply(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: &Arrow,
    exchange: &Exchange,
    reply: &Reply,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stated = stated_statuses(case.contract, arrow, case.course.circumstances);
    if stated.is_empty() && reply.status >= 500 {
        let expected = "the status of a drawn outcome";
        findings.push(Finding::must(arrow.number, "status", expected, reply.status.to_string()));
    } else if !stated.is_empty() && !stated.contains(&reply.status) {
        let expected = stated.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        findings.push(Finding::must(arrow.number, "status", expected, reply.status.to_string()));
    }
    findings.extend(judge_encoding(case, arrow.number, reply));
    let forbidden = case.diagram.forbidden_members(arrow);
    findings.extend(context.judge_body(arrow, Scope::Reply, &reply.body, &forbidden, exchange.at));
    findings.extend(judge_leak(case, context, arrow, &forbidden, reply));
    findings.extend(judge_roles(case, arrow, reply));
    findings.extend(judge_rotation(case, context, arrow, reply));
    findings
}

/// A body that is packed though it was not asked for is no JSON; this says why.
fn judge_encoding(case: &Case<'_>, arrow: usize, reply: &Reply) -> Option<Finding> {
    let packed = reply.header_values("content-encoding").find(|encoding| !encoding.eq_ignore_ascii_case("identity"))?;
    let expected = "none, as none was asked for";
    Some(Finding::must(arrow, "content encoding", expected, case.redactor.text(packed)).only_should())
}

/// Where only another reply draws a token, the one that was presented must not be there under any name.
fn judge_leak(
    case: &Case<'_>,
    context: &Context<'_>,
    arrow: &Arrow,
    forbidden: &[&Member],
    reply: &Reply,
) -> Option<Finding> {
    forbidden.iter().find(|member| kind_of(&member.value) == Some(Kind::Token))?;
    let presented = context.bindings.value(&Variable::Presented)?.as_str()?;
    let text = String::from_utf8_lossy(reply.body.bytes());
    let is_there = presented.len() >= SHORTEST_TOKEN && text.contains(presented);
    let expected = "no token, which only another reply draws";
    let observed = || format!("the token that was presented, in {}", case.redactor.excerpt(&reply.body));
    is_there.then(|| Finding::must(arrow.number, "what the body tells", expected, observed()))
}

/// Where the account's roles are known, the first list of texts must be those, in whatever order.
fn judge_roles(case: &Case<'_>, arrow: &Arrow, reply: &Reply) -> Option<Finding> {
    let stated = case.given.roles.as_ref()?;
    let member = arrow.members().iter().find(|member| kind_of(&member.value) == Some(Kind::Texts))?;
    let observed = reply.body.member(&member.path)?;
    let listed: Option<Vec<&str>> = observed.as_array().and_then(|roles| roles.iter().map(Value::as_str).collect());
    if listed.is_some_and(|listed| sorted(listed) == sorted(stated.iter().map(String::as_str).collect())) {
        return None;
    }
    let [stated, observed] = [&Value::from(stated.clone()), observed].map(|roles| case.redactor.member("roles", roles));
    let subject = format!("member `{}`", member.path.join("."));
    Some(Finding::must(arrow.number, subject, format!("{stated} (the roles of the account)"), observed))
}

fn sorted(mut roles: Vec<&str>) -> Vec<&str> {
    roles.sort_unstable();
    roles
}

fn judge_rotation(case: &Case<'_>, context: &Context<'_>, arrow: &Arrow, reply: &Reply) -> Option<Finding> {
    let member = arrow.members().iter().find(|member| kind_of(&member.value) == Some(Kind::Token))?;
    let returned = reply.body.member(&member.path)?;
    let same = context.bindings.value(&Variable::Presented)? == returned;
    let expected = match (case.contract.token_rotation, same) {
        (TokenRotation::Required, true) => "another token than the one presented",
        (TokenRotation::Forbidden, false) => "the token that was presented",
        (TokenRotation::Any, _) | (TokenRotation::Required, false) | (TokenRotation::Forbidden, true) => return None,
    };
    let observed = case.redactor.member("token", returned);
    Some(Finding::must(arrow.number, format!("member `{}`", member.path.join(".")), expected, observed))
}

fn kind_of(value: &Drawn) -> Option<Kind> {
    match value {
        Drawn::Name(name) => Some(name.kind),
        Drawn::Literal(_) | Drawn::Type(_) | Drawn::Objects(_) => None,
    }
}
