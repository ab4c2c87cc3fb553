//! What the stage allows where a stand-in plays somebody: who can be judged, and what the stand-in did not expect.

use super::record::Halt;
use super::refresh::{Refresh, case};
use super::scripted::not_drawn;
use super::world::{Stage, Step};
use crate::protocol::Participant;
use crate::verdict::{Finding, follow_others};

impl Stage {
    /// Returns whether a participant can be judged: neither it nor anybody in front of it is played by a stand-in.
    pub(super) fn is_judged(&self, who: Participant) -> bool {
        self.stand_in.as_ref().is_none_or(|stand_in| who < stand_in.participant)
    }

    /// Complains about a step that takes what a stand-in did for the doing of the service itself, or speaks of those
    /// behind it, whom nobody called.
    pub(super) fn must_be_judged(&mut self, who: Participant) -> Step {
        match &self.stand_in {
            Some(stand_in) if !self.is_judged(who) => {
                let played = stand_in.participant;
                let reason = format!(
                    "{played} is a stand-in in this scenario, so nothing can be said of {who}\n\
                     hint: assert what those in front of {played} do"
                );
                Err(self.stop(Halt::Error(reason)))
            }
            _ => Ok(()),
        }
    }

    /// Complains about requests of a refresh that its stand-in did not expect, after whatever led to them.
    pub(super) fn must_be_expected(&mut self, refresh: &Refresh) -> Step {
        let (Some(played), false) = (refresh.played, refresh.unexpected.is_empty()) else { return Ok(()) };
        let run = self.run()?;
        let course = run.diagram.course(refresh.circumstances);
        let case = case(&run, &course, refresh);
        let judgement = self.judgement(refresh)?;
        let finding = |unexpected| follow_others(&case, not_drawn(unexpected, played, &case), &judgement);
        let unexpected: Vec<Finding> = refresh.unexpected.iter().map(finding).collect();
        let first = unexpected.iter().filter_map(|finding| finding.arrow).min();
        let earlier = judgement.findings().filter(|finding| finding.arrow < first).cloned();
        self.record.found(earlier.chain(unexpected), &refresh.transcript)
    }
}
