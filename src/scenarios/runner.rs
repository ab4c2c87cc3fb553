//! The runner: plays selected scenarios with cucumber, at once where they may, and tells how each ended.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::panic;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use cucumber::codegen::LocalBoxFuture;
use cucumber::event::{Cucumber as Event, ScenarioFinished, StepError};
use cucumber::{Cucumber, Event as Timed, Writer, cli, gherkin, parser, runner};
use futures::stream;

use super::doubt::Since;
use super::record::{Halt, Record};
use super::recovery::Recovery;
use super::step_list::{collection, makes_trouble, undefined_steps};
use super::suite::{Scenario, Suite, address_of, lies_under};
use super::{Run, Stage};
use crate::report::{Outcome, ScenarioResult};
use crate::verdict::Evidence;
use crate::wire::LostTime;

/// How often a scenario is played once more, alone, while this machine may be why it fails.
const MORE_TRIES: usize = 2;

/// How to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many scenarios at once.
    pub jobs: usize,
    /// Whether SHOULD-findings make a scenario deviate.
    pub strict: bool,
    /// Whether to begin no more scenarios after one deviated.
    pub fail_fast: bool,
    /// Whether scenarios that make trouble on a hop come last and apart, each once a plain refresh works again.
    pub trouble_apart: bool,
    /// Of which scenarios it is kept what crossed.
    pub kept: Kept,
}

/// Of which scenarios it is kept what crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Of those that deviate or cannot be judged.
    Failures,
    /// Of all.
    All,
}

/// Plays scenarios and hands each result on as soon as it is there.
///
/// Scenarios that were not begun when `fail_fast` stopped the run have no result.
pub async fn play(
    run: Arc<Run>,
    suite: &Suite,
    selected: &[&Scenario],
    options: Options,
    on_result: impl FnMut(ScenarioResult) + 'static,
) {
    let (lost, on_result) = (Rc::new(LostTime::watch()), Rc::new(RefCell::new(on_result)));
    let batch = Batch { run, suite, options, stop: Arc::default(), lost, doubtful: Rc::default(), on_result };
    let is_apart = |scenario: &&Scenario| options.trouble_apart && makes_trouble(scenario);
    let (apart, together): (Vec<&Scenario>, Vec<&Scenario>) = selected.iter().copied().partition(is_apart);
    batch.play(&together, MORE_TRIES).await;
    batch.play_doubtful_again(&together).await;
    if apart.is_empty() || batch.is_stopped() {
        return;
    }
    let recovery = Recovery::before_trouble(&batch.run).await;
    let waits_long = |scenario: &Scenario| scenario.tags.iter().any(|tag| tag == "impatient");
    for group in apart.chunk_by(|one, next| waits_long(one) && waits_long(next)) {
        for scenarios in group.chunks(SLOW_ONES_AT_ONCE) {
            if batch.is_stopped() {
                return;
            }
            match recovery.wait(&batch.run).await {
                Ok(()) => {
                    batch.play(scenarios, MORE_TRIES).await;
                    batch.play_doubtful_again(scenarios).await;
                }
                Err(reason) => scenarios.iter().for_each(|scenario| batch.cannot_judge(scenario, reason.clone())),
            }
        }
    }
}

/// How many scenarios in which somebody is never answered are played at once: services that have few workers still have one
/// for each.
const SLOW_ONES_AT_ONCE: usize = 3;

/// What the scenarios that are played together have in common with those that are played after them.
struct Batch<'s, F> {
    run: Arc<Run>,
    suite: &'s Suite,
    options: Options,
    stop: Arc<AtomicBool>,
    lost: Rc<LostTime>,
    /// The addresses of scenarios that failed, perhaps for want of time on this machine.
    doubtful: Rc<RefCell<HashSet<String>>>,
    on_result: Rc<RefCell<F>>,
}

impl<F: FnMut(ScenarioResult) + 'static> Batch<'_, F> {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Tells that nothing can be said of a scenario.
    fn cannot_judge(&self, scenario: &Scenario, reason: String) {
        let record = Record { halt: Some(Halt::Error(reason)), ..Record::default() };
        let finished = ScenarioFinished::StepSkipped;
        let result = result_of(&self.run, scenario, &finished, record, None, self.options.strict);
        (self.on_result.borrow_mut())(result);
    }

    /// Plays those of the scenarios again that failed doubtfully, one by one.
    async fn play_doubtful_again(&self, scenarios: &[&Scenario]) {
        for tries_left in (0..MORE_TRIES).rev() {
            let doubtful = self.doubtful.take();
            for scenario in scenarios.iter().filter(|scenario| doubtful.contains(&scenario.address)) {
                self.play(&[scenario], tries_left).await;
            }
        }
    }

