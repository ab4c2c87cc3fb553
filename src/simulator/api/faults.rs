//! Faults: listed, added, removed.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::problem::{Named, Problem, Read};
use crate::config::parse_duration;
use crate::protocol::{AccountSid, Participant};
use crate::simulator::running::Simulator;
use crate::simulator::views::key_of;
use crate::transcript::{Redactor, SecretKind};
use crate::wire::{FaultRule, FaultWords, Matching, RuleInForce};

/// A fault as asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    hop: String,
    fault: String,
    #[serde(default, rename = "match")]
    matching: MatchingTold,
    probability: Option<f64>,
    seed: Option<u64>,
    times: Option<u64>,
    ttl: Option<String>,
}

/// Whom a fault is for.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MatchingTold {
    deployment_key: Option<String>,
    account: Option<AccountSid>,
    token: Option<String>,
    header: Option<HeaderTold>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderTold {
    name: String,
    value: String,
}

/// A fault in force.
#[derive(Serialize, Deserialize)]
pub(super) struct FaultView {
    id: u64,
    hop: String,
    fault: String,
    #[serde(rename = "match")]
    matching: MatchingTold,
    probability: f64,
    seed: u64,
    times: Option<u64>,
    left: Option<u64>,
    met: u64,
    expires_in_ms: Option<u64>,
}

pub(super) async fn list(State(simulator): State<Simulator>) -> Json<Vec<FaultView>> {
    let redactor = simulator.redactor();
    Json(simulator.parts().rules.all().iter().map(|rule| shown(rule, &redactor)).collect())
}

pub(super) async fn add(
    State(simulator): State<Simulator>,
    Read(order): Read<Order>,
) -> Result<(StatusCode, Json<FaultView>), Problem> {
    let rule = rule(order, simulator.parts().seed)?;
    if !simulator.system().sees(rule.hop) {
        let callee = rule.hop.callee();
        return Err(Problem::bad_request(format!("no fault can be met on the way to {callee}: it is not played here")));
    }
    let rule = simulator.parts().rules.add(rule).map_err(|refused| Problem::bad_request(refused.to_string()))?;
    Ok((StatusCode::CREATED, Json(shown(&rule, &simulator.redactor()))))
}

pub(super) async fn remove(State(simulator): State<Simulator>, Named(id): Named<u64>) -> Result<StatusCode, Problem> {
    if simulator.parts().rules.remove(id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("there is no fault {id}")).hint("GET /api/faults lists those there are"))
    }
}

pub(super) async fn clear(State(simulator): State<Simulator>) -> StatusCode {
    let rules = &simulator.parts().rules;
    rules.remove_all(&rules.ids(None));
    StatusCode::NO_CONTENT
}

fn rule(order: Order, seed: u64) -> Result<FaultRule, Problem> {
    let Order { hop, fault, matching, probability, seed: own_seed, times, ttl } = order;
    let service: Participant = hop.parse().map_err(|error| Problem::bad_request(format!("`hop`: {error}")))?;
    let hop = service.called_on().ok_or_else(|| Problem::bad_request("`hop`: nobody calls the customer"))?;
    let seed = own_seed.unwrap_or(seed);
    let fault = FaultWords::read(&fault, seed).map_err(|error| Problem::bad_request(format!("`fault`: {error}")))?;
    let ttl = ttl.map(|ttl| {
        parse_duration(&ttl).ok_or_else(|| {
            Problem::bad_request(format!("`ttl`: {ttl:?} is no duration")).hint("such as 500ms, 30s or 5m")
        })
    });
    let header = matching.header.map(|header| (header.name.to_ascii_lowercase(), header.value));
    let MatchingTold { deployment_key, account, token, header: _ } = matching;
    let matching = Matching { deployment_key, account, token, header };
    let always = FaultRule::always(hop, fault);
    Ok(FaultRule { matching, probability: probability.unwrap_or(1.0), seed, times, ttl: ttl.transpose()?, ..always })
}

fn shown(in_force: &RuleInForce, redactor: &Redactor) -> FaultView {
    let RuleInForce { id, rule, left, met, until } = in_force;
    let pseudonym = |secret: &Option<String>, kind| secret.as_ref().map(|secret| redactor.pseudonym(secret, kind));
    let header = rule.matching.header.as_ref();
    FaultView {
        id: *id,
        hop: key_of(rule.hop).to_owned(),
        fault: rule.fault.to_string(),
        matching: MatchingTold {
            deployment_key: pseudonym(&rule.matching.deployment_key, SecretKind::DeploymentKey),
            account: rule.matching.account.clone(),
            token: pseudonym(&rule.matching.token, SecretKind::Token),
            header: header.map(|(name, value)| HeaderTold { name: name.clone(), value: redactor.header(name, value) }),
        },
        probability: rule.probability,
        seed: rule.seed,
        times: rule.times,
        left: *left,
        met: *met,
        expires_in_ms: until.map(|until| {
            u64::try_from(until.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(u64::MAX)
        }),
    }
}
