//! A refresh that nobody staged: which course it took, and what holds of every arrow of it that was seen.
//!
//! Its circumstances are read off what crossed. Where they cannot be, or where what crossed is no part of the flow, it is
//! not judged, and the reason is said; what the diagram leaves open is held against nobody.

mod actions;
mod attempt;
mod case;
mod failure;
mod observation;

use self::actions::inferred_actions;
use self::attempt::{Attempt, judge_in};
pub use self::case::ObservedCase;
use self::failure::{is_refused_before_it_began, undrawn_request};
pub use self::observation::{Half, Observation, ObservedArrow, Seen};
use super::{Given, Ledger, Verdict};
use crate::diagram::Course;

/// Judges a refresh by the course that explains it best.
///
/// That is the one that holds longest, as each answer follows from the one before: a refusal that `ScopedAuth` never
/// meant is an error of whoever made it, however well it is drawn elsewhere. Between courses that go wrong at the same
/// arrows, the one with the fewest findings is taken, first of those that are drawn and then of the others. Where
/// several remain, an arrow is listed only if all of them have it; one that deviates is listed as the first of them has
/// it, in the order of [`Circumstances::all`](crate::diagram::Circumstances::all).
///
/// A course that is only tried leaves no trace in the ledger, and neither does a refresh that deviates or has not
/// ended: only what is as drawn teaches what holds for the whole run.
pub fn observe(case: &ObservedCase<'_>, ledger: &mut Ledger) -> Observation {
    if let Some(reason) = undrawn_request(case).or_else(|| is_refused_before_it_began(case, ledger)) {
        return Observation::not_judged(reason);
    }
    let given = case.given();
    let mut best: Vec<Attempt<'_>> = Vec::new();
    for course in case.courses() {
        let attempt = Attempt::at(case, &given, course, ledger);
        match best.first().map(|known| attempt.misfit.cmp(&known.misfit)) {
            Some(std::cmp::Ordering::Greater) => {}
            Some(std::cmp::Ordering::Equal) => best.push(attempt),
            Some(std::cmp::Ordering::Less) | None => best = vec![attempt],
        }
    }
    let mut best = best.into_iter();
    let Some(first) = best.next() else { return Observation::not_judged("the diagram has no course".to_owned()) };
    let others: Vec<Course<'_>> = best.map(|attempt| attempt.course).collect();
    let observation = put_together(case, &given, first.clone(), &others);
    if case.ended && observation.not_judged.is_none() && !observation.deviates() {
        judge_in(&case.against(&first.course, &given), ledger);
    }
    observation
}

/// Returns what the courses that explain a refresh equally well agree on.
fn put_together(case: &ObservedCase<'_>, given: &Given, first: Attempt<'_>, others: &[Course<'_>]) -> Observation {
    let actions = inferred_actions(case, &case.against(&first.course, given));
    let Attempt { course, mut arrows, beyond, failure, .. } = first;
    if let Some((number, finding)) = failure.filter(|_| !others.is_empty()) {
        // Which members were to be expected is not known.
        if let Some(arrow) = arrows.iter_mut().find(|arrow| arrow.number == number) {
            arrow.findings = vec![finding];
        }
    }
    arrows.extend(actions);
    arrows.sort_by_key(|arrow| arrow.number);
    if !case.ended && !case.is_under_way_beyond_its_entry() {
        // It may yet be refused for what it is.
        arrows.retain(|arrow| arrow.verdict != Verdict::Deviates);
    }
    let is_shared = |arrow: &ObservedArrow| others.iter().all(|other| other.contains(arrow.number));
    let deviates = arrows.iter().any(|arrow| arrow.verdict == Verdict::Deviates);
    if case.ended && !deviates && !arrows.iter().all(is_shared) {
        let all: Vec<String> = std::iter::once(&course).chain(others).map(|it| it.circumstances.to_string()).collect();
        return Observation::not_judged(format!("it may have been with {}: nothing tells which", all.join(", or ")));
    }
    arrows.retain(|arrow| arrow.verdict == Verdict::Deviates || is_shared(arrow));
    let circumstances = others.is_empty().then_some(course.circumstances);
    Observation { circumstances, arrows, beyond, not_judged: None }
}

#[cfg(test)]
mod tests;
