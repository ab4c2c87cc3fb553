//! Known deviations: what a baseline lists, held against what a run found. Reads and writes no file.
//!
//! A deviation is known by its place, a scenario and an arrow: what is observed there may differ from run to run, and what
//! a reason is given for is that the arrow is not as drawn.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::Date;

use super::scenario_result::{Outcome, ScenarioResult};
use crate::verdict::{Evidence, Finding, Verdict};

/// The reason that a new entry has until somebody gives one.
pub const TO_BE_FILLED_IN: &str = "to be filled in";

/// Deviations that somebody knows of, as a file lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The file, as it was named.
    pub file: String,
    /// The entries, those of scenarios first; no two for the same place.
    pub known: Vec<KnownDeviation>,
}

/// A deviation that somebody knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDeviation {
    /// What deviates.
    pub place: Place,
    /// Why that is accepted; never empty.
    pub reason: String,
    /// The last day on which it is, if there is one.
    pub expires: Option<Date>,
}

/// Where something deviates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The address of the scenario that found it; `None` for what belongs to no scenario.
    pub scenario: Option<String>,
    /// The arrow; `None` where it concerns something that no arrow draws.
    pub arrow: Option<usize>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.scenario.as_deref().unwrap_or("outside any scenario"))?;
        match self.arrow {
            Some(arrow) => write!(f, ", arrow {arrow}"),
            None => f.write_str(", no arrow"),
        }
    }
}

/// What a baseline is held against.
#[derive(Debug, Clone, Copy)]
pub struct Found<'r> {
    /// The scenarios that ended.
    pub results: &'r [ScenarioResult],
    /// What was found and belongs to no scenario.
    pub strays: &'r [Finding],
    /// The addresses of the scenarios that were selected.
    pub selected: &'r [String],
    /// Whether those were all there are, and the run came to its end.
    pub is_whole: bool,
    /// Whether SHOULD-findings fail.
    pub strict: bool,
    /// The day of the run.
    pub today: Date,
}

/// How an entry of a baseline stands after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It deviates, as listed.
    Known,
    /// It is as it should be: the entry has to go.
    Stale,
    /// Its time is over.
    Expired,
    /// Nothing was seen of it.
    NotSeen,
}

impl Standing {
    /// Returns whether the run fails for it.
    pub fn fails(self) -> bool {
        matches!(self, Self::Stale | Self::Expired)
    }
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
    /// The address of the scenario; none for what belongs to no scenario.
    pub scenario: Option<String>,
    /// The arrow; none where it is about something that no arrow draws.
    pub arrow: Option<usize>,
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
        Place { scenario: self.scenario.clone(), arrow: self.arrow }
    }
}

