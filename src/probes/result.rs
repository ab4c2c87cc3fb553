//! What a run of probes came to: what held, what did not, and the smallest case for each property that did not. All text
//! in it is redacted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::CaseId;
use super::property::{Breach, Property};
use crate::verdict::Severity;

/// How many cases are named that break a property.
const MOST_NAMED: usize = 20;

/// What a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every property held in every case.
    Holds,
    /// One does not.
    Broken,
    /// Not every case was played.
    Incomplete,
    /// None was.
    NothingRan,
}

/// A property that does not hold, in the smallest case that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The property.
    pub property: Property,
    /// Whether the diagram draws it.
    pub severity: Severity,
    /// The arrow that draws it.
    pub arrow: Option<usize>,
    /// What was expected.
    pub expected: String,
    /// What was observed.
    pub observed: String,
    /// The id of the case, by which it can be played again.
    pub case: String,
    /// The participant that was asked.
    pub participant: String,
    /// The smallest request or sequence, for people.
    pub smallest: String,
    /// How many smaller ones were tried.
    pub shrink_steps: usize,
    /// Whether the case broke the property again when it was played again.
    pub again: bool,
    /// A line for a shell that sends the request.
    pub curl: Option<String>,
    /// A feature with the case as a scenario.
    pub scenario: String,
}

/// What was seen of one property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyResult {
    /// The property.
    pub name: Property,
    /// What it says.
    pub says: String,
    /// In how many cases it did not hold.
    pub broken: usize,
    /// The first of these cases.
    pub cases: Vec<String>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Always `hopcheck-probe-report`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// The version of hopcheck that wrote it.
    pub hopcheck: String,
    /// What the cases follow from.
    pub seed: u64,
    /// How many cases were to be played.
    pub selected: u32,
    /// How many were.
    pub ran: u32,
    /// How many of those were sequences.
    pub sequences: u32,
    /// What they came to.
    pub verdict: Verdict,
    /// Why the run ended before its end.
    pub broken_off: Option<String>,
    /// Every property.
    pub properties: Vec<PropertyResult>,
    /// The smallest case for each property that does not hold.
    pub failures: Vec<Failure>,
}

/// What is known of a run while it goes on.
#[derive(Debug, Default)]
pub struct Tally {
    ran: u32,
    sequences: u32,
    must: bool,
    should: bool,
    broken: BTreeMap<Property, (usize, Vec<CaseId>)>,
    failures: Vec<Failure>,
}

impl Tally {
    /// Adds a case that was played.
    pub fn ran(&mut self, id: CaseId, breaches: &[Breach]) {
        self.ran += 1;
        self.sequences += u32::from(id.kind == super::Kind::Sequence);
        let mut properties: Vec<Property> = breaches.iter().map(|breach| breach.property).collect();
        properties.sort_unstable();
        properties.dedup();
        for property in properties {
            let (count, cases) = self.broken.entry(property).or_default();
            *count += 1;
            if cases.len() < MOST_NAMED {
                cases.push(id);
            }
        }
        self.must |= breaches.iter().any(|breach| breach.severity == Severity::Must);
        self.should |= breaches.iter().any(|breach| breach.severity == Severity::Should);
    }

    /// Adds the smallest case for a property.
    pub fn failed(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    /// Returns how many cases were played, and how many properties did not hold in one.
    pub fn counts(&self) -> (u32, usize) {
        (self.ran, self.broken.len())
    }

    /// Returns the report of a run, which ended early for this reason if for any.
    pub fn report(&self, seed: u64, selected: u32, strict: bool, broken_off: Option<String>) -> Report {
        let verdict = if self.must || strict && self.should {
            Verdict::Broken
        } else if broken_off.is_some() {
            Verdict::Incomplete
        } else if self.ran == 0 {
            Verdict::NothingRan
        } else {
            Verdict::Holds
        };
        let property = |name: Property| {
            let (broken, cases) = self.broken.get(&name).cloned().unwrap_or_default();
            let cases = cases.iter().map(ToString::to_string).collect();
            PropertyResult { name, says: name.sentence().to_owned(), broken, cases }
        };
        Report {
            format: "hopcheck-probe-report".to_owned(),
            version: 1,
            hopcheck: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            selected,
            ran: self.ran,
            sequences: self.sequences,
            verdict,
            broken_off,
            properties: Property::ALL.into_iter().map(property).collect(),
            failures: self.failures.clone(),
        }
    }
}
