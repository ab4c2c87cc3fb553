//! Faults that are met by whoever matches: for a while, a number of times, or as chance has it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::fault::Fault;
use super::fault_words::{FAULT_HEADER, FaultWords};
use crate::protocol::{AccountSid, DeploymentKey, Hop, Participant};
use crate::transcript::{Keys, Request};

/// How many rules there may be at once.
const MOST: usize = 1000;

/// A fault for whoever matches.
#[derive(Debug, Clone)]
pub struct FaultRule {
    /// On which hop.
    pub hop: Hop,
    /// What happens there.
    pub fault: FaultWords,
    /// To whom.
    pub matching: Matching,
    /// How likely it is, from 0 to 1.
    pub probability: f64,
    /// What chance is drawn from.
    pub seed: u64,
    /// How often at most.
    pub times: Option<u64>,
    /// For how long.
    pub ttl: Option<Duration>,
}

/// Whom a fault is for: whoever carries all that is stated.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// The deployment key of the customer's request.
    pub deployment_key: Option<String>,
    /// The account.
    pub account: Option<AccountSid>,
    /// The token presented.
    pub token: Option<String>,
    /// A header of the request on this hop, or of the one that began the refresh: its name in lower case, and its value.
    pub header: Option<(String, String)>,
}

impl std::fmt::Debug for Matching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matching").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A rule in force.
#[derive(Debug, Clone)]
pub struct RuleInForce {
    /// Its name.
    pub id: u64,
    /// What was asked for.
    pub rule: FaultRule,
    /// How often it may still be met; without an end where nothing stands.
    pub left: Option<u64>,
    /// How often it was met.
    pub met: u64,
    /// When it ends by itself.
    pub until: Option<Instant>,
}

/// Why a rule is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RuleRefused {
    /// The probability is none.
    #[error("{0} is no probability: expected a number from 0 to 1")]
    Probability(f64),
    /// It could never be met.
    #[error("a fault that is met 0 times is none")]
    NoTimes,
    /// There are enough.
    #[error("there are {MOST} faults already")]
    TooMany,
}

/// Whoever knows whose a deployment key is.
pub trait AccountLookup: std::fmt::Debug + Send + Sync {
    /// Returns the account that has the deployment key.
    fn account_of(&self, key: &DeploymentKey) -> Option<AccountSid>;
}

/// Whoever is about to cross a hop.
#[derive(Debug)]
pub(crate) struct Crosser<'a> {
    /// What the call is known by, what this request carries included.
    pub(crate) keys: &'a Keys,
    /// The request on this hop.
    pub(crate) request: &'a Request,
    /// The request that began the call.
    pub(crate) beginning: &'a Request,
}

/// The rules in force.
#[derive(Debug)]
pub struct FaultRules {
    state: Mutex<State>,
    accounts: Arc<dyn AccountLookup>,
    heeds_headers: bool,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    version: u64,
    /// Each with what its chances are drawn from.
    rules: Vec<(RuleInForce, StdRng)>,
}

impl FaultRules {
    /// Returns no rules; whose a deployment key is, is looked up there. Says whether a caller may choose a fault by [`FAULT_HEADER`].
    pub fn new(accounts: Arc<dyn AccountLookup>, heeds_headers: bool) -> Self {
        Self { state: Mutex::default(), accounts, heeds_headers }
    }

    /// Puts a rule in force, after those there are.
    pub fn add(&self, rule: FaultRule) -> Result<RuleInForce, RuleRefused> {
        if !(0.0..=1.0).contains(&rule.probability) {
            return Err(RuleRefused::Probability(rule.probability));
        }
        if rule.times == Some(0) {
            return Err(RuleRefused::NoTimes);
        }
        let mut state = self.state();
        if state.rules.len() >= MOST {
            return Err(RuleRefused::TooMany);
        }
        state.next += 1;
        state.version += 1;
        let in_force = RuleInForce {
            id: state.next,
            left: rule.times,
            met: 0,
            until: rule.ttl.and_then(|ttl| Instant::now().checked_add(ttl)),
            rule,
        };
        let draws = StdRng::seed_from_u64(in_force.rule.seed);
        state.rules.push((in_force.clone(), draws));
        Ok(in_force)
    }

