//! The runner: plays scenarios against one mutant after another, and says what became of each.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::mutant::{Distortion, Mutant, Setting};
use super::trial::{Evidence, Fate, Trial, Vantage};
use crate::config::{AccountsFile, BUILT_IN_ACCOUNTS, Deployment, read_accounts};
use crate::diagram::Diagram;
use crate::protocol::{Contract, Participant};
use crate::report::{Outcome, ScenarioResult};
use crate::scenarios::{Kept, Options, Run, Scenario, Settlement, Suite, on_threads, play};
use crate::topology::{Patience, Plan, StartError, System};
use crate::transcript::Redactor;
use crate::verdict::{Finding, Verdict, stray_findings};
use crate::wire::Interference;

/// How long a mutant may keep its scenarios waiting.
const LONGEST_TRIAL: Duration = Duration::from_secs(30);
/// How many scenarios are played at once against one mutant.
const SCENARIOS_AT_ONCE: usize = 16;
/// What `--url` is given of the built-in accounts: one with the feature on that names an origin, one with it off.
const KEY_ON: &str = "CV-one-origin";
const KEY_OFF: &str = "CV-feature-off";
const ORIGIN: &str = "https://shop.example.com";

/// Why no mutant can be tried.
#[derive(Debug, thiserror::Error)]
pub enum CannotTry {
    /// The participants cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The participants that mutants are made of are not right to begin with.
    #[error(
        "the reference itself deviates from {file}, so that nothing can be said of its mutants\n  {scenario}: {finding}"
    )]
    ReferenceDeviates {
        /// The diagram.
        file: String,
        /// The first scenario that deviates.
        scenario: String,
        /// What it found.
        finding: String,
    },
}

/// Tries mutants, having played every scenario against the reference.
#[derive(Debug)]
pub struct MutantRunner {
    diagram: Arc<Diagram>,
    suite: Suite,
    vantage: Vantage,
    /// The scenarios that say something about each arrow, the quickest first.
    about: BTreeMap<usize, Vec<String>>,
    /// Every scenario that can be played, the quickest first.
    all: Vec<String>,
}

impl MutantRunner {
    /// Plays the whole suite against the reference, to know which scenarios say something about which arrow.
    ///
    /// # Errors
    ///
    /// Returns why there is nothing to compare mutants with.
    pub async fn set_up(diagram: Arc<Diagram>, suite: Suite, vantage: Vantage) -> Result<Self, CannotTry> {
        let mut runner = Self { diagram, suite, vantage, about: BTreeMap::new(), all: Vec::new() };
        let stand = Box::pin(runner.stand(None, true)).await?;
        let selected: Vec<&Scenario> = runner.suite.scenarios().iter().collect();
        let mut results = runner.results(&stand, &selected).await;
        results.sort_by_key(|result| result.took);
        for result in &results {
            if let Some(finding) = result.findings.iter().find(|finding| finding.severity().fails(false)) {
                let (scenario, finding) = (result.address.clone(), finding.to_string());
                return Err(CannotTry::ReferenceDeviates { file: runner.diagram.file().to_owned(), scenario, finding });
            }
        }
        let (mut about, mut all) = (BTreeMap::<usize, Vec<String>>::new(), Vec::new());
        let is_played = |outcome| matches!(outcome, Outcome::Passed | Outcome::NotObserved);
        for result in results.iter().filter(|result| is_played(result.outcome)) {
            all.push(result.address.clone());
            for assertion in result.assertions.iter().filter(|assertion| assertion.verdict == Verdict::Conforms) {
                let addresses = about.entry(assertion.arrow).or_default();
                if addresses.last() != Some(&result.address) {
                    addresses.push(result.address.clone());
                }
            }
        }
        (runner.about, runner.all) = (about, all);
        Ok(runner)
    }

