//! The accounts: listed, read, put, deleted, and their feature switched.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::problem::{Named, Problem, Read};
use crate::config::{is_origin, is_token_ttl, parse_duration};
use crate::protocol::{Account, AccountSid, DeploymentKey, Feature, FingerprintSensitivity};
use crate::simulator::running::Simulator;

/// An account as told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AccountView {
    account_sid: AccountSid,
    #[serde(flatten)]
    configuration: Configuration,
}

/// An account as put: everything but its SID.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Configuration {
    #[serde(default)]
    address_sid: Option<String>,
    deployment_keys: Vec<String>,
    feature: Feature,
    #[serde(default = "medium")]
    fingerprint_sensitivity: FingerprintSensitivity,
    #[serde(default)]
    allowed_origins: Vec<String>,
    #[serde(default = "chat")]
    grants: Vec<String>,
    #[serde(default = "an_hour")]
    token_ttl: String,
}

/// What a feature is switched to.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    feature: Feature,
}

fn medium() -> FingerprintSensitivity {
    FingerprintSensitivity::Medium
}

fn chat() -> Vec<String> {
    vec!["chat".to_owned()]
}

fn an_hour() -> String {
    "1h".to_owned()
}

pub(super) async fn list(State(simulator): State<Simulator>) -> Json<Vec<AccountView>> {
    Json(simulator.system().accounts().all().iter().map(|account| shown(account)).collect())
}

pub(super) async fn read(
    State(simulator): State<Simulator>,
    Named(sid): Named<AccountSid>,
) -> Result<Json<AccountView>, Problem> {
    let account = simulator.system().accounts().configuration(&sid).ok_or_else(|| unknown(&sid))?;
    Ok(Json(shown(&account)))
}

pub(super) async fn put(
    State(simulator): State<Simulator>,
    Named(sid): Named<AccountSid>,
    Read(configuration): Read<Configuration>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let account = account(sid, configuration)?;
    let book = simulator.system().accounts();
    let known = book.configuration(&account.account_sid);
    let put =
        book.replace(known.as_deref().map(std::slice::from_ref).unwrap_or_default(), std::slice::from_ref(&account));
    put.map_err(|refused| conflict(&refused.to_string()))?;
    simulator.parts().recorder.tell_of_accounts();
    Ok((if known.is_some() { StatusCode::OK } else { StatusCode::CREATED }, Json(shown(&account))))
}

pub(super) async fn delete(
    State(simulator): State<Simulator>,
    Named(sid): Named<AccountSid>,
) -> Result<StatusCode, Problem> {
    simulator.system().accounts().remove(&sid).ok_or_else(|| unknown(&sid))?;
    simulator.parts().recorder.tell_of_accounts();
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn switch(
    State(simulator): State<Simulator>,
    Named(sid): Named<AccountSid>,
    Read(Switch { feature }): Read<Switch>,
) -> Result<Json<AccountView>, Problem> {
    let book = simulator.system().accounts();
    book.change(&sid, |account| account.feature = feature).map_err(|_unknown| unknown(&sid))?;
    simulator.parts().recorder.tell_of_accounts();
    let account = book.configuration(&sid).ok_or_else(|| unknown(&sid))?;
    Ok(Json(shown(&account)))
}

pub(super) fn unknown(sid: &AccountSid) -> Problem {
    Problem::not_found(format!("there is no account {sid}")).hint("GET /api/accounts lists those there are")
}

pub(super) fn conflict(reason: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, reason).hint("GET /api/accounts lists which keys belong to whom")
}

fn shown(account: &Account) -> AccountView {
    AccountView {
        account_sid: account.account_sid.clone(),
        configuration: Configuration {
            address_sid: account.address_sid.clone(),
            deployment_keys: account.deployment_keys.iter().map(|key| key.expose().to_owned()).collect(),
            feature: account.feature,
            fingerprint_sensitivity: account.fingerprint_sensitivity,
            allowed_origins: account.allowed_origins.clone(),
            grants: account.grants.clone(),
            token_ttl: match account.token_ttl.as_secs() {
                seconds if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
                seconds if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
                seconds => format!("{seconds}s"),
            },
        },
    }
}

fn account(account_sid: AccountSid, configuration: Configuration) -> Result<Account, Problem> {
    let Configuration {
        address_sid,
        deployment_keys,
        feature,
        fingerprint_sensitivity,
        allowed_origins,
        grants,
        token_ttl,
    } = configuration;
    if deployment_keys.is_empty() || deployment_keys.iter().any(String::is_empty) {
        return Err(Problem::bad_request("`deployment_keys` names no key: no request could name this account"));
    }
    if let Some(origin) = allowed_origins.iter().find(|origin| !is_origin(origin)) {
        return Err(Problem::bad_request(format!("`allowed_origins`: {origin:?} is no origin"))
            .hint("an origin is http:// or https://, a host and perhaps a port, such as https://shop.example.com"));
    }
    let token_ttl = parse_duration(&token_ttl).filter(|ttl| is_token_ttl(*ttl)).ok_or_else(|| {
        Problem::bad_request(format!(
            "`token_ttl`: {token_ttl:?} is no duration in whole seconds up to a hundred years"
        ))
        .hint("such as 90s, 5m or 1h")
    })?;
    let deployment_keys = deployment_keys.into_iter().map(DeploymentKey::new).collect();
    Ok(Account {
        account_sid,
        address_sid,
        deployment_keys,
        feature,
        fingerprint_sensitivity,
        allowed_origins,
        grants,
        token_ttl,
    })
}
