//! The result model: what every format is written from. All text in it is redacted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arrow_report::ArrowReport;
use super::baseline::BaselineReport;
use super::cause::{Cause, Culprit};
use super::exchange_report::ExchangeReport;
use super::scenario_result::Outcome;
use super::summary::{RunVerdict, Summary};
use crate::verdict::Finding;

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Always `hopcheck-report`.
    pub format: String,
    /// The version of this format.
    pub version: u32,
    /// The version of hopcheck that wrote it.
    pub hopcheck: String,
    /// When the run began: RFC 3339.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The verdict.
    pub verdict: RunVerdict,
    /// The exit code.
    pub exit_code: u8,
    /// Who has something wrong, and where: as many lines as there are participants to mend.
    pub culprits: Vec<Culprit>,
    /// What is wrong, each thing once.
    pub causes: Vec<Cause>,
    /// The drawn arrows that could have been seen from here, and that no scenario asserted.
    pub open_arrows: Vec<usize>,
    /// Why the run ended before its end.
    pub broken_off: Option<String>,
    /// The addresses of the scenarios that were not begun, or not ended, by then.
    pub not_ended: Vec<String>,
    /// The specification.
    pub diagram: DiagramReport,
    /// Who plays each service: `reference` or `real`.
    pub participants: BTreeMap<String, String>,
    /// The hops that were seen.
    pub hops_seen: Vec<String>,
    /// The counts.
    pub summary: Summary,
    /// Every arrow of the diagram.
    pub arrows: Vec<ArrowReport>,
    /// Every scenario that was begun, in the order of the features.
    pub scenarios: Vec<ScenarioReport>,
    /// The arrows that no scenario says anything about, though all there are were selected.
    pub unasserted: Vec<usize>,
    /// The arrows whose labels have words that nothing checks.
    pub unchecked: Vec<usize>,
    /// Findings that belong to no scenario.
    pub findings: Vec<Finding>,
    /// The baseline that the run was held against.
    pub baseline: Option<BaselineReport>,
}

/// The specification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiagramReport {
    /// Its file.
    pub file: String,
    /// How many arrows it has.
    pub arrows: usize,
}

/// A scenario as reported.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// Its address.
    pub address: String,
    /// Its feature's name.
    pub feature: String,
    /// Its rule's name: the label of a branch.
    pub rule: Option<String>,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it neither passed nor deviated.
    pub reason: Option<String>,
    /// Why the baseline accepts its deviations, where it lists every one of them.
    pub known: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// The arrows it asserted.
    pub arrows: Vec<usize>,
    /// What is not as expected.
    pub findings: Vec<Finding>,
    /// What could not be seen, and members drawn nowhere.
    pub notes: Vec<String>,
    /// The command that plays it again.
    pub rerun: String,
    /// What crossed, where it deviated or could not be judged; with -v everywhere.
    pub transcript: Vec<ExchangeReport>,
}

impl Report {
    /// The version of the JSON format.
    pub const VERSION: u32 = 2;
}
