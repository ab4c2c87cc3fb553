//! What holds beyond the diagram of a system: what its file states, and the reference's ways where the reference has the
//! say.

use super::System;
use crate::protocol::{Contract, Participant};

impl System {
    /// Returns what holds beyond the diagram: what the deployment states of its own, and the reference's ways where the
    /// reference has the say.
    pub fn contract(&self) -> Contract {
        let reference = Contract {
            invalid_token_code: Some(self.codes.invalid_token.0.into()),
            fingerprint_invalid_code: Some(self.codes.fingerprint_invalid.0.into()),
            ..Contract::of_reference()
        };
        let mut contract = self.deployment.contract.clone();
        let plays_from = |first: Participant| {
            Participant::SERVICES.into_iter().filter(|service| *service <= first).all(|service| self.plays(service))
        };
        if plays_from(Participant::ScopedAuth) {
            return reference;
        }
        if self.plays(Participant::FederatedAuth) {
            contract.invalid_token_code = reference.invalid_token_code;
            contract.fingerprint_invalid_code = reference.fingerprint_invalid_code;
        }
        if plays_from(Participant::FederatedAuth) {
            contract.status.refreshed = reference.status.refreshed;
            contract.status.token_refused = reference.status.token_refused;
            contract.status.fingerprint_refused = reference.status.fingerprint_refused;
        }
        if self.plays(Participant::ScopedAuth) {
            contract.status.validated = reference.status.validated;
        }
        if plays_from(Participant::Orchestrator) {
            contract.codes.origin_not_allowed = reference.codes.origin_not_allowed;
            contract.codes.unknown_deployment_key = reference.codes.unknown_deployment_key;
            contract.codes.no_address = reference.codes.no_address;
            contract.status.origin_not_allowed = reference.status.origin_not_allowed;
            contract.status.unknown_deployment_key = reference.status.unknown_deployment_key;
            contract.status.no_address = reference.status.no_address;
        }
        contract
    }

    /// Returns whether the Orchestrator takes the customer's word for its address.
    pub fn believes_forwarded_for(&self) -> bool {
        let ours = self.plays(Participant::Starship) && self.plays(Participant::Orchestrator);
        ours || self.deployment.contract.forwarded_for
    }
}
