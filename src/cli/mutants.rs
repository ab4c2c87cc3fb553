//! `hopcheck mutants`: tries every mutant of the diagram, prints the kill matrix, the survivors and the score.

use std::fmt::Write as _;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use serde_json::json;

use super::arguments::{Mutants, SeenFrom};
use super::ends::stopped;
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::{print, reports_to, write_report};
use super::progress_bar::Bar;
use crate::diagram::Diagram;
use crate::mutants::{
    CannotTry, Equivalents, Evidence, Fate, KillMatrix, Mutant, MutantRunner, Trial, Vantage, built_in_equivalents,
    catalogue,
};

pub(super) async fn mutants(arguments: &Mutants) -> Result<Exit, Failure> {
    reports_to(arguments.report.as_deref());
    let diagram = Arc::new(inputs::diagram(arguments.sources.diagram.as_deref())?);
    let suite = inputs::suite(&arguments.sources)?;
    let equivalents = built_in_equivalents().map_err(|error| Failure::usage(error.to_string()))?;
    let vantage = match arguments.view {
        SeenFrom::Full => Vantage::Everywhere,
        SeenFrom::Edge => Vantage::Edge,
    };
    let selected = selected(catalogue(&diagram), &arguments.only)?;
    let runner = MutantRunner::set_up(Arc::clone(&diagram), suite, vantage).await.map_err(|error| match error {
        CannotTry::Start(error) => Failure::usage(error.to_string()),
        CannotTry::ReferenceDeviates { .. } => Failure::incomplete(error.to_string()),
    })?;

    let jobs = arguments.jobs.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from);
    let stop = Arc::new(AtomicBool::new(false));
    let mut told = Arc::new(runner).try_all(selected.clone(), jobs, &stop);
    let mut trials: Vec<(usize, Trial)> = Vec::new();
    let bar = Bar::of(selected.len(), "mutants");
    let mut interrupted = pin!(stopped());
    let broken_off = loop {
        tokio::select! {
            trial = told.recv() => match trial {
                Some((at, trial)) => {
                    let trial = trial.map_err(|error| Failure::incomplete(error.to_string()))?;
                    let name = trial.mutant.name.clone();
                    trials.push((at, trial));
                    bar.shows(trials.len(), name);
                }
                None => break None,
            },
            signal = &mut interrupted => {
                stop.store(true, Ordering::Relaxed);
                break Some(signal);
            }
        }
    };
    bar.ends();
    trials.sort_by_key(|(at, _)| *at);
    let trials: Vec<Trial> = trials.into_iter().map(|(_, trial)| trial).collect();
    let matrix = KillMatrix::of(&trials, diagram.arrows().len(), &equivalents, vantage);
    if let Some(path) = &arguments.report {
        write(path, &trials, &matrix, &equivalents, vantage)?;
    }
    if arguments.all {
        print(&every(&trials));
    }
    print(&shown(&matrix, &diagram, vantage));
    if let Some(signal) = broken_off {
        return Err(Failure::incomplete(format!(
            "{signal} was received: {} of {} mutants were tried",
            trials.len(),
            selected.len()
        )));
    }
    let is_whole = matrix.score.is_full() && matrix.refuted.is_empty();
    Ok(if is_whole { Exit::Conforms } else { Exit::Deviates })
}

fn selected(all: Vec<Mutant>, only: &[String]) -> Result<Vec<Mutant>, Failure> {
    let is_meant = |mutant: &Mutant, word: &str| {
        word == mutant.operator
            || word.parse() == Ok(mutant.arrow)
            || mutant.name == word
            || mutant.name.strip_prefix(word).is_some_and(|rest| rest.starts_with(':'))
    };
    for word in only {
        if !all.iter().any(|mutant| is_meant(mutant, word)) {
            let known = all.iter().flat_map(|mutant| [mutant.operator, mutant.name.as_str()]);
            let near = known.min_by_key(|known| strsim::damerau_levenshtein(known, word)).unwrap_or_default();
            return Err(Failure::usage(format!(
                "no mutant is called `{word}`, has this operator or touches this arrow\nhint: did you mean `{near}`?"
            )));
        }
    }
    let is_selected = |mutant: &Mutant| only.is_empty() || only.iter().any(|word| is_meant(mutant, word));
    Ok(all.into_iter().filter(is_selected).collect())
}

