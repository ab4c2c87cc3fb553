//! How a refresh is prepared: its request as the diagram draws it, with the values of the scenario, and its circumstances.

use super::customer::{Manner, Page};
use super::drawn::{Values, call_of, drawn_request, with_json};
use super::record::Halt;
use super::refresh::{Prepared, Refresh, drawn_feature};
use super::world::Stage;
use crate::diagram::{Circumstances, Validity};
use crate::protocol::{Participant, TokenRotation};
use crate::transcript::{Keys, Transcript};
use crate::verdict::{Configuration, Given};

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
        let acao = account.allowed_origins.as_ref().map(|allowed| acao_of(allowed, origin.as_deref()));
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
                configuration: Configuration { feature, acao },
                given: Given {
                    deployment_key: Some(deployment_key),
                    token: Some(token),
                    account_sid: account.account_sid.clone(),
                    // A stand-in grants what its script says.
                    roles: account.roles.clone().filter(|_| scripted.is_none()),
                    origin: account.origin.clone(),
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

/// Returns the ACAO header that the Orchestrator sets for an account's allowed origins.
fn acao_of(allowed: &[String], origin: Option<&str>) -> Option<String> {
    let own = origin.filter(|origin| allowed.iter().any(|allowed| allowed == origin));
    own.map(str::to_owned).or_else(|| allowed.first().cloned())
}
