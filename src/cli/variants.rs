//! `hopcheck variants`: plays the suite against participants that are right and different, in every topology, and counts
//! the false alarms.

use std::fmt::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use super::arguments::Variants;
use super::ends::stopped;
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::print;
use super::progress_bar::Bar;
use crate::scenarios::on_threads;
use crate::variants::{Alarm, Topology, Variant, catalogue, try_variant};
use crate::wire::room_for_things_of;

/// Most of a run is spent waiting for participants that never answer.
const RUNS_FOR_A_CORE: usize = 6;
/// How many descriptors a run may take.
const DESCRIPTORS_OF_A_RUN: usize = 500;

/// What one variant came to in one topology.
type Tried = (usize, Vec<Alarm>);

pub(super) async fn variants(arguments: &Variants) -> Result<Exit, Failure> {
    let diagram = Arc::new(inputs::diagram(arguments.sources.diagram.as_deref())?);
    let suite = Arc::new(inputs::suite(&arguments.sources)?);
    let variants = selected(&arguments.only)?;
    let topologies = Topology::all();
    let pairs: Vec<(Variant, Topology)> = variants
        .iter()
        .flat_map(|variant| topologies.iter().map(|topology| (variant.clone(), topology.clone())))
        .filter(|(variant, topology)| variant.fits(topology))
        .collect();
    let usual = || available_parallelism().map_or(1, usize::from) * RUNS_FOR_A_CORE;
    let jobs = arguments.jobs.map_or_else(usual, usize::from).min(room_for_things_of(DESCRIPTORS_OF_A_RUN));
    let stop = Arc::new(AtomicBool::new(false));
    let mut told = on_threads(pairs.clone(), jobs, &stop, move |(variant, topology)| {
        let (diagram, suite) = (Arc::clone(&diagram), Arc::clone(&suite));
        async move { try_variant(&variant, &topology, &diagram, &suite).await }
    });
    let bar = Bar::of(pairs.len(), "variants");
    let mut tried: Vec<Option<Tried>> = vec![None; pairs.len()];
    let mut failures: Vec<String> = Vec::new();
    let mut interrupted = pin!(stopped());
    let broken_off = loop {
        tokio::select! {
            next = told.recv() => {
                let Some((at, result)) = next else { break None };
                let (variant, topology) = &pairs[at];
                match result.map_err(|error| error.to_string()).and_then(|tried| tried.map_err(|error| error.to_string())) {
                    Ok(result) => tried[at] = Some(result),
                    Err(error) => failures.push(format!("{} with {topology} real: {error}", variant.name)),
                }
                bar.shows(tried.iter().flatten().count(), format!("{} with {topology} real", variant.name));
            }
            signal = &mut interrupted => {
                stop.store(true, Ordering::Relaxed);
                break Some(signal);
            }
        }
    };
    bar.ends();
    let (text, alarms) = shown(&variants, &pairs, &tried);
    print(&text);
    if let Some(signal) = broken_off {
        let done = tried.iter().flatten().count();
        return Err(Failure::incomplete(format!("{signal} was received: {done} of {} runs were made", pairs.len())));
    }
    if !failures.is_empty() {
        return Err(Failure::incomplete(format!("failed to make some of the runs:\n  {}", failures.join("\n  "))));
    }
    Ok(if alarms == 0 { Exit::Conforms } else { Exit::Deviates })
}

fn selected(only: &[String]) -> Result<Vec<Variant>, Failure> {
    let all = catalogue();
    for word in only {
        if !all.iter().any(|variant| variant.name == word) {
            let near =
                all.iter().map(|variant| variant.name).min_by_key(|name| strsim::damerau_levenshtein(name, word));
            return Err(Failure::usage(format!(
                "no variant is called `{word}`\nhint: did you mean `{}`?",
                near.unwrap_or_default()
            )));
        }
    }
    Ok(all.into_iter().filter(|variant| only.is_empty() || only.iter().any(|word| word == variant.name)).collect())
}

fn shown(variants: &[Variant], pairs: &[(Variant, Topology)], tried: &[Option<Tried>]) -> (String, usize) {
    let mut text = String::new();
    let (mut all, mut runs) = (0, 0);
    for variant in variants {
        let of_variant = pairs.iter().zip(tried).filter(|((tried, _), _)| tried.name == variant.name);
        let made: Vec<_> = of_variant.filter_map(|((_, topology), tried)| Some((topology, tried.as_ref()?))).collect();
        let alarms: usize = made.iter().map(|(_, (_, alarms))| alarms.len()).sum();
        let passed: usize = made.iter().map(|(_, (passed, _))| passed).sum();
        let mark = match alarms {
            0 if passed == 0 => '·',
            0 => '✓',
            _ => '✗',
        };
        let _ = writeln!(text, "{mark} {:20} {}", variant.name, variant.sentence);
        let _ =
            writeln!(text, "  {:20} {} topologies, {passed} scenarios passed, {alarms} false alarms", "", made.len());
        for (topology, (_, alarms)) in &made {
            for Alarm { scenario, says } in alarms {
                let scenario = scenario.as_deref().unwrap_or("outside all scenarios");
                let _ = writeln!(text, "    real: {topology}: {scenario}: {says}");
            }
        }
        all += alarms;
        runs += made.len();
    }
    let _ = writeln!(text, "\n{} variants, {runs} runs: {all} false alarms", variants.len());
    (text, all)
}
