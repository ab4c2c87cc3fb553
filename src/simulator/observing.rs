//! What the diagram says of a call that somebody else made.

use super::Simulator;
use super::kept::KeptCall;
use super::shown::{ArrowShown, RefreshShown, SummaryShown, exchanges, redactor_for, summary};
use crate::transcript::{Call, Purpose, Redactor};
use crate::verdict::{Ledger, Sight, Verdict};

impl Simulator {
    /// Returns a redactor that knows no secret yet and gives each the pseudonym that it has everywhere.
    pub(super) fn redactor(&self) -> Redactor {
        Redactor::new(self.0.redaction_key)
    }

    /// Returns which hops are recorded.
    pub(super) fn sight(&self) -> Sight {
        Sight::of(|hop| self.system().sees(hop))
    }

    /// Returns a call that has ended, in a line, with what the diagram says of it.
    pub(super) fn summary_of(&self, kept: &KeptCall) -> SummaryShown {
        self.shown(kept, &mut Ledger::default(), false).summary
    }

    /// Returns a call that has ended, with the arrows it crossed and, on request, its exchanges. What holds for a whole run
    /// is judged with the ledger.
    pub(super) fn shown(&self, kept: &KeptCall, ledger: &mut Ledger, whole: bool) -> RefreshShown {
        let redactor = redactor_for(&kept.call, self.0.redaction_key);
        let summary = summary(&kept.call, Some(kept.outcome), &redactor);
        let exchanges = if whole { exchanges(&kept.call, &redactor) } else { Vec::new() };
        self.judged(&kept.call, RefreshShown { summary, arrows: Vec::new(), exchanges }, &redactor, ledger)
    }

    /// Returns a call that is under way, with the arrows it has crossed so far.
    pub(super) fn shown_so_far(&self, call: &Call) -> RefreshShown {
        let redactor = redactor_for(call, self.0.redaction_key);
        let summary = summary(call, None, &redactor);
        let shown = RefreshShown { summary, arrows: Vec::new(), exchanges: Vec::new() };
        self.judged(call, shown, &redactor, &mut Ledger::default())
    }

    fn judged(&self, call: &Call, mut shown: RefreshShown, redactor: &Redactor, ledger: &mut Ledger) -> RefreshShown {
        let _ = (call, redactor, ledger, Purpose::Refresh);
        shown.summary.deviates = shown.arrows.iter().any(|arrow: &ArrowShown| arrow.verdict == Verdict::Deviates);
        shown
    }
}
