//! Why a call for a first token gave none, told from what was seen: who was called, who was not, and what was answered.

use std::fmt::Write as _;

use serde_json::Value;

use super::System;
use crate::protocol::{Hop, Participant, held_token};
use crate::transcript::{Exchange, Outcome, Reply, Transcript};

/// Longer words of a reply are not told: what is cut could no longer be recognised as a secret.
const LONGEST_WORDS: usize = 240;

/// Returns why a call that was to give a token gave none.
pub fn without_token(system: &System, transcript: &Transcript) -> String {
    let Some(edge) = transcript.first_on(Hop::Edge) else {
        return "no first token: nothing was sent".to_owned();
    };
    let mut told = format!("no first token: {}", answered(edge));
    for hop in Hop::ALL.into_iter().skip(1).filter(|hop| system.sees(*hop)) {
        match transcript.first_on(hop) {
            Some(exchange) if !is_same_answer(edge, exchange) => {
                let request = &exchange.request;
                let _ = write!(told, "\n  {} to {} {}", answered(exchange), request.method, request.path);
            }
            Some(_) => {}
            None => {
                if let Some((_, missed)) = uncalled(system, transcript) {
                    let _ = write!(told, "\n  {missed}");
                }
                break;
            }
        }
    }
    told
}

/// Returns which real service did not call its neighbour where that would have been seen, if any: the outermost.
pub fn uncalled(system: &System, transcript: &Transcript) -> Option<(Participant, String)> {
    let mut inwards = Hop::ALL.into_iter().filter(|hop| *hop != Hop::Edge && system.sees(*hop));
    let missed = inwards.find(|hop| transcript.first_on(*hop).is_none())?;
    let (who, callee) = (missed.caller(), missed.callee());
    let whose = if system.plays(callee) { "our" } else { "the tap of the real" };
    let address = system.address(callee).unwrap_or_default();
    (!system.plays(who)).then(|| (who, format!("the real {who} did not call {whose} {callee} at {address}")))
}

/// Returns what may be done about it, which depends on what was answered.
pub fn what_to_do(system: &System, account: &str, transcript: &Transcript) -> String {
    let edge = transcript.first_on(Hop::Edge);
    let seen = Hop::ALL.into_iter().filter(|hop| system.sees(*hop));
    let culprit = seen
        .filter_map(|hop| transcript.first_on(hop))
        .filter(|exchange| !system.plays(exchange.hop.callee()) && exchange.hop != Hop::Edge && fails(exchange));
    let another_way = "draw how this deployment makes first tokens, in a file for --create-diagram, or state tokens \
                       under [tokens] (`source = \"command\"` or \"static\")";
    if let Some(culprit) = culprit.last() {
        let who = culprit.hop.callee();
        return match culprit.reply() {
            Some(reply) if who == Participant::Orchestrator && (400..500).contains(&reply.status) => {
                format!("is the deployment key{account} right? If it is, {another_way}")
            }
            Some(reply) if matches!(reply.status, 404 | 405) => {
                format!("{who} has nothing at that path; {another_way}")
            }
            Some(reply) if reply.status >= 500 => format!("look into the log of {who}, which failed"),
            Some(_) | None => format!("ask {who} by hand for what was asked of it here; or {another_way}"),
        };
    }
    if edge.and_then(Exchange::reply).is_some_and(|reply| reply.status >= 500) && uncalled(system, transcript).is_some()
    {
        return "is it configured to call that address, and to listen where the deployment file says?".to_owned();
    }
    match edge.and_then(Exchange::reply) {
        None => "is the URL the deployment's own, and is the deployment up?".to_owned(),
        Some(reply) if reply.body.json().is_none() && reply.status < 500 => {
            format!("the answer is not JSON: is the URL the deployment's own? If it is, {another_way}")
        }
        Some(reply) if reply.status >= 500 => {
            let called = Hop::ALL.into_iter().skip(1).any(|hop| transcript.first_on(hop).is_some());
            if called || system.plays(Participant::Starship) {
                "look into the logs of the real services: one of them failed".to_owned()
            } else {
                "the deployment failed, or something in front of it did: look into its log".to_owned()
            }
        }
        Some(reply) if (400..500).contains(&reply.status) => {
            format!("is the deployment key{account} right? If it is, {another_way}")
        }
        Some(_) => format!("the answer holds no token; {another_way}"),
    }
}

/// Says who answered what, in the reply's own words, such as ``Starship answered 502 "…"``.
fn answered(exchange: &Exchange) -> String {
    let who = exchange.hop.callee();
    match &exchange.outcome {
        Outcome::Replied(reply) => {
            let words = words_of(reply);
            format!("{who} answered {} {words}", reply.status)
        }
        Outcome::Failed(reason) => format!("{who} did not answer: {reason}"),
        Outcome::Pending => format!("{who} did not answer"),
    }
}

/// Returns the words with which a reply says what is wrong, or of what kind it is where it says nothing.
fn words_of(reply: &Reply) -> String {
    let Some(json) = reply.body.json() else {
        let kind = reply.header_values("content-type").next().unwrap_or("no content type");
        let size = reply.body.bytes().len();
        return match std::str::from_utf8(reply.body.bytes()) {
            Ok("") => "with an empty body".to_owned(),
            Ok(text) if text.len() <= LONGEST_WORDS && !text.contains('<') => quoted(text.trim()),
            Ok(_) => format!("and no JSON ({kind}, {size} bytes)"),
            Err(_) => format!("and no JSON ({kind}, {size} bytes): it is not UTF-8"),
        };
    };
    if held_token(json).is_some() {
        return "with a token".to_owned();
    }
    match spoken(json) {
        Some(words) if words.len() <= LONGEST_WORDS => quoted(words),
        Some(_) | None => "without a token".to_owned(),
    }
}

/// Returns the text that members of this kind hold, the outermost first.
fn spoken(json: &Value) -> Option<&str> {
    const NAMES: [&str; 7] = ["message", "detail", "error_description", "title", "reason", "error", "msg"];
    let members = json.as_object()?;
    let own = NAMES.into_iter().find_map(|name| members.get(name)?.as_str().filter(|text| !text.is_empty()));
    own.or_else(|| members.values().find_map(spoken))
}

fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}

fn fails(exchange: &Exchange) -> bool {
    exchange
        .reply()
        .is_none_or(|reply| reply.status >= 400 || reply.body.json().is_none_or(|it| held_token(it).is_none()))
}

/// Returns whether what somebody answered was only handed on.
fn is_same_answer(edge: &Exchange, inner: &Exchange) -> bool {
    match (edge.reply(), inner.reply()) {
        (Some(edge), Some(inner)) => edge.status == inner.status && edge.body.bytes() == inner.body.bytes(),
        _ => false,
    }
}
