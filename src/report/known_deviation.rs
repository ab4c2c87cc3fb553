//! A deviation that somebody knows of: what is wrong, in which scenarios, why that is accepted and for how long.
//!
//! What is wrong is told as its cause is: who, where, what and in what way. Whatever else goes wrong at the same arrow is
//! not known by that.

use time::Date;

use super::scenario_result::ScenarioResult;
use super::wording::headline;
use crate::verdict::{Defect, Finding, Verdict};

/// The reason that a new entry has until somebody gives one.
pub const TO_BE_FILLED_IN: &str = "to be filled in";

/// A deviation that somebody knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDeviation {
    /// Where it is found.
    pub place: Place,
    /// Why that is accepted; never empty.
    pub reason: String,
    /// The last day on which it is, if there is one.
    pub expires: Option<Date>,
}

/// What is wrong, and in which scenarios.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The address of the scenario that finds it, or the beginning of several with `*` behind it; `None` for what belongs
    /// to no scenario.
    pub scenario: Option<String>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong, whatever the values are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wrong {
    /// Whose doing it is; `None` where that does not matter.
    pub participant: Option<String>,
    /// The arrow; `None` where it concerns something that no arrow draws.
    pub arrow: Option<usize>,
    /// What it is about.
    pub subject: String,
    /// In what way it is wrong.
    pub defect: Defect,
}

impl Wrong {
    /// Returns what a finding says is wrong.
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            participant: finding.participant.clone(),
            arrow: finding.arrow,
            subject: finding.subject.clone(),
            defect: finding.defect,
        }
    }

    /// Returns whether this is what was found.
    pub(super) fn is(&self, found: &Self) -> bool {
        (self.participant.is_none() || self.participant == found.participant)
            && (self.arrow, &self.subject, self.defect) == (found.arrow, &found.subject, found.defect)
    }
}

impl Place {
    /// Returns whether this names a scenario.
    pub(super) fn covers(&self, address: &str) -> bool {
        match self.scenario.as_deref() {
            None => false,
            Some(named) => match named.strip_suffix('*') {
                Some(beginning) => address.starts_with(beginning),
                None => address == named,
            },
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Wrong { participant, arrow, subject, defect } = &self.wrong;
        let arrows: Vec<usize> = arrow.iter().copied().collect();
        let scenario = self.scenario.as_deref().unwrap_or("outside any scenario");
        write!(f, "{scenario}, {}", headline(participant.as_deref(), &arrows, subject, *defect))
    }
}

impl KnownDeviation {
    /// Returns whether its last day is over.
    pub(super) fn is_over(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}

/// Returns what is wrong with what a scenario found, only SHOULD-findings too where they fail. What follows from something
/// that is found in the same scenario is a part of that.
pub(super) fn failing(result: &ScenarioResult, strict: bool) -> Vec<Wrong> {
    let findings = || result.findings.iter().filter(|finding| finding.severity().fails(strict));
    let follows = |finding: &Finding| {
        finding.follows_from().is_some_and(|from| findings().any(|other| other.is_cause() && other.arrow == Some(from)))
    };
    let mut wrong: Vec<Wrong> = findings().filter(|finding| !follows(finding)).map(Wrong::of).collect();
    for assertion in result.assertions.iter().filter(|assertion| assertion.verdict == Verdict::Deviates) {
        if result.findings.iter().all(|finding| finding.arrow != Some(assertion.arrow)) {
            let subject = "arrow".to_owned();
            let arrow = Some(assertion.arrow);
            wrong.push(Wrong { participant: None, arrow, subject, defect: Defect::NotAsDrawn });
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    wrong.retain(|wrong| seen.insert(wrong.clone()));
    wrong
}
