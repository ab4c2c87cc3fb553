//! Tokens made to order: a good one, or one with a single thing wrong.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use super::accounts::unknown;
use super::problem::{Problem, Read};
use crate::protocol::{AccountSid, DeploymentKey, Fingerprint};
use crate::simulator::running::Simulator;
use crate::topology::{Minted, Unmet};

/// Which token is wanted, and for whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    account: Option<AccountSid>,
    deployment_key: Option<DeploymentKey>,
    #[serde(default)]
    state: Flaw,
    user_agent: Option<String>,
    accept_language: Option<String>,
    client_address: Option<String>,
    fingerprint: Option<Fingerprint>,
}

/// What is right or wrong about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Flaw {
    #[default]
    Valid,
    Expired,
    Tampered,
    AnotherFingerprint,
    AnotherAccount,
}

/// The token: the one secret that the API tells, because it is asked for it.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenView {
    token: crate::protocol::Token,
    state: Flaw,
    account_sid: AccountSid,
    expiration: String,
}

pub(super) async fn mint(
    State(simulator): State<Simulator>,
    Read(order): Read<Order>,
) -> Result<Json<TokenView>, Problem> {
    let book = simulator.system().accounts();
    let account = match (&order.account, &order.deployment_key) {
        (Some(account), None) => account.clone(),
        (None, Some(key)) => book.account_sid(key).ok_or_else(|| {
            Problem::not_found("no account has this deployment key").hint("GET /api/accounts lists them")
        })?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::bad_request("whose token it is to be is said by `account` or by `deployment_key`"));
        }
    };
    let how = match order.state {
        Flaw::Valid => Minted::Valid,
        Flaw::Expired => Minted::Expired,
        Flaw::Tampered => Minted::Tampered,
        Flaw::AnotherFingerprint => Minted::AnotherFingerprint,
        Flaw::AnotherAccount => Minted::AnotherAccount,
    };
    let client = client(&order)?;
    let minted = simulator.system().mint(&account, how, &client, order.fingerprint).map_err(|unmet| match unmet {
        Unmet::Precondition(_) if book.configuration(&account).is_none() => unknown(&account),
        Unmet::Precondition(reason) | Unmet::OutOfReach(reason) | Unmet::Failed(reason) => Problem::bad_request(reason),
    })?;
    Ok(Json(TokenView {
        token: minted.generated.token,
        state: order.state,
        account_sid: minted.account_sid,
        expiration: minted.generated.expiration,
    }))
}

/// Returns the headers that the client will send, which its fingerprint is made of.
fn client(order: &Order) -> Result<HeaderMap, Problem> {
    let mut client = HeaderMap::new();
    for (name, value) in [
        ("user-agent", &order.user_agent),
        ("accept-language", &order.accept_language),
        ("x-forwarded-for", &order.client_address),
    ] {
        if let Some(value) = value {
            let value = HeaderValue::from_str(value).map_err(|_invalid| {
                Problem::bad_request(format!("{value:?} cannot be the value of the header {name}"))
            })?;
            client.insert(name, value);
        }
    }
    Ok(client)
}