    /// Plays scenarios, as many at once as may be. One that fails doubtfully has a result only if no tries are left.
    async fn play(&self, selected: &[&Scenario], tries_left: usize) {
        let addresses: HashSet<String> = selected.iter().map(|scenario| scenario.address.clone()).collect();
        let known: HashMap<String, Scenario> =
            selected.iter().map(|scenario| (scenario.address.clone(), (*scenario).clone())).collect();
        let begin = {
            let (run, stop, lost) = (Arc::clone(&self.run), Arc::clone(&self.stop), Rc::clone(&self.lost));
            let ours: HashSet<String> =
                known.values().filter(|scenario| scenario.built_in).map(|scenario| scenario.address.clone()).collect();
            move |stage: &mut Stage, scenario: &gherkin::Scenario, tags: &[String]| {
                if stop.load(Ordering::Relaxed) {
                    panic::panic_any("a scenario before deviated");
                }
                let is_ours = address_of(scenario).is_some_and(|address| ours.contains(address));
                stage.set(Arc::clone(&run), tags, is_ours);
                stage.begins(Since::now(&lost));
            }
        };
        let begin = Rc::new(begin);
        let end = {
            let (run, stop, lost) = (Arc::clone(&self.run), Arc::clone(&self.stop), Rc::clone(&self.lost));
            let (options, doubtful, on_result) = (self.options, Rc::clone(&self.doubtful), Rc::clone(&self.on_result));
            move |scenario: &gherkin::Scenario, finished: &ScenarioFinished, stage: Option<&mut Stage>| {
                let address = address_of(scenario).unwrap_or_default();
                let Some(scenario) = known.get(address) else { return };
                if matches!(finished, ScenarioFinished::BeforeHookFailed(_)) {
                    return;
                }
                let doubt = stage.as_ref().and_then(|stage| stage.doubt(&lost));
                let crossed = stage.as_ref().filter(|_| options.kept == Kept::All).map(|stage| stage.crossed());
                let (mut record, since) = stage.map(Stage::take_record).unwrap_or_default();
                record.crossed = crossed;
                let mut result = result_of(&run, scenario, finished, record, since, options.strict);
                if let Some(doubt) = doubt.filter(|_| has_failed(&result)) {
                    if tries_left > 0 {
                        doubtful.borrow_mut().insert(address.to_owned());
                        return;
                    }
                    let record = Record { halt: Some(Halt::Error(doubt.to_string())), ..Record::default() };
                    result = result_of(&run, scenario, finished, record, since, options.strict);
                }
                stop.fetch_or(has_failed(&result) && options.fail_fast, Ordering::Relaxed);
                (on_result.borrow_mut())(result);
            }
        };
        let end = Rc::new(end);
        let _hook = PanicHook::take();
        let before: Before = Box::new(move |feature, rule, scenario, stage| {
            let begin = Rc::clone(&begin);
            Box::pin(async move {
                let inherited = feature.tags.iter().chain(rule.iter().flat_map(|rule| &rule.tags));
                let tags: Vec<String> = inherited.chain(&scenario.tags).cloned().collect();
                begin(stage, scenario, &tags);
            })
        });
        let after: After = Box::new(move |_, _, scenario, finished, stage| {
            let end = Rc::clone(&end);
            Box::pin(async move { end(scenario, finished, stage) })
        });
        let features = Read(self.suite.features.clone());
        Cucumber::<Stage, _, (), _, _, cli::Empty>::custom(features, runner::Basic::default(), Silent)
            .steps(collection())
            .max_concurrent_scenarios(self.options.jobs.max(1))
            .before(before)
            .after(after)
            .with_default_cli()
            .filter_run((), move |_, _, scenario| address_of(scenario).is_some_and(|it| addresses.contains(it)))
            .await;
    }
}

fn has_failed(result: &ScenarioResult) -> bool {
    matches!(result.outcome, Outcome::Deviates | Outcome::Error)
}

type Before = Box<
    dyn for<'a> Fn(
        &'a gherkin::Feature,
        Option<&'a gherkin::Rule>,
        &'a gherkin::Scenario,
        &'a mut Stage,
    ) -> LocalBoxFuture<'a, ()>,
>;
type After = Box<
    dyn for<'a> Fn(
        &'a gherkin::Feature,
        Option<&'a gherkin::Rule>,
        &'a gherkin::Scenario,
        &'a ScenarioFinished,
        Option<&'a mut Stage>,
    ) -> LocalBoxFuture<'a, ()>,
>;

fn result_of(
    run: &Run,
    scenario: &Scenario,
    finished: &ScenarioFinished,
    record: Record,
    since: Option<Instant>,
    strict: bool,
) -> ScenarioResult {
    let (outcome, reason) = outcome_of(run, scenario, finished, &record, strict);
    let transcript = match outcome {
        Outcome::Deviates | Outcome::Error => record.transcript.as_ref(),
        Outcome::Passed | Outcome::NotRun | Outcome::Waived | Outcome::NotObserved => record.crossed.as_ref(),
    };
    ScenarioResult {
        address: scenario.address.clone(),
        feature: scenario.feature.clone(),
        rule: scenario.rule.clone(),
        name: scenario.name.clone(),
        file: scenario.file.clone(),
        line: scenario.line,
        outcome,
        reason: reason.map(|reason| in_lines(&reason, |line| run.redactor.text(line))),
        took: since.map(|since| since.elapsed()).unwrap_or_default(),
        assertions: record.assertions,
        findings: record.findings,
        claims: record.claims,
        rerun_with: Vec::new(),
        notes: record.notes,
        transcript: transcript.map(|transcript| crate::report::shown(transcript, &run.redactor)).unwrap_or_default(),
    }
}

