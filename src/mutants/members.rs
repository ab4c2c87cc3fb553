//! The mutants of the members that a label draws: dropped, null, changed, renamed or doubled, and members that only another
//! branch draws.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::message::{Answer, Call, at, bytes_of, holder};
use super::mutant::{Deed, Mutant, Wrong, wrongdoer};
use super::recognition::is;
use super::wrong_values::{another, inadmissible, of_another_type};
use crate::diagram::{Arrow, Diagram, Kind, Member, Value as Drawn};

/// Which members a wrong can be done to.
type Applies = fn(&Member) -> bool;
/// What is done to a member.
type Edit = fn(&mut Map<String, Value>, &Member, u64);

/// Returns the mutants of the members that an arrow draws.
pub(super) fn of_members(arrow: &Arrow) -> Vec<Mutant> {
    let operators: [(&'static str, &str, Edit, Applies); 10] = [
        ("dropped", "leaves out", drop_member, |_| true),
        ("null", "sends null as", |body, member, _| set(body, member, Value::Null), |_| true),
        (
            "other-type",
            "sends a value of another type as",
            |body, member, _| {
                change(body, member, of_another_type);
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

/// Returns the mutants that send members which only another arrow of the same direction draws, so that they must be absent
/// here.
pub(super) fn of_members_drawn_elsewhere(diagram: &Arc<Diagram>, arrow: &Arrow) -> Vec<Mutant> {
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
            Drawn::Type(drawn) => drawn.sample().unwrap_or_else(|| json!("some_text")),
            Drawn::Objects(_) => json!([{}]),
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
