//! Back to the beginning: everything, or one account alone, so that tests that run at once need not disturb each other.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::accounts::unknown;
use super::problem::{Problem, Read};
use crate::protocol::AccountSid;
use crate::simulator::Simulator;

/// What is to be reset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    account: Option<AccountSid>,
}

/// How much was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ResetShown {
    accounts: usize,
    faults: usize,
    refreshes: usize,
}

pub(super) async fn reset(
    State(simulator): State<Simulator>,
    Read(Order { account }): Read<Order>,
) -> Result<Json<ResetShown>, Problem> {
    let accounts = simulator.reset_accounts(account.as_ref()).ok_or_else(|| {
        account.as_ref().map_or_else(
            || Problem::bad_request("an account that was added has a deployment key of one that is to be put back"),
            unknown,
        )
    })?;
    Ok(Json(ResetShown {
        accounts,
        faults: simulator.parts().rules.clear(account.as_ref()),
        refreshes: simulator.parts().recorder.clear(account.as_ref().map(AccountSid::as_str)),
    }))
}

impl Simulator {
    /// Puts accounts back to what they were stated to be: all of them, or one. Returns how many there were, or nothing where
    /// that one is unknown.
    fn reset_accounts(&self, only: Option<&AccountSid>) -> Option<usize> {
        let stated = self.parts().accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let book = self.system().accounts();
        let is_meant = |sid: &AccountSid| only.is_none_or(|only| only == sid);
        let there: Vec<_> = book.all().iter().filter(|it| is_meant(&it.account_sid)).map(|it| (**it).clone()).collect();
        let back: Vec<_> = stated.iter().filter(|account| is_meant(&account.account_sid)).cloned().collect();
        if only.is_some() && there.is_empty() && back.is_empty() {
            return None;
        }
        book.replace(&there, &back).ok()?;
        self.parts().recorder.tell_of_accounts();
        Some(there.len().max(back.len()))
    }
}
