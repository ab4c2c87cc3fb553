//! The mutants of comparisons, which look at a part of a key, an origin, an address, a fingerprint or a list, and take what
//! is almost right for the same.

use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, HeaderValue, ORIGIN};
use serde_json::Value;

use super::memory::{ANYBODY, Memory};
use super::message::{Answer, Call, FINGERPRINT, at, bytes_of};
use super::mutant::{Lookup, Mutant, OnAnswer, OnHearing, Setting, wrongdoer};
use super::recognition::{callee_of, is};
use crate::diagram::{Arrow, Kind, Meaning, Member};
use crate::protocol::{DeploymentKey, Hop, Participant};

const ADDRESSES: HeaderName = HeaderName::from_static("x-forwarded-for");
const KEY: &str = "deploymentKey";

/// Returns the mutants that mistake one deployment key for another.
pub(super) fn of_keys(arrow: &Arrow) -> Vec<Mutant> {
    let first_only = |setting: &Setting| {
        let account = setting.account.clone();
        on_hearing_of(Hop::Orchestrator, KEY, move |arrow, key| {
            // A first token is still made: there would be nothing to refresh otherwise.
            arrow?;
            let known = account(&DeploymentKey::new(key))?;
            let is_first = known.deployment_keys.first().is_some_and(|first| first.expose() == key);
            (!is_first).then(|| format!("{key}-unknown"))
        })
    };
    vec![
        Mutant::new(
            arrow,
            "key-cut-accepted",
            "",
            "The Orchestrator takes the beginning of a deployment key for the key.".to_owned(),
            |_| completed(Hop::Orchestrator, KEY),
        ),
        Mutant::new(
            arrow,
            "first-key-only",
            "",
            "The Orchestrator knows no account by another than its first deployment key.".to_owned(),
            first_only,
        ),
    ]
}

