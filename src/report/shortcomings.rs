//! Why a run that does not deviate does not conform either, and who is real in it: what several reports say alike.

use super::model::Report;
use super::summary::RunVerdict;
use super::wording::arrows;

impl Report {
    /// Says in words why the run says less than it should; nothing where it says all.
    pub(super) fn shortcomings(&self) -> Vec<String> {
        let summary = &self.summary;
        let is_open = self.verdict == RunVerdict::Incomplete && self.broken_off.is_none();
        let mut told = Vec::new();
        if !self.unasserted.is_empty() {
            told.push(format!("no scenario is about {}; `hopcheck lint` tells more", arrows(&self.unasserted)));
        }
        if !self.unchecked.is_empty() {
            told.push(format!("not every word on {} is checked; `hopcheck lint` tells more", arrows(&self.unchecked)));
        }
        if is_open && !self.open_arrows.is_empty() {
            told.push(format!("{} could have been seen, and nothing asserted it", arrows(&self.open_arrows)));
        }
        if is_open && summary.selected > 0 && summary.passed + summary.known == 0 {
            told.push("no scenario passed".to_owned());
        }
        told
    }

    /// Returns whether a participant is real.
    pub(super) fn is_real(&self, name: &str) -> bool {
        self.participants.get(name).is_some_and(|player| player == "real")
    }
}
