//! The mutants of internal actions, the arrows from a participant to itself: what it should look up, keep, check or set is
//! skipped, mixed up or done by halves.

use std::sync::Arc;

use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderValue, ORIGIN, VARY};
use serde_json::Value;

use super::acao_rule::of_acao_rule;
use super::comparisons::{of_keys, of_origins};
use super::memory::{ANYBODY, Memory};
use super::message::{Answer, Call, FINGERPRINT};
use super::mutant::{Deed, Mutant, OnAnswer, OnBoth, OnCall, Setting};
use super::token_validation::of_condition;
use crate::diagram::{Action, Arrow, Feature, Meaning};
use crate::protocol::{Account, DeploymentKey, Hop};

/// Returns the mutants that follow from an internal action; none where nothing can judge it.
pub(super) fn of_action(arrow: &Arrow) -> Vec<Mutant> {
    match &arrow.meaning {
        Meaning::Action(Action::FetchesAccount) => [of_account(arrow), of_keys(arrow)].concat(),
        Meaning::Action(Action::FetchesConfiguration) => [of_configuration(arrow), of_origins(arrow)].concat(),
        Meaning::Action(Action::KeepsConfiguration) => of_keeping(arrow),
        Meaning::Action(Action::Validates(condition)) => of_condition(arrow, condition),
        Meaning::Action(Action::AppliesAcaoRule(otherwise)) => of_acao_rule(arrow, otherwise),
        Meaning::Action(Action::Other) | Meaning::Request(_) | Meaning::Reply(_) | Meaning::Prose(_) => Vec::new(),
    }
}

fn of_account(arrow: &Arrow) -> Vec<Mutant> {
    let constant = |_: &Setting| {
        let memory = Memory::default();
        OnCall(move |arrow: Option<&Arrow>, call: &mut Call| {
            if let Some(account) = account_of_refresh(arrow, call) {
                name_account(call, &memory.first(ANYBODY, || account.clone()), &account);
            }
            Deed::Send
        })
    };
    let before = |_: &Setting| {
        let memory = Memory::default();
        OnCall(move |arrow: Option<&Arrow>, call: &mut Call| {
            if let Some(account) = account_of_refresh(arrow, call) {
                let of_call_before = memory.replace(ANYBODY, account.clone()).unwrap_or_else(|| account.clone());
                name_account(call, &of_call_before, &account);
            }
            Deed::Send
        })
    };
    vec![
        Mutant::new(
            arrow,
            "account-constant",
            "",
            "The Orchestrator takes the first account that it ever found for everybody's.".to_owned(),
            constant,
        ),
        Mutant::new(
            arrow,
            "account-of-call-before",
            "",
            "The Orchestrator refreshes for the account of the call before.".to_owned(),
            before,
        ),
    ]
}

/// Returns the account for which the Orchestrator has a token refreshed.
fn account_of_refresh(arrow: Option<&Arrow>, call: &Call) -> Option<String> {
    arrow.filter(|_| call.hop == Hop::FederatedAuth)?;
    call.account().map(str::to_owned)
}

fn name_account(call: &mut Call, account: &str, in_place_of: &str) {
    let path = call.request.uri().path().replace(in_place_of, account);
    if account != in_place_of {
        call.send_to(&path);
    }
}

