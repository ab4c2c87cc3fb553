//! A reply that crossed, against the reply arrow it crosses: what it is as a whole, its status, its members, and what the
//! deployment file says of them.

use serde_json::Value;

use super::Case;
use super::binding::{Scope, Variable};
use super::contract::{stated_statuses, statuses_of};
use super::finding::{Defect, Finding};
use super::members::{Context, subject};
use super::whole_reply::judge_as_a_whole;
use crate::diagram::{Arrow, Kind, Member, Value as Drawn};
use crate::protocol::{Hop, TokenRotation};
use crate::transcript::{Exchange, Reply};

/// A shorter token may stand in a body by chance.
const SHORTEST_TOKEN: usize = 8;

/// Judges a reply. One that is nothing like the one drawn is one finding, whatever its members.
pub(super) fn judge_reply(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: &Arrow,
    exchange: &Exchange,
    reply: &Reply,
) -> Vec<Finding> {
    let forbidden = case.diagram.forbidden_members(arrow);
    let mut findings: Vec<Finding> = judge_encoding(case, arrow, exchange, reply).into_iter().collect();
    findings.extend(judge_type(case, arrow, exchange, reply));
    findings.extend(judge_leak(case, context, arrow, &forbidden, reply));
    if let Some(finding) = judge_as_a_whole(case, arrow, reply) {
        findings.push(finding);
        return findings;
    }
    findings.extend(judge_status(case, arrow, reply));
    findings.extend(context.judge_body(arrow, Scope::Reply, &reply.body, &forbidden, exchange.at));
    findings.extend(judge_roles(case, arrow, reply));
    findings.extend(judge_rotation(case, context, arrow, reply));
    findings
}

/// Judges a status by those stated for the outcome. Where none was, that of any drawn outcome will do.
fn judge_status(case: &Case<'_>, arrow: &Arrow, reply: &Reply) -> Option<Finding> {
    let stated = stated_statuses(case.contract, arrow, case.course.circumstances);
    let at_the_edge = statuses_of(case.contract, case.course.circumstances);
    let is_right = match stated {
        [] => reply.status < 500 || at_the_edge.contains(&reply.status),
        stated => stated.contains(&reply.status),
    };
    let expected = match stated {
        [] => "the status of a drawn outcome".to_owned(),
        stated => stated.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
    };
    let finding = || Finding::must(arrow, arrow.quote(), Defect::Status, "status", expected, reply.status.to_string());
    (!is_right).then(finding)
}

/// Tells a body that is packed though its caller did not ask for that: not every caller unpacks. Nobody asks for it at the
/// edge; elsewhere, a caller that says nothing takes anything.
fn judge_encoding(case: &Case<'_>, arrow: &Arrow, exchange: &Exchange, reply: &Reply) -> Option<Finding> {
    let packed = reply.header_values("content-encoding").find(|encoding| !encoding.eq_ignore_ascii_case("identity"))?;
    let asked = exchange.request.header("accept-encoding").or((exchange.hop == Hop::Edge).then_some("identity"))?;
    let takes = |name: &str| name == "*" || packed.split(',').any(|one| one.trim().eq_ignore_ascii_case(name));
    if asked.split(',').map(|name| name.split(';').next().unwrap_or_default().trim()).any(takes) {
        return None;
    }
    let (expected, observed) = ("none, as none was asked for", case.redactor.text(packed));
    let finding = Finding::should(&arrow.from, Defect::WrongValue, "content encoding", expected, observed);
    Some(finding.at(Some(arrow.number)))
}

/// Tells JSON that the edge calls something else than JSON, or text: a browser may show it as what it is called.
fn judge_type(case: &Case<'_>, arrow: &Arrow, exchange: &Exchange, reply: &Reply) -> Option<Finding> {
    reply.body.json().filter(|_| exchange.hop == Hop::Edge)?;
    let stated = reply.header_values("content-type").next()?;
    let kind = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = ["application/json", "text/json", "text/plain"].contains(&&*kind) || kind.ends_with("+json");
    let (expected, observed) = ("application/json, as the body is", case.redactor.text(stated));
    let finding = || Finding::should(&arrow.from, Defect::WrongKind, "content type", expected, observed);
    (!is_json).then(|| finding().at(Some(arrow.number)))
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
    let finding = || Finding::security(&arrow.from, "what the body tells", expected, observed());
    is_there.then(|| finding().at(Some(arrow.number)))
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
    let (words, expected) = (arrow.quote_member(member), format!("{stated} (the roles of the account)"));
    Some(Finding::must(arrow, words, Defect::WrongValue, subject(member), expected, observed))
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
    let (words, observed) = (arrow.quote_member(member), case.redactor.member("token", returned));
    Some(Finding::must(arrow, words, Defect::WrongValue, subject(member), expected, observed))
}

fn kind_of(value: &Drawn) -> Option<Kind> {
    match value {
        Drawn::Name(name) => Some(name.kind),
        Drawn::Literal(_) | Drawn::Type(_) | Drawn::Objects(_) => None,
    }
}
