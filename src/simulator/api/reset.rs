//! Back to the beginning: everything, or one account alone, so that tests that run at once need not disturb each other.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::accounts::{conflict, unknown};
use super::problem::{Problem, Read};
use crate::protocol::AccountSid;
use crate::simulator::running::Simulator;

/// What is to be reset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    account: Option<AccountSid>,
}

/// How much was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ResetView {
    accounts: usize,
    faults: usize,
    refreshes: usize,
}

pub(super) async fn reset(
    State(simulator): State<Simulator>,
    Read(Order { account }): Read<Order>,
) -> Result<Json<ResetView>, Problem> {
    let rules = &simulator.parts().rules;
    // A fault may be for a deployment key that the account has no more once it is put back.
    let of_account = rules.ids(account.as_ref());
    let accounts = simulator.reset_accounts(account.as_ref())?;
    let faults = rules.remove_all(&of_account);
    let refreshes = simulator.parts().recorder.clear(account.as_ref().map(AccountSid::as_str));
    Ok(Json(ResetView { accounts, faults, refreshes }))
}

impl Simulator {
    /// Puts accounts back to what they were stated to be: all of them, or one. Returns how many there were.
    fn reset_accounts(&self, only: Option<&AccountSid>) -> Result<usize, Problem> {
        let stated = self.parts().accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let book = self.system().accounts();
        let is_meant = |sid: &AccountSid| only.is_none_or(|only| only == sid);
        let there: Vec<_> = book.all().iter().filter(|it| is_meant(&it.account_sid)).map(|it| (**it).clone()).collect();
        let back: Vec<_> = stated.iter().filter(|account| is_meant(&account.account_sid)).cloned().collect();
        if let Some(only) = only.filter(|_| there.is_empty() && back.is_empty()) {
            return Err(unknown(only));
        }
        book.replace(&there, &back).map_err(|refused| conflict(&refused.to_string()))?;
        self.parts().recorder.tell_of_accounts();
        Ok(there.len().max(back.len()))
    }
}
