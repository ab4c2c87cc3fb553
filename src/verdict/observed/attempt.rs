//! One course tried on a refresh that nobody staged: what would hold of its arrows, and how badly that fits.

use super::case::ObservedCase;
use super::failure::{enclosing, fails, failure_of, is_awaited};
use super::observation::{Half, ObservedArrow, Seen};
use crate::diagram::Course;
use crate::transcript::Exchange;
use crate::verdict::alignment::{Alignment, Crossed, align};
use crate::verdict::{Case, Defect, Finding, Given, Judgement, Ledger, Severity, Verdict, judge};

/// A course tried on a refresh.
#[derive(Debug, Clone)]
pub(super) struct Attempt<'a> {
    pub(super) course: Course<'a>,
    /// The wire arrows that were seen, or are missing.
    pub(super) arrows: Vec<ObservedArrow>,
    pub(super) beyond: Vec<Finding>,
    /// The first reply that nobody can go by: its arrow, and what is found whatever the course.
    pub(super) failure: Option<(usize, Finding)>,
    pub(super) misfit: Misfit,
}

/// How badly a course fits: the less, the better.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Misfit {
    /// Whether each step of it deviates, up to the last one that does.
    steps: Vec<bool>,
    must: usize,
    should: usize,
}

/// Judges a refresh and settles at once what it claims for the whole run.
pub(super) fn judge_in(case: &Case<'_>, ledger: &mut Ledger) -> Judgement {
    let mut judgement = judge(case);
    for arrow in &mut judgement.arrows {
        let contradictions = arrow.claims.iter().filter_map(|claim| ledger.settle(claim, ""));
        for contradiction in contradictions.collect::<Vec<_>>() {
            arrow.add(contradiction.finding);
        }
    }
    judgement
}

/// What is made of an arrow of the course.
enum Listing {
    /// Nothing: it is still to come, cannot be seen, or follows from what went wrong before it.
    Left,
    /// Nothing: it is the answer to something that is not drawn.
    Excused,
    /// It was seen here, or should have been.
    Judged(Option<Seen>),
    /// It is a reply that nobody can go by.
    Failure(Option<Seen>, Finding),
}

impl<'a> Attempt<'a> {
    /// Tries a course, and leaves no trace in the ledger.
    pub(super) fn at(case: &ObservedCase<'a>, given: &Given, course: Course<'a>, ledger: &mut Ledger) -> Self {
        let judgement = ledger.dry_run(|ledger| judge_in(&case.against(&course, given), ledger));
        let alignment = align(case.diagram, &course, case.transcript, case.visibility);
        let mut attempt =
            Attempt { course, arrows: Vec::new(), beyond: Vec::new(), failure: None, misfit: Misfit::default() };
        let mut failed = false;
        for (at, crossing) in alignment.crossings.iter().enumerate() {
            let number = crossing.arrow.arrow.number;
            let Some(judged) = judgement.arrow(number) else { continue };
            match listing(case, &alignment, &judgement, at, failed) {
                Listing::Left => {}
                Listing::Excused => failed = true,
                Listing::Judged(seen) => attempt.list(at, ObservedArrow::of(judged, seen)),
                Listing::Failure(seen, finding) => {
                    let mut arrow = ObservedArrow::of(judged, seen);
                    if arrow.verdict != Verdict::Deviates {
                        arrow.verdict = Verdict::Deviates;
                        arrow.findings.push(finding.clone());
                    }
                    failed = true;
                    attempt.failure = Some((number, finding));
                    attempt.list(at, arrow);
                }
            }
        }
        // Calls too many are found at arrows that need not be on the course.
        let last = alignment.crossings.len();
        for judged in judgement.arrows.iter().filter(|judged| judged.verdict == Verdict::Deviates) {
            if !attempt.course.contains(judged.arrow) {
                attempt.list(last, ObservedArrow::of(judged, None));
            }
        }
        attempt.misfit.must += judgement.beyond.len();
        attempt.beyond = judgement.beyond;
        attempt
    }

    /// Lists an arrow, and counts against the course what was found of it. A failure tells nothing of the course, so it
    /// counts as one finding whatever was expected in its place.
    fn list(&mut self, step: usize, arrow: ObservedArrow) {
        let is_failure = self.failure.as_ref().is_some_and(|(failed, _)| *failed == arrow.number);
        let must = arrow.findings.iter().filter(|finding| finding.severity() != Severity::Should).count();
        if must > 0 {
            self.misfit.steps.resize(step + 1, false);
            self.misfit.steps[step] = true;
        }
        // A reply of another branch lacks all that is drawn.
        let is_of_another = arrow.findings.iter().any(|finding| finding.defect == Defect::OtherBranch);
        let drawn = self.course.arrows.iter().find(|step| step.arrow.number == arrow.number);
        let members = drawn.filter(|_| is_of_another).map_or(0, |step| step.arrow.members().len());
        self.misfit.must += if is_failure { 1 } else { must.max(members) };
        self.misfit.should += if is_failure { 0 } else { arrow.findings.len() - must };
        self.arrows.push(arrow);
    }
}

fn listing(
    case: &ObservedCase<'_>,
    alignment: &Alignment<'_, '_>,
    judgement: &Judgement,
    at: usize,
    failed_before: bool,
) -> Listing {
    let crossing = &alignment.crossings[at];
    match &crossing.crossed {
        Crossed::Request(exchanges) => {
            Listing::Judged(exchanges.last().and_then(|exchange| case.seen(exchange, Half::Request)))
        }
        Crossed::Reply(exchange) if is_awaited(case, exchange) => Listing::Left,
        Crossed::Reply(exchange) if fails(case, exchange) => {
            if failed_before {
                return Listing::Left;
            }
            if refuses_what_is_not_drawn(alignment, judgement, exchange) {
                return Listing::Excused;
            }
            let finding = failure_of(case, crossing.arrow.arrow, exchange);
            Listing::Failure(case.seen(exchange, Half::Reply), finding)
        }
        Crossed::Reply(exchange) => Listing::Judged(case.seen(exchange, Half::Reply)),
        Crossed::Missing(hop) => match enclosing(case.transcript, *hop, u64::MAX) {
            // Whoever should have called has not answered yet, or could not.
            Some(caller) if (caller.ended.is_none() && !case.ended) || fails(case, caller) => Listing::Left,
            None if !case.ended => Listing::Left,
            Some(_) | None => Listing::Judged(None),
        },
        Crossed::Unreachable(_) | Crossed::Unseen => Listing::Left,
    }
}

/// Tells whether an exchange was refused for a request that is not as drawn: then the request is what went wrong.
fn refuses_what_is_not_drawn(alignment: &Alignment<'_, '_>, judgement: &Judgement, refused: &Exchange) -> bool {
    let is_refusal = refused.reply().is_some_and(|reply| (400..500).contains(&reply.status));
    let asks = |crossed: &Crossed<'_>| match crossed {
        Crossed::Request(exchanges) => exchanges.iter().any(|exchange| std::ptr::eq(*exchange, refused)),
        Crossed::Reply(_) | Crossed::Missing(_) | Crossed::Unreachable(_) | Crossed::Unseen => false,
    };
    let request = alignment.crossings.iter().find(|crossing| asks(&crossing.crossed));
    let judged = request.and_then(|crossing| judgement.arrow(crossing.arrow.arrow.number));
    is_refusal && judged.is_some_and(|judged| judged.verdict == Verdict::Deviates)
}
