//! The mutants of whole messages: requests unsent, sent twice or sent wrong, replies of another branch or no reply at all.

use std::sync::Arc;

use bytes::Bytes;
use hyper::{Method, StatusCode};

use super::drawn_reply::{drawn_body, status_of};
use super::message::{Answer, Call};
use super::mutant::{Deed, Mutant, Wrong, wrongdoer};
use super::recognition::{Recognition, answers, is};
use crate::diagram::{Arrow, Diagram, Kind, Meaning, RequestLabel, Segment};

/// Returns the mutants of a request as a whole.
pub(super) fn of_request(arrow: &Arrow, label: &RequestLabel) -> Vec<Mutant> {
    type Send = fn(&mut Call) -> Deed;
    let mut operators: Vec<(&'static str, &str, Send)> = vec![
        ("sent-twice", "sends arrow twice:", |call| Deed::SendAfter(call.request.clone())),
        ("undrawn-call", "calls its neighbour for something that is not drawn before arrow", |call| {
            let mut other = call.clone();
            other.send_to("/v1/Undrawn");
            Deed::SendAfter(other.request)
        }),
        ("wrong-path", "sends to another path arrow", |call| {
            let path = format!("{}/again", call.request.uri().path());
            call.send_to(&path);
            Deed::Send
        }),
        ("not-json", "sends something that is no JSON as arrow", |call| {
            *call.request.body_mut() = Bytes::from_static(b"token=t&deploymentKey=k");
            Deed::Send
        }),
        ("empty", "sends no body with arrow", |call| {
            *call.request.body_mut() = Bytes::new();
            Deed::Send
        }),
    ];
    if label.method.is_some() {
        operators.push(("wrong-method", "sends with PUT, and not as drawn, arrow", |call| {
            call.send_with(Method::PUT);
            Deed::Send
        }));
    }
    if names_an_account(label) {
        operators.push(("another-account", "names an account that is not the deployment key's on arrow", |call| {
            if let Some(account) = call.account().map(str::to_owned) {
                let path = call.request.uri().path().replace(&account, "AC0123456789abcdef0123456789abcdef");
                call.send_to(&path);
            }
            Deed::Send
        }));
    }
    let number = arrow.number;
    let mut mutants: Vec<Mutant> = operators
        .into_iter()
        .map(|(operator, does, send)| {
            let sentence = format!("{} {does} {number}.", wrongdoer(arrow));
            Mutant::new(arrow, operator, "", sentence, move |_| OnRequest { arrow: number, send })
        })
        .collect();
    for (operator, assumed) in [("not-sent", true), ("not-sent-refused", false)] {
        let verdict = if assumed { "as if it had been a success" } else { "as if it had been refused" };
        let sentence = format!("{} does not send arrow {number}, and goes on {verdict}.", wrongdoer(arrow));
        mutants.push(Mutant::new(arrow, operator, "", sentence, move |setting| NotSent {
            arrow: number,
            recognition: setting.recognition.clone(),
            assumed_success: assumed,
        }));
    }
    mutants
}

fn names_an_account(label: &RequestLabel) -> bool {
    label.path.iter().any(|segment| matches!(segment, Segment::Name(name) if name.kind == Kind::AccountSid))
}

/// A request that is sent wrong.
struct OnRequest {
    arrow: usize,
    send: fn(&mut Call) -> Deed,
}

impl Wrong for OnRequest {
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        if is(arrow, self.arrow) { (self.send)(call) } else { Deed::Send }
    }
}

/// A request that is not sent.
struct NotSent {
    arrow: usize,
    recognition: Recognition,
    assumed_success: bool,
}

impl Wrong for NotSent {
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        if !is(arrow, self.arrow) {
            return Deed::Send;
        }
        let is_reply = |other: &&Arrow| matches!(other.meaning, Meaning::Reply(_)) && answers(other, call.hop);
        let mut replies = self.recognition.diagram.arrows().iter().filter(is_reply);
        let reply = if self.assumed_success { replies.next() } else { replies.next_back() };
        match reply {
            Some(reply) => Deed::Assume(Answer::json(status_of(reply), drawn_body(&self.recognition, reply, call))),
            None => Deed::Send,
        }
    }
}

/// Returns the mutants of a reply as a whole.
pub(super) fn of_reply(diagram: &Arc<Diagram>, arrow: &Arrow) -> Vec<Mutant> {
    type Spoil = fn(&mut Answer);
    let number = arrow.number;
    let operators: [(&'static str, &str, Spoil); 5] = [
        ("server-error", "with status 500", |answer| answer.set_status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("wrong-status", "with another status than its own", |answer| {
            let is_success = answer.status().is_success();
            answer.set_status(if is_success { StatusCode::ACCEPTED } else { StatusCode::BAD_REQUEST });
        }),
        ("not-json", "with something that is no JSON", |answer| {
            answer.set_body(Bytes::from_static(b"<html><body>It works!</body></html>"));
        }),
        ("empty", "without a body", |answer| answer.set_body(Bytes::new())),
        ("cut-short", "with the first half of the body", |answer| {
            let half = answer.response.body().len() / 2;
            answer.set_body(answer.response.body().slice(..half));
        }),
    ];
    let mut mutants: Vec<Mutant> = operators
        .into_iter()
        .map(|(operator, how, spoil)| {
            let sentence = format!("{} answers arrow {number} {how}.", wrongdoer(arrow));
            Mutant::new(arrow, operator, "", sentence, move |_| OnReply { arrow: number, spoil })
        })
        .collect();
    let recognition = Recognition { diagram: Arc::clone(diagram) };
    for other in recognition.replies_beside(arrow) {
        let sentence = format!("{} answers as arrow {} where arrow {number} is drawn.", wrongdoer(arrow), other.number);
        let other = other.clone();
        let subject = other.number.to_string();
        mutants.push(Mutant::new(arrow, "other-branch", &subject, sentence, move |setting| OtherBranch {
            arrow: number,
            other: other.clone(),
            recognition: setting.recognition.clone(),
        }));
    }
    mutants
}

/// A reply that is spoilt as a whole.
struct OnReply {
    arrow: usize,
    spoil: fn(&mut Answer),
}

impl Wrong for OnReply {
    fn answer(&self, arrow: Option<&Arrow>, _: &Call, answer: &mut Answer) {
        if is(arrow, self.arrow) {
            (self.spoil)(answer);
        }
    }
}

/// The reply of another branch.
struct OtherBranch {
    arrow: usize,
    other: Arrow,
    recognition: Recognition,
}

impl Wrong for OtherBranch {
    fn answer(&self, arrow: Option<&Arrow>, call: &Call, answer: &mut Answer) {
        if is(arrow, self.arrow) {
            let body = drawn_body(&self.recognition, &self.other, call);
            answer.become_like(Answer::json(status_of(&self.other), body));
        }
    }
}
