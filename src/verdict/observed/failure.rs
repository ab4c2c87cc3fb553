//! Replies that nobody can go by, and refusals and requests that the diagram does not draw. Knows no course.

use serde_json::Value;

use super::case::ObservedCase;
use crate::diagram::{Arrow, Kind, Meaning, Member, Name, Value as Drawn};
use crate::protocol::Hop;
use crate::transcript::{Body, Exchange, Outcome, Reply, Transcript};
use crate::verdict::alignment::hops_of;
use crate::verdict::contract::stated_code;
use crate::verdict::members::plain;
use crate::verdict::{Defect, Finding, Ledger};

/// Returns the exchange within which a call on a hop was made that began then.
pub(super) fn enclosing(transcript: &Transcript, hop: Hop, began: u64) -> Option<&Exchange> {
    let around = transcript.exchanges.iter().filter(|other| other.hop < hop && other.began < began);
    around.max_by_key(|other| (other.hop, other.began))
}

/// Returns whether the reply of an exchange may still come: whoever asked has not answered without it.
pub(super) fn is_awaited(case: &ObservedCase<'_>, exchange: &Exchange) -> bool {
    let caller = enclosing(case.transcript, exchange.hop, exchange.began);
    let pending = matches!(exchange.outcome, Outcome::Pending);
    pending && !case.ended && caller.is_none_or(|caller| caller.ended.is_none())
}

/// Returns whether an exchange ended without a reply that can be used: none, one of an internal failure, one that is
/// nothing like those drawn on its hop, or one that came too late for whoever asked.
pub(super) fn fails(case: &ObservedCase<'_>, exchange: &Exchange) -> bool {
    match &exchange.outcome {
        Outcome::Failed(_) => true,
        Outcome::Pending => !is_awaited(case, exchange),
        Outcome::Replied(reply) => !resembles_a_drawn_reply(case, exchange.hop, reply) || is_too_late(case, exchange),
    }
}

/// Returns what is found of an exchange that fails, whatever was expected of it.
pub(super) fn failure_of(case: &ObservedCase<'_>, arrow: &Arrow, exchange: &Exchange) -> Finding {
    let observed = match &exchange.outcome {
        Outcome::Failed(reason) => case.redactor.text(reason),
        Outcome::Pending => format!("none before {} had to answer", exchange.hop.caller()),
        Outcome::Replied(reply) if is_too_late(case, exchange) => {
            format!("{} after {} had answered", reply.status, exchange.hop.caller())
        }
        Outcome::Replied(reply) => format!("{} {}", reply.status, case.redactor.excerpt(&reply.body)),
    };
    let expected = format!("`{}`", arrow.text);
    Finding::must(arrow, arrow.quote(), Defect::NotAsDrawn, "reply", expected, observed)
}

/// Returns why a transcript is none of the flow, if the customer asked for something else.
pub(super) fn undrawn_request(case: &ObservedCase<'_>) -> Option<String> {
    let Some(outermost) = case.outermost() else { return Some("nothing was recorded of it".to_owned()) };
    let entry = case.diagram.arrows().iter().find_map(|arrow| match &arrow.meaning {
        Meaning::Request(label) => Some(label),
        Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => None,
    })?;
    let request = &outermost.request;
    let is_drawn = entry.allows_method(&request.method) && entry.matches_path(&request.path).is_some();
    let is_entry = case.entry_hops().contains(&outermost.hop);
    (is_entry && !is_drawn).then(|| format!("the diagram does not draw {}", case.redactor.request_line(request)))
}

