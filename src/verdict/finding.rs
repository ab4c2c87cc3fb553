//! A finding, and the verdict on an arrow with its evidence. Findings are about the deployment, never about hopcheck.

use serde::{Deserialize, Serialize};

/// Whether the diagram draws what was missed, or common sense and neighbouring standards ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Drawn: the run deviates.
    Must,
    /// Not drawn: reported, and the run deviates only under `--strict`.
    Should,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// The arrow it is about; `None` when it concerns something that no arrow draws.
    pub arrow: Option<usize>,
    /// Whether it is drawn.
    pub severity: Severity,
    /// What it is about, such as "member `code`" or "path".
    pub subject: String,
    /// What was expected there, redacted.
    pub expected: String,
    /// What was observed there, redacted.
    pub observed: String,
}

impl Finding {
    /// Returns a finding that something drawn on an arrow is not so.
    pub fn must(
        arrow: usize,
        subject: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        Self {
            arrow: Some(arrow),
            severity: Severity::Must,
            subject: subject.into(),
            expected: expected.into(),
            observed: observed.into(),
        }
    }

    /// Returns the finding as one that only `--strict` fails on.
    #[must_use]
    pub fn only_should(self) -> Self {
        Self { severity: Severity::Should, ..self }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(arrow) = self.arrow {
            write!(f, "arrow {arrow}, ")?;
        }
        write!(f, "{}: expected {}, observed {}", self.subject, self.expected, self.observed)
    }
}

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
}

impl ArrowJudgement {
    /// Returns the verdict that follows from what was found on evidence.
    pub(super) fn of(arrow: usize, evidence: Evidence, findings: Vec<Finding>) -> Self {
        let deviates = findings.iter().any(|finding| finding.severity == Severity::Must);
        let verdict = if deviates { Verdict::Deviates } else { Verdict::Conforms };
        Self { arrow, verdict, evidence, derived: false, findings, notes: Vec::new() }
    }

    /// Adds a finding made on the wire.
    pub(super) fn add(&mut self, finding: Finding) {
        if finding.severity == Severity::Must {
            self.verdict = Verdict::Deviates;
        }
        self.evidence = Evidence::Wire;
        self.findings.push(finding);
    }

    /// Returns a verdict for which there is no evidence.
    pub(super) fn without_evidence(arrow: usize, verdict: Verdict, note: impl Into<String>) -> Self {
        Self {
            arrow,
            verdict,
            evidence: Evidence::None,
            derived: false,
            findings: Vec::new(),
            notes: vec![note.into()],
        }
    }
}