/// Returns the matrix, the survivors, the equivalents and the score.
fn shown(matrix: &KillMatrix, diagram: &Diagram, vantage: Vantage) -> String {
    let mut text = String::new();
    let _ = write!(text, "{:24}", "killed at arrow");
    for arrow in 1..=diagram.arrows().len() {
        let _ = write!(text, "{arrow:>4}");
    }
    text.push('\n');
    for row in &matrix.rows {
        let _ = write!(text, "{:24}", row.operator);
        for (killed, of) in &row.cells {
            let cell = match (killed, of) {
                (_, 0) => "·".to_owned(),
                (killed, of) if killed == of => of.to_string(),
                (killed, of) => format!("{killed}/{of}"),
            };
            let _ = write!(text, "{cell:>4}");
        }
        text.push('\n');
    }
    let mut section = |title: &str, lines: &[String]| {
        if !lines.is_empty() {
            let _ = write!(text, "\n{title}\n{}", lines.join(""));
        }
    };
    let because =
        |trial: &Trial, why: &str| format!("  {}\n    {}\n    {why}\n", trial.mutant.name, trial.mutant.sentence);
    let survivors: Vec<String> = matrix.survivors.iter().map(|trial| because(trial, &outcome(&trial.fate))).collect();
    section("not killed:", &survivors);
    let refuted: Vec<String> = matrix.refuted.iter().map(|trial| because(trial, &outcome(&trial.fate))).collect();
    section("said to be no different from the reference, and killed:", &refuted);
    let mut arguments: Vec<(&str, Vec<&str>)> = Vec::new();
    for (trial, argument) in &matrix.equivalent {
        match arguments.iter_mut().find(|(known, _)| known == argument) {
            Some((_, names)) => names.push(&trial.mutant.name),
            None => arguments.push((argument, vec![&trial.mutant.name])),
        }
    }
    let equivalent: Vec<String> =
        arguments.into_iter().map(|(argument, names)| format!("  {argument}\n    {}\n", names.join(" "))).collect();
    section("no different from the reference, and not counted:", &equivalent);
    let (score, tenths) = (matrix.score, matrix.score.per_mille());
    let seen = match vantage {
        Vantage::Everywhere => "at the arrow they touch",
        Vantage::Edge => "as seen from the edge",
    };
    let (killed, of, equivalent) = (score.killed, score.of, matrix.equivalent.len());
    let _ = write!(text, "\n{killed} of {of} mutants killed {seen}: {}.{} %", tenths / 10, tenths % 10);
    if equivalent > 0 {
        let _ = write!(text, "; {equivalent} more are no different from the reference");
    }
    text.push('\n');
    text
}

fn outcome(fate: &Fate) -> String {
    let told = |Evidence { scenario, finding }: &Evidence| {
        format!("{}: {finding}", scenario.as_deref().unwrap_or("outside all scenarios"))
    };
    match fate {
        Fate::Killed(evidence) => format!("killed by {}", told(evidence)),
        Fate::BlamedOnAnother(evidence) => {
            let blamed = evidence.finding.participant.as_deref().unwrap_or("nobody");
            format!("killed, but {blamed} is blamed, by {}", told(evidence))
        }
        Fate::KilledElsewhere(evidence) => format!("killed, but at no arrow that it touches, by {}", told(evidence)),
        Fate::TimedOut => "some scenario had not ended when its time was up".to_owned(),
        Fate::DidNotApply => "did not apply: no message was ever different".to_owned(),
        Fate::Survived(messages) => format!("made {messages} messages different, and nothing deviates"),
        Fate::Failed(reason) => format!("could not be tried: {reason}"),
    }
}

fn every(trials: &[Trial]) -> String {
    let line =
        |trial: &Trial| format!("{}\n  {}\n  {}\n", trial.mutant.name, trial.mutant.sentence, outcome(&trial.fate));
    trials.iter().map(line).chain(["\n".to_owned()]).collect()
}

fn write(
    path: &Path,
    trials: &[Trial],
    matrix: &KillMatrix,
    equivalents: &Equivalents,
    vantage: Vantage,
) -> Result<(), Failure> {
    let fate_of = |fate: &Fate| match fate {
        Fate::Killed(_) => "killed",
        Fate::BlamedOnAnother(_) => "blamed on another",
        Fate::KilledElsewhere(_) => "killed elsewhere",
        Fate::TimedOut => "timed out",
        Fate::DidNotApply => "did not apply",
        Fate::Survived(_) => "survived",
        Fate::Failed(_) => "failed",
    };
    let mutants: Vec<_> = trials
        .iter()
        .map(|trial| {
            let evidence = match &trial.fate {
                Fate::Killed(evidence) | Fate::BlamedOnAnother(evidence) | Fate::KilledElsewhere(evidence) => {
                    json!({ "scenario": evidence.scenario, "finding": evidence.finding })
                }
                Fate::TimedOut | Fate::DidNotApply | Fate::Survived(_) | Fate::Failed(_) => json!(null),
            };
            json!({
                "name": trial.mutant.name,
                "operator": trial.mutant.operator,
                "arrow": trial.mutant.arrow,
                "participant": trial.mutant.participant.drawn_name(),
                "sentence": trial.mutant.sentence,
                "fate": fate_of(&trial.fate),
                "evidence": evidence,
                "equivalent": equivalents.argument(&trial.mutant.name, vantage),
            })
        })
        .collect();
    let report = json!({
        "format": "hopcheck-mutants",
        "version": 1,
        "view": if vantage == Vantage::Edge { "edge" } else { "full" },
        "killed": matrix.score.killed,
        "of": matrix.score.of,
        "mutants": mutants,
    });
    let text = serde_json::to_string_pretty(&report).map_err(|error| Failure::usage(error.to_string()))?;
    write_report(path, &(text + "\n"))
        .map_err(|error| Failure::usage(format!("failed to write the report {}: {error}", path.display())))
}
