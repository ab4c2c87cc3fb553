//! `hopcheck verify`: reads what it is given, starts the system, plays the scenarios, prints and writes the verdict.

mod given;
mod reporting;
mod start;

use std::cell::RefCell;
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
use crate::protocol::{Hop, Participant};
use crate::report::ScenarioResult;
use crate::scenarios::{Options, Run, Scenario, Settlement, play};
use crate::topology::System;
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
    if let Some(told) = run.system.limits_met() {
        print(&(in_lines(&told, &given.redactor) + "\n"));
    }
    reporting.finds(stray_findings(&given.diagram, &run.system.take_strays(), run.under_test(), &given.redactor));
    run.system.stop();
    reporting.ends(results, broken_off)
}

/// Returns whether trouble on a hop may have real participants take a neighbour for down; ours never do, and from the edge
/// alone no trouble can be made.
fn may_take_neighbours_for_down(system: &System) -> bool {
    let makes_trouble_on = |hop: Hop| hop != Hop::Edge && system.sees(hop);
    Participant::SERVICES.into_iter().any(|service| !system.plays(service))
        && Hop::ALL.into_iter().any(makes_trouble_on)
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
        trouble_apart: may_take_neighbours_for_down(&run.system),
    };
    let progress = Progress::of(selected.iter().map(|scenario| scenario.address.clone()));
    let progress = progress.knowing(given.baseline.clone(), arguments.strict, reporting.day());
    let settlement = Settlement::of(selected.iter().map(|scenario| scenario.address.clone()));
    let told = Rc::new(RefCell::new((settlement, progress, Vec::new())));
    let tell = {
        let told = Rc::clone(&told);
        move |result: ScenarioResult| {
            let (settlement, progress, results) = &mut *told.borrow_mut();
            for result in settlement.add(result) {
                progress.add(result.clone());
                results.push(result);
            }
        }
    };
    let broken_off = tokio::select! {
        () = play(Arc::clone(run), &given.suite, selected, options, tell) => None,
        reason = breaks_off => Some(reason),
    };
    let (settlement, progress, results) = &mut *told.borrow_mut();
    for result in settlement.rest() {
        progress.add(result.clone());
        results.push(result);
    }
    progress.end();
    (std::mem::take(results), broken_off)
}
