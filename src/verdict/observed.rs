//! A refresh that nobody staged: which course it took, and what holds of every arrow of it that was seen.
//!
//! Its circumstances are read off what crossed. Where they cannot be, or where what crossed is no part of the flow, it is
//! not judged, and the reason is said; what the diagram leaves open is held against nobody.

mod actions;
mod attempt;
mod failure;

use serde::Serialize;

use self::actions::inferred_actions;
use self::attempt::{Attempt, judge_in};
use self::failure::{is_refused_before_it_began, undrawn_request};
use super::alignment::hops_of;
use super::{ArrowJudgement, Case, Evidence, Finding, Given, Ledger, UnderTest, Verdict, Visibility};
use crate::diagram::{Circumstances, Course, Diagram, Feature, Meaning};
use crate::protocol::{AccountSid, Contract, DeploymentKey, Hop, Token};
use crate::transcript::{Exchange, Keys, Redactor, Transcript};

/// A refresh made by others, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct ObservedCase<'a> {
    /// The specification.
    pub diagram: &'a Diagram,
    /// What crossed so far.
    pub transcript: &'a Transcript,
    /// Whether nothing will cross any more: what is missing then, was never sent.
    pub ended: bool,
    /// Which hops are recorded. The edge need not be among them.
    pub visibility: Visibility,
    /// Who is held to the diagram.
    pub under_test: UnderTest,
    /// What was stated beyond the diagram.
    pub contract: &'a Contract,
    /// The way from values to findings. It must have been told to hide the secrets of the transcript.
    pub redactor: &'a Redactor,
    /// Names the refresh within the run; the same one as long as it is under way.
    pub refresh: u64,
    /// Whether the feature was on when it began, where that is known.
    pub feature: Option<Feature>,
    /// The account of the deployment key, where that is known.
    pub account_sid: Option<&'a AccountSid>,
    /// The roles that the account's customers have, where they are known.
    pub roles: Option<&'a [String]>,
}

/// What holds of a refresh that nobody staged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The circumstances whose course it took; none where what was seen leaves that open.
    ///
    /// Of a fingerprint that came with an invalid token nothing is known; it counts as valid.
    pub circumstances: Option<Circumstances>,
    /// The arrows that were seen, in order; those that should have been and were not; and the internal actions that
    /// can be inferred. Each conforms or deviates.
    ///
    /// Where somebody gave no reply that can be used, that reply deviates, and what it led to is left out.
    pub arrows: Vec<ObservedArrow>,
    /// Findings that concern no arrow: calls on hops that the diagram does not draw.
    pub beyond: Vec<Finding>,
    /// Why it is not judged, in words. Nothing is found then, and no arrow listed.
    pub not_judged: Option<String>,
}

/// What holds of one arrow of a refresh that nobody staged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObservedArrow {
    /// The arrow's number.
    pub number: usize,
    /// Whether it conforms or deviates.
    pub verdict: Verdict,
    /// What that rests on.
    pub evidence: Evidence,
    /// What is not as expected.
    pub findings: Vec<Finding>,
    /// Members that no arrow draws.
    pub notes: Vec<String>,
    /// Where it was seen, or its effect was; none where it is missing.
    pub seen: Option<Seen>,
}

/// A place in a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The exchange, an index into the transcript. Of a request on several hops, the innermost.
    pub exchange: usize,
    /// Which half of it.
    pub half: Half,
}

/// Half of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// What was asked.
    Request,
    /// What was answered.
    Reply,
}

impl Observation {
    /// Returns whether something that is drawn is not so.
    pub fn deviates(&self) -> bool {
        !self.beyond.is_empty() || self.arrows.iter().any(|arrow| arrow.verdict == Verdict::Deviates)
    }

    /// Returns every finding, in the order of the arrows, and last those that concern no arrow.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.arrows.iter().flat_map(|arrow| &arrow.findings).chain(&self.beyond)
    }

    fn not_judged(reason: String) -> Self {
        Self { not_judged: Some(reason), ..Self::default() }
    }
}

/// Judges a refresh by the course that explains it best.
///
/// That is the one that holds longest, as each answer follows from the one before: a refusal that `ScopedAuth` never
/// meant is an error of whoever made it, however well it is drawn elsewhere. Between courses that go wrong at the same
/// arrows, the one with the fewest findings is taken, first of those that are drawn and then of the others. Where
/// several remain, an arrow is listed only if all of them have it; one that deviates is listed as the first of them has
/// it, in the order of [`Circumstances::all`].
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

impl<'a> ObservedCase<'a> {
    /// Returns the courses that it may have taken, each once.
    fn courses(&self) -> Vec<Course<'a>> {
        let mut courses: Vec<Course<'a>> = Vec::new();
        for circumstances in Circumstances::all() {
            let course = self.diagram.course(circumstances);
            let possible = self.feature.is_none_or(|feature| feature == circumstances.feature);
            if possible && !courses.iter().any(|known| known.arrows == course.arrows) {
                courses.push(course);
            }
        }
        courses
    }

    /// Returns the refresh as the one of a course.
    fn against<'c>(&'c self, course: &'c Course<'c>, given: &'c Given) -> Case<'c> {
        Case {
            diagram: self.diagram,
            course,
            transcript: self.transcript,
            given,
            visibility: self.visibility,
            under_test: self.under_test,
            contract: self.contract,
            redactor: self.redactor,
            refresh: self.refresh,
        }
    }

    /// Returns what the customer knew, going by what it sent.
    fn given(&self) -> Given {
        let entry = self.outermost().filter(|exchange| self.entry_hops().contains(&exchange.hop));
        let carried = entry.map(|exchange| Keys::of(&exchange.request)).unwrap_or_default();
        Given {
            deployment_key: carried.deployment_key.map(DeploymentKey::new),
            token: carried.token.map(Token::new),
            account_sid: self.account_sid.cloned(),
            roles: self.roles.map(<[String]>::to_vec),
            origin: None,
        }
    }

    /// Returns the hops that the customer's own request crosses: those of the first request that is drawn.
    fn entry_hops(&self) -> Vec<Hop> {
        let requests = |arrow: &&crate::diagram::Arrow| matches!(arrow.meaning, Meaning::Request(_));
        self.diagram.arrows().iter().find(requests).map(hops_of).unwrap_or_default()
    }

    fn outermost(&self) -> Option<&'a Exchange> {
        self.transcript.exchanges.iter().min_by_key(|exchange| (exchange.hop, exchange.began))
    }

    fn innermost(&self) -> Option<&'a Exchange> {
        self.transcript.exchanges.iter().max_by_key(|exchange| (exchange.hop, exchange.began))
    }

    fn is_under_way_beyond_its_entry(&self) -> bool {
        let entry = self.entry_hops();
        self.innermost().is_some_and(|exchange| !entry.contains(&exchange.hop) || exchange.ended.is_some())
    }

    /// Returns where an exchange stands in the transcript.
    fn index_of(&self, exchange: &Exchange) -> Option<usize> {
        self.transcript.exchanges.iter().position(|other| std::ptr::eq(other, exchange))
    }

    fn seen(&self, exchange: &Exchange, half: Half) -> Option<Seen> {
        self.index_of(exchange).map(|exchange| Seen { exchange, half })
    }
}

impl ObservedArrow {
    fn of(judgement: &ArrowJudgement, seen: Option<Seen>) -> Self {
        let ArrowJudgement { arrow: number, verdict, evidence, findings, notes, .. } = judgement.clone();
        Self { number, verdict, evidence, findings, notes, seen }
    }
}

#[cfg(test)]
mod tests;
