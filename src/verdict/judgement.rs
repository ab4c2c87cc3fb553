//! The verdict on an arrow in one refresh, with its evidence, and on all arrows of the refresh.

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Severity};
use super::ledger::Claim;

/// What holds of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as drawn.
    Conforms,
    /// It is not as drawn.
    Deviates,
    /// Its hop cannot be seen from here.
    NotObserved,
    /// It lies on no course that was played, or could not be reached because an arrow before it was missing.
    NotCrossed,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Conforms => "conforms",
            Self::Deviates => "deviates",
            Self::NotObserved => "not observed",
            Self::NotCrossed => "not crossed",
        })
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Nothing was seen.
    None,
    /// An internal action, judged by its effect on the wire.
    Inferred,
    /// Its message was recorded.
    Wire,
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Inferred => "inferred",
            Self::Wire => "wire",
        })
    }
}

/// The verdict on one arrow in one refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrowJudgement {
    /// The arrow's number.
    pub arrow: usize,
    /// What holds of it.
    pub verdict: Verdict,
    /// What that rests on.
    pub evidence: Evidence,
    /// Whether the arrow is drawn for these circumstances, or derived from where it is drawn.
    pub derived: bool,
    /// What is not as expected.
    pub findings: Vec<Finding>,
    /// Why nothing was seen or crossed; and members that no arrow draws.
    pub notes: Vec<String>,
    /// The values it shows of names that bind for the whole run.
    pub claims: Vec<Claim>,
}

impl ArrowJudgement {
    /// Returns the verdict that follows from what was found on evidence.
    pub(super) fn of(arrow: usize, evidence: Evidence, findings: Vec<Finding>) -> Self {
        let deviates = findings.iter().any(|finding| finding.severity().fails(false));
        let verdict = if deviates { Verdict::Deviates } else { Verdict::Conforms };
        Self { arrow, verdict, evidence, derived: false, findings, notes: Vec::new(), claims: Vec::new() }
    }

    /// Adds a finding made on the wire.
    pub(super) fn add(&mut self, finding: Finding) {
        if finding.severity() != Severity::Should {
            self.verdict = Verdict::Deviates;
        }
        self.evidence = Evidence::Wire;
        self.findings.push(finding);
    }

    /// Returns a verdict for which there is no evidence.
    pub(super) fn without_evidence(arrow: usize, verdict: Verdict, note: impl Into<String>) -> Self {
        Self { notes: vec![note.into()], verdict, ..Self::of(arrow, Evidence::None, Vec::new()) }
    }
}

/// The verdicts on the wire arrows of one refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// One for each wire arrow of the diagram, in order.
    pub arrows: Vec<ArrowJudgement>,
    /// Calls on hops that no arrow of the diagram draws.
    pub beyond: Vec<Finding>,
}

impl Judgement {
    /// Returns the verdict on a wire arrow; `None` for an internal one.
    pub fn arrow(&self, number: usize) -> Option<&ArrowJudgement> {
        self.arrows.iter().find(|judgement| judgement.arrow == number)
    }

    /// Returns every finding, in the order of the arrows, and last those that concern no arrow.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.arrows.iter().flat_map(|judgement| &judgement.findings).chain(&self.beyond)
    }

    /// Returns the findings that others may follow from, in the order of the arrows.
    pub fn causes(&self) -> impl Iterator<Item = &Finding> {
        self.findings().filter(|finding| finding.is_cause() && finding.severity() != Severity::Should)
    }
}
