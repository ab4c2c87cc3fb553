//! The account a scenario plays on: made to measure in our own Orchestrator, found in the deployment file for a real one.

use std::sync::PoisonError;
use std::time::Duration;

use super::{Supply, System, Unmet};
use crate::config::deployment::{DeclaredAccount, TokenSource};
use crate::participants::AccountBook;
use crate::protocol::{Account, AccountSid, DeploymentKey, Feature, FingerprintSensitivity, Hop, Participant};
use crate::transcript::{Keys, Transcript};
use crate::wire::AccountLookup;

/// Which origins the account of a scenario is to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origins {
    /// It does not matter.
    #[default]
    Whatever,
    /// It names none, so any page may call.
    Any,
    /// It names some.
    Some,
}

/// What a scenario needs of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Whether the feature is on.
    pub feature: Feature,
    /// What fingerprints are made of, if it matters.
    pub sensitivity: Option<FingerprintSensitivity>,
    /// Which origins are allowed.
    pub origins: Origins,
    /// Whether it has an address configuration.
    pub has_address: bool,
}

impl Wish {
    /// Wishes for an account about which only the feature matters.
    pub fn with_feature(feature: Feature) -> Self {
        Self { feature, sensitivity: None, origins: Origins::Whatever, has_address: true }
    }
}

/// The account of a scenario, as far as it is known.
#[derive(Debug, Clone)]
pub struct AccountInPlay {
    /// Its name in the deployment file, if it is from there.
    pub name: Option<String>,
    /// The key that names it.
    pub deployment_key: DeploymentKey,
    /// Its SID.
    pub account_sid: Option<AccountSid>,
    /// Whether the feature is on.
    pub feature: Feature,
    /// What its fingerprints are made of, if that is known.
    pub fingerprint_sensitivity: Option<FingerprintSensitivity>,
    /// The origin its pages have.
    pub origin: Option<String>,
    /// The origins it allows; empty means any.
    pub allowed_origins: Option<Vec<String>>,
    /// Whether it has an address configuration, without which no token of it is refreshed.
    pub has_address: bool,
    /// The roles its customers have.
    pub roles: Option<Vec<String>>,
}

/// A change to an account while a scenario runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether the feature is to be on.
    pub feature: Feature,
    /// The origins to be allowed.
    pub allowed_origins: Vec<String>,
}

impl AccountLookup for AccountBook {
    fn account_of(&self, key: &DeploymentKey) -> Option<AccountSid> {
        self.account_sid(key)
    }
}

impl System {
    /// Returns whether every scenario gets accounts of its own, made to measure.
    pub fn makes_accounts(&self) -> bool {
        self.plays(Participant::Orchestrator) && self.supply == Supply::Made
    }

    /// Returns an account as wished, other than those in use already. Where accounts are not made to measure, it is one
    /// of those there are, with the feature as it was `switched` for all of them, or else as declared.
    pub fn account(
        &self,
        wish: Wish,
        in_use: &[DeploymentKey],
        switched: Option<Feature>,
    ) -> Result<AccountInPlay, Unmet> {
        if self.makes_accounts() {
            return self.make_account(wish, None);
        }
        if !wish.has_address && !self.plays(Participant::Orchestrator) {
            let reason = "no account of a real Orchestrator can be left without an address configuration from here";
            return Err(Unmet::OutOfReach(reason.to_owned()));
        }
        let known = self.known_accounts(switched);
        let account =
            known.into_iter().find(|account| account.grants(wish) && !in_use.contains(&account.deployment_key));
        account.ok_or_else(|| Unmet::Precondition(self.lacking(wish, in_use)))
    }

    /// Returns another account, whose fingerprints are made of the same: its tokens differ in nothing but whose they are.
    pub fn account_like(&self, account: &AccountInPlay, switched: Option<Feature>) -> Result<AccountInPlay, Unmet> {
        let sensitivity = account.fingerprint_sensitivity;
        let wish = Wish { sensitivity, ..Wish::with_feature(account.feature) };
        if self.makes_accounts() {
            return self.make_account(wish, account.account_sid.as_ref());
        }
        // Where the same client has another fingerprint, more is wrong with a foreign token than whose it is.
        let has_same_fingerprints = |other: &AccountInPlay| match account.feature {
            Feature::On => sensitivity.is_some() && other.fingerprint_sensitivity == sensitivity,
            Feature::Off => true,
        };
        let alike = |other: &AccountInPlay| {
            other.feature == account.feature
                && other.has_address
                && has_same_fingerprints(other)
                && other.deployment_key != account.deployment_key
        };
        self.known_accounts(switched).into_iter().find(alike).ok_or_else(|| {
            let is_told = sensitivity.is_some() || account.feature == Feature::Off;
            let known = if is_told { "" } else { " whose fingerprint_sensitivity is stated to be that of the first" };
            Unmet::Precondition(self.lacking(wish, std::slice::from_ref(&account.deployment_key)) + known)
        })
    }

