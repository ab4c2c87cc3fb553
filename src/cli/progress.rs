//! The run as it happens: each scenario's line as soon as all before it have ended, so that the order is always the same.

use std::collections::HashMap;

use super::output::print;
use time::Date;

use crate::report::{Baseline, Outcome, ScenarioResult, heading, rows_line, scenario_line};

/// Prints the results of a run in reading order.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The addresses still to be printed, the next one last.
    waiting: Vec<String>,
    results: HashMap<String, ScenarioResult>,
    /// What is known to deviate, whether SHOULD-findings count, and the day of the run.
    known: Option<(Baseline, bool, Date)>,
    feature: Option<String>,
    /// The first of some rows of one outline that ended alike, and how many did.
    rows: Option<(ScenarioResult, usize)>,
}

impl Progress {
    pub(super) fn of(addresses: impl DoubleEndedIterator<Item = String>) -> Self {
        Self { waiting: addresses.rev().collect(), ..Self::default() }
    }

    /// Shows deviations that a baseline accepts as known.
    pub(super) fn knowing(self, baseline: Option<Baseline>, strict: bool, today: Date) -> Self {
        Self { known: baseline.map(|baseline| (baseline, strict, today)), ..self }
    }

    /// Takes a result, and prints what can be printed now.
    pub(super) fn add(&mut self, result: ScenarioResult) {
        self.results.insert(result.address.clone(), result);
        while let Some(next) = self.waiting.pop_if(|address| self.results.contains_key(address)) {
            if let Some(result) = self.results.remove(&next) {
                self.tell(result);
            }
        }
        if self.waiting.is_empty() {
            self.end();
        }
    }

    /// Prints what is left when no more results come.
    pub(super) fn end(&mut self) {
        while let Some(next) = self.waiting.pop() {
            if let Some(result) = self.results.remove(&next) {
                self.tell(result);
            }
        }
        self.tell_rows();
    }

    fn tell(&mut self, result: ScenarioResult) {
        match &mut self.rows {
            Some((first, count)) if is_quiet_row(&result) && is_alike(first, &result) => {
                *count += 1;
                return;
            }
            Some(_) | None => self.tell_rows(),
        }
        if self.feature.as_ref() != Some(&result.feature) {
            print(&heading(&result.feature));
            self.feature = Some(result.feature.clone());
        }
        if is_quiet_row(&result) {
            self.rows = Some((result, 1));
        } else {
            let accepts =
                |(baseline, strict, today): &(Baseline, bool, Date)| baseline.accepts(&result, *strict, *today);
            print(&scenario_line(&result, self.known.as_ref().and_then(accepts).as_deref()));
        }
    }

    fn tell_rows(&mut self) {
        if let Some((first, count)) = self.rows.take() {
            print(&if count == 1 { scenario_line(&first, None) } else { rows_line(&first, outline(&first), count) });
        }
    }
}

fn is_quiet_row(result: &ScenarioResult) -> bool {
    let plain = result.findings.is_empty() && !matches!(result.outcome, Outcome::Deviates | Outcome::Error);
    plain && result.address.contains(':')
}

fn is_alike(one: &ScenarioResult, other: &ScenarioResult) -> bool {
    (outline(one), one.outcome, &one.reason) == (outline(other), other.outcome, &other.reason)
}

fn outline(result: &ScenarioResult) -> &str {
    result.address.split(':').next().unwrap_or_default()
}