/// Returns why a refresh took no course, if the customer was refused for something that the diagram does not draw, such
/// as the origin of its page, before anything else was crossed.
///
/// Where the hops behind could have been seen, such a refusal is any but one with the code of a drawn one. Where they
/// could not, any code will do that may still turn out to be one of those.
pub(super) fn is_refused_before_it_began(case: &ObservedCase<'_>, ledger: &Ledger) -> Option<String> {
    let entry = case.entry_hops();
    let refused = case.innermost().filter(|exchange| entry.contains(&exchange.hop))?;
    let reply = refused.reply()?;
    let code = code_of(case, &reply.body);
    let is_refusal = (400..500).contains(&reply.status) || (code.is_some() && reply.status < 400);
    if !is_refusal
        || code
            .is_some_and(|code| case.contract.codes.internal_failure.as_ref().is_some_and(|failure| is(failure, code)))
    {
        return None;
    }
    let sees_further = Hop::ALL.into_iter().any(|hop| hop > refused.hop && case.visibility.sees(hop));
    if code.is_some_and(|code| is_code_of_the_diagram(case, ledger, code, !sees_further)) {
        return None;
    }
    let because = match code {
        Some(code) => format!("code {}{}", plain(&case.redactor.json(code)), meaning_of(case, code)),
        None => "no code".to_owned(),
    };
    let who = refused.hop.callee();
    Some(format!("{who} refused it with {} and {because}, which the diagram does not draw", reply.status))
}

fn is_too_late(case: &ObservedCase<'_>, exchange: &Exchange) -> bool {
    let caller = enclosing(case.transcript, exchange.hop, exchange.began);
    caller.is_some_and(|caller| caller.ended.is_some() && caller.ended < exchange.ended && fails(case, caller))
}

/// Tells whether a reply is one of those drawn on a hop, going by the values drawn literally in it or, where there are
/// none, by having any of its members. The codes of other refusals are drawn on none.
fn resembles_a_drawn_reply(case: &ObservedCase<'_>, hop: Hop, reply: &Reply) -> bool {
    if code_of(case, &reply.body).is_some_and(|code| is_code_of_another_refusal(case, code)) {
        return false;
    }
    let has = |member: &Member| reply.body.member(&member.path).is_some();
    let resembles = |arrow: &Arrow| {
        let mut literals = arrow.members().iter().filter_map(literal).peekable();
        match literals.peek() {
            Some(_) => literals.all(|(member, drawn)| reply.body.member(&member.path) == Some(drawn)),
            None => arrow.members().iter().any(has),
        }
    };
    let replies = case.diagram.arrows().iter().filter(|arrow| matches!(arrow.meaning, Meaning::Reply(_)));
    let mut replies = replies.filter(|arrow| hops_of(arrow).contains(&hop)).peekable();
    // Where replies are drawn in prose alone, any will do.
    replies.peek().is_none() || replies.any(resembles)
}

fn literal(member: &Member) -> Option<(&Member, &Value)> {
    match &member.value {
        Drawn::Literal(value) => Some((member, value)),
        Drawn::Name(_) | Drawn::Type(_) | Drawn::Objects(_) => None,
    }
}

/// Returns the code that a body carries, wherever the diagram draws one.
fn code_of<'b>(case: &ObservedCase<'_>, body: &'b Body) -> Option<&'b Value> {
    codes(case).find_map(|(member, _)| body.member(&member.path))
}

/// Returns the members that are codes of refusals, with their names.
fn codes<'a>(case: &ObservedCase<'a>) -> impl Iterator<Item = (&'a Member, &'a Name)> {
    let members = case.diagram.arrows().iter().flat_map(Arrow::members);
    members.filter_map(|member| Some((member, member.name().filter(|name| name.kind == Kind::Code)?)))
}

/// Tells whether a code is that of a drawn refusal; one that is not known yet may be any, if that is enough.
fn is_code_of_the_diagram(case: &ObservedCase<'_>, ledger: &Ledger, code: &Value, may_be: bool) -> bool {
    let known = |name| stated_code(case.contract, name).or_else(|| ledger.value_of(name));
    let is_its = |name| known(name).map_or(may_be, |known| is(known, code));
    !is_code_of_another_refusal(case, code) && codes(case).any(|(_, name)| is_its(name))
}

fn is_code_of_another_refusal(case: &ObservedCase<'_>, code: &Value) -> bool {
    case.contract.codes.with_meanings().any(|(other, _)| is(other, code))
}

fn meaning_of(case: &ObservedCase<'_>, code: &Value) -> String {
    let mut meanings = case.contract.codes.with_meanings();
    meanings.find(|(other, _)| is(other, code)).map_or_else(String::new, |(_, meaning)| format!(" ({meaning})"))
}

/// Tells whether two codes are the same, be they numbers or texts.
fn is(one: &Value, other: &Value) -> bool {
    plain(one) == plain(other)
}