    /// Tries mutants on threads of their own, and hands each trial on as it ends. Begins no more once `stop` is set.
    pub fn try_all(
        self: Arc<Self>,
        mutants: Vec<Mutant>,
        jobs: usize,
        stop: &Arc<AtomicBool>,
    ) -> mpsc::UnboundedReceiver<(usize, io::Result<Trial>)> {
        on_threads(mutants, jobs, stop, move |mutant| {
            let runner = Arc::clone(&self);
            async move {
                let fate = Box::pin(runner.fate_of(&mutant)).await;
                Trial { mutant, fate }
            }
        })
    }

    /// Tries one mutant: against the scenarios about its arrow, and if those let it pass, against all.
    async fn fate_of(&self, mutant: &Mutant) -> Fate {
        let about = match self.vantage {
            Vantage::Everywhere => self.about.get(&mutant.arrow).cloned().unwrap_or_default(),
            Vantage::Edge => Vec::new(),
        };
        for (addresses, is_last) in [(&about, false), (&self.all, true)] {
            if addresses.is_empty() {
                continue;
            }
            match Box::pin(self.try_against(mutant, addresses, is_last)).await {
                Fate::Killed(evidence) => return Fate::Killed(evidence),
                fate if is_last => return fate,
                Fate::BlamedOnAnother(_)
                | Fate::KilledElsewhere(_)
                | Fate::TimedOut
                | Fate::DidNotApply
                | Fate::Survived(_)
                | Fate::Failed(_) => {}
            }
        }
        Fate::Failed("there is no scenario to try it against".to_owned())
    }

    async fn try_against(&self, mutant: &Mutant, addresses: &[String], whole_suite: bool) -> Fate {
        let stand = match Box::pin(self.stand(Some(mutant), whole_suite)).await {
            Ok(stand) => stand,
            Err(error) => return Fate::Failed(error.to_string()),
        };
        let selected: Vec<&Scenario> = addresses.iter().filter_map(|address| self.suite.scenario(address)).collect();
        let killed = Arc::new(Notify::new());
        let seen = Arc::new(Mutex::new((None, None, None)));
        let at_any_arrow = self.vantage == Vantage::Edge;
        let (touched, culprit) = (mutant.arrow, mutant.participant.drawn_name());
        let take = {
            let (killed, seen) = (Arc::clone(&killed), Arc::clone(&seen));
            move |scenario: Option<String>, findings: &[Finding]| {
                for finding in findings.iter().filter(|finding| finding.severity().fails(false)) {
                    let evidence = Evidence { scenario: scenario.clone(), finding: finding.clone() };
                    let (here, elsewhere, misnamed) = &mut *seen.lock().unwrap_or_else(PoisonError::into_inner);
                    if !at_any_arrow && finding.is_cause() && finding.participant.as_deref() != Some(culprit) {
                        misnamed.get_or_insert(evidence.clone());
                    }
                    if at_any_arrow || finding.arrow == Some(touched) {
                        here.get_or_insert(evidence);
                        killed.notify_one();
                    } else {
                        elsewhere.get_or_insert(evidence);
                    }
                }
            }
        };
        let addresses = selected.iter().map(|scenario| scenario.address.clone());
        let settlement = Arc::new(Mutex::new(Settlement::of(addresses)));
        let in_time = {
            let (take, settlement) = (take.clone(), Arc::clone(&settlement));
            let tell = move |result: ScenarioResult| {
                take(Some(result.address.clone()), &result.findings);
                let settled = settlement.lock().unwrap_or_else(PoisonError::into_inner).add(result);
                for result in settled {
                    take(Some(result.address), &result.findings);
                }
            };
            tokio::select! {
                () = self.play(&stand, &selected, tell) => true,
                () = killed.notified() => true,
                () = tokio::time::sleep(LONGEST_TRIAL) => false,
            }
        };
        let rest = settlement.lock().unwrap_or_else(PoisonError::into_inner).rest();
        for result in rest {
            take(Some(result.address), &result.findings);
        }
        let strays = stand.run.system.take_strays();
        take(None, &stray_findings(&self.diagram, &strays, stand.run.under_test(), &stand.run.redactor));
        stand.stop();
        let (here, elsewhere, misnamed) = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let applied = stand.distortion.as_ref().map_or(0, |distortion| distortion.applied());
        match (here, elsewhere) {
            _ if applied > 0 && misnamed.is_some() => misnamed.map_or(Fate::DidNotApply, Fate::BlamedOnAnother),
            (Some(evidence), _) if applied > 0 => Fate::Killed(evidence),
            (None, Some(evidence)) if applied > 0 => Fate::KilledElsewhere(evidence),
            _ if applied == 0 => Fate::DidNotApply,
            _ if !in_time => Fate::TimedOut,
            _ => Fate::Survived(applied),
        }
    }

