//! The journal judged against the diagram, as it is now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::simulator::history::PastCall;
use crate::simulator::running::Simulator;
use crate::verdict::{Finding, Ledger, Verdict};

/// How many findings are told.
const MOST: usize = 200;

/// What the journal comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Overall {
    /// Everything that was judged is as drawn.
    Conforms,
    /// Something is not.
    Deviates,
    /// No refresh was judged.
    NothingRan,
}

/// The verdict.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct VerdictView {
    verdict: Overall,
    judged: usize,
    not_judged: usize,
    deviating: Vec<u64>,
    arrows: Vec<ArrowCounted>,
    findings: Vec<FindingOf>,
}

/// How often an arrow was seen, and how often it was not as drawn.
#[derive(Debug, Serialize, Deserialize)]
struct ArrowCounted {
    number: usize,
    verdict: Verdict,
    seen: usize,
    deviating: usize,
}

/// A finding, and the refresh that it was found in.
#[derive(Debug, Serialize, Deserialize)]
struct FindingOf {
    refresh: u64,
    #[serde(flatten)]
    finding: Finding,
}

pub(super) async fn verdict(State(simulator): State<Simulator>) -> Json<VerdictView> {
    let calls = refreshes(&simulator);
    let mut told = VerdictView {
        verdict: Overall::NothingRan,
        judged: 0,
        not_judged: 0,
        deviating: Vec::new(),
        arrows: simulator.parts().diagram.arrows().iter().map(|arrow| ArrowCounted::unseen(arrow.number)).collect(),
        findings: Vec::new(),
    };
    let mut ledger = Ledger::default();
    for (number, kept) in calls.iter().enumerate() {
        told.add(&simulator, kept, &mut ledger);
        if number.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
    }
    told.verdict = match (told.judged, told.deviating.is_empty()) {
        (0, _) => Overall::NothingRan,
        (_, true) => Overall::Conforms,
        (_, false) => Overall::Deviates,
    };
    Json(told)
}

/// Returns the refreshes that are remembered, the oldest first.
fn refreshes(simulator: &Simulator) -> Vec<Arc<PastCall>> {
    let kept = simulator.parts().recorder.kept();
    let mut calls: Vec<_> = kept.newest_first().filter(|kept| kept.is_refresh()).cloned().collect();
    calls.reverse();
    calls
}

impl VerdictView {
    fn add(&mut self, simulator: &Simulator, kept: &PastCall, ledger: &mut Ledger) {
        let shown = simulator.shown(kept, ledger, false);
        if shown.summary.not_judged.is_some() {
            self.not_judged += 1;
            return;
        }
        self.judged += 1;
        if shown.summary.deviates {
            self.deviating.push(kept.number());
        }
        for arrow in shown.arrows {
            if let Some(counted) = self.arrows.iter_mut().find(|counted| counted.number == arrow.number) {
                counted.add(arrow.verdict);
            }
            let room = MOST.saturating_sub(self.findings.len());
            let findings = arrow.findings.into_iter().take(room);
            self.findings.extend(findings.map(|finding| FindingOf { refresh: kept.number(), finding }));
        }
    }
}

impl ArrowCounted {
    fn unseen(number: usize) -> Self {
        Self { number, verdict: Verdict::NotObserved, seen: 0, deviating: 0 }
    }

    fn add(&mut self, verdict: Verdict) {
        self.seen += 1;
        self.deviating += usize::from(verdict == Verdict::Deviates);
        self.verdict = if self.deviating > 0 { Verdict::Deviates } else { Verdict::Conforms };
    }
}
