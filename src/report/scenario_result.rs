//! The result of one scenario, as the runner hands it on: how it ended, what it asserted and what it found.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::exchange_report::ExchangeReport;
use crate::verdict::{Assertion, Claim, Finding};

/// How a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything it asserts holds.
    Passed,
    /// Something does not.
    Deviates,
    /// The deployment lacks what it needs.
    NotRun,
    /// The deployment lacks what it needs, and its file says that this is as it should be.
    Waived,
    /// It is about what cannot be seen or done from here.
    NotObserved,
    /// Nothing can be said.
    Error,
}

/// One scenario, as the runner hands it on.
#[derive(Debug, Clone)]
pub struct ScenarioResult {
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
    /// From its first step to its last.
    pub took: Duration,
    /// What it asserted of which arrow.
    pub assertions: Vec<Assertion>,
    /// What is not as expected.
    pub findings: Vec<Finding>,
    /// What could not be seen, and members drawn nowhere.
    pub notes: Vec<String>,
    /// What it saw of names that bind for the whole run, for as long as that is not settled.
    pub claims: Vec<Claim>,
    /// The scenarios that have to be played before it for its findings to be seen again.
    pub rerun_with: Vec<String>,
    /// What crossed, where it deviated.
    pub transcript: Vec<ExchangeReport>,
}