    async fn results(&self, stand: &Stand, selected: &[&Scenario]) -> Vec<ScenarioResult> {
        let results = Arc::new(Mutex::new(Vec::new()));
        let gathered = Arc::clone(&results);
        self.play(stand, selected, move |result| {
            gathered.lock().unwrap_or_else(PoisonError::into_inner).push(result);
        })
        .await;
        stand.stop();
        std::mem::take(&mut *results.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn play(&self, stand: &Stand, selected: &[&Scenario], on_result: impl FnMut(ScenarioResult) + 'static) {
        let options = Options {
            jobs: SCENARIOS_AT_ONCE,
            strict: false,
            fail_fast: false,
            trouble_apart: false,
            kept: Kept::Failures,
        };
        play(Arc::clone(&stand.run), &self.suite, selected, options, on_result).await;
    }

    /// Starts the participants, one of them a mutant where there is one, and whoever judges them.
    async fn stand(&self, mutant: Option<&Mutant>, impatient: bool) -> Result<Stand, StartError> {
        let mut plan = Plan::embedded(Patience::Usual);
        if self.vantage == Vantage::Edge
            && let Ok(accounts) = built_in_accounts()
            && let Ok(knowing) = plan.clone().with_accounts(&accounts)
        {
            plan = knowing;
        }
        let accounts = plan.accounts.clone();
        let lookup = move |key: &_| accounts.configuration(&accounts.account_sid(key)?);
        let setting = Setting::of(Arc::clone(&self.diagram), Arc::new(lookup));
        let distortion = mutant.map(|mutant| Arc::new(mutant.distortion(&setting)));
        plan.interference = distortion.clone().map(|distortion| distortion as Arc<dyn Interference>);
        let redactor = Arc::new(Redactor::new(rand::random()));
        let system = System::start(plan.clone()).await?;
        let run = |system: System, contract: Contract| Run::new(Arc::clone(&self.diagram), system, contract, redactor);
        match self.vantage {
            Vantage::Everywhere => {
                let contract = system.contract();
                let mut run = run(system, contract);
                if impatient {
                    run.impatient = Some(System::start(Plan { patience: Patience::Short, ..plan }).await?);
                }
                Ok(Stand { run: Arc::new(run), deployed: None, distortion })
            }
            Vantage::Edge => {
                let url = system.address(Participant::Starship).unwrap_or_default();
                // None of these four can be wrong.
                let deployment = Deployment::of_url(url, Some(KEY_ON), Some(KEY_OFF), Some(ORIGIN))
                    .unwrap_or_else(|_| Deployment::embedded());
                let judge = System::start(Plan { deployment, ..Plan::embedded(Patience::Usual) }).await?;
                let contract = judge.contract();
                Ok(Stand { run: Arc::new(run(judge, contract)), deployed: Some(system), distortion })
            }
        }
    }
}

fn built_in_accounts() -> Result<AccountsFile, crate::diagnostic::Diagnostic> {
    read_accounts("accounts.toml", BUILT_IN_ACCOUNTS)
}

/// Participants that run, and the run that judges them.
#[derive(Debug)]
struct Stand {
    run: Arc<Run>,
    /// The participants, where the run sees them only from outside.
    deployed: Option<System>,
    distortion: Option<Arc<Distortion>>,
}

impl Stand {
    fn stop(&self) {
        self.run.system.stop();
        for other in self.run.impatient.iter().chain(&self.deployed) {
            other.stop();
        }
    }
}