/// Returns the mutants that mistake one origin for another.
pub(super) fn of_origins(arrow: &Arrow) -> Vec<Mutant> {
    type Likens = fn(&str, &str) -> bool;
    let likenings: [(&'static str, &str, Likens); 3] = [
        ("origin-begins-like", "begins like", |origin, allowed| origin.starts_with(allowed)),
        ("origin-ends-like", "ends like", |origin, allowed| origin.ends_with(authority_of(allowed))),
        ("origin-port-ignored", "has the host of", |origin, allowed| host_of(origin) == host_of(allowed)),
    ];
    let mut mutants: Vec<Mutant> = likenings
        .into_iter()
        .map(|(operator, how, likens)| {
            let sentence = format!("The Orchestrator allows every origin that {how} an allowed one.");
            Mutant::new(arrow, operator, "", sentence, move |setting| {
                on_named_origin(setting.account.clone(), move |origin, allowed| {
                    allowed.iter().any(|allowed| likens(origin, allowed)).then(|| origin.to_owned())
                })
            })
        })
        .collect();
    let sentence = "The Orchestrator names the first allowed origin, whichever allowed one the page is on.".to_owned();
    mutants.push(Mutant::new(arrow, "origins-first", "", sentence, |setting| {
        on_named_origin(setting.account.clone(), |_, allowed| allowed.first().cloned())
    }));
    mutants
}

/// Returns the mutants that make the fingerprint on an arrow of something else than the client, where one is generated.
pub(super) fn of_fingerprint(arrow: &Arrow) -> Vec<Mutant> {
    if !arrow.members().iter().any(|member| is_generated(arrow, member)) {
        return Vec::new();
    }
    let sentence = "The Orchestrator takes the address of the last proxy for the client's.".to_owned();
    vec![Mutant::new(arrow, "address-of-proxy", "", sentence, |_| {
        OnHearing(|_: Option<&Arrow>, call: &mut Call| {
            let addresses = call.request.headers().get(&ADDRESSES).and_then(|addresses| addresses.to_str().ok());
            let last = addresses.and_then(|addresses| addresses.rsplit(',').next()).map(|last| last.trim().to_owned());
            if let Some(last) = last.and_then(|last| HeaderValue::from_str(&last).ok())
                && call.hop == Hop::Orchestrator
            {
                call.headers_mut().insert(ADDRESSES, last);
            }
        })
    })]
}

/// Returns whether a member is the fingerprint that the Orchestrator generated.
fn is_generated(arrow: &Arrow, member: &Member) -> bool {
    callee_of(arrow) == Some(Participant::FederatedAuth) && member.path == [FINGERPRINT]
}

/// Returns the mutants that look at a part of a fingerprint.
pub(super) fn of_comparing_fingerprints(arrow: &Arrow) -> Vec<Mutant> {
    let sentence = "ScopedAuth compares the beginnings of fingerprints.".to_owned();
    vec![Mutant::new(arrow, "fingerprint-cut-accepted", "", sentence, |_| completed(Hop::ScopedAuth, FINGERPRINT))]
}

/// Returns the mutants that take a list of texts for a set; no order is drawn among what `ScopedAuth` grants.
pub(super) fn of_lists(arrow: &Arrow) -> Vec<Mutant> {
    let hands_on = matches!(arrow.meaning, Meaning::Reply(_)) && wrongdoer(arrow) != Participant::ScopedAuth;
    let is_list = |kind: Kind| matches!(kind, Kind::Texts) && hands_on;
    let lists = arrow.members().iter().filter(|member| member.name().is_some_and(|name| is_list(name.kind)));
    lists
        .map(|member| {
            let (number, path, dotted) = (arrow.number, member.path.clone(), member.path.join("."));
            let sentence = format!("{} sorts `{dotted}` on arrow {number} and drops duplicates.", wrongdoer(arrow));
            Mutant::new(arrow, "as-set", &dotted, sentence, move |_| {
                let path = path.clone();
                OnAnswer(move |arrow: Option<&Arrow>, _: &Call, answer: &mut Answer| {
                    let sorts = is(arrow, number).then(|| answer.body()).flatten();
                    if let Some(mut body) = sorts
                        && let Some(Value::Array(elements)) = at(&mut body, &path)
                    {
                        elements.sort_by_key(Value::to_string);
                        elements.dedup();
                        answer.set_body(bytes_of(body));
                    }
                })
            })
        })
        .collect()
}

/// Returns a wrong that takes a member for the whole text that it is the beginning of, if such a one came before.
fn completed(hop: Hop, name: &'static str) -> OnHearing<impl Fn(Option<&Arrow>, &mut Call) + Send + Sync> {
    let known = Memory::<Vec<String>>::default();
    on_hearing_of(hop, name, move |_, text| {
        let mut before = known.get(ANYBODY).unwrap_or_default();
        if let Some(whole) = before.iter().find(|whole| whole.len() == text.len() + 1 && whole.starts_with(text)) {
            return Some(whole.clone());
        }
        if !before.iter().any(|whole| whole == text) {
            before.push(text.to_owned());
            known.replace(ANYBODY, before);
        }
        None
    })
}

/// Returns a wrong that takes a member of requests on a hop for another text.
fn on_hearing_of(
    hop: Hop,
    name: &'static str,
    instead: impl Fn(Option<&Arrow>, &str) -> Option<String> + Send + Sync + 'static,
) -> OnHearing<impl Fn(Option<&Arrow>, &mut Call) + Send + Sync> {
    OnHearing(move |arrow: Option<&Arrow>, call: &mut Call| {
        let text = call.body().and_then(|body| body.get(name)?.as_str().map(str::to_owned));
        if let Some(taken_for) = text.filter(|_| call.hop == hop).and_then(|text| instead(arrow, &text)) {
            call.edit(|body| {
                body.insert(name.to_owned(), taken_for.into());
            });
        }
    })
}

/// Returns a wrong in which origin the Orchestrator names, by the page's own and those that the account allows.
fn on_named_origin(
    account: Lookup,
    named: impl Fn(&str, &[String]) -> Option<String> + Send + Sync + 'static,
) -> OnAnswer<impl Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> {
    OnAnswer(move |_: Option<&Arrow>, call: &Call, answer: &mut Answer| {
        let origin = call.request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
        let key = call.body().and_then(|body| body.get(KEY)?.as_str().map(DeploymentKey::new));
        let known = key.filter(|_| call.hop == Hop::Orchestrator).and_then(|key| account(&key));
        let named = origin.zip(known).and_then(|(origin, account)| named(origin, &account.allowed_origins));
        if let Some(named) = named.and_then(|named| HeaderValue::from_str(&named).ok()) {
            answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, named);
        }
    })
}

fn authority_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, authority)| authority)
}

fn host_of(origin: &str) -> &str {
    let authority = authority_of(origin);
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}
