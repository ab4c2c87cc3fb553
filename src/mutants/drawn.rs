//! The mutants that follow from the labels: every member dropped, changed or renamed, every request unsent or sent wrong,
//! every reply of another branch or no reply at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::message::{Answer, Call, at, bytes_of, holder};
use super::mutant::{Deed, Mutant, Wrong, wrongdoer};
use super::values::{another, drawn_body, inadmissible, of_another_type};
use crate::diagram::{Arrow, Diagram, Kind, Meaning, Member, Segment, Value as Drawn};

/// Returns the mutants that follow from the label of one arrow.
pub(super) fn of_label(diagram: &Arc<Diagram>, arrow: &Arrow) -> Vec<Mutant> {
    let mut mutants = of_members(arrow);
    mutants.extend(of_members_drawn_elsewhere(diagram, arrow));
    match &arrow.meaning {
        Meaning::Request(label) => {
            let names_an_account = label
                .path
                .iter()
                .any(|segment| matches!(segment, Segment::Name(name) if name.kind == Kind::AccountSid));
            mutants.extend(of_request(arrow, names_an_account));
        }
        Meaning::Reply(_) => mutants.extend(of_reply(diagram, arrow)),
        Meaning::Action(_) => {}
    }
    mutants
}

/// What is done to a member.
type Edit = fn(&mut Map<String, Value>, &Member, u64);

fn of_members(arrow: &Arrow) -> Vec<Mutant> {
    let operators: [(&'static str, &str, Edit, fn(&Member) -> bool); 10] = [
        ("dropped", "leaves out", drop_member, |_| true),
        ("null", "sends null as", |body, member, _| set(body, member, Value::Null), |_| true),
        (
            "other-type",
            "sends a value of another type as",
            |body, member, _| {
                change(body, member, |value| of_another_type(value));
            },
            |_| true,
        ),
        (
            "other-value",
            "sends another value each time as",
            |body, member, count| {
                change(body, member, |value| another(member, value, count));
            },
            |_| true,
        ),
        (
            "inadmissible",
            "sends what can be no such value as",
            |body, member, _| {
                change(body, member, |value| inadmissible(member).unwrap_or_else(|| value.clone()));
            },
            |member| inadmissible(member).is_some(),
        ),
        ("renamed", "sends under another name", |body, member, _| rename(body, member), |_| true),
        ("repeated", "sends twice, with two values,", |_, _, _| {}, |_| true),
        (
            "element-added",
            "adds an element to",
            |body, member, _| {
                change(body, member, |value| with_elements(value, |elements| elements.push(json!("added"))));
            },
            is_list,
        ),
        (
            "element-dropped",
            "leaves the last element out of",
            |body, member, _| {
                change(body, member, |value| with_elements(value, |elements| drop(elements.pop())));
            },
            is_list,
        ),
        (
            "reordered",
            "reverses the elements of",
            |body, member, _| {
                change(body, member, |value| with_elements(value, |elements| elements.reverse()));
            },
            is_list,
        ),
    ];
    let mut mutants = Vec::new();
    for member in arrow.members() {
        for (operator, does, edit, applies) in operators {
            if !applies(member) {
                continue;
            }
            let dotted = member.path.join(".");
            let sentence = format!("{} {does} `{dotted}` on arrow {}.", wrongdoer(arrow), arrow.number);
            let (number, member) = (arrow.number, member.clone());
            let repeats = operator == "repeated";
            mutants.push(Mutant::new(arrow, operator, &dotted, sentence, move |_| OnMember {
                arrow: number,
                member: member.clone(),
                edit,
                repeats,
                count: AtomicU64::new(0),
            }));
        }
    }
    mutants
}

fn is_list(member: &Member) -> bool {
    member.name().is_some_and(|name| name.kind == Kind::Texts)
}

/// A member that is not as drawn.
struct OnMember {
    arrow: usize,
    member: Member,
    edit: Edit,
    repeats: bool,
    /// How many values were made up, so that each is another.
    count: AtomicU64,
}

impl OnMember {
    fn spoil(&self, body: &mut Map<String, Value>) -> Bytes {
        if self.repeats {
            return repeated(body, &self.member);
        }
        (self.edit)(body, &self.member, self.count.fetch_add(1, Ordering::Relaxed));
        bytes_of(body.clone())
    }
}

impl Wrong for OnMember {
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        if let Some(mut body) = call.body().filter(|_| is(arrow, self.arrow)) {
            *call.request.body_mut() = self.spoil(&mut body);
        }
        Deed::Send
    }

    fn answer(&self, arrow: Option<&Arrow>, _: &Call, answer: &mut Answer) {
        if let Some(mut body) = answer.body().filter(|_| is(arrow, self.arrow)) {
            answer.set_body(self.spoil(&mut body));
        }
    }
}

/// Returns whether a message is the arrow of this number.
pub(super) fn is(arrow: Option<&Arrow>, number: usize) -> bool {
    arrow.is_some_and(|arrow| arrow.number == number)
}

fn drop_member(body: &mut Map<String, Value>, member: &Member, _: u64) {
    if let (Some(holder), Some(key)) = (holder(body, &member.path), member.path.last()) {
        holder.shift_remove(key);
    }
}

fn set(body: &mut Map<String, Value>, member: &Member, value: Value) {
    change(body, member, |_| value);
}

fn change(body: &mut Map<String, Value>, member: &Member, changed: impl FnOnce(&Value) -> Value) {
    if let Some(value) = at(body, &member.path) {
        *value = changed(value);
    }
}

