//! `hopcheck verify`: reads what it is given, starts the system, plays the scenarios, prints and writes the verdict.

mod given;
mod reporting;
mod start;

use std::pin::{Pin, pin};
use std::sync::Arc;

use self::given::Given;
use self::reporting::Reporting;
use self::start::start;
use super::arguments::Verify;
use super::command_line::CommandLine;
use super::ends::{self, breaks_off};
use super::exit::{Exit, Failure};
use super::explain::explain;
use super::output::{complain, in_lines, print, reports_to};
use super::progress::Progress;
use super::reports::keep_apart;
use crate::protocol::{Hop, Participant};
use crate::report::ScenarioResult;
use crate::scenarios::{Kept, Options, Run, Scenario, Settlement, play_apart};
use crate::topology::System;
use crate::verdict::stray_findings;

pub(super) async fn verify(line: &CommandLine, arguments: &Verify) -> Result<Exit, Failure> {
    reports_to(arguments.report.iter().map(|file| file.path.as_path()));
    keep_apart(&arguments.report, arguments.files())?;
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

    ends::leaving({
        let run = Arc::clone(&run);
        move || run.left_behind()
    });
    let (results, broken_off) = played(&run, &given, &selected, arguments, &reporting, breaks_off).await?;
    let left = run.restore().await.err();
    let broken_off = broken_off.or_else(|| left.clone());
    if let Some(told) = run.system.limits_met() {
        print(&(in_lines(&told, &given.redactor) + "\n"));
    }
    if !arguments.quiet {
        print(&run.creation_line());
    }
    reporting.finds(stray_findings(&given.diagram, &run.system.take_strays(), run.under_test(), &given.redactor));
    run.system.stop();
    let ended = reporting.ends(results, broken_off);
    if let Some(left) = left {
        complain(&in_lines(&left, &given.redactor));
    }
    ended
}

/// Returns whether trouble on a hop may have real participants take a neighbour for down; ours never do, and from the edge
/// alone no trouble can be made.
fn may_take_neighbours_for_down(system: &System) -> bool {
    let makes_trouble_on = |hop: Hop| hop != Hop::Edge && system.sees(hop);
    Participant::SERVICES.into_iter().any(|service| !system.plays(service))
        && Hop::ALL.into_iter().any(makes_trouble_on)
}

/// Plays the scenarios and prints each as it ends, until all have ended or the run has to end before. Returns their results
/// in order, and why it had to.
async fn played(
    run: &Arc<Run>,
    given: &Given,
    selected: &[&Scenario],
    arguments: &Verify,
    reporting: &Reporting<'_>,
    mut breaks_off: Pin<&mut impl Future<Output = String>>,
) -> Result<(Vec<ScenarioResult>, Option<String>), Failure> {
    let options = Options {
        jobs: arguments.jobs.map_or(run.system.concurrency(), usize::from),
        strict: arguments.strict,
        fail_fast: arguments.fail_fast,
        trouble_apart: may_take_neighbours_for_down(&run.system),
        kept: if arguments.verbose { Kept::All } else { Kept::Failures },
    };
    let addresses = || selected.iter().map(|scenario| scenario.address.clone());
    let progress = Progress::of(addresses(), arguments.verbose);
    let mut progress = progress.knowing(given.baseline.clone(), arguments.strict, reporting.day());
    let mut settlement = Settlement::of(addresses());
    let mut results = Vec::new();
    let mut take = |progress: &mut Progress, settled: Vec<ScenarioResult>| {
        for result in settled {
            progress.add(result.clone());
            results.push(result);
        }
    };
    let (waived, played): (Vec<&Scenario>, Vec<&Scenario>) =
        selected.iter().copied().partition(|scenario| given.waiver(scenario).is_some());
    for result in waived.into_iter().filter_map(|scenario| given.waived(scenario)) {
        progress.ended(&result.address);
        take(&mut progress, settlement.add(result));
    }
    let mut playing = play_apart(run, &given.suite, &played, options)
        .map_err(|error| Failure::incomplete(format!("this machine has no room for the run: {error}")))?;
    let broken_off = loop {
        tokio::select! {
            biased;
            reason = &mut breaks_off => break Some(reason),
            result = playing.next() => match result {
                Some(result) => {
                    progress.ended(&result.address);
                    take(&mut progress, settlement.add(result));
                }
                None => break None,
            },
        }
    };
    take(&mut progress, settlement.rest());
    progress.stops();
    // What it still computes is for nobody, and what it runs must not go on beside what puts things back.
    let own_fault = || "hopcheck itself is at fault: the run panicked".to_owned();
    let broken_off = if playing.ends().await { broken_off } else { broken_off.or_else(|| Some(own_fault())) };
    Ok((results, broken_off))
}
