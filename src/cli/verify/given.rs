//! What a run of `verify` is given: every file and option, read before anything is started.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::arguments::Verify;
use crate::cli::exit::Failure;
use crate::cli::inputs;
use crate::cli::output::in_lines;
use crate::config::{AccountsFile, Deployment};
use crate::diagram::Diagram;
use crate::report::{Baseline, Outcome, ScenarioResult};
use crate::scenarios::{Scenario, Selection, Suite, built_in_features, lies_under, unasserted};
use crate::transcript::Redactor;

/// What the arguments name, read and understood.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) diagram: Arc<Diagram>,
    /// How first tokens are created.
    pub(super) creation: Arc<Diagram>,
    /// Whether that is not the built-in one.
    pub(super) is_creation_stated: bool,
    pub(super) suite: Suite,
    pub(super) deployment: Deployment,
    /// The accounts of an Orchestrator that hopcheck plays, where they are stated.
    pub(super) accounts: Option<AccountsFile>,
    /// What is known to deviate, as it may be shown.
    pub(super) baseline: Option<Baseline>,
    /// The baseline that is to be written, as it is now.
    pub(super) written: Option<Baseline>,
    pub(super) redactor: Arc<Redactor>,
}

impl Given {
    pub(super) fn read(arguments: &Verify) -> Result<Self, Failure> {
        let diagram = inputs::diagram(arguments.sources.diagram.as_deref())?;
        let creation = inputs::creation(arguments.sources.create_diagram.as_deref())?;
        let suite = inputs::suite(&arguments.sources)?;
        let deployment = inputs::deployment(arguments)?;
        let accounts = inputs::accounts_of_ours(arguments, &deployment)?;
        let read = |path: &PathBuf, is_written| inputs::baseline(path, is_written, &suite, &diagram);
        let baseline = arguments.baseline.as_ref().map(|path| read(path, false)).transpose()?;
        let written = arguments.write_baseline.as_ref().map(|path| read(path, true)).transpose()?;
        let ours = accounts.iter().flat_map(|file| &file.accounts).flat_map(|account| &account.deployment_keys);
        let redactor = inputs::redactor(&deployment, ours);
        Ok(Self {
            baseline: baseline.map(|baseline| redacted(baseline, &redactor)),
            written,
            redactor: Arc::new(redactor),
            diagram: Arc::new(diagram),
            creation: Arc::new(creation),
            is_creation_stated: arguments.sources.create_diagram.is_some(),
            suite,
            deployment,
            accounts,
        })
    }

    /// Returns the scenarios that the arguments select. Complains about an address, or a waiver, that is none.
    pub(super) fn select(&self, arguments: &Verify) -> Result<Vec<&Scenario>, Failure> {
        self.check_waivers()?;
        let selection = Selection { addresses: arguments.addresses.clone(), tags: arguments.tags.clone() };
        self.suite.select(&selection).map_err(|error| Failure::usage(error.to_string()))
    }

    /// Returns the arrows that no scenario is about, where all of the suite is played.
    pub(super) fn unasserted(&self, arguments: &Verify, is_whole: bool) -> Vec<usize> {
        if !is_whole || arguments.sources.features.is_some() {
            return Vec::new();
        }
        unasserted(&self.diagram, &self.suite).into_iter().map(|arrow| arrow.number).collect()
    }

    /// Returns why a scenario is not to be played, where the deployment states that it need not be.
    pub(super) fn waiver(&self, scenario: &Scenario) -> Option<&str> {
        let waivers = &self.deployment.not_applicable;
        let waiver = waivers.iter().find(|waiver| lies_under(&scenario.address, &waiver.address));
        waiver.map(|waiver| waiver.reason.as_str())
    }

    /// Returns the result of a scenario that is not to be played.
    pub(super) fn waived(&self, scenario: &Scenario) -> Option<ScenarioResult> {
        let reason = in_lines(self.waiver(scenario)?, &self.redactor);
        Some(ScenarioResult {
            address: scenario.address.clone(),
            feature: scenario.feature.clone(),
            rule: scenario.rule.clone(),
            name: scenario.name.clone(),
            file: scenario.file.clone(),
            line: scenario.line,
            outcome: Outcome::Waived,
            reason: Some(reason),
            took: Duration::ZERO,
            assertions: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            claims: Vec::new(),
            rerun_with: Vec::new(),
            transcript: Vec::new(),
        })
    }

    /// Complains about a waiver for a scenario that neither these features nor the built-in ones have.
    fn check_waivers(&self) -> Result<(), Failure> {
        if self.deployment.not_applicable.is_empty() {
            return Ok(());
        }
        let built_in = Suite::read(&built_in_features()).map_err(|error| Failure::usage(error.to_string()))?;
        for waiver in &self.deployment.not_applicable {
            let known = self.suite.check_address(&waiver.address);
            if let Err(error) = known.or_else(|_error| built_in.check_address(&waiver.address)) {
                return Err(Failure::usage(format!("there is nothing to waive: {error}")));
            }
        }
        Ok(())
    }
}

/// Returns a baseline as it may be shown: people paste things into reasons.
fn redacted(mut baseline: Baseline, redactor: &Redactor) -> Baseline {
    for known in &mut baseline.known {
        known.reason = in_lines(&known.reason, redactor);
    }
    baseline
}
