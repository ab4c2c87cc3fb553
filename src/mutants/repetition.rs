//! The mutants that follow from what crosses a drawn arrow in several refreshes, or ought to have come from elsewhere:
//! values that should be new and are not, replies played again, refusals of one's own.

use hyper::StatusCode;
use hyper::header::{ACCEPT_LANGUAGE, HeaderName, USER_AGENT};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::attributes::{of_fingerprint, of_lists};
use super::behaviours::{ANYBODY, FINGERPRINT, Memory};
use super::drawn::is;
use super::exchanges::status_of;
use super::message::{Answer, Call, at};
use super::mutant::{Deed, Mutant, OnAnswer, OnBoth, OnCall, wrongdoer};
use super::recognition::{Recognition, answers, callee_of, find};
use super::values::drawn_body;
use crate::diagram::{Arrow, Kind, Meaning, Member};
use crate::protocol::{Code, Hop, Participant};

/// Returns the mutants that follow from what crosses a drawn arrow again and again.
pub(super) fn of_arrow(recognition: &Recognition, arrow: &Arrow) -> Vec<Mutant> {
    let mut mutants: Vec<Mutant> = arrow.members().iter().flat_map(|member| of_member(arrow, member)).collect();
    mutants.extend(of_lists(arrow));
    if arrow.members().iter().any(|member| is_generated(arrow, member)) {
        mutants.extend(of_fingerprint(arrow));
    }
    match &arrow.meaning {
        Meaning::Request(_) if wrongdoer(arrow) == Participant::Starship => mutants.extend(of_the_edge(arrow)),
        Meaning::Request(_) | Meaning::Action(_) | Meaning::Prose(_) => {}
        Meaning::Reply(_) if arrow.members().iter().any(is_new_each_time) => mutants.extend(replayed(arrow)),
        Meaning::Reply(_) => mutants.extend(of_refusal(recognition, arrow)),
    }
    mutants
}

/// Returns whether a member is the fingerprint that the Orchestrator generated.
fn is_generated(arrow: &Arrow, member: &Member) -> bool {
    callee_of(arrow) == Some(Participant::FederatedAuth) && member.path == [FINGERPRINT]
}

/// Returns whether a member has another value in every reply, or for every account.
fn is_new_each_time(member: &Member) -> bool {
    member.name().is_some_and(|name| matches!(name.kind, Kind::UniqueId | Kind::Token | Kind::AccountSid))
}

fn of_member(arrow: &Arrow, member: &Member) -> Vec<Mutant> {
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
        let memory = std::sync::Arc::new(Memory::default());
        let remembered = {
            let (memory, path) = (std::sync::Arc::clone(&memory), path.clone());
            move |name: Option<String>, body: &mut serde_json::Map<String, Value>| {
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

fn replayed(arrow: &Arrow) -> Vec<Mutant> {
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

fn of_refusal(recognition: &Recognition, arrow: &Arrow) -> Vec<Mutant> {
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

/// Whether Starship hands on what it is sent.
fn of_the_edge(arrow: &Arrow) -> Vec<Mutant> {
    let number = arrow.number;
    let attributes = [
        ("user-agent-dropped", "the client's user agent", USER_AGENT),
        ("language-dropped", "the client's languages", ACCEPT_LANGUAGE),
        ("address-dropped", "the client's address", HeaderName::from_static("x-forwarded-for")),
        ("origin-dropped", "the page's origin", hyper::header::ORIGIN),
    ];
    let mut mutants: Vec<Mutant> = attributes
        .into_iter()
        .map(|(operator, what, header)| {
            let sentence = format!("Starship does not hand on {what} with arrow {number}.");
            Mutant::new(arrow, operator, "", sentence, move |_| {
                let header = header.clone();
                // The first token as well: its client is otherwise another than the one that refreshes it.
                OnCall(move |_: Option<&Arrow>, call: &mut Call| {
                    if call.hop == Hop::Orchestrator {
                        call.headers_mut().remove(&header);
                    }
                    Deed::Send
                })
            })
        })
        .collect();
    let sentence = format!("Starship leaves the token out of arrow {number}.");
    mutants.push(Mutant::new(arrow, "token-dropped", "", sentence, move |_| {
        OnCall(move |arrow: Option<&Arrow>, call: &mut Call| {
            if is(arrow, number) {
                call.edit(|body| {
                    body.shift_remove("token");
                });
            }
            Deed::Send
        })
    }));
    mutants
}
