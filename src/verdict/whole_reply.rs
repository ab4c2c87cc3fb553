//! A reply that as a whole is another than the one drawn: nothing, HTML, a failure, or the reply of another branch. That is
//! one thing gone wrong, and not as many as the drawn reply has members.

use serde_json::Value;

use super::Case;
use super::alignment::hops_of;
use super::finding::{Defect, Finding};
use crate::diagram::{Arrow, Meaning, Member, Value as Drawn};
use crate::transcript::{Body, Redactor, Reply};

/// Returns what a reply is in place of the one drawn; nothing where it is that one, more or less.
pub(super) fn judge_as_a_whole(case: &Case<'_>, arrow: &Arrow, reply: &Reply) -> Option<Finding> {
    // Where no member has to be there, no object has to be.
    required(arrow).next()?;
    let (defect, observed) = if is_no_object(&reply.body) {
        (Defect::NotAsDrawn, format!("{} with {}", reply.status, unlike_an_object(case.redactor, &reply.body)))
    } else if resembles(arrow, &reply.body) {
        return None;
    } else if let Some(other) = other_branch(case, arrow, &reply.body) {
        let drawn = other.iter().map(|other| other.number.to_string()).collect::<Vec<_>>().join(" or ");
        (Defect::OtherBranch, format!("{} {}, as arrow {drawn} draws it", reply.status, shown(case, reply)))
    } else if reply.status >= 500 || !shares_a_member(arrow, &reply.body) {
        (Defect::NotAsDrawn, format!("{} {}", reply.status, shown(case, reply)))
    } else {
        return None;
    };
    let expected = format!("`{}`", arrow.text);
    Some(Finding::must(arrow, arrow.quote(), defect, "reply", expected, observed))
}

fn shown(case: &Case<'_>, reply: &Reply) -> String {
    case.redactor.excerpt(&reply.body)
}

fn is_no_object(body: &Body) -> bool {
    !matches!(body.json(), Some(Value::Object(_)))
}

/// Says what a body is that is no JSON object.
pub(super) fn unlike_an_object(redactor: &Redactor, body: &Body) -> String {
    match body.unread() {
        _ if body.bytes().is_empty() => "an empty body".to_owned(),
        Some(reason) => format!("{} ({reason})", redactor.excerpt(body)),
        None => redactor.excerpt(body),
    }
}

/// Tells whether a body has all members that are drawn, or those whose values are drawn literally with these values.
fn resembles(arrow: &Arrow, body: &Body) -> bool {
    let mut literals = literals(arrow).peekable();
    let says_so = literals.peek().is_some() && literals.all(|(member, drawn)| body.member(&member.path) == Some(drawn));
    says_so || required(arrow).all(|member| body.member(&member.path).is_some())
}

fn shares_a_member(arrow: &Arrow, body: &Body) -> bool {
    arrow.members().iter().any(|member| body.member(&member.path).is_some())
}

/// Returns the replies drawn between the same two in other branches, all of whose members the body has, if it lacks one of
/// this reply's for each of them.
fn other_branch<'a>(case: &Case<'a>, arrow: &Arrow, body: &Body) -> Option<Vec<&'a Arrow>> {
    let is_complete = |other: &Arrow| {
        required(other).next().is_some()
            && required(other).all(|member| body.member(&member.path).is_some())
            && literals(other).all(|(member, drawn)| body.member(&member.path) == Some(drawn))
    };
    let others: Vec<&Arrow> = case
        .diagram
        .arrows()
        .iter()
        .filter(|other| matches!(other.meaning, Meaning::Reply(_)) && other.number != arrow.number)
        .filter(|other| hops_of(other) == hops_of(arrow) && other.members() != arrow.members())
        .filter(|other| is_complete(other))
        .collect();
    (!others.is_empty()).then_some(others)
}

/// Returns the members that have to be there.
fn required(arrow: &Arrow) -> impl Iterator<Item = &Member> {
    arrow.members().iter().filter(|member| !member.optional)
}

fn literals(arrow: &Arrow) -> impl Iterator<Item = (&Member, &Value)> {
    arrow.members().iter().filter_map(|member| match &member.value {
        Drawn::Literal(value) => Some((member, value)),
        Drawn::Name(_) | Drawn::Type(_) | Drawn::Objects(_) => None,
    })
}
