//! `hopcheck verify`: reads what it is given, starts the system, plays the scenarios, prints and writes the verdict.

mod given;
mod reporting;
mod start;

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;

use self::given::Given;
use self::reporting::Reporting;
use self::start::start;
use super::arguments::Verify;
use super::command_line::CommandLine;
use super::exit::{Exit, Failure};
use super::explain::explain;
use super::output::{complain, in_lines, print};
use super::progress::Progress;
use super::signals::breaks_off;
use crate::report::ScenarioResult;
use crate::scenarios::{Options, Run, Scenario, play};
use crate::verdict::stray_findings;

pub(super) async fn verify(line: &CommandLine, arguments: &Verify) -> Result<Exit, Failure> {
    let given = Given::read(arguments)?;
    if arguments.explain {
        let explained = explain(&given.deployment, arguments.accounts.as_deref(), &given.diagram);
        print(&(in_lines(&explained, &given.redactor) + "\n"));
        return Ok(Exit::Conforms);
    }
    let selected = given.select(arguments)?;
    let mut reporting = Reporting::new(line, arguments, &given, &selected);
    if selected.is_empty() {
        return reporting.ends(Vec::new(), None);
    }
    reporting.begins()?;

    let mut breaks_off = pin!(breaks_off(arguments.max_time));
    let started = tokio::select! {
        started = start(&given, &selected) => started,
        reason = &mut breaks_off => Err(Failure::incomplete(format!("{reason} before the first scenario began"))),
    };
    let run = match started {
        Ok(run) => Arc::new(run),
        Err(failure) => return Err(reporting.cannot_begin(failure)),
    };
    reporting.sees(&run.system);

    let (results, broken_off) = played(&run, &given, &selected, arguments, &reporting, breaks_off).await;
    let broken_off = match run.restore().await {
        Ok(()) => broken_off,
        Err(reason) => {
            complain(&in_lines(&reason, &given.redactor));
            broken_off.or(Some(reason))
        }
    };
    print(&run.creation_line());
    reporting.finds(stray_findings(&given.diagram, &run.system.take_strays(), &given.redactor));
    run.system.stop();
    reporting.ends(results, broken_off)
}

/// Plays the scenarios and prints each as it ends. Returns their results in order, and why the run broke off, if it did.
async fn played(
    run: &Arc<Run>,
    given: &Given,
    selected: &[&Scenario],
    arguments: &Verify,
    reporting: &Reporting<'_>,
    breaks_off: Pin<&mut impl Future<Output = String>>,
) -> (Vec<ScenarioResult>, Option<String>) {
    let options = Options {
        jobs: arguments.jobs.map_or(run.system.concurrency(), usize::from),
        strict: arguments.strict,
        fail_fast: arguments.fail_fast,
    };
    let progress = Progress::of(selected.iter().map(|scenario| scenario.address.clone()));
    let progress = progress.knowing(given.baseline.clone(), arguments.strict, reporting.day());
    let told = Rc::new(RefCell::new((progress, HashMap::new())));
    let tell = {
        let told = Rc::clone(&told);
        move |result: ScenarioResult| {
            let (progress, results) = &mut *told.borrow_mut();
            results.insert(result.address.clone(), result.clone());
            progress.add(result);
        }
    };
    let broken_off = tokio::select! {
        () = play(Arc::clone(run), &given.suite, selected, options, tell) => None,
        reason = breaks_off => Some(reason),
    };
    let (progress, results) = &mut *told.borrow_mut();
    progress.end();
    (selected.iter().filter_map(|scenario| results.remove(&scenario.address)).collect(), broken_off)
}
