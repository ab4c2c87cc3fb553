//! `hopcheck verify`: starts the system, plays the scenarios, prints and writes the verdict.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::arguments::Verify;
use super::ends::{self, stopped};
use super::exit::{Exit, Failure};
use super::explain::explain;
use super::output::{complain, in_lines, note, print, quoted};
use super::progress::Progress;
use super::{inputs, reports};
use crate::config::AccountsFile;
use crate::config::deployment::{Declared, Deployment};
use crate::diagram::Diagram;
use crate::protocol::{Hop, Participant};
use crate::report::{Baseline, Report, RunContext, RunVerdict, ScenarioResult, tail};
use crate::scenarios::{
    Options, Run, Scenario, Selection, Suite, built_in_features, check_readiness, play_apart, unasserted,
};
use crate::topology::{Patience, Plan, StartError, Supply, System};
use crate::transcript::Redactor;
use crate::verdict::stray_findings;

pub(super) async fn verify(program: &str, arguments: &Verify) -> Result<Exit, Failure> {
    let diagram = Arc::new(inputs::diagram(arguments.sources.diagram.as_deref())?);
    let suite = inputs::suite(&arguments.sources)?;
    let deployment = inputs::deployment(arguments)?;
    let accounts = inputs::accounts_of_ours(arguments, &deployment)?;
    let read = |path: &PathBuf, is_written| inputs::baseline(path, is_written, &suite, &diagram);
    let baseline = arguments.baseline.as_ref().map(|path| read(path, false)).transpose()?;
    let written = arguments.write_baseline.as_ref().map(|path| read(path, true)).transpose()?;
    let selection = Selection { addresses: arguments.addresses.clone(), tags: arguments.tags.clone() };
    let keys = || accounts.iter().flat_map(|file| &file.accounts).flat_map(|account| &account.deployment_keys);
    if arguments.explain {
        print(
            &(in_lines(
                &explain(&deployment, arguments.accounts.as_deref(), &diagram),
                &inputs::redactor(&deployment, keys()),
            ) + "\n"),
        );
        return Ok(Exit::Conforms);
    }
    check_waivers(&suite, &deployment)?;
    let selected = suite.select(&selection).map_err(|error| Failure::usage(error.to_string()))?;
    let redactor = Arc::new(inputs::redactor(&deployment, keys()));

    let mut account = Account {
        baseline: baseline.map(|baseline| redacted(baseline, &redactor)),
        is_whole: selected.len() == suite.scenarios().len(),
        arguments,
        program,
        diagram: &diagram,
        deployment: &deployment,
        redactor: &redactor,
        selected: &selected,
        unasserted: if selected.len() == suite.scenarios().len() && arguments.sources.features.is_none() {
            unasserted(&diagram, &suite).into_iter().map(|arrow| arrow.number).collect()
        } else {
            Vec::new()
        },
        started: OffsetDateTime::now_utc(),
        since: Instant::now(),
        hops_seen: Vec::new(),
        findings: Vec::new(),
    };
    if selected.is_empty() {
        let report = account.report(Vec::new(), None);
        reports::write(&arguments.report, &report)?;
        print(&tail(&report));
        return Ok(Exit::NothingRan);
    }
    reports::write(&arguments.report, &account.report(Vec::new(), Some("the run did not end".to_owned())))?;

    let mut breaks_off = pin!(breaks_off(arguments.max_time));
    let run = tokio::select! {
        run = start(&deployment, accounts.as_ref(), &diagram, &redactor, &selected) => run,
        reason = &mut breaks_off => Err(Failure::incomplete(format!("{reason} before the first scenario began"))),
    };
    let run = match run {
        Ok(run) => Arc::new(run),
        Err(failure) => {
            let report = account.report(Vec::new(), Some(failure.message.clone()));
            reports::write(&arguments.report, &report)?;
            return Err(failure);
        }
    };
    account.hops_seen = Hop::ALL.into_iter().filter(|hop| run.system.sees(*hop)).map(|hop| hop.to_string()).collect();

    let options = Options {
        jobs: arguments.jobs.map_or(run.system.concurrency(), usize::from),
        strict: arguments.strict,
        fail_fast: arguments.fail_fast,
    };
    ends::leaving({
        let run = Arc::clone(&run);
        move || run.left_behind()
    });
    let progress = Progress::of(selected.iter().map(|scenario| scenario.address.clone()));
    let progress = progress.knowing(account.baseline.clone(), arguments.strict, account.started.date());
    let (mut progress, mut results) = (progress, HashMap::new());
    let tell = |result: ScenarioResult| {
        results.insert(result.address.clone(), result.clone());
        progress.add(result);
    };
    let broken_off = played(&run, &suite, &selected, options, tell, breaks_off).await?;
    let left = run.restore().await.err();
    let broken_off = broken_off.or_else(|| left.clone());
    account.findings = stray_findings(&diagram, &run.system.take_strays(), &redactor);
    run.system.stop();

    progress.end();
    let in_order = selected.iter().filter_map(|scenario| results.remove(&scenario.address)).collect();
    let ended = end(&account, in_order, broken_off, written);
    if let Some(left) = left {
        complain(&in_lines(&left, &redactor));
    }
    ended
}

