//! The run as it happens: how far it is, and each scenario's line as soon as all before it have ended, so that the order is
//! always the same.

use std::collections::HashMap;

use time::Date;

use super::output::print;
use super::progress_bar::Bar;
use crate::report::{Baseline, Outcome, ScenarioResult, heading, rows_line, scenario_line, traffic};

/// Prints the results of a run in reading order.
#[derive(Debug)]
pub(super) struct Progress {
    /// How many have ended, and who has not.
    bar: Bar,
    running: Vec<String>,
    all: usize,
    /// Whether every scenario is told.
    verbose: bool,
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
    /// Begins before these have ended; `verbose` has each of them told.
    pub(super) fn of(addresses: impl DoubleEndedIterator<Item = String>, verbose: bool) -> Self {
        let waiting: Vec<String> = addresses.rev().collect();
        Self {
            bar: Bar::of(waiting.len(), "scenarios"),
            running: waiting.clone(),
            all: waiting.len(),
            verbose,
            waiting,
            results: HashMap::new(),
            known: None,
            feature: None,
            rows: None,
        }
    }

    /// Shows that a scenario has ended, and the first that has not.
    pub(super) fn ended(&mut self, address: &str) {
        self.running.retain(|running| running != address);
        let next = self.running.last().cloned().unwrap_or_default();
        self.bar.shows(self.all - self.running.len(), next);
    }

    /// Shows deviations that a baseline accepts as known.
    pub(super) fn knowing(self, baseline: Option<Baseline>, strict: bool, today: Date) -> Self {
        Self { known: baseline.map(|baseline| (baseline, strict, today)), ..self }
    }

    /// Takes a result, and prints what can be printed now.
    pub(super) fn add(&mut self, result: ScenarioResult) {
        if !self.verbose {
            return;
        }
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
    fn end(&mut self) {
        while let Some(next) = self.waiting.pop() {
            if let Some(result) = self.results.remove(&next) {
                self.tell(result);
            }
        }
        self.tell_rows();
    }

    /// Tells no more, and takes the bar away.
    pub(super) fn stops(&mut self) {
        self.end();
        self.bar.ends();
    }

    fn say(&self, text: &str) {
        self.bar.steps_aside(|| print(text));
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
            self.say(&heading(&result.feature));
            self.feature = Some(result.feature.clone());
        }
        if is_quiet_row(&result) {
            self.rows = Some((result, 1));
        } else {
            let accepts =
                |(baseline, strict, today): &(Baseline, bool, Date)| baseline.accepts(&result, *strict, *today);
            let line = scenario_line(&result, self.known.as_ref().and_then(accepts).as_deref());
            self.say(&(line + &traffic(&result.transcript)));
        }
    }

    fn tell_rows(&mut self) {
        if let Some((first, count)) = self.rows.take() {
            let line = if count == 1 { scenario_line(&first, None) } else { rows_line(&first, outline(&first), count) };
            self.say(&(line + &traffic(&first.transcript)));
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