    /// Returns every account that scenarios may play on, where they are not made to measure.
    pub fn known_accounts(&self, switched: Option<Feature>) -> Vec<AccountInPlay> {
        if self.plays(Participant::Orchestrator) {
            return self.accounts.all().iter().filter_map(|account| self.in_play(account)).collect();
        }
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let grants_itself = self.plays(Participant::FederatedAuth);
        let in_play = |declared: &DeclaredAccount| AccountInPlay {
            feature: switched.unwrap_or(declared.feature),
            account_sid: declared.account_sid.as_ref().or_else(|| learned.get(&declared.deployment_key)).cloned(),
            // Our FederatedAuth can grant what is stated only to an account that it is told by its SID.
            roles: declared.roles.clone().filter(|_| !grants_itself || declared.account_sid.is_some()),
            ..AccountInPlay::from(declared)
        };
        self.deployment.accounts.iter().map(in_play).collect()
    }

    /// Returns the account with what was learned of it meanwhile.
    pub(super) fn informed(&self, account: &AccountInPlay) -> AccountInPlay {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let account_sid = account.account_sid.as_ref().or_else(|| learned.get(&account.deployment_key)).cloned();
        AccountInPlay { account_sid, ..account.clone() }
    }

    /// Takes note of whose account a call was about, where that was seen: only its SID tells calls apart that carry no
    /// token.
    pub fn learn_account(&self, key: &DeploymentKey, call: &Transcript) {
        let mut asked = [Hop::FederatedAuth, Hop::ScopedAuth].into_iter().filter_map(|hop| call.first_on(hop));
        if let Some(sid) = asked.find_map(|asked| Keys::of(&asked.request).account?.parse().ok()) {
            self.learned.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), sid);
        }
    }

    /// Changes an account of our Orchestrator.
    pub fn change_account(&self, account: &AccountInPlay, change: &Change) -> Result<AccountInPlay, Unmet> {
        let account_sid = match &account.account_sid {
            Some(account_sid) if self.plays(Participant::Orchestrator) => account_sid,
            _ => {
                return Err(Unmet::OutOfReach(
                    "the accounts of a real Orchestrator cannot be changed from here".into(),
                ));
            }
        };
        let changed = self.accounts.change(account_sid, |account| {
            account.feature = change.feature;
            account.allowed_origins.clone_from(&change.allowed_origins);
        });
        changed.map_err(|error| Unmet::Failed(error.to_string()))?;
        Ok(AccountInPlay {
            feature: change.feature,
            origin: change.allowed_origins.first().cloned(),
            allowed_origins: Some(change.allowed_origins.clone()),
            ..account.clone()
        })
    }

    /// Puts the accounts of the accounts file back to what it states.
    pub fn reset_accounts(&self) {
        for stated in &self.stated {
            // An account is never removed nor its keys given to another, so that this cannot be refused.
            let _ = self.accounts.change(&stated.account_sid, |account| account.clone_from(stated));
        }
    }

    /// Makes an account that no other scenario knows, so that scenarios running at once cannot meet.
    ///
    /// It is made to be mistaken for others by whoever looks at a part of them: scenarios name it by its second key and
    /// come from its second origin, and beside another account it has that one's SID but for the last digit.
    fn make_account(&self, wish: Wish, beside: Option<&AccountSid>) -> Result<AccountInPlay, Unmet> {
        let digits = beside.and_then(|sid| u128::from_str_radix(sid.as_str().trim_start_matches("AC"), 16).ok());
        let unique = digits.map_or_else(rand::random::<u128>, |digits| digits ^ 1);
        let keys = [(); 2].map(|()| DeploymentKey::new(format!("CV{:032x}", rand::random::<u128>())));
        let failed = |error: &dyn std::fmt::Display| Unmet::Failed(error.to_string());
        let allowed_origins: Vec<String> = match wish.origins {
            Origins::Whatever | Origins::Any => Vec::new(),
            Origins::Some => ["https://first.example.com", "https://shop.example.com"].map(str::to_owned).into(),
        };
        let account = Account {
            account_sid: format!("AC{unique:032x}").parse().map_err(|error| failed(&error))?,
            address_sid: wish.has_address.then(|| format!("IG{unique:032x}")),
            deployment_keys: keys.clone().into(),
            feature: wish.feature,
            fingerprint_sensitivity: wish.sensitivity.unwrap_or(FingerprintSensitivity::Medium),
            allowed_origins,
            grants: ["chat:read", "chat:write", "file:upload"].map(str::to_owned).into(),
            token_ttl: Duration::from_hours(1),
        };
        self.accounts.add(account.clone()).map_err(|error| failed(&error))?;
        let in_play = self.in_play(&account).map(|account| {
            let [_, deployment_key] = keys;
            AccountInPlay { deployment_key, ..account }
        });
        in_play.ok_or_else(|| Unmet::Failed("an account needs a deployment key".to_owned()))
    }

    /// Returns an account of our Orchestrator for a scenario to play on, unless it cannot be named.
    fn in_play(&self, account: &Account) -> Option<AccountInPlay> {
        Some(AccountInPlay {
            name: None,
            deployment_key: account.deployment_keys.first()?.clone(),
            account_sid: Some(account.account_sid.clone()),
            feature: account.feature,
            fingerprint_sensitivity: Some(account.fingerprint_sensitivity),
            origin: account.allowed_origins.last().cloned(),
            allowed_origins: Some(account.allowed_origins.clone()),
            has_address: account.address_sid.is_some(),
            roles: self.grants_as_stated().then(|| account.grants.clone()),
        })
    }

    /// Returns whether tokens have the grants of our accounts: ours give them, or have a real `ScopedAuth` give them.
    fn grants_as_stated(&self) -> bool {
        let orders = self.deployment.tokens.source == TokenSource::Create && self.routes.states_grants;
        self.plays(Participant::FederatedAuth) && (orders || self.plays(Participant::ScopedAuth))
    }

    fn lacking(&self, wish: Wish, in_use: &[DeploymentKey]) -> String {
        let whose = if self.plays(Participant::Orchestrator) { "the accounts file" } else { "the deployment" };
        let other = if in_use.is_empty() { "no account" } else { "no other account" };
        let mut needs = vec![format!("the feature {}", wish.feature)];
        if let Some(sensitivity) = wish.sensitivity {
            needs.push(format!("fingerprint_sensitivity = \"{sensitivity}\""));
        }
        match wish.origins {
            Origins::Whatever => {}
            Origins::Any => needs.push("allowed_origins = []".to_owned()),
            Origins::Some => needs.push("some allowed_origins".to_owned()),
        }
        if !wish.has_address {
            needs.push("no address_sid".to_owned());
        }
        format!("{whose} names {other} with {}", needs.join(" and "))
    }
}

impl AccountInPlay {
    fn grants(&self, wish: Wish) -> bool {
        let origins = match (wish.origins, &self.allowed_origins) {
            (Origins::Whatever, _) => true,
            (Origins::Any, Some(allowed)) => allowed.is_empty(),
            (Origins::Some, Some(allowed)) => !allowed.is_empty(),
            (Origins::Any | Origins::Some, None) => false,
        };
        let sensitivity = wish.sensitivity.is_none() || wish.sensitivity == self.fingerprint_sensitivity;
        self.feature == wish.feature && origins && sensitivity && self.has_address == wish.has_address
    }
}

impl From<&DeclaredAccount> for AccountInPlay {
    fn from(account: &DeclaredAccount) -> Self {
        Self {
            name: Some(account.name.clone()),
            deployment_key: account.deployment_key.clone(),
            account_sid: account.account_sid.clone(),
            feature: account.feature,
            fingerprint_sensitivity: account.fingerprint_sensitivity,
            origin: account.origin.clone().or_else(|| account.allowed_origins.as_ref()?.first().cloned()),
            allowed_origins: account.allowed_origins.clone(),
            has_address: true,
            roles: account.roles.clone(),
        }
    }
}