/// Plays scenarios and tells of each result, until all have ended or the run has to end before. Returns why it had to.
async fn played(
    run: &Arc<Run>,
    suite: &Suite,
    selected: &[&Scenario],
    options: Options,
    mut tell: impl FnMut(ScenarioResult),
    mut breaks_off: Pin<&mut impl Future<Output = String>>,
) -> Result<Option<String>, Failure> {
    let mut playing = play_apart(run, suite, selected, options)
        .map_err(|error| Failure::incomplete(format!("this machine has no room for the run: {error}")))?;
    let broken_off = loop {
        tokio::select! {
            biased;
            reason = &mut breaks_off => break Some(reason),
            result = playing.next() => match result {
                Some(result) => tell(result),
                None => break None,
            },
        }
    };
    // What it still computes is for nobody, and what it runs must not go on beside what puts things back.
    let own_fault = || "hopcheck itself is at fault: the run panicked".to_owned();
    Ok(if playing.ends().await { broken_off } else { broken_off.or_else(|| Some(own_fault())) })
}

/// Reports a run that has ended, and writes what is known from now on, on top of what was before.
fn end(
    account: &Account<'_>,
    results: Vec<ScenarioResult>,
    broken_off: Option<String>,
    before: Option<Baseline>,
) -> Result<Exit, Failure> {
    let context = account.context(broken_off);
    let written = before.map(|before| before.renewed(&context.found(&results)));
    let report = Report::of(results, context);
    // The verdict is told in any case, also where no disk takes it.
    print(&tail(&report));
    let reported = reports::write(&account.arguments.report, &report);
    if let Some(written) = &written {
        reports::write_baseline(written)?;
        note(&format!("wrote {}: {} known", written.file, written.known.len()));
    }
    reported?;
    Ok(match report.verdict {
        RunVerdict::Conforms => Exit::Conforms,
        RunVerdict::Deviates => Exit::Deviates,
        RunVerdict::Incomplete => Exit::Incomplete,
        RunVerdict::NothingRan => Exit::NothingRan,
    })
}

async fn start(
    deployment: &Deployment,
    accounts: Option<&AccountsFile>,
    diagram: &Arc<Diagram>,
    redactor: &Arc<Redactor>,
    selected: &[&Scenario],
) -> Result<Run, Failure> {
    let mut plan = Plan { deployment: deployment.clone(), ..Plan::embedded(Patience::Usual) };
    if let Some(accounts) = accounts {
        plan = plan.with_accounts(accounts).map_err(|error| Failure::usage(error.to_string()))?;
        plan.supply = Supply::Stated;
    }
    let system = System::start(plan.clone()).await.map_err(|error| not_started(&error, redactor))?;
    let nothing_is_real = Participant::SERVICES.into_iter().all(|participant| system.plays(participant));
    let contract = system.contract();
    let mut run = Run::new(Arc::clone(diagram), system, contract, Arc::clone(redactor));
    let tell = |waiting: &str| note(&in_lines(waiting, redactor));
    check_readiness(&run, tell).await.map_err(|reason| Failure::incomplete(in_lines(&reason, redactor)))?;
    let needs_impatience = selected.iter().any(|scenario| scenario.tags.iter().any(|tag| tag == "impatient"));
    if nothing_is_real && needs_impatience {
        run.impatient = Some(
            System::start(Plan { patience: Patience::Short, ..plan })
                .await
                .map_err(|error| not_started(&error, redactor))?,
        );
    }
    Ok(run)
}

/// Says why nothing could be started. A machine on which no port at all is free says nothing of the deployment.
fn not_started(error: &StartError, redactor: &Redactor) -> Failure {
    let message = in_lines(&error.to_string(), redactor);
    if matches!(error, StartError::Bind { address, .. } if address.port() == 0) {
        return Failure::incomplete(message);
    }
    Failure::usage(message)
}

/// Returns a baseline as it may be shown: people paste things into reasons.
fn redacted(mut baseline: Baseline, redactor: &Redactor) -> Baseline {
    for known in &mut baseline.known {
        known.reason = redactor.text(&known.reason);
    }
    baseline
}

