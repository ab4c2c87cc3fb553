//! One refresh: prepared as the diagram draws its first request, played, and kept with what it is to be judged by.

use std::sync::Arc;

use super::customer::{Manner, Page};
use super::drawn::{Values, call_of, drawn_request, with_json};
use super::record::Halt;
use super::run::Run;
use super::world::{Stage, drawn_feature};
use crate::diagram::{Circumstances, Course, Validity};
use crate::protocol::{Hop, Participant, TokenRotation};
use crate::standins::{StandIn, Unexpected};
use crate::topology::System;
use crate::transcript::{Keys, Purpose, Request, Transcript};
use crate::verdict::{Case, Configuration, Given};
use crate::wire::Fault;

/// A refresh that was made, and what it is to be judged by.
#[derive(Debug, Clone)]
pub(super) struct Refresh {
    pub(super) customer: usize,
    pub(super) circumstances: Circumstances,
    pub(super) configuration: Configuration,
    pub(super) given: Given,
    pub(super) transcript: Transcript,
    pub(super) origin: Option<String>,
    /// Who was played by a script in it.
    pub(super) played: Option<Participant>,
    /// What that did not expect.
    pub(super) unexpected: Vec<Unexpected>,
    number: u64,
}

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
        let mut request = drawn_request(label, &values, true);
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

/// A refresh about to be made.
#[derive(Debug)]
pub(super) struct Prepared {
    run: Arc<Run>,
    impatient: bool,
    keys: Keys,
    request: Request,
    trouble: Vec<(Hop, Fault)>,
    stand_in: Option<StandIn>,
    refresh: Refresh,
}

impl Prepared {
    /// Adds trouble that this refresh alone is to meet.
    pub(super) fn meets(&mut self, hop: Hop, fault: Fault) {
        self.trouble.push((hop, fault));
    }

    /// Sends the customer's request and returns the refresh with its transcript.
    pub(super) async fn play(self) -> Result<Refresh, Halt> {
        let system = system(&self.run, self.impatient);
        if let Some((hop, _)) = self.trouble.iter().find(|(hop, _)| !system.sees(*hop) || *hop == Hop::Edge) {
            return Err(Halt::NotObserved(format!("no trouble can be made on {hop} from here")));
        }
        let open = system.open(Purpose::Refresh, self.keys).await;
        for (hop, fault) in self.trouble {
            system.trouble(&open, hop, fault);
        }
        if let (Some(stand_in), Some(hop)) = (&self.stand_in, self.refresh.played.and_then(Participant::called_on)) {
            system.stand_in(&open, hop, stand_in).await;
        }
        let sent = system.send(&open, Participant::Starship, self.request).await;
        let transcript = system.close(open);
        sent?;
        let unexpected = self.stand_in.map(|stand_in| stand_in.unexpected()).unwrap_or_default();
        Ok(Refresh { transcript, unexpected, ..self.refresh })
    }
}

/// Returns the system that a refresh is played against.
pub(super) fn system(run: &Run, impatient: bool) -> &System {
    if impatient { run.impatient.as_ref().unwrap_or(&run.system) } else { &run.system }
}

/// Returns a refresh with all that it is judged by.
pub(super) fn case<'a>(run: &'a Run, course: &'a Course<'a>, refresh: &'a Refresh) -> Case<'a> {
    Case {
        diagram: &run.diagram,
        course,
        transcript: &refresh.transcript,
        given: &refresh.given,
        visibility: run.visibility(refresh.played),
        contract: &run.contract,
        redactor: &run.redactor,
        refresh: refresh.number,
    }
}

/// Returns the ACAO header that the Orchestrator sets for an account's allowed origins.
fn acao_of(allowed: &[String], origin: Option<&str>) -> Option<String> {
    let own = origin.filter(|origin| allowed.iter().any(|allowed| allowed == origin));
    own.map(str::to_owned).or_else(|| allowed.first().cloned())
}
