//! The mutants of refusals: a token in the message, another refusal's code, a refusal of one's own; and no refusal where the
//! token belongs to another account.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::drawn_reply::{drawn_body, status_of};
use super::memory::Memory;
use super::message::{Answer, Call, at};
use super::mutant::{Mutant, OnAnswer, wrongdoer};
use super::recognition::{Recognition, answers, find, is};
use crate::diagram::{Arrow, Kind};
use crate::protocol::{Code, Hop};

/// Returns the mutants of a reply that refuses.
pub(super) fn of_refusal(recognition: &Recognition, arrow: &Arrow) -> Vec<Mutant> {
    let number = arrow.number;
    let who = wrongdoer(arrow);
    let text = arrow
        .members()
        .iter()
        .find(|member| member.name().is_some_and(|name| matches!(name.kind, Kind::Text | Kind::Verdict)));
    let code = arrow.members().iter().find(|member| member.name().is_some_and(|name| name.kind == Kind::Code));
    let mut mutants = Vec::new();
    if let Some(path) = text.map(|member| member.path.clone()) {
        let sentence = format!("{who} puts the token into `{}` on arrow {number}.", path.join("."));
        mutants.push(Mutant::new(arrow, "token-in-message", "", sentence, move |_| {
            let path = path.clone();
            OnAnswer(move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
                if let Some(token) = call.token().filter(|token| is(arrow, number) && !token.is_empty()) {
                    answer.edit(|body| {
                        if let Some(message) = at(body, &path) {
                            *message = format!("{}: {token}", message.as_str().unwrap_or_default()).into();
                        }
                    });
                }
            })
        }));
    }
    if let Some(path) = code.map(|member| member.path.clone()) {
        let other = recognition.replies_beside(arrow).find(|other| !status_of(other).is_success());
        if let Some(swapped) = other.map(|other| recognition.code_of(other).0) {
            let sentence = format!("{who} gives the code of the other refusal on arrow {number}.");
            mutants.push(Mutant::new(arrow, "codes-swapped", "", sentence, move |_| {
                let path = path.clone();
                OnAnswer(move |arrow: Option<&Arrow>, _: &Call, answer: &mut Answer| {
                    if is(arrow, number) {
                        answer.edit(|body| {
                            if let Some(code) = at(body, &path) {
                                *code = swapped.into();
                            }
                        });
                    }
                })
            }));
        }
        let sentence = format!("{who} answers arrow {number} with a refusal of its own.");
        mutants.push(Mutant::new(arrow, "own-refusal", "", sentence, move |_| {
            OnAnswer(move |arrow: Option<&Arrow>, _: &Call, answer: &mut Answer| {
                if is(arrow, number) {
                    let refusal = json!({"valid": false, "code": 45774, "message": "Something went wrong."});
                    answer.become_like(Answer::json(StatusCode::FORBIDDEN, refusal));
                }
            })
        }));
    }
    if answers(arrow, Hop::FederatedAuth) && recognition.code_of(arrow) == Code::INVALID_TOKEN {
        mutants.extend(of_the_owner(recognition, arrow));
    }
    mutants
}

/// Which account a token's owner is taken for, going by both SIDs.
type Likens = fn(&str, &str) -> bool;

/// Whether `FederatedAuth` sees to it that a token belongs to the account that it is refreshed for.
fn of_the_owner(recognition: &Recognition, arrow: &Arrow) -> Vec<Mutant> {
    let number = arrow.number;
    let success = recognition.replies_beside(arrow).find(|other| status_of(other).is_success()).cloned();
    let Some(success) = success else { return Vec::new() };
    let likenings: [(&'static str, &str, Likens); 2] = [
        ("owner-unchecked", "FederatedAuth refreshes a valid token whatever account it belongs to.", |_, _| true),
        ("owner-begins-like", "FederatedAuth compares all but the last digit of account SIDs.", |owner, named| {
            let but_last = |sid: &str| sid.char_indices().next_back().map(|(last, _)| sid[..last].to_owned());
            but_last(owner) == but_last(named)
        }),
    ];
    let mutant_of = |(operator, sentence, likens): (&'static str, &str, Likens)| {
        let success = success.clone();
        Mutant::new(arrow, operator, "", sentence.to_owned(), move |setting| {
            of_owner_mistaken(number, setting.recognition.clone(), success.clone(), likens)
        })
    };
    likenings.into_iter().map(mutant_of).collect()
}

/// Returns a wrong that refreshes the token of another account, if its SID is like that of the one that is named.
fn of_owner_mistaken(
    number: usize,
    recognition: Recognition,
    success: Arrow,
    likens: fn(&str, &str) -> bool,
) -> OnAnswer<impl Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> {
    let authorized = Memory::default();
    OnAnswer(move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
        let Some(token) = call.token() else { return };
        let said = answer.body().unwrap_or_default();
        let of = |path: &[&str]| find(&said, &path.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>()).cloned();
        if call.hop == Hop::ScopedAuth
            && let Some(grants) = of(&["grants"])
        {
            authorized.replace(&token, (grants, of(&["auth_account", "account_sid"])));
        } else if is(arrow, number)
            && let Some((grants, owner)) = authorized.get(&token)
            && likens(owner.as_ref().and_then(Value::as_str).unwrap_or_default(), call.account().unwrap_or_default())
        {
            let mut body = drawn_body(&recognition, &success, call);
            if let Some(roles) = body.get_mut("roles") {
                *roles = grants;
            }
            answer.become_like(Answer::json(status_of(&success), body));
        }
    })
}