impl Baseline {
    /// Says of every entry how it stands after a run.
    pub fn hold(&self, found: &Found<'_>) -> BaselineReport {
        let entry = |known: &KnownDeviation| {
            let (standing, unseen) = known.standing(found);
            EntryReport {
                scenario: known.place.scenario.clone(),
                arrow: known.place.arrow,
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
        let places = failing(result, strict);
        let mut reasons: Vec<&str> = Vec::new();
        for place in &places {
            let reason = self.reason(place, today)?;
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (!places.is_empty()).then(|| reasons.join("; "))
    }

    /// Returns whether a finding that belongs to no scenario is listed.
    pub fn accepts_stray(&self, finding: &Finding, today: Date) -> bool {
        self.reason(&Place { scenario: None, arrow: finding.arrow }, today).is_some()
    }

    fn reason(&self, place: &Place, today: Date) -> Option<&str> {
        let counts = |known: &&KnownDeviation| known.place == *place && !known.is_over(today);
        self.known.iter().find(counts).map(|known| known.reason.as_str())
    }

    /// Returns the baseline of a run: the entries of this one that are not stale, as they are, and what else fails.
    #[must_use]
    pub fn renewed(&self, found: &Found<'_>) -> Self {
        let is_kept = |known: &&KnownDeviation| known.standing(found).0 != Standing::Stale;
        let mut known: Vec<KnownDeviation> = self.known.iter().filter(is_kept).cloned().collect();
        for place in found.places() {
            if known.iter().all(|known| known.place != place) {
                known.push(KnownDeviation { place, reason: TO_BE_FILLED_IN.to_owned(), expires: None });
            }
        }
        Self { file: self.file.clone(), known }
    }
}

impl Found<'_> {
    /// Returns everything that fails the run, in the order in which it was found.
    fn places(&self) -> Vec<Place> {
        let of_scenarios = self.results.iter().flat_map(|result| failing(result, self.strict));
        let strays = self.strays.iter().filter(|finding| finding.severity().fails(self.strict));
        let of_no_scenario = strays.map(|finding| Place { scenario: None, arrow: finding.arrow });
        let mut seen = BTreeSet::new();
        of_scenarios.chain(of_no_scenario).filter(|place| seen.insert(place.clone())).collect()
    }
}

impl KnownDeviation {
    fn is_over(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Returns how the entry stands and, where nothing was seen of it, why.
    fn standing(&self, found: &Found<'_>) -> (Standing, Option<String>) {
        let visibility = match &self.place.scenario {
            Some(address) => sight_of(address, self.place.arrow, found),
            None => sight_of_stray(self.place.arrow, found),
        };
        let is_over = self.is_over(found.today);
        match visibility {
            Visibility::Deviates if is_over => (Standing::Expired, None),
            Visibility::Deviates => (Standing::Known, None),
            Visibility::Conforms => (Standing::Stale, None),
            // Somebody has to see to it by now, though not for a run that was to be about something else.
            Visibility::Nothing(why) if is_over => (Standing::Expired, Some(why.to_owned())),
            Visibility::Nothing(why) | Visibility::NotAskedFor(why) => (Standing::NotSeen, Some(why.to_owned())),
        }
    }
}

/// What a run says of a place.
enum Visibility {
    Deviates,
    Conforms,
    Nothing(&'static str),
    NotAskedFor(&'static str),
}

fn sight_of(address: &str, arrow: Option<usize>, found: &Found<'_>) -> Visibility {
    let Some(result) = found.results.iter().find(|result| result.address == address) else {
        return if found.selected.iter().any(|selected| selected == address) {
            Visibility::Nothing("the scenario did not end")
        } else {
            Visibility::NotAskedFor("the scenario was not selected")
        };
    };
    let place = Place { scenario: Some(address.to_owned()), arrow };
    if failing(result, true).contains(&place) {
        return Visibility::Deviates;
    }
    let of_arrow = || result.assertions.iter().filter(|assertion| Some(assertion.arrow) == arrow);
    let saw = |verdict| of_arrow().any(|assertion| assertion.verdict == verdict);
    let in_part = result.assertions.iter().any(|assertion| assertion.verdict == Verdict::NotObserved);
    match result.outcome {
        Outcome::NotRun => Visibility::Nothing("the scenario was not run"),
        Outcome::Waived => Visibility::Nothing("the scenario is waived"),
        Outcome::NotObserved => Visibility::Nothing("the scenario was not observed"),
        Outcome::Error => Visibility::Nothing("the scenario could not be judged"),
        Outcome::Passed | Outcome::Deviates
            if of_arrow().any(|it| it.verdict == Verdict::Conforms && it.evidence > Evidence::None) =>
        {
            Visibility::Conforms
        }
        Outcome::Passed | Outcome::Deviates if saw(Verdict::NotObserved) => {
            Visibility::Nothing("the arrow was not observed")
        }
        Outcome::Passed if in_part => Visibility::Nothing("the scenario was observed in part"),
        Outcome::Passed => Visibility::Conforms,
        Outcome::Deviates => Visibility::Nothing("the scenario ended at another deviation"),
    }
}

fn sight_of_stray(arrow: Option<usize>, found: &Found<'_>) -> Visibility {
    let is_open = |result: &ScenarioResult| match result.outcome {
        Outcome::NotRun | Outcome::NotObserved | Outcome::Error => true,
        Outcome::Passed | Outcome::Deviates | Outcome::Waived => false,
    };
    if found.strays.iter().any(|finding| finding.arrow == arrow) {
        Visibility::Deviates
    } else if !found.is_whole {
        Visibility::NotAskedFor("not every scenario was played")
    } else if found.results.len() < found.selected.len() || found.results.iter().any(is_open) {
        Visibility::Nothing("not every scenario was played")
    } else {
        Visibility::Conforms
    }
}

/// Returns where a scenario deviates, and only SHOULD-findings too where they fail.
fn failing(result: &ScenarioResult, strict: bool) -> BTreeSet<Place> {
    let findings = result.findings.iter().filter(|finding| finding.severity().fails(strict));
    let deviating = result.assertions.iter().filter(|assertion| assertion.verdict == Verdict::Deviates);
    let arrows = findings.map(|finding| finding.arrow).chain(deviating.map(|assertion| Some(assertion.arrow)));
    arrows.map(|arrow| Place { scenario: Some(result.address.clone()), arrow }).collect()
}

/// Returns whether a scenario fails the run: something in it deviates that no baseline lists.
pub(super) fn fails(result: &ScenarioResult, baseline: Option<&Baseline>, strict: bool, today: Date) -> bool {
    let deviates = result.outcome == Outcome::Deviates || !failing(result, strict).is_empty();
    deviates && baseline.is_none_or(|baseline| baseline.accepts(result, strict, today).is_none())
}

#[cfg(test)]
mod tests;
