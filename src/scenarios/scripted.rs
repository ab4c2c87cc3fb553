//! The stand-in that a scenario scripts: whom it plays, what follows for a refresh, and what may be said of it.
//!
//! What a stand-in does is no evidence of the deployment. So it is neither asserted nor remembered for the run, and a step
//! that speaks of it is an error of the scenario.

use serde_json::Value;

use super::record::Halt;
use super::refresh::Refresh;
use super::run::Run;
use crate::diagram::{Arrow, Circumstances, Diagram, Feature, Validity};
use crate::protocol::{AccountSid, Hop, Participant};
use crate::standins::{self, CannotStandIn, Script, StandIn, Unexpected};
use crate::verdict::{Case, Defect, Finding, Judgement, Verdict, ends_of};

/// What a stand-in does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// It finds token and fingerprint valid.
    Authorizes,
    /// It answers with a new token.
    Refreshes,
    /// It refuses because of the fingerprint.
    RefusesFingerprint,
    /// It refuses because of the token.
    RefusesToken,
}

/// A stand-in as a scenario scripts it.
#[derive(Debug, Clone)]
pub(super) struct Scripted {
    /// Whom it plays.
    pub(super) participant: Participant,
    deed: Deed,
    script: Script,
}

impl Scripted {
    /// Returns a stand-in for a participant; `None` where that never does such a thing.
    pub(super) fn new(participant: Participant, deed: Deed) -> Option<Self> {
        let refresher = match participant {
            Participant::Orchestrator => Some(standins::orchestrator()),
            Participant::FederatedAuth => Some(standins::federated_auth()),
            Participant::Customer | Participant::Starship | Participant::ScopedAuth => None,
        };
        let validator = (participant == Participant::ScopedAuth).then(standins::scoped_auth);
        let script = match (refresher, validator, deed) {
            (Some(refresher), _, Deed::Refreshes) => refresher.refreshes(),
            (Some(refresher), _, Deed::RefusesFingerprint) => refresher.refuses_fingerprint(),
            (Some(refresher), _, Deed::RefusesToken) => refresher.refuses_token(),
            (_, Some(validator), Deed::Authorizes) => validator.authorizes(),
            (_, Some(validator), Deed::RefusesFingerprint) => validator.refuses_fingerprint(),
            (_, Some(validator), Deed::RefusesToken) => validator.refuses_token(),
            _ => return None,
        };
        Some(Self { participant, deed, script })
    }

    /// Adds a header to its reply.
    pub(super) fn with_header(self, name: &str, value: String) -> Self {
        Self { script: self.script.with_header(name, value), ..self }
    }

    /// Gives a name that its reply draws its value.
    pub(super) fn with(self, name: &str, value: Value) -> Self {
        Self { script: self.script.with(name, value), ..self }
    }

    /// Returns the circumstances that a refresh has because of it, whatever is really the matter with the token.
    pub(super) fn circumstances(&self, feature: Feature) -> Circumstances {
        let (token, fingerprint) = match self.deed {
            Deed::Authorizes | Deed::Refreshes => (Validity::Valid, Validity::Valid),
            Deed::RefusesFingerprint => (Validity::Valid, Validity::Invalid),
            Deed::RefusesToken => (Validity::Invalid, Validity::Valid),
        };
        Circumstances::new(feature, token, fingerprint)
    }

    /// Returns the stand-in for one refresh, which knows of it what the service would know: whose the token is, and, where
    /// a deployment gives the same token again, which.
    pub(super) fn prepare(
        &self,
        run: &Run,
        feature: Feature,
        owner: Option<&AccountSid>,
        same_token: Option<&str>,
    ) -> Result<StandIn, Halt> {
        if self.deed == Deed::RefusesFingerprint && feature == Feature::Off {
            let reason = "the feature is off in this scenario, so no fingerprint travels that a stand-in could refuse";
            return Err(Halt::Error(reason.to_owned()));
        }
        let script = self.script.clone().drawn_in(&run.diagram).with_feature(feature);
        let mut script = script.as_stated(&run.contract);
        match owner {
            Some(owner) => script = script.supposing("account_sid", owner.as_str()),
            None if self.deed == Deed::Authorizes => {
                let reason = "the deployment file does not state the `account_sid` of the account, so no stand-in can say \
                              whose the token is";
                return Err(Halt::NotRun(reason.to_owned()));
            }
            None => {}
        }
        if let Some(token) = same_token {
            script = script.supposing("token", token);
        }
        script.prepare().map_err(|reason| {
            let is_undrawn = matches!(
                reason,
                CannotStandIn::NoRequest { .. } | CannotStandIn::NoReply { .. } | CannotStandIn::NoName { .. }
            );
            // Another diagram than the built-in one need not draw what the built-in features speak of.
            if is_undrawn && run.built_in.is_some() { Halt::NotObserved(reason.to_string()) } else { reason.into() }
        })
    }
}

impl From<CannotStandIn> for Halt {
    fn from(reason: CannotStandIn) -> Self {
        Self::Error(reason.to_string())
    }
}

/// Returns the judgement without what it says of a stand-in, and of those behind it, whom nobody called.
///
/// A stand-in that does not answer as drawn, though it was asked as drawn, leads others astray: nothing can be judged then.
pub(super) fn of_those_in_front(judgement: Judgement, diagram: &Diagram, refresh: &Refresh) -> Result<Judgement, Halt> {
    let Some(played) = refresh.played else { return Ok(judgement) };
    let sender = |number: usize| diagram.arrow(number).and_then(|arrow: &Arrow| ends_of(arrow)[0]);
    let (scripted, arrows): (Vec<_>, Vec<_>) =
        judgement.arrows.into_iter().partition(|arrow| sender(arrow.arrow).is_some_and(|sender| sender >= played));
    let wrong = scripted.iter().find(|arrow| arrow.verdict == Verdict::Deviates && refresh.unexpected.is_empty());
    match wrong.and_then(|arrow| arrow.findings.first()) {
        Some(finding) => Err(Halt::Error(format!("the stand-in for {played} does not answer as drawn: {finding}"))),
        None => Ok(Judgement { arrows, ..judgement }),
    }
}

/// Returns a finding for a request that a stand-in did not expect, at the arrow of the course that it should have been.
pub(super) fn not_drawn(unexpected: &Unexpected, played: Participant, case: &Case<'_>) -> Finding {
    let expected = unexpected.expected();
    let drawn = expected.iter().find(|expected| case.course.contains(expected.arrow)).or(expected.first());
    let reasons = drawn.map(|drawn| drawn.reasons.join(", ")).unwrap_or_default();
    let caller = played.called_on().map_or(played, Hop::caller).drawn_name();
    let subject = format!("the request to the stand-in for {played}");
    let request = drawn.map(|drawn| drawn.request.clone()).unwrap_or_default();
    let observed = case.redactor.text(&format!("{}: {reasons}", unexpected.came()));
    match drawn.and_then(|drawn| case.diagram.arrow(drawn.arrow)) {
        Some(arrow) => Finding::must(arrow, arrow.quote(), Defect::NotAsDrawn, subject, request, observed).of(caller),
        None => Finding::should(caller, Defect::ExtraCall, subject, request, observed),
    }
}
