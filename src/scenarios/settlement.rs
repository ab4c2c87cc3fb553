//! Settlement: what scenarios claim for the whole run is settled in their order in the suite, whoever ended first, so that
//! the same deployment gets the same verdict.

use std::collections::{HashMap, VecDeque};

use crate::report::{Outcome, ScenarioResult};
use crate::verdict::{Assertion, Evidence, Ledger, Verdict};

/// Results as they end, handed on in order.
#[derive(Debug, Default)]
pub struct Settlement {
    waiting: VecDeque<String>,
    results: HashMap<String, ScenarioResult>,
    ledger: Ledger,
}

impl Settlement {
    /// Waits for the results of scenarios with these addresses, in this order.
    pub fn of(addresses: impl IntoIterator<Item = String>) -> Self {
        Self { waiting: addresses.into_iter().collect(), ..Self::default() }
    }

    /// Takes a result, and returns those that can be settled now: all before them have ended.
    pub fn add(&mut self, result: ScenarioResult) -> Vec<ScenarioResult> {
        self.results.insert(result.address.clone(), result);
        let mut settled = Vec::new();
        while let Some(result) = self.waiting.front().and_then(|next| self.results.remove(next)) {
            self.waiting.pop_front();
            settled.push(self.settled(result));
        }
        settled
    }

    /// Returns what has ended of a run that ended before its end, in order.
    pub fn rest(&mut self) -> Vec<ScenarioResult> {
        let waiting = std::mem::take(&mut self.waiting);
        let ended: Vec<ScenarioResult> = waiting.iter().filter_map(|address| self.results.remove(address)).collect();
        ended.into_iter().map(|result| self.settled(result)).collect()
    }

    fn settled(&mut self, mut result: ScenarioResult) -> ScenarioResult {
        for claim in std::mem::take(&mut result.claims) {
            let Some(contradiction) = self.ledger.settle(&claim, &result.address) else { continue };
            if contradiction.other != result.address && !result.rerun_with.contains(&contradiction.other) {
                result.rerun_with.push(contradiction.other);
            }
            if let Some(arrow) = contradiction.finding.arrow {
                let (verdict, evidence) = (Verdict::Deviates, Evidence::Wire);
                result.assertions.push(Assertion { arrow, verdict, evidence, derived: false });
            }
            result.findings.push(contradiction.finding);
            if matches!(result.outcome, Outcome::Passed | Outcome::NotObserved) {
                result.outcome = Outcome::Deviates;
                result.reason = None;
            }
        }
        result
    }
}
