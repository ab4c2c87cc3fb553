//! The mutants of the validation of tokens and fingerprints by `ScopedAuth`: they are not looked at, or by halves.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::comparisons::of_comparing_fingerprints;
use super::drawn_reply::{drawn_body, status_of};
use super::memory::Memory;
use super::message::{Answer, Call, FINGERPRINT};
use super::mutant::{Mutant, OnAnswer};
use super::recognition::{Recognition, answers};
use crate::diagram::{Arrow, Circumstances, Condition, Feature, Meaning, Validity};
use crate::protocol::Hop;
use crate::transcript::payload;

const VALID: Circumstances =
    Circumstances { feature: Feature::On, token: Validity::Valid, fingerprint: Validity::Valid };
const OTHER_CLIENT: Circumstances = Circumstances { fingerprint: Validity::Invalid, ..VALID };
const BAD_TOKEN: Circumstances = Circumstances { token: Validity::Invalid, ..VALID };

/// Returns the mutants that follow from a finding of `ScopedAuth`.
pub(super) fn of_condition(arrow: &Arrow, condition: &Condition) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    if condition.holds(VALID) {
        mutants.extend(of_what_is_valid(arrow));
    }
    if condition.holds(OTHER_CLIENT) && !condition.holds(VALID) {
        mutants.extend(of_another_client(arrow));
        mutants.extend(of_comparing_fingerprints(arrow));
    }
    if condition.holds(BAD_TOKEN) && !condition.holds(VALID) {
        mutants.extend(of_a_bad_token(arrow));
    }
    mutants
}

fn of_what_is_valid(arrow: &Arrow) -> Vec<Mutant> {
    vec![
        Mutant::new(
            arrow,
            "refreshed-refused",
            "",
            "ScopedAuth refuses every token that FederatedAuth made to replace another.".to_owned(),
            |setting| on_refreshed_token(setting.recognition.clone(), Drawn::Authorized, Drawn::TokenFailed),
        ),
        Mutant::new(
            arrow,
            "token-spent-by-refusal",
            "",
            "ScopedAuth takes a token for invalid once another client has presented it.".to_owned(),
            |setting| {
                let (recognition, spent) = (setting.recognition.clone(), Memory::default());
                on_verdict(recognition, move |drawn, call| {
                    let token = call.token()?;
                    if drawn == Drawn::FingerprintFailed {
                        spent.replace(&token, ());
                        return None;
                    }
                    spent.get(&token).map(|()| Drawn::TokenFailed)
                })
            },
        ),
    ]
}

fn of_another_client(arrow: &Arrow) -> Vec<Mutant> {
    vec![
        Mutant::new(
            arrow,
            "fingerprint-unchecked",
            "",
            "ScopedAuth does not look at fingerprints.".to_owned(),
            |setting| {
                on_verdict(setting.recognition.clone(), |drawn, _| {
                    (drawn == Drawn::FingerprintFailed).then_some(Drawn::Authorized)
                })
            },
        ),
        Mutant::new(
            arrow,
            "refreshed-unbound",
            "",
            "A token that replaces another is bound to no client.".to_owned(),
            |setting| on_refreshed_token(setting.recognition.clone(), Drawn::FingerprintFailed, Drawn::Authorized),
        ),
    ]
}

fn of_a_bad_token(arrow: &Arrow) -> Vec<Mutant> {
    type Accepts = fn(&str) -> bool;
    let operators: [(&'static str, &str, Accepts); 6] = [
        ("token-unchecked", "any token", |_| true),
        ("expired-accepted", "an expired token", |token| is_expired(token) == Some(true)),
        ("signature-unchecked", "a token that has not expired, whoever signed it", |token| {
            is_expired(token) == Some(false)
        }),
        ("unsigned-accepted", "a token that says that it is not signed", |token| token.ends_with('.')),
        ("garbage-accepted", "what is no token at all", |token| !token.is_empty() && payload(token).is_none()),
        ("empty-accepted", "an empty token", str::is_empty),
    ];
    let mut mutants: Vec<Mutant> = operators
        .into_iter()
        .map(|(operator, what, accepts)| {
            let sentence = format!("ScopedAuth takes {what} for valid.");
            Mutant::new(arrow, operator, "", sentence, move |setting| {
                on_verdict(setting.recognition.clone(), move |drawn, call| {
                    (drawn == Drawn::TokenFailed && accepts(&call.token()?)).then_some(Drawn::Authorized)
                })
            })
        })
        .collect();
    let sentence = "ScopedAuth looks at the fingerprint before the token.".to_owned();
    mutants.push(Mutant::new(arrow, "fingerprint-first", "", sentence, |setting| {
        let (recognition, bindings) = (setting.recognition.clone(), Memory::default());
        on_moment(recognition, move |moment| match moment {
            Moment::Made(token, call) => {
                bindings.replace(&fingerprint_in(call)?, binding_of(token)?);
                None
            }
            Moment::Found(drawn, call) => {
                let binding = binding_of(&call.token()?)?;
                let is_anothers = bindings.get(&fingerprint_in(call)?) != Some(binding);
                (drawn == Drawn::TokenFailed && is_anothers).then_some(Drawn::FingerprintFailed)
            }
        })
    }));
    mutants
}

/// What `ScopedAuth` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drawn {
    Authorized,
    FingerprintFailed,
    TokenFailed,
}

