//! Known deviations: what a baseline lists, held against what a run found. Reads and writes no file.

use serde::{Deserialize, Serialize};
use time::Date;

use super::known_deviation::{KnownDeviation, Place, TO_BE_FILLED_IN, Wrong, failing};
use super::scenario_result::{Outcome, ScenarioResult};
use super::standing::{Found, Standing};
use crate::verdict::{Defect, Finding};

/// Deviations that somebody knows of, as a file lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The file, as it was named.
    pub file: String,
    /// The entries, those of scenarios first; no two for the same place.
    pub known: Vec<KnownDeviation>,
}

/// A baseline as reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineReport {
    /// Its file.
    pub file: String,
    /// Its entries, in the order of the file.
    pub entries: Vec<EntryReport>,
}

/// An entry of a baseline as reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryReport {
    /// The address of the scenario, or the beginning of several with `*` behind it; none for what belongs to no scenario.
    pub scenario: Option<String>,
    /// Whose doing it is; none where that does not matter.
    pub participant: Option<String>,
    /// The arrow; none where it is about something that no arrow draws.
    pub arrow: Option<usize>,
    /// What it is about.
    pub subject: String,
    /// In what way it is wrong.
    pub defect: Defect,
    /// The reason that the baseline gives.
    pub reason: String,
    /// The last day on which the entry counts.
    pub expires: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// Why nothing was seen of it, where nothing was.
    pub unseen: Option<String>,
}

impl EntryReport {
    /// Returns what it is about.
    pub fn place(&self) -> Place {
        let wrong = Wrong {
            participant: self.participant.clone(),
            arrow: self.arrow,
            subject: self.subject.clone(),
            defect: self.defect,
        };
        Place { scenario: self.scenario.clone(), wrong }
    }
}

impl Baseline {
    /// Says of every entry how it stands after a run.
    pub fn hold(&self, found: &Found<'_>) -> BaselineReport {
        let entry = |known: &KnownDeviation| {
            let (standing, unseen) = known.standing(found);
            let Place { scenario, wrong } = known.place.clone();
            EntryReport {
                scenario,
                participant: wrong.participant,
                arrow: wrong.arrow,
                subject: wrong.subject,
                defect: wrong.defect,
                reason: known.reason.clone(),
                expires: known.expires.map(|day| day.to_string()),
                standing,
                unseen,
            }
        };
        BaselineReport { file: self.file.clone(), entries: self.known.iter().map(entry).collect() }
    }

    /// Returns why a scenario's deviations are accepted, if every one of them is listed.
    pub fn accepts(&self, result: &ScenarioResult, strict: bool, today: Date) -> Option<String> {
        let failing = failing(result, strict);
        let mut reasons: Vec<&str> = Vec::new();
        for wrong in &failing {
            let reason = self.reason(Some(&result.address), wrong, today)?;
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (!failing.is_empty()).then(|| reasons.join("; "))
    }

    /// Returns why a finding is accepted, if it is listed: in a scenario, or as what belongs to none.
    pub fn accepts_finding(&self, address: Option<&str>, finding: &Finding, today: Date) -> Option<String> {
        self.reason(address, &Wrong::of(finding), today).map(str::to_owned)
    }

    fn reason(&self, address: Option<&str>, wrong: &Wrong, today: Date) -> Option<&str> {
        let is_there = |place: &Place| match address {
            Some(address) => place.covers(address),
            None => place.scenario.is_none(),
        };
        let counts =
            |known: &&KnownDeviation| is_there(&known.place) && known.place.wrong.is(wrong) && !known.is_over(today);
        self.known.iter().find(counts).map(|known| known.reason.as_str())
    }

    /// Returns the baseline of a run: the entries of this one that are not stale, as they are, and what else fails, each
    /// cause once.
    #[must_use]
    pub fn renewed(&self, found: &Found<'_>) -> Self {
        let is_kept = |known: &&KnownDeviation| known.standing(found).0 != Standing::Stale;
        let mut known: Vec<KnownDeviation> = self.known.iter().filter(is_kept).cloned().collect();
        for (wrong, addresses) in found.failing() {
            let is_listed = |address: Option<&str>| {
                let covers = |place: &Place| address.map_or(place.scenario.is_none(), |address| place.covers(address));
                self.known.iter().any(|known| covers(&known.place) && known.place.wrong.is(&wrong))
            };
            let new: Vec<Option<&str>> = addresses.into_iter().filter(|address| !is_listed(*address)).collect();
            let addresses: Vec<&str> = new.iter().copied().flatten().collect();
            let in_scenarios = pattern(&addresses).map(Some);
            let outside = new.contains(&None).then_some(None);
            for scenario in in_scenarios.into_iter().chain(outside) {
                let place = Place { scenario, wrong: wrong.clone() };
                known.push(KnownDeviation { place, reason: TO_BE_FILLED_IN.to_owned(), expires: None });
            }
        }
        known.sort_by_key(|known| known.place.scenario.is_none());
        Self { file: self.file.clone(), known }
    }
}

/// Returns the address of the only scenario, or the beginning that all have in common.
fn pattern(addresses: &[&str]) -> Option<String> {
    let [first, others @ ..] = addresses else { return None };
    if others.is_empty() {
        return Some((*first).to_owned());
    }
    for end in [':', '/'] {
        if let Some((beginning, _)) = first.rsplit_once(end) {
            let beginning = format!("{beginning}{end}");
            if others.iter().all(|other| other.starts_with(&beginning)) {
                return Some(beginning + "*");
            }
        }
    }
    Some("*".to_owned())
}

impl<'r> Found<'r> {
    /// Returns everything that fails the run, in the order in which it was found, with the scenarios that found it.
    fn failing(&self) -> Vec<(Wrong, Vec<Option<&'r str>>)> {
        let of_scenarios = self.results.iter().flat_map(|result| {
            failing(result, self.strict).into_iter().map(|wrong| (wrong, Some(result.address.as_str())))
        });
        let strays = self.strays.iter().filter(|finding| finding.severity().fails(self.strict));
        let mut all: Vec<(Wrong, Vec<Option<&str>>)> = Vec::new();
        for (wrong, address) in of_scenarios.chain(strays.map(|finding| (Wrong::of(finding), None))) {
            match all.iter_mut().find(|(known, _)| *known == wrong) {
                Some((_, addresses)) => addresses.push(address),
                None => all.push((wrong, vec![address])),
            }
        }
        all
    }
}

/// Returns whether a scenario fails the run: something in it deviates that no baseline lists.
pub(super) fn fails(result: &ScenarioResult, baseline: Option<&Baseline>, strict: bool, today: Date) -> bool {
    let deviates = result.outcome == Outcome::Deviates || !failing(result, strict).is_empty();
    deviates && baseline.is_none_or(|baseline| baseline.accepts(result, strict, today).is_none())
}

#[cfg(test)]
mod tests;
