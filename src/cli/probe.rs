//! `hopcheck probe`: starts the system, plays generated cases, prints and writes which properties hold.

mod report_text;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use self::report_text::{broken, failure, tail};
use super::arguments::{Probe, ReportFile, ReportFormat};
use super::command_line::CommandLine;
use super::ends::stopped;
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::{in_lines, is_stdout, note, print, reports_to, write_report};
use super::progress_bar::Bar;
use crate::config::deployment::{Declared, Deployment};
use crate::diagram::Diagram;
use crate::probes::{Event, Options, Report, Selected, Tally, Target, Trouble, Verdict, accounts_of_ours, run};
use crate::protocol::{Account, Routes};
use crate::scenarios::{Run, check_readiness, drawn_routes};
use crate::topology::{Patience, Plan, Supply, System};
use crate::transcript::Redactor;

/// How many cases are played where nobody else is called, and where somebody is.
const CASES: (u32, u32) = (1000, 100);
/// Options that say which cases are played, how long and what becomes of them: to play one again takes none of them.
const NOT_REPEATED: [&str; 5] = ["seed", "cases", "replay", "time", "report"];
/// What a report says for as long as the run has not ended.
const UNENDED: &str = "the run did not end";
/// More seeds than anybody tries, and few enough to be typed.
const SEEDS: std::ops::Range<u64> = 0..1_000_000;

pub(super) async fn probe(line: &CommandLine, arguments: &Probe) -> Result<Exit, Failure> {
    reports_to(arguments.report.iter().map(|file| file.path.as_path()));
    let diagram = Arc::new(inputs::diagram(arguments.diagram.as_deref())?);
    let routes = drawn_routes(&diagram, &inputs::creation(arguments.create_diagram.as_deref())?);
    let keys = [arguments.key_on.as_deref(), arguments.key_off.as_deref()];
    let mut deployment = inputs::declared_by(arguments.deployment.as_deref(), arguments.url.as_deref(), keys, None)?;
    if let Some(timeout) = arguments.timeout {
        deployment.limits.timeout = timeout;
    }
    check_reports(&arguments.report)?;
    let accounts = accounts_of_ours().map_err(|trouble| Failure::incomplete(trouble.0))?;
    let redactor =
        Arc::new(inputs::redactor(&deployment, accounts.iter().flat_map(|account| &account.deployment_keys)));

    let is_real = deployment.participants.values().any(Declared::is_real);
    let selected = match arguments.replay {
        Some(id) => Selected::One(id),
        None => Selected::First {
            seed: arguments.seed.unwrap_or_else(|| rand::random_range(SEEDS)),
            count: arguments.cases.unwrap_or(if is_real { CASES.1 } else { CASES.0 }),
        },
    };
    let again = line.without(&NOT_REPEATED, &redactor);
    if let Selected::First { seed, count } = selected {
        print(&format!("seed {seed}: {again} --seed {seed} --cases {count} plays the same cases again\n"));
    }

    let tally = RefCell::new(Tally::default());
    let report = |broken_off: Option<String>| {
        let report = tally.borrow().report(selected.seed(), selected.count(), arguments.strict, broken_off);
        write(&arguments.report, &report).map(|()| report)
    };
    if selected.count() == 0 {
        print(&tail(&report(None)?));
        return Ok(Exit::NothingRan);
    }
    let files = arguments.report.iter().filter(|file| !is_stdout(&file.path)).cloned();
    let begun = tally.borrow().report(selected.seed(), selected.count(), arguments.strict, Some(UNENDED.to_owned()));
    write(&files.collect::<Vec<_>>(), &begun)?;

    let bar = Bar::of(usize::try_from(selected.count()).unwrap_or(usize::MAX), "cases");
    let tell = |event: Event| match event {
        Event::Ran(id, breaches) => {
            let mut tally = tally.borrow_mut();
            tally.ran(id, &breaches);
            let (ran, count) = tally.counts();
            bar.shows(usize::try_from(ran).unwrap_or(usize::MAX), broken(count));
        }
        Event::Failed(found) => {
            bar.steps_aside(|| print(&failure(&found, &again)));
            tally.borrow_mut().failed(*found);
        }
    };
    let played = async {
        let ground = Box::pin(start((&deployment, &routes), accounts, &diagram, &redactor)).await?;
        let until = arguments.time.map(|time| Instant::now() + time);
        let options = Options { selected, jobs: ground.system().concurrency().min(64), until };
        let ended = run(&ground, &options, tell).await;
        ground.system().stop();
        ended.map_err(|Trouble(reason)| Failure::incomplete(reason))
    };
    let broken_off = tokio::select! {
        played = played => match played {
            Ok(()) => None,
            Err(failure) if failure.exit == Exit::Usage => return Err(failure),
            Err(failure) => Some(failure.message),
        },
        signal = stopped() => Some(format!("{signal} was received")),
    };
    bar.ends();
    let report = tally.borrow().report(selected.seed(), selected.count(), arguments.strict, broken_off);
    // What was found is told in any case, also where no disk takes it.
    print(&tail(&report));
    write(&arguments.report, &report)?;
    Ok(match report.verdict {
        _ if report.broken_off.is_some() => Exit::Incomplete,
        Verdict::Holds => Exit::Conforms,
        Verdict::Broken => Exit::Deviates,
        Verdict::Incomplete => Exit::Incomplete,
        Verdict::NothingRan => Exit::NothingRan,
    })
}

/// Starts what is ours, and waits until what is real answers.
async fn start(
    (deployment, routes): (&Deployment, &Routes),
    accounts: Vec<Account>,
    diagram: &Arc<Diagram>,
    redactor: &Arc<Redactor>,
) -> Result<Target, Failure> {
    let (deployment, routes) = (deployment.clone(), routes.clone());
    let plan = Plan { deployment, routes, supply: Supply::Stated, ..Plan::embedded(Patience::Usual) };
    for account in accounts {
        plan.accounts.add(account).map_err(|error| Failure::incomplete(error.to_string()))?;
    }
    let system = System::start(plan).await.map_err(|error| Failure::usage(in_lines(&error.to_string(), redactor)))?;
    let contract = system.contract();
    let run = Run::new(Arc::clone(diagram), system, contract, Arc::clone(redactor));
    let tell = |waiting: &str| note(&in_lines(waiting, redactor));
    check_readiness(&run, tell).await.map_err(|reason| Failure::incomplete(in_lines(&reason, redactor)))?;
    let Run { system, contract, .. } = run;
    let prepared = Target::prepare(Arc::clone(diagram), system, contract, Arc::clone(redactor)).await;
    prepared.map_err(|Trouble(reason)| Failure::incomplete(reason))
}

fn check_reports(files: &[ReportFile]) -> Result<(), Failure> {
    match files.iter().find(|file| file.format != ReportFormat::Json) {
        Some(_) => Err(Failure::usage("a report of probes is written as json=PATH alone")),
        None => Ok(()),
    }
}

fn write(files: &[ReportFile], report: &Report) -> Result<(), Failure> {
    for ReportFile { format: _, path } in files {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("failed to write the report {}: {error}", path.display()))
        };
        let text = serde_json::to_string_pretty(report).map_err(|error| failed(&error))?;
        write_report(path, &(text + "\n")).map_err(|error| failed(&error))?;
    }
    Ok(())
}
