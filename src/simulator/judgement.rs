//! What the diagram says of a call that somebody else made.

use super::history::PastCall;
use super::running::Simulator;
use super::views::{ArrowView, RefreshView, SummaryView, exchanges, summary};
use crate::protocol::AccountSid;
use crate::transcript::{Call, Purpose, Redactor};
use crate::verdict::{Ledger, ObservedCase, UnderTest, Visibility, observe};

/// Why a refresh is not judged that may have another's exchanges, or lack some of its own.
const ENTANGLED: &str = "another refresh was under way that is like it: nothing tells which of the two made each call";

impl Simulator {
    /// Returns a redactor that knows no secret yet but the accounts' keys, and gives each the pseudonym that it has everywhere.
    pub(super) fn redactor(&self) -> Redactor {
        self.0.redaction.redactor()
    }

    /// Returns a call that has ended, in a line, with what the diagram says of it.
    pub(super) fn summary_of(&self, kept: &PastCall) -> SummaryView {
        self.shown(kept, &mut Ledger::default(), false).summary
    }

    /// Returns a call that has ended, with the arrows it crossed and, on request, its exchanges. What holds for a whole run
    /// is judged with the ledger.
    pub(super) fn shown(&self, kept: &PastCall, ledger: &mut Ledger, whole: bool) -> RefreshView {
        let redactor = self.0.redaction.redactor_for(&kept.call);
        let summary = summary(&kept.call, Some(kept.outcome), &redactor);
        let exchanges = if whole { exchanges(&kept.call, &redactor) } else { Vec::new() };
        self.judged(&kept.call, RefreshView { summary, arrows: Vec::new(), exchanges }, &redactor, ledger)
    }

    /// Returns a call that is under way, with the arrows it has crossed so far.
    pub(super) fn shown_so_far(&self, call: &Call) -> RefreshView {
        let redactor = self.0.redaction.redactor_for(call);
        let summary = summary(call, None, &redactor);
        let shown = RefreshView { summary, arrows: Vec::new(), exchanges: Vec::new() };
        self.judged(call, shown, &redactor, &mut Ledger::default())
    }

    /// Adds what the diagram says of a refresh. It says nothing of how a first token is made.
    fn judged(&self, call: &Call, shown: RefreshView, redactor: &Redactor, ledger: &mut Ledger) -> RefreshView {
        if call.purpose == Purpose::Creation {
            return shown;
        }
        if call.is_entangled {
            let summary = SummaryView { not_judged: Some(ENTANGLED.to_owned()), ..shown.summary };
            return RefreshView { summary, ..shown };
        }
        let account_sid: Option<AccountSid> = call.keys.account.as_ref().and_then(|account| account.parse().ok());
        let observed = observe(
            &ObservedCase {
                diagram: &self.0.diagram,
                transcript: &call.transcript,
                ended: shown.summary.outcome.is_some(),
                visibility: Visibility::of(|hop| self.system().sees(hop)),
                under_test: UnderTest::of(|participant| !self.system().plays(participant)),
                contract: &self.0.contract,
                redactor,
                refresh: call.id.number(),
                // It may have been switched since.
                feature: None,
                account_sid: account_sid.as_ref(),
                roles: None,
            },
            ledger,
        );
        let summary = SummaryView {
            course: observed.circumstances.map(|circumstances| circumstances.to_string()),
            deviates: observed.deviates(),
            not_judged: observed.not_judged,
            ..shown.summary
        };
        let arrows = observed.arrows.into_iter().map(|arrow| ArrowView {
            number: arrow.number,
            verdict: arrow.verdict,
            findings: arrow.findings,
            exchange: arrow.seen.map(|seen| seen.exchange),
        });
        RefreshView { summary, arrows: arrows.collect(), ..shown }
    }
}
