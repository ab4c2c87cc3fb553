//! Those we play: the router of each, made for its place among the others.

use std::time::Duration;

use axum::Router;

use super::plan::StartError;
use super::system::System;
use crate::participants::{
    AccountBook, FederatedAuth, FingerprintKey, Orchestrator, RefusalCodes, Renewal, ScopedAuth, Starship,
    federated_auth, orchestrator, scoped_auth, starship,
};
use crate::protocol::{Account, FingerprintSensitivity, Hop, Participant, Routes};

impl System {
    /// Returns the router of a participant, whose neighbour has its seat already.
    pub(super) fn router(
        &self,
        participant: Participant,
        deadline: Duration,
        (fingerprint_key, codes): (&FingerprintKey, RefusalCodes),
        http: reqwest::Client,
    ) -> Result<Router, StartError> {
        let neighbour = || {
            let callee = participant.calls_on().map_or(participant, Hop::callee);
            let nowhere = StartError::NowhereToCall { caller: participant, callee };
            self.address(callee).map(str::to_owned).ok_or(nowhere)
        };
        Ok(match participant {
            Participant::Customer | Participant::Starship => {
                let mut state = Starship::new(neighbour()?, http);
                state.orchestrator.deadline = deadline;
                state.routes = self.routes_of_ours();
                starship::router(state)
            }
            Participant::Orchestrator => {
                let mut state = Orchestrator::new(self.accounts.clone(), neighbour()?, http);
                state.federated_auth.deadline = deadline;
                state.fingerprint_key = fingerprint_key.clone();
                state.routes = self.routes_of_ours();
                state.token_place = self.deployment.contract.token_place;
                orchestrator::router(state)
            }
            Participant::FederatedAuth => {
                let mut state = FederatedAuth::new(neighbour()?, http, self.token_key().clone());
                if !self.plays(Participant::ScopedAuth) && !self.shares_token_key {
                    state.renewal = Renewal::SameAgain;
                }
                state.scoped_auth.deadline = deadline;
                state.codes = codes;
                state.accounts = self.accounts_to_grant();
                state.routes = self.routes_of_ours();
                federated_auth::router(state)
            }
            Participant::ScopedAuth => {
                scoped_auth::router(ScopedAuth { routes: self.routes_of_ours(), ..self.scoped_auth.clone() })
            }
        })
    }

    /// Returns the routes of those we play: beside a stranger those that are drawn, taken leniently. Where nobody else is
    /// there, they are what is judged, and keep their own.
    fn routes_of_ours(&self) -> Routes {
        let alone = !self.is_witnessed && Participant::SERVICES.into_iter().all(|service| self.plays(service));
        if alone { Routes::default() } else { Routes { is_lenient: true, ..self.routes.clone() } }
    }

    /// Returns the accounts whose grants our `FederatedAuth` knows: those of the accounts file or of our Orchestrator, or
    /// those that are declared of a real one with their SID and roles.
    fn accounts_to_grant(&self) -> AccountBook {
        if self.plays(Participant::Orchestrator) || self.deployment.accounts.is_empty() {
            return self.accounts.clone();
        }
        let book = AccountBook::new();
        for declared in &self.deployment.accounts {
            if let (Some(account_sid), Some(roles)) = (&declared.account_sid, &declared.roles) {
                // Two keys of one account are one account.
                let _ = book.add(Account {
                    account_sid: account_sid.clone(),
                    address_sid: None,
                    deployment_keys: Vec::new(),
                    feature: declared.feature,
                    fingerprint_sensitivity: FingerprintSensitivity::Medium,
                    allowed_origins: Vec::new(),
                    grants: roles.clone(),
                    token_ttl: FederatedAuth::TOKEN_TTL,
                });
            }
        }
        book
    }
}