fn rename(body: &mut Map<String, Value>, member: &Member) {
    if let (Some(holder), Some(key)) = (holder(body, &member.path), member.path.last())
        && let Some(value) = holder.shift_remove(key)
    {
        holder.insert(format!("{key}_renamed"), value);
    }
}

/// Returns a body that has a member twice: first as it is, then as another.
fn repeated(body: &mut Map<String, Value>, member: &Member) -> Bytes {
    const MARK: &str = "\u{1}hopcheck-repeated";
    let (Some(key), Some(value)) = (member.path.last().cloned(), at(body, &member.path).cloned()) else {
        return bytes_of(body.clone());
    };
    if let Some(holder) = holder(body, &member.path) {
        holder.insert(MARK.to_owned(), another(member, &value, 0));
    }
    let quoted = |text: &str| Value::from(text).to_string();
    let text = Value::Object(body.clone()).to_string();
    Bytes::from(text.replace(&quoted(MARK), &quoted(&key)))
}

fn with_elements(value: &Value, change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut elements = value.as_array().cloned().unwrap_or_default();
    change(&mut elements);
    Value::Array(elements)
}

/// Members that only another arrow of the same direction draws, so that they must be absent here.
fn of_members_drawn_elsewhere(diagram: &Arc<Diagram>, arrow: &Arrow) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for member in diagram.forbidden_members(arrow) {
        for (operator, what) in [("drawn-elsewhere", "a value"), ("drawn-elsewhere-null", "null")] {
            let dotted = member.path.join(".");
            let sentence = format!(
                "{} sends {what} as `{dotted}` on arrow {}, which only another branch draws.",
                wrongdoer(arrow),
                arrow.number
            );
            let (number, member, is_null) = (arrow.number, member.clone(), what == "null");
            mutants.push(Mutant::new(arrow, operator, &dotted, sentence, move |_| Undrawn {
                arrow: number,
                member: member.clone(),
                is_null,
            }));
        }
    }
    mutants
}

/// A member that is sent where it is not drawn.
struct Undrawn {
    arrow: usize,
    member: Member,
    is_null: bool,
}

impl Undrawn {
    fn add(&self, body: &mut Map<String, Value>) {
        let value = match &self.member.value {
            _ if self.is_null => Value::Null,
            Drawn::Literal(literal) => literal.clone(),
            Drawn::Name(name) if name.kind == Kind::Texts => json!(["chat"]),
            Drawn::Name(name) => name.text.clone().into(),
        };
        let mut here = body;
        let Some((key, holders)) = self.member.path.split_last() else { return };
        for holder in holders {
            let inner = here.entry(holder.clone()).or_insert_with(|| json!({}));
            let Some(object) = inner.as_object_mut() else { return };
            here = object;
        }
        here.insert(key.clone(), value);
    }
}

impl Wrong for Undrawn {
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        if is(arrow, self.arrow) {
            call.edit(|body| self.add(body));
        }
        Deed::Send
    }

    fn answer(&self, arrow: Option<&Arrow>, _: &Call, answer: &mut Answer) {
        if is(arrow, self.arrow) {
            answer.edit(|body| self.add(body));
        }
    }
}

fn of_request(arrow: &Arrow, names_an_account: bool) -> Vec<Mutant> {
    type Send = fn(&mut Call) -> Deed;
    let mut operators: Vec<(&'static str, &str, Send)> = vec![
        ("sent-twice", "sends arrow twice:", |call| Deed::SendAfter(call.request.clone())),
        ("undrawn-call", "calls its neighbour for something that is not drawn before arrow", |call| {
            let mut other = call.clone();
            other.send_to("/v1/Undrawn");
            Deed::SendAfter(other.request)
        }),
        ("wrong-method", "sends with PUT, and not as drawn, arrow", |call| {
            call.send_with(Method::PUT);
            Deed::Send
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
    if names_an_account {
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
    recognition: super::recognition::Recognition,
    assumed_success: bool,
}

impl Wrong for NotSent {
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        if !is(arrow, self.arrow) {
            return Deed::Send;
        }
        let is_reply =
            |other: &&Arrow| matches!(other.meaning, Meaning::Reply(_)) && super::recognition::answers(other, call.hop);
        let mut replies = self.recognition.diagram.arrows().iter().filter(is_reply);
        let reply = if self.assumed_success { replies.next() } else { replies.next_back() };
        match reply {
            Some(reply) => Deed::Assume(Answer::json(status_of(reply), drawn_body(&self.recognition, reply, call))),
            None => Deed::Send,
        }
    }
}

/// Returns the status that the reference answers with where a reply is drawn.
pub(super) fn status_of(reply: &Arrow) -> StatusCode {
    let refuses = reply.members().iter().any(|member| {
        member.path == ["valid"] && matches!(&member.value, Drawn::Literal(literal) if *literal == json!(false))
    });
    if refuses { StatusCode::FORBIDDEN } else { StatusCode::OK }
}

fn of_reply(diagram: &Arc<Diagram>, arrow: &Arrow) -> Vec<Mutant> {
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
    let recognition = super::recognition::Recognition { diagram: Arc::clone(diagram) };
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
    recognition: super::recognition::Recognition,
}

impl Wrong for OtherBranch {
    fn answer(&self, arrow: Option<&Arrow>, call: &Call, answer: &mut Answer) {
        if is(arrow, self.arrow) {
            let body = drawn_body(&self.recognition, &self.other, call);
            answer.become_like(Answer::json(status_of(&self.other), body));
        }
    }
}