impl Drawn {
    fn circumstances(self) -> Circumstances {
        match self {
            Self::Authorized => VALID,
            Self::FingerprintFailed => OTHER_CLIENT,
            Self::TokenFailed => BAD_TOKEN,
        }
    }

    fn of(recognition: &Recognition, reply: &Arrow) -> Option<Self> {
        [Self::Authorized, Self::FingerprintFailed, Self::TokenFailed]
            .into_iter()
            .find(|drawn| drawn.arrow(recognition).is_some_and(|arrow| arrow.number == reply.number))
    }

    /// Returns the arrow that draws the answer.
    fn arrow(self, recognition: &Recognition) -> Option<&Arrow> {
        let course = recognition.diagram.course(self.circumstances());
        let mut replies = course.arrows.into_iter().map(|step| step.arrow);
        replies.find(|arrow| matches!(arrow.meaning, Meaning::Reply(_)) && answers(arrow, Hop::ScopedAuth))
    }
}

/// When a mutant may learn something, or do wrong.
enum Moment<'m> {
    /// A token was made, for this call.
    Made(&'m str, &'m Call),
    /// `ScopedAuth` is about to answer so.
    Found(Drawn, &'m Call),
}

fn on_verdict(
    recognition: Recognition,
    instead: impl Fn(Drawn, &Call) -> Option<Drawn> + Send + Sync + 'static,
) -> OnAnswer<impl Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> {
    on_moment(recognition, move |moment| match moment {
        Moment::Found(drawn, call) => instead(drawn, call),
        Moment::Made(..) => None,
    })
}

/// Returns a wrong that answers so in place of what is found of a token that `FederatedAuth` made to replace another.
fn on_refreshed_token(
    recognition: Recognition,
    found: Drawn,
    instead: Drawn,
) -> OnAnswer<impl Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> {
    let replaced = Memory::default();
    on_moment(recognition, move |moment| match moment {
        Moment::Made(token, call) => {
            if call.hop == Hop::FederatedAuth {
                replaced.replace(token, ());
            }
            None
        }
        Moment::Found(drawn, call) => {
            let is_known = replaced.get(&call.token()?).is_some();
            (drawn == found && is_known).then_some(instead)
        }
    })
}

/// Returns a wrong that answers something else than `ScopedAuth` found.
fn on_moment(
    recognition: Recognition,
    instead: impl Fn(Moment<'_>) -> Option<Drawn> + Send + Sync + 'static,
) -> OnAnswer<impl Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> {
    OnAnswer(move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
        if let Some(token) = answer.body().as_ref().and_then(|body| body.get("token")?.as_str()) {
            instead(Moment::Made(token, call));
        }
        let Some(arrow) = arrow else { return };
        let found = Drawn::of(&recognition, arrow).filter(|_| call.hop == Hop::ScopedAuth);
        let instead = found.and_then(|found| instead(Moment::Found(found, call)));
        if let Some(reply) = instead.and_then(|drawn| drawn.arrow(&recognition).cloned()) {
            let mut body = drawn_body(&recognition, &reply, call);
            if let (Some(body), Some(claims)) = (body.as_object_mut(), call.token().and_then(|token| payload(&token))) {
                take_from(&claims, body);
            }
            answer.become_like(Answer::json(status_of(&reply), body));
        }
    })
}

/// Takes what a reply says of an account from the claims of a token, where it says anything.
fn take_from(claims: &Value, body: &mut Map<String, Value>) {
    for (name, value) in body {
        match value {
            Value::Object(inner) => take_from(claims, inner),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                if let Some(claimed) = claims.get(name) {
                    value.clone_from(claimed);
                }
            }
        }
    }
}

/// Returns whether a token says that it has expired.
fn is_expired(token: &str) -> Option<bool> {
    Some(payload(token)?.get("exp")?.as_i64()? <= OffsetDateTime::now_utc().unix_timestamp())
}

fn fingerprint_in(call: &Call) -> Option<String> {
    call.body()?.get(FINGERPRINT)?.as_str().map(str::to_owned)
}

fn binding_of(token: &str) -> Option<String> {
    payload(token)?.get("binding").filter(|binding| **binding != json!(null)).map(Value::to_string)
}