/// Complains about a waiver for a scenario that neither these features nor the built-in ones have.
fn check_waivers(suite: &Suite, deployment: &Deployment) -> Result<(), Failure> {
    if deployment.not_applicable.is_empty() {
        return Ok(());
    }
    let built_in = Suite::read(&built_in_features()).map_err(|error| Failure::usage(error.to_string()))?;
    for waiver in &deployment.not_applicable {
        if let Err(error) =
            suite.check_address(&waiver.address).or_else(|_error| built_in.check_address(&waiver.address))
        {
            return Err(Failure::usage(format!("there is nothing to waive: {error}")));
        }
    }
    Ok(())
}

/// Waits until the run has to end before its end, and returns why.
async fn breaks_off(most: Option<Duration>) -> String {
    let time_is_up = async {
        match most {
            Some(most) => tokio::time::sleep(most).await,
            None => std::future::pending().await,
        }
        format!("--max-time {:?} is over", most.unwrap_or_default())
    };
    tokio::select! {
        reason = time_is_up => reason,
        signal = stopped() => format!("{signal} was received"),
    }
}

/// Everything a report needs besides results.
struct Account<'a> {
    arguments: &'a Verify,
    program: &'a str,
    diagram: &'a Diagram,
    deployment: &'a Deployment,
    redactor: &'a Redactor,
    selected: &'a [&'a Scenario],
    unasserted: Vec<usize>,
    started: OffsetDateTime,
    since: Instant,
    hops_seen: Vec<String>,
    findings: Vec<crate::verdict::Finding>,
    baseline: Option<Baseline>,
    is_whole: bool,
}

impl Account<'_> {
    fn report(&self, results: Vec<ScenarioResult>, broken_off: Option<String>) -> Report {
        Report::of(results, self.context(broken_off))
    }

    fn context(&self, broken_off: Option<String>) -> RunContext<'_> {
        let participants: BTreeMap<String, String> = Participant::SERVICES
            .into_iter()
            .map(|participant| {
                let real = self.deployment.participants.get(&participant).is_some_and(Declared::is_real);
                (participant.drawn_name().to_owned(), if real { "real" } else { "reference" }.to_owned())
            })
            .collect();
        RunContext {
            diagram: self.diagram,
            participants,
            hops_seen: self.hops_seen.clone(),
            started: self.started,
            took: self.since.elapsed(),
            selected: self.selected.len(),
            unasserted: self.unasserted.clone(),
            broken_off: broken_off.map(|reason| self.redactor.text(&reason)),
            command: self.command(),
            strict: self.arguments.strict,
            findings: self.findings.clone(),
            baseline: self.baseline.clone(),
            addresses: self.selected.iter().map(|scenario| scenario.address.clone()).collect(),
            is_whole: self.is_whole,
        }
    }

    /// Returns the command that plays one scenario of this run again, when its address is put behind it.
    fn command(&self) -> String {
        let mut words = vec![self.program.to_owned(), "verify".to_owned()];
        let mut option = |name: &str, value: &str| words.push(format!("{name} {}", quoted(value)));
        if let Some(path) = &self.arguments.deployment {
            option("--deployment", &path.display().to_string());
        }
        if let Some(path) = &self.arguments.accounts {
            option("--accounts", &path.display().to_string());
        }
        if let Some(url) = &self.arguments.url {
            option("--url", &self.redactor.text(url));
        }
        if let Some(path) = &self.arguments.sources.diagram {
            option("--diagram", &path.display().to_string());
        }
        if let Some(path) = &self.arguments.sources.features {
            option("--features", &path.display().to_string());
        }
        if let Some(path) = &self.arguments.sources.with_features {
            option("--with-features", &path.display().to_string());
        }
        if let Some(path) = &self.arguments.baseline {
            option("--baseline", &path.display().to_string());
        }
        if let Some(origin) = &self.arguments.origin {
            option("--origin", origin);
        }
        for (name, key, variable) in [
            ("--key-on", &self.arguments.key_on, "HOPCHECK_KEY_ON"),
            ("--key-off", &self.arguments.key_off, "HOPCHECK_KEY_OFF"),
        ] {
            if key.is_some() && std::env::var_os(variable).is_none() {
                words.push(format!("{name} \"${variable}\""));
            }
        }
        for (name, given) in
            [("--proxy-from-environment", self.arguments.proxy_from_environment), ("--strict", self.arguments.strict)]
        {
            if given {
                words.push(name.to_owned());
            }
        }
        words.join(" ")
    }
}
