//! What holds of a refresh that nobody staged: its circumstances, and each arrow of it that was seen or is missing.

use serde::Serialize;

use crate::diagram::Circumstances;
use crate::verdict::{ArrowJudgement, Evidence, Finding, Verdict};

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

    /// Returns that nothing can be said of it, and why.
    pub(super) fn not_judged(reason: String) -> Self {
        Self { not_judged: Some(reason), ..Self::default() }
    }
}

impl ObservedArrow {
    /// Returns what a judgement says of the arrow that was seen there.
    pub(super) fn of(judgement: &ArrowJudgement, seen: Option<Seen>) -> Self {
        let ArrowJudgement { arrow: number, verdict, evidence, findings, notes, .. } = judgement.clone();
        Self { number, verdict, evidence, findings, notes, seen }
    }
}