fn of_configuration(arrow: &Arrow) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (operator, sentence, remembers) in [
        (
            "feature-cached",
            "The Orchestrator keeps the feature of an account from one request to the next.",
            (|call: &Call| call.account().map(str::to_owned)) as fn(&Call) -> Option<String>,
        ),
        (
            "feature-shared",
            "The Orchestrator takes the first feature that it ever fetched for every account's.",
            |_| Some(ANYBODY.to_owned()),
        ),
    ] {
        mutants.push(Mutant::new(arrow, operator, "", sentence.to_owned(), move |_| {
            let memory = Memory::default();
            OnCall(move |arrow: Option<&Arrow>, call: &mut Call| {
                if let Some(name) = arrow.filter(|_| call.hop == Hop::FederatedAuth).and_then(|_| remembers(call)) {
                    let sent = call.body().and_then(|body| body.get(FINGERPRINT).cloned());
                    set_fingerprint(call, memory.first(&name, || sent));
                }
                Deed::Send
            })
        }));
    }
    for (operator, feature, sentence) in [
        ("feature-always-on", Feature::On, "The Orchestrator sends a fingerprint whatever the feature is."),
        ("feature-always-off", Feature::Off, "The Orchestrator sends no fingerprint whatever the feature is."),
    ] {
        mutants.push(Mutant::new(arrow, operator, "", sentence.to_owned(), move |_| {
            OnCall(move |arrow: Option<&Arrow>, call: &mut Call| {
                if arrow.is_some() && call.hop == Hop::FederatedAuth {
                    let sent = call.body().and_then(|body| body.get(FINGERPRINT).cloned());
                    let made_up = Some(sent.unwrap_or_else(|| "made-up".into()));
                    set_fingerprint(call, made_up.filter(|_| feature == Feature::On));
                }
                Deed::Send
            })
        }));
    }
    for (operator, sentence, name_of) in [
        (
            "origins-cached",
            "The Orchestrator keeps the origins of an account from one request to the next.",
            (|call: &Call| deployment_key(call)) as fn(&Call) -> Option<String>,
        ),
        (
            "origins-shared",
            "The Orchestrator takes the first origins that it ever fetched for every account's.",
            |_| Some(ANYBODY.to_owned()),
        ),
    ] {
        mutants.push(Mutant::new(arrow, operator, "", sentence.to_owned(), move |_| {
            let memory = Memory::default();
            on_orchestrators_answer(move |call, answer| {
                if let Some(name) = name_of(call) {
                    let set = answer.headers_mut().get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
                    set_acao(answer.headers_mut(), memory.first(&name, || set));
                }
            })
        }));
    }
    for (operator, value, sentence) in [
        ("origins-ignored", None, "The Orchestrator sets no ACAO header, whatever origins are configured."),
        ("origins-any", Some("*"), "The Orchestrator sets the ACAO header to *, whatever origins are configured."),
    ] {
        mutants.push(Mutant::new(arrow, operator, "", sentence.to_owned(), move |_| {
            on_orchestrators_answer(move |_, answer| {
                set_acao(answer.headers_mut(), value.map(HeaderValue::from_static));
            })
        }));
    }
    mutants
}

fn of_keeping(arrow: &Arrow) -> Vec<Mutant> {
    let again = "The Orchestrator fetches the configuration again before it answers, in place of what it kept.";
    let shared = "The Orchestrator keeps one configuration for all the calls that it answers at once.";
    vec![
        Mutant::new(arrow, "fetched-again", "", again.to_owned(), |setting| {
            let account = setting.account.clone();
            on_orchestrators_answer(move |call, answer| {
                if let Some(now) = deployment_key(call).and_then(|key| account(&DeploymentKey::new(key))) {
                    name_origin(&now, call, answer);
                }
            })
        }),
        Mutant::new(arrow, "kept-for-all", "", shared.to_owned(), |setting| {
            let account = setting.account.clone();
            let kept = Arc::new(Memory::<Option<Arc<Account>>>::default());
            let last = Arc::clone(&kept);
            OnBoth(
                move |arrow: Option<&Arrow>, call: &mut Call| {
                    let key = arrow.filter(|_| call.hop == Hop::Orchestrator).and_then(|_| deployment_key(call));
                    if let Some(account) = key.and_then(|key| account(&DeploymentKey::new(key))) {
                        kept.replace(ANYBODY, Some(account));
                    }
                    Deed::Send
                },
                move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
                    let is_here = arrow.is_some() && call.hop == Hop::Orchestrator;
                    if let Some(last) = last.get(ANYBODY).flatten().filter(|_| is_here) {
                        name_origin(&last, call, answer);
                    }
                },
            )
        }),
    ]
}

/// Has the Orchestrator name the origin that it would name for an account.
fn name_origin(account: &Account, call: &Call, answer: &mut Answer) {
    let origin = call.request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let allowed = account.allowed_origins.iter().find(|allowed| Some(allowed.as_str()) == origin);
    let named = allowed.or(account.allowed_origins.first());
    set_acao(answer.headers_mut(), named.and_then(|named| HeaderValue::from_str(named).ok()));
}

fn set_fingerprint(call: &mut Call, fingerprint: Option<Value>) {
    call.edit(|body| match fingerprint {
        Some(fingerprint) => {
            body.insert(FINGERPRINT.to_owned(), fingerprint);
        }
        None => {
            body.shift_remove(FINGERPRINT);
        }
    });
}

fn deployment_key(call: &Call) -> Option<String> {
    call.body()?.get("deploymentKey")?.as_str().map(str::to_owned)
}

fn set_acao(headers: &mut HeaderMap, value: Option<HeaderValue>) {
    if let Some(value) = value {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
    } else {
        headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
        headers.remove(VARY);
    }
}

/// Returns a wrong in the Orchestrator's answers to refreshes.
fn on_orchestrators_answer(
    spoil: impl Fn(&Call, &mut Answer) + Send + Sync + 'static,
) -> OnAnswer<impl Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> {
    OnAnswer(move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
        if arrow.is_some() && call.hop == Hop::Orchestrator {
            spoil(call, answer);
        }
    })
}
