//! One refresh: prepared as the diagram draws its first request, played, and kept with what it is to be judged by.

use std::sync::Arc;

use super::record::Halt;
use super::run::Run;
use crate::diagram::{Circumstances, Course, Feature};
use crate::protocol::{self, Hop, Participant};
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
    pub(super) number: u64,
}

/// A refresh about to be made.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) run: Arc<Run>,
    pub(super) impatient: bool,
    pub(super) keys: Keys,
    pub(super) request: Request,
    pub(super) trouble: Vec<(Hop, Fault)>,
    pub(super) stand_in: Option<StandIn>,
    pub(super) refresh: Refresh,
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
        if self.trouble.is_empty() && self.stand_in.is_none() {
            let transcript = system.call(Purpose::Refresh, self.keys, Participant::Starship, self.request).await?;
            return Ok(Refresh { transcript, ..self.refresh });
        }
        let mut attempt = 1;
        let transcript = loop {
            let open = system.open(Purpose::Refresh, self.keys.clone()).await;
            for (hop, fault) in &self.trouble {
                system.trouble(&open, *hop, fault.clone());
            }
            if let (Some(stand_in), Some(hop)) = (&self.stand_in, self.refresh.played.and_then(Participant::called_on))
            {
                system.stand_in(&open, hop, stand_in).await;
            }
            let sent = system.send(&open, Participant::Starship, self.request.clone()).await;
            let transcript = system.close(open);
            sent?;
            // Another refusal may be what the trouble led to.
            let is_limited = self.trouble.is_empty() || transcript.customer_reply().is_some_and(|it| it.status == 429);
            if !is_limited || !system.must_be_made_again(&transcript, attempt)? {
                break transcript;
            }
            attempt += 1;
        };
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
        under_test: run.under_test(),
        contract: if refresh.played.is_some() { &run.contract_beside_stand_ins } else { &run.contract },
        redactor: &run.redactor,
        refresh: refresh.number,
    }
}

/// Returns the diagram's word for an account's feature.
pub(super) fn drawn_feature(feature: protocol::Feature) -> Feature {
    match feature {
        protocol::Feature::On => Feature::On,
        protocol::Feature::Off => Feature::Off,
    }
}
