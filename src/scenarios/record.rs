//! What a scenario leaves behind: what it asserted and found, and why it stopped if it did not reach its end.

use crate::diagram::{Arrow, Diagram};
use crate::topology::Unmet;
use crate::transcript::Transcript;
use crate::verdict::{ArrowJudgement, Assertion, Evidence, Finding, Severity, Verdict};

/// Why a scenario stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// A step found a deviation, which stands among the findings.
    Deviation,
    /// The deployment lacks what the scenario needs.
    NotRun(String),
    /// It happens where nothing can be seen or done from here.
    NotObserved(String),
    /// Nothing can be said of the deployment: the scenario or the harness is at fault.
    Error(String),
}

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deviation => f.write_str("not as drawn"),
            Self::NotRun(reason) | Self::NotObserved(reason) | Self::Error(reason) => f.write_str(reason),
        }
    }
}

impl From<Unmet> for Halt {
    fn from(unmet: Unmet) -> Self {
        match unmet {
            Unmet::Precondition(reason) => Self::NotRun(reason),
            Unmet::OutOfReach(reason) => Self::NotObserved(reason),
            Unmet::Failed(reason) => Self::Error(reason),
        }
    }
}

/// What one scenario left behind.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Whether it is about what the diagram leaves open, so that its own findings are SHOULD.
    pub beyond_the_diagram: bool,
    /// What it asserted of which arrow.
    pub assertions: Vec<Assertion>,
    /// What it found.
    pub findings: Vec<Finding>,
    /// Whether something was seen to hold that is no arrow.
    pub holds: bool,
    /// What could not be seen, in words.
    pub notes: Vec<String>,
    /// Why it stopped early.
    pub halt: Option<Halt>,
    /// The transcript of the refresh that the first finding is about.
    pub transcript: Option<Transcript>,
}

impl Record {
    /// Takes note of what a step found to hold of an arrow, and stops the scenario where it deviates.
    pub(super) fn assert(&mut self, judgement: &ArrowJudgement, transcript: &Transcript) -> Result<(), Halt> {
        self.assertions.push(Assertion {
            arrow: judgement.arrow,
            verdict: match judgement.verdict {
                // The step says that it is crossed.
                Verdict::NotCrossed => Verdict::Deviates,
                verdict @ (Verdict::Conforms | Verdict::Deviates | Verdict::NotObserved) => verdict,
            },
            evidence: judgement.evidence,
            derived: judgement.derived,
        });
        for note in &judgement.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
        if judgement.verdict == Verdict::NotCrossed {
            let observed = judgement.notes.join("; ");
            return self.found([Finding::must(judgement.arrow, "crossing", "once, as drawn", observed)], transcript);
        }
        self.found(judgement.findings.iter().cloned(), transcript)
    }

    /// Takes note that what a step says of an arrow was seen: on the wire, or by its effect there where it is internal.
    pub(super) fn saw(&mut self, diagram: &Diagram, arrow: usize) {
        let is_internal = diagram.arrow(arrow).is_some_and(Arrow::is_internal);
        let evidence = if is_internal { Evidence::Inferred } else { Evidence::Wire };
        let verdict = Verdict::Conforms;
        self.assertions.push(Assertion { arrow, verdict, evidence, derived: false });
    }

    /// Takes note of findings, and stops the scenario unless all are SHOULD. The arrow of any other deviates.
    pub(super) fn found(
        &mut self,
        findings: impl IntoIterator<Item = Finding>,
        transcript: &Transcript,
    ) -> Result<(), Halt> {
        let mut deviates = false;
        for finding in findings {
            self.transcript.get_or_insert_with(|| transcript.clone());
            let must = finding.severity == Severity::Must;
            deviates |= must;
            if let Some(arrow) = finding.arrow.filter(|arrow| must && !self.deviates(*arrow)) {
                let (verdict, evidence) = (Verdict::Deviates, Evidence::Wire);
                self.assertions.push(Assertion { arrow, verdict, evidence, derived: false });
            }
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        if deviates { Err(self.halt(Halt::Deviation)) } else { Ok(()) }
    }

    fn deviates(&self, arrow: usize) -> bool {
        self.assertions.iter().any(|known| known.arrow == arrow && known.verdict == Verdict::Deviates)
    }

    /// Keeps the reason why the scenario stops here, and returns it for the step to fail with.
    pub(super) fn halt(&mut self, halt: impl Into<Halt>) -> Halt {
        let halt = halt.into();
        self.halt = Some(halt.clone());
        halt
    }
}
