//! How an entry of a baseline stands after a run: what it lists is still wrong, is mended, or was not seen.

use serde::{Deserialize, Serialize};
use time::Date;

use super::known_deviation::{KnownDeviation, Place, Wrong, failing};
use super::scenario_result::{Outcome, ScenarioResult};
use crate::verdict::{Evidence, Finding, Verdict};

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

impl KnownDeviation {
    /// Returns how the entry stands and, where nothing was seen of it, why.
    pub(super) fn standing(&self, found: &Found<'_>) -> (Standing, Option<String>) {
        let visibility = match self.place.scenario.as_deref() {
            Some(pattern) if pattern.ends_with('*') => sight_of_several(&self.place, found),
            Some(address) => sight_of(address, &self.place.wrong, found),
            None => sight_of_stray(&self.place.wrong, found),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Deviates,
    Conforms,
    Nothing(&'static str),
    NotAskedFor(&'static str),
}

fn sight_of(address: &str, wrong: &Wrong, found: &Found<'_>) -> Visibility {
    let Some(result) = found.results.iter().find(|result| result.address == address) else {
        return if found.selected.iter().any(|selected| selected == address) {
            Visibility::Nothing("the scenario did not end")
        } else {
            Visibility::NotAskedFor("the scenario was not selected")
        };
    };
    let here = failing(result, true);
    if here.iter().any(|found| wrong.is(found)) {
        return Visibility::Deviates;
    }
    let of_arrow = || result.assertions.iter().filter(|assertion| Some(assertion.arrow) == wrong.arrow);
    let saw = |verdict| of_arrow().any(|assertion| assertion.verdict == verdict);
    let in_part = result.assertions.iter().any(|assertion| assertion.verdict == Verdict::NotObserved);
    match result.outcome {
        Outcome::NotRun => Visibility::Nothing("the scenario does not apply"),
        Outcome::Waived => Visibility::Nothing("the scenario is waived"),
        Outcome::NotObserved => Visibility::Nothing("the scenario was not observed"),
        Outcome::Error => Visibility::Nothing("the scenario could not be judged"),
        Outcome::Deviates if here.iter().any(|found| found.arrow == wrong.arrow) => {
            Visibility::Nothing("it deviates in another way")
        }
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

/// Looks at every scenario that an entry names. It is known where one of them shows it, and mended only where all that
/// could show it were played and none did.
fn sight_of_several(place: &Place, found: &Found<'_>) -> Visibility {
    let named = found.selected.iter().filter(|address| place.covers(address));
    let applies = |address: &&String| {
        let result = found.results.iter().find(|result| result.address == **address);
        result.is_none_or(|result| !matches!(result.outcome, Outcome::NotRun | Outcome::Waived))
    };
    let seen: Vec<Visibility> = named.filter(applies).map(|address| sight_of(address, &place.wrong, found)).collect();
    let nothing = seen.iter().find(|visibility| matches!(visibility, Visibility::Nothing(_)));
    if seen.contains(&Visibility::Deviates) {
        Visibility::Deviates
    } else if !found.is_whole {
        Visibility::NotAskedFor("not every scenario was played")
    } else if let Some(nothing) = nothing {
        *nothing
    } else if seen.is_empty() {
        Visibility::Nothing("none of the scenarios applies")
    } else {
        Visibility::Conforms
    }
}

fn sight_of_stray(wrong: &Wrong, found: &Found<'_>) -> Visibility {
    let is_open = |result: &ScenarioResult| match result.outcome {
        Outcome::NotRun | Outcome::NotObserved | Outcome::Error => true,
        Outcome::Passed | Outcome::Deviates | Outcome::Waived => false,
    };
    if found.strays.iter().any(|finding| wrong.is(&Wrong::of(finding))) {
        Visibility::Deviates
    } else if !found.is_whole {
        Visibility::NotAskedFor("not every scenario was played")
    } else if found.results.len() < found.selected.len() || found.results.iter().any(is_open) {
        Visibility::Nothing("not every scenario was played")
    } else {
        Visibility::Conforms
    }
}
