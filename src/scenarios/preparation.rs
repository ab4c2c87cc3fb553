//! How a refresh is prepared: its request as the diagram draws it, with the values of the scenario, and its circumstances.

use super::customer::{Manner, Page};
use super::drawn::{Values, call_of, drawn_request, with_json};
use super::record::Halt;
use super::refresh::{Prepared, Refresh, drawn_feature};
use super::world::Stage;
use crate::diagram::{Circumstances, Feature, Validity};
use crate::protocol::{Participant, TokenRotation};
use crate::transcript::{Keys, Transcript};
use crate::verdict::{AllowedOrigins, Configuration, Given, MadeFor, Provenance};

impl Stage {
    /// Prepares a refresh, so that several can be played at once.
    pub(super) fn prepare(&mut self, customer: usize, manner: &Manner) -> Result<Prepared, Halt> {
        let run = self.run()?;
        let (Some(who), index) = (self.customers.get(customer).cloned(), customer) else {
            return Err(self.stop(Halt::Error("a step needs a customer, and no step before gives one".to_owned())));
        };
        let Some(account) = self.accounts.get(who.account).cloned() else {
            return Err(self.stop(Halt::Error("a step needs an account, and no step before gives one".to_owned())));
        };
        let (token, token_validity) = manner.token.clone().unwrap_or((who.token.clone(), who.validity));
        let (client, fingerprint) = manner.client.clone().unwrap_or((who.client.clone(), Validity::Valid));
        let feature = drawn_feature(account.feature);
        let scripted = self.stand_in.clone();
        let circumstances = match &scripted {
            Some(scripted) => scripted.circumstances(feature),
            None => Circumstances::new(feature, token_validity, fingerprint),
        };
        let origin = match &manner.page {
            Page::Own => account.origin.clone(),
            Page::On(origin) => Some(origin.clone()),
            Page::Unnamed => None,
        };
        let deployment_key = manner.deployment_key.clone().unwrap_or_else(|| account.deployment_key.clone());
        let is_own = manner.token.is_none();
        let made_for = match &who.fingerprint {
            _ if !is_own || scripted.is_some() => MadeFor::Unknown,
            Some(fingerprint) => MadeFor::Client(fingerprint.clone()),
            // hopcheck's own Orchestrator sends one whenever the feature is on.
            None if feature == Feature::On && run.under_test().is_ours() && who.validity == Validity::Valid => {
                MadeFor::Nobody
            }
            None => MadeFor::Unknown,
        };
        let is_refreshed = self.refreshes.iter().any(|before| {
            let returned = before.transcript.customer_reply().and_then(|reply| reply.body.text("token"));
            returned == Some(token.expose())
        });
        let values = Values {
            deployment_key: deployment_key.clone(),
            token: token.clone(),
            fingerprint: who.fingerprint.clone(),
            account_sid: account.account_sid.clone(),
        };
        let Some((_, label)) = call_of(&run.diagram.course(circumstances), Participant::Orchestrator) else {
            let reason = "the diagram draws no request to the Orchestrator, so no refresh can begin";
            return Err(self.stop(Halt::Error(reason.to_owned())));
        };
        let mut request = drawn_request(label, &values, Some(run.contract.token_place));
        if manner.unknown_member {
            request = with_json(&request, |body| {
                body.insert("unknownMember".to_owned(), serde_json::json!({"nested": [1, null]}));
            });
        }
        request.headers.extend(client.headers());
        request.headers.extend(origin.clone().map(|origin| ("origin".to_owned(), origin)));
        let stand_in = scripted.as_ref().map(|scripted| {
            let owner = account.account_sid.clone().or_else(|| run.system.account_of(&token));
            let same = run.contract.token_rotation == TokenRotation::Forbidden;
            scripted.prepare(&run, feature, owner.as_ref(), same.then(|| token.expose()))
        });
        let stand_in = self.or_stop(stand_in.transpose())?;
        let origins = account.allowed_origins.clone().map(|allowed| AllowedOrigins { allowed, page: origin.clone() });
        Ok(Prepared {
            impatient: self.impatient,
            keys: Keys {
                request_id: None,
                token: Some(token.expose().to_owned()),
                deployment_key: Some(deployment_key.expose().to_owned()),
                fingerprint: None,
                account: account.account_sid.as_ref().map(ToString::to_string),
            },
            request,
            trouble: self.trouble.clone(),
            stand_in,
            refresh: Refresh {
                customer: index,
                circumstances,
                configuration: Configuration { feature, origins },
                given: Given {
                    deployment_key: Some(deployment_key),
                    token: Some(token.clone()),
                    account_sid: account.account_sid.clone(),
                    // A stand-in grants what its script says.
                    roles: account.roles.clone().filter(|_| scripted.is_none()),
                    origin: account.origin.clone(),
                    provenance: Provenance {
                        made_for,
                        made_by: is_refreshed.then_some(Participant::FederatedAuth),
                        is_foreign: self.foreign_tokens.contains(&token),
                    },
                },
                transcript: Transcript::default(),
                origin,
                played: scripted.map(|scripted| scripted.participant),
                unexpected: Vec::new(),
                number: run.next_refresh(),
            },
            run,
        })
    }
}
