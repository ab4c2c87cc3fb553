//! The mutants that send a value of an earlier refresh where it should be new, or play a whole reply again.

use std::sync::Arc;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::memory::{ANYBODY, Memory};
use super::message::{Answer, Call, at};
use super::mutant::{Deed, Mutant, OnAnswer, OnBoth, wrongdoer};
use super::recognition::is;
use crate::diagram::{Arrow, Kind, Meaning, Member};

/// Returns whether a member has another value in every reply, or for every account.
pub(super) fn is_new_each_time(member: &Member) -> bool {
    member.name().is_some_and(|name| matches!(name.kind, Kind::UniqueId | Kind::Token | Kind::AccountSid))
}

/// Returns the mutants whose member has a value of an earlier refresh.
pub(super) fn of_stale_member(arrow: &Arrow, member: &Member) -> Vec<Mutant> {
    let Some(name) = member.name() else { return Vec::new() };
    let is_request = matches!(arrow.meaning, Meaning::Request(_));
    let dotted = member.path.join(".");
    let says = |what: &str| format!("{} sends {what} as `{dotted}` on arrow {}.", wrongdoer(arrow), arrow.number);
    let mut mutants = Vec::new();
    if matches!(name.kind, Kind::UniqueId | Kind::Token | Kind::AccountSid) || (is_request && name.kind == Kind::Text) {
        mutants.push(of_memory(arrow, member, "constant", says("the first value it ever sent"), |_| {
            Some(ANYBODY.to_owned())
        }));
    }
    if name.kind == Kind::UniqueId {
        let sentence = says("the first value it ever sent for the account");
        mutants.push(of_memory(arrow, member, "constant-per-account", sentence, |call| {
            let key = call.body().and_then(|body| body.get("deploymentKey").cloned());
            call.account().map(str::to_owned).or(key.map(|key| key.to_string()))
        }));
        let sentence = says("the value that it sent before for the same token");
        mutants.push(of_memory(arrow, member, "constant-per-token", sentence, Call::token));
        let sentence = says("one value for every refresh within the same second");
        mutants.push(of_memory(arrow, member, "constant-per-second", sentence, |_| {
            Some(OffsetDateTime::now_utc().unix_timestamp().to_string())
        }));
    }
    mutants
}

/// Returns a mutant whose member has the value that it had first under the name that a call gives.
fn of_memory(
    arrow: &Arrow,
    member: &Member,
    operator: &'static str,
    sentence: String,
    name_of: fn(&Call) -> Option<String>,
) -> Mutant {
    let (number, path) = (arrow.number, member.path.clone());
    Mutant::new(arrow, operator, &member.path.join("."), sentence, move |_| {
        let memory = Arc::new(Memory::default());
        let remembered = {
            let (memory, path) = (Arc::clone(&memory), path.clone());
            move |name: Option<String>, body: &mut Map<String, Value>| {
                if let (Some(name), Some(value)) = (name, at(body, &path)) {
                    *value = memory.first(&name, || value.clone());
                }
            }
        };
        let in_answers = remembered.clone();
        OnBoth(
            move |arrow: Option<&Arrow>, call: &mut Call| {
                if is(arrow, number) {
                    let name = name_of(call);
                    call.edit(|body| remembered(name, body));
                }
                Deed::Send
            },
            move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
                if is(arrow, number) {
                    answer.edit(|body| in_answers(name_of(call), body));
                }
            },
        )
    })
}

/// Returns the mutant that answers what it answered before.
pub(super) fn of_replay(arrow: &Arrow) -> Vec<Mutant> {
    let number = arrow.number;
    let sentence = format!("{} answers arrow {number} with the first such answer that it ever gave.", wrongdoer(arrow));
    vec![Mutant::new(arrow, "replayed", "", sentence, move |_| {
        let memory = Memory::default();
        OnAnswer(move |arrow: Option<&Arrow>, _: &Call, answer: &mut Answer| {
            if is(arrow, number) {
                let first = memory.first(ANYBODY, || answer.response.body().clone());
                answer.set_body(first);
            }
        })
    })]
}
