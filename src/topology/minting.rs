//! Tokens made to order, without asking anybody: good ones, and ones with a single thing wrong.

use axum::http::HeaderMap;
use serde_json::Value;
use time::OffsetDateTime;

use super::{System, Unmet, tampered};
use crate::participants::Grant;
use crate::protocol::{Account, AccountSid, Feature, Fingerprint, GeneratedToken, Participant};

/// What is right or wrong about a token to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minted {
    /// Nothing is wrong.
    Valid,
    /// It was valid once.
    Expired,
    /// One character of a valid one was changed.
    Tampered,
    /// It is bound to a client that nobody is.
    AnotherFingerprint,
    /// It belongs to another account.
    AnotherAccount,
}

/// A token that was made, and whose it is.
#[derive(Debug, Clone)]
pub struct MintedToken {
    /// The token and when it expires.
    pub generated: GeneratedToken,
    /// The account that it belongs to.
    pub account_sid: AccountSid,
}

impl System {
    /// Makes a token for a client of an account of ours, who is described by its headers or by its fingerprint.
    ///
    /// # Errors
    ///
    /// Returns why there is none: `ScopedAuth` is not ours, there is no such account, or no other one.
    pub fn mint(
        &self,
        account_sid: &AccountSid,
        how: Minted,
        client: &HeaderMap,
        fingerprint: Option<Fingerprint>,
    ) -> Result<MintedToken, Unmet> {
        if !self.plays(Participant::ScopedAuth) {
            let reason = "tokens are made by ScopedAuth, which is not played here";
            return Err(Unmet::OutOfReach(reason.to_owned()));
        }
        let known = self.accounts.configuration(account_sid);
        let account = known.ok_or_else(|| Unmet::Precondition(format!("there is no account {account_sid}")))?;
        let of_client = match account.feature {
            Feature::On => Some(
                fingerprint
                    .unwrap_or_else(|| self.fingerprint_key.fingerprint_of(client, account.fingerprint_sensitivity)),
            ),
            Feature::Off => fingerprint,
        };
        let mut grant = Grant {
            fingerprint: of_client,
            ..Grant::new(account_sid.clone(), texts(&account.grants), account.token_ttl)
        };
        match how {
            Minted::Valid | Minted::Tampered => {}
            Minted::Expired => grant.issued_at = OffsetDateTime::now_utc() - 2 * account.token_ttl,
            Minted::AnotherFingerprint => {
                grant.fingerprint = Some(Fingerprint::new(format!("{:032x}", rand::random::<u128>())));
            }
            Minted::AnotherAccount => {
                let other = self.another_account(account_sid)?;
                let of_other = Grant::new(other.account_sid.clone(), texts(&other.grants), other.token_ttl);
                grant = Grant { fingerprint: grant.fingerprint, ..of_other };
            }
        }
        let minted = self.token_key().mint(&grant).map_err(|error| Unmet::Failed(error.to_string()))?;
        let token = if how == Minted::Tampered { tampered(&minted.token) } else { minted.token };
        let generated = GeneratedToken { token, ..minted };
        Ok(MintedToken { generated, account_sid: grant.account.account_sid })
    }

    fn another_account(&self, than: &AccountSid) -> Result<Account, Unmet> {
        let other = self.accounts.all().into_iter().find(|account| account.account_sid != *than);
        other
            .map(|account| Account::clone(&account))
            .ok_or_else(|| Unmet::Precondition("there is no other account".into()))
    }
}

fn texts(grants: &[String]) -> Vec<Value> {
    grants.iter().cloned().map(Value::from).collect()
}