    /// Returns the rules in force, in the order in which they are tried.
    pub fn all(&self) -> Vec<RuleInForce> {
        self.state().rules.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// Takes a rule out of force. Returns whether there was one of this name.
    pub fn remove(&self, id: u64) -> bool {
        self.remove_all(&[id]) > 0
    }

    /// Takes these rules out of force. Returns how many of them there still were.
    pub fn remove_all(&self, ids: &[u64]) -> usize {
        self.remove_where(|rule| ids.contains(&rule.id))
    }

    /// Returns the names of all rules, or of those that are for one account alone.
    pub fn ids(&self, account: Option<&AccountSid>) -> Vec<u64> {
        let is_meant = |rule: &RuleInForce| account.is_none_or(|account| self.is_for(&rule.rule.matching, account));
        self.state().rules.iter().map(|(rule, _)| rule).filter(|rule| is_meant(rule)).map(|rule| rule.id).collect()
    }

    /// Returns a number that changes whenever the rules do.
    pub fn version(&self) -> u64 {
        self.state().version
    }

    /// Returns whether nothing can be met.
    pub(crate) fn is_idle(&self) -> bool {
        !self.heeds_headers && self.state().rules.is_empty()
    }

    /// Returns the fault that whoever is about to cross a hop meets there: the one that its header chooses, or else that
    /// of the first rule that is for it.
    pub(crate) fn meet(&self, hop: Hop, crosser: &Crosser<'_>) -> Option<FaultWords> {
        if self.heeds_headers
            && let Some(header) = crosser.beginning.header(FAULT_HEADER)
            && let Some((_, fault)) = chosen_in(header).ok()?.into_iter().find(|(chosen, _)| *chosen == hop)
        {
            return Some(fault);
        }
        let mut state = self.state();
        let State { version, rules, .. } = &mut *state;
        for (rule, draws) in rules.iter_mut().filter(|(rule, _)| rule.rule.hop == hop) {
            let is_due = rule.left != Some(0) && self.is_met_by(&rule.rule.matching, crosser);
            if is_due && (rule.rule.probability >= 1.0 || draws.random_bool(rule.rule.probability)) {
                *version += 1;
                rule.met += 1;
                rule.left = rule.left.map(|left| left.saturating_sub(1));
                return Some(rule.rule.fault.clone());
            }
        }
        None
    }

    /// Complains about a header that chooses no fault, or one for nobody.
    pub(crate) fn check_header(&self, request: &Request) -> Result<(), String> {
        match request.header(FAULT_HEADER).filter(|_| self.heeds_headers) {
            Some(header) => chosen_in(header).map(|_| ()),
            None => Ok(()),
        }
    }

    fn is_met_by(&self, matching: &Matching, crosser: &Crosser<'_>) -> bool {
        let Matching { deployment_key, account, token, header } = matching;
        let carries = |(name, value): &(String, String)| {
            [crosser.request, crosser.beginning].iter().any(|request| request.header(name) == Some(value))
        };
        let is = |stated: &Option<String>, carried: &Option<String>| stated.is_none() || stated == carried;
        is(deployment_key, &crosser.keys.deployment_key)
            && is(token, &crosser.keys.token)
            && header.as_ref().is_none_or(carries)
            && account.as_ref().is_none_or(|account| self.account_of(crosser.keys).as_deref() == Some(account.as_str()))
    }

    /// Returns the account of a call, as its path says it or its deployment key tells.
    fn account_of(&self, keys: &Keys) -> Option<String> {
        let by_key = || self.accounts.account_of(&DeploymentKey::new(keys.deployment_key.as_ref()?));
        keys.account.clone().or_else(|| by_key().map(|sid| sid.as_str().to_owned()))
    }

    fn is_for(&self, matching: &Matching, account: &AccountSid) -> bool {
        let by_key = || self.accounts.account_of(&DeploymentKey::new(matching.deployment_key.as_ref()?));
        matching.account.as_ref() == Some(account) || by_key().as_ref() == Some(account)
    }

    fn remove_where(&self, leaves: impl Fn(&RuleInForce) -> bool) -> usize {
        let mut state = self.state();
        let before = state.rules.len();
        state.rules.retain(|(rule, _)| !leaves(rule));
        let gone = before - state.rules.len();
        state.version += u64::from(gone > 0);
        gone
    }

    /// Locks the rules, without those whose time is over.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.rules.iter().any(|(rule, _)| rule.until.is_some()) {
            let now = Instant::now();
            let before = state.rules.len();
            state.rules.retain(|(rule, _)| rule.until.is_none_or(|until| until > now));
            state.version += u64::from(state.rules.len() < before);
        }
        state
    }
}

/// Reads what a header chooses: a service and the words of a fault, and more of them behind commas.
fn chosen_in(header: &str) -> Result<Vec<(Hop, FaultWords)>, String> {
    let chosen = |choice: &str| {
        let expected = || format!("expected a service and a fault, such as `{FAULT_HEADER}: scoped-auth late=2s`");
        let (service, words) = choice.trim().split_once(' ').ok_or_else(expected)?;
        let service: Participant = service.parse().map_err(|error| format!("{error}"))?;
        let fault = words.parse().map_err(|error| format!("{error}"))?;
        Ok((service.called_on().ok_or_else(expected)?, fault))
    };
    header.split(',').map(chosen).collect()
}

impl FaultRule {
    /// Returns a rule by which everybody meets a fault on a hop, until it is removed.
    pub fn always(hop: Hop, fault: FaultWords) -> Self {
        Self { hop, fault, matching: Matching::default(), probability: 1.0, seed: 0, times: None, ttl: None }
    }
}

impl RuleInForce {
    /// Returns the fault itself.
    pub fn fault(&self) -> &Fault {
        self.rule.fault.fault()
    }
}

#[cfg(test)]
mod tests;
