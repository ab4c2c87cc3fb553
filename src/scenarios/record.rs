//! What a scenario leaves behind: what it asserted and found, and why it stopped if it did not reach its end.

use crate::diagram::{Arrow, Diagram};
use crate::topology::Unmet;
use crate::transcript::Transcript;
use crate::verdict::{ArrowJudgement, Assertion, Claim, Evidence, Finding, Judgement, Verdict};

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
    /// What it asserted of which arrow.
    pub assertions: Vec<Assertion>,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What it saw of names that bind for the whole run, to be settled once the scenarios before it are.
    pub claims: Vec<Claim>,
    /// Whether something was seen to hold that is no arrow.
    pub holds: bool,
    /// What could not be seen, in words.
    pub notes: Vec<String>,
    /// Why it stopped early.
    pub halt: Option<Halt>,
    /// The transcript of the refresh that the first finding is about.
    pub transcript: Option<Transcript>,
    /// All that crossed in the scenario, where it is kept.
    pub crossed: Option<Transcript>,
}

impl Record {
    /// Takes note of what a step found to hold of an arrow, with the causes of what is wrong with it elsewhere in the same
    /// refresh, and stops the scenario where it deviates.
    pub(super) fn assert(
        &mut self,
        judgement: &ArrowJudgement,
        wire: &Judgement,
        transcript: &Transcript,
    ) -> Result<(), Halt> {
        self.assertions.push(Assertion {
            arrow: judgement.arrow,
            verdict: judgement.verdict,
            evidence: judgement.evidence,
            derived: judgement.derived,
        });
        for claim in &judgement.claims {
            if !self.claims.contains(claim) {
                self.claims.push(claim.clone());
            }
        }
        for note in &judgement.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
        self.found(with_causes(&judgement.findings, wire), transcript)
    }

    /// Takes note of a finding, behind the one that it follows from.
    pub(super) fn assert_finding(
        &mut self,
        finding: Finding,
        wire: &Judgement,
        transcript: &Transcript,
    ) -> Result<(), Halt> {
        self.found(with_causes(&[finding], wire), transcript)
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
            let fails = finding.severity().fails(false);
            if finding.is_unexplained() && fails {
                let who = finding.participant.as_deref().unwrap_or("a participant");
                let reason =
                    format!("hopcheck's own {who} did this, and nothing that reached it explains why: {finding}");
                return Err(self.halt(Halt::Error(reason)));
            }
            if !fails && !finding.is_cause() {
                continue;
            }
            self.transcript.get_or_insert_with(|| transcript.clone());
            deviates |= fails;
            if let Some(arrow) = finding.arrow.filter(|arrow| fails && !self.deviates(*arrow)) {
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

/// Returns findings behind the ones that they follow from.
fn with_causes(findings: &[Finding], wire: &Judgement) -> Vec<Finding> {
    let roots: Vec<usize> = findings.iter().filter_map(Finding::follows_from).collect();
    let causes = wire.causes().filter(|cause| cause.arrow.is_some_and(|arrow| roots.contains(&arrow)));
    causes.chain(findings).cloned().collect()
}