/// Redacts a reason line by line, so that its hint stays on a line of its own.
fn in_lines(reason: &str, redacted: impl Fn(&str) -> String) -> String {
    reason.lines().map(redacted).collect::<Vec<_>>().join("\n")
}

fn outcome_of(
    run: &Run,
    scenario: &Scenario,
    finished: &ScenarioFinished,
    record: &Record,
    strict: bool,
) -> (Outcome, Option<String>) {
    let deviates = record.findings.iter().any(|finding| finding.severity().fails(strict));
    match (&record.halt, finished) {
        (Some(Halt::Deviation), _) => (Outcome::Deviates, None),
        (Some(Halt::NotRun(reason)), _) => match waiver(run, scenario) {
            Some(waived) => (Outcome::Waived, Some(waived)),
            None => (Outcome::NotRun, Some(reason.clone())),
        },
        (Some(Halt::NotObserved(reason)), _) => (Outcome::NotObserved, Some(reason.clone())),
        (Some(Halt::Error(reason)), _) => (Outcome::Error, Some(reason.clone())),
        (None, ScenarioFinished::StepSkipped) => (Outcome::Error, Some(undefined_step(scenario))),
        (None, ScenarioFinished::StepFailed(_, _, error)) => (Outcome::Error, Some(text_of(error))),
        (None, ScenarioFinished::BeforeHookFailed(_)) => (Outcome::Error, Some("the scenario did not begin".into())),
        (None, ScenarioFinished::StepPassed) if deviates => (Outcome::Deviates, None),
        (None, ScenarioFinished::StepPassed) => {
            let asserted = record.assertions.iter().any(|assertion| assertion.evidence > Evidence::None);
            let seen = record.holds || asserted || !record.findings.is_empty();
            if seen {
                (Outcome::Passed, None)
            } else if record.notes.is_empty() {
                (Outcome::Error, Some("the scenario asserts nothing".into()))
            } else {
                (Outcome::NotObserved, Some(record.notes.join("; ")))
            }
        }
    }
}

fn waiver(run: &Run, scenario: &Scenario) -> Option<String> {
    let waivers = &run.system.deployment().not_applicable;
    let waiver = waivers.iter().find(|waiver| lies_under(&scenario.address, &waiver.address))?;
    Some(waiver.reason.clone())
}

fn undefined_step(scenario: &Scenario) -> String {
    let step = undefined_steps(scenario).next();
    let (text, line) = step.map_or(("one of its steps", scenario.line), |(text, line)| (text, line));
    format!(
        "{}:{line}: no step is called “{text}”\nhint: `hopcheck list steps` prints the steps that there are",
        scenario.file
    )
}

fn text_of(error: &StepError) -> String {
    match error {
        StepError::NotFound => "a step is not defined".to_owned(),
        StepError::AmbiguousMatch(error) => error.to_string(),
        StepError::Panic(payload) => {
            let text = (**payload).downcast_ref::<String>().cloned();
            text.or_else(|| (**payload).downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_else(|| "a step panicked".to_owned())
        }
    }
}

/// Hands cucumber the features that were read before.
struct Read(Vec<gherkin::Feature>);

impl cucumber::Parser<()> for Read {
    type Cli = cli::Empty;
    type Output = stream::Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, (): (), _: Self::Cli) -> Self::Output {
        stream::iter(self.0.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// Writes nothing: results leave through the hook after each scenario.
struct Silent;

impl Writer<Stage> for Silent {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, _: parser::Result<Timed<Event<Stage>>>, _: &Self::Cli) {}
}

impl cucumber::writer::Normalized for Silent {}

type Hook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

/// The panic hook as it was before the first of the runs that are under way, and how many those are.
static QUIET: Mutex<(usize, Option<Hook>)> = Mutex::new((0, None));

/// Keeps panics quiet while a run is under way: a step that stops its scenario panics. Puts the hook back that was there,
/// which cucumber replaces and, when its run is dropped half-way, leaves replaced.
struct PanicHook;

impl PanicHook {
    fn take() -> Self {
        let (runs, before) = &mut *QUIET.lock().unwrap_or_else(PoisonError::into_inner);
        if *runs == 0 {
            *before = Some(panic::take_hook());
            panic::set_hook(Box::new(|_| {}));
        }
        *runs += 1;
        Self
    }
}

impl Drop for PanicHook {
    fn drop(&mut self) {
        let (runs, before) = &mut *QUIET.lock().unwrap_or_else(PoisonError::into_inner);
        *runs -= 1;
        if let Some(hook) = before.take_if(|_| *runs == 0) {
            panic::set_hook(hook);
        }
    }
}
