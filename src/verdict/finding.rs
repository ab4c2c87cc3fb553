//! A finding: one thing about the deployment that is not as expected, whose doing it is, and by what right it is told.

use serde::{Deserialize, Serialize};

use crate::diagram::{Arrow, Quote};
use crate::protocol::Participant;

/// By what right a finding is told: what is drawn, what keeps others out, or what is merely good sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Drawn: the run deviates.
    Must,
    /// Not drawn, but it lets somebody in or lets a secret out: the run deviates.
    Security,
    /// Not drawn: told, and the run deviates only under `--strict`.
    Should,
}

impl Severity {
    /// Returns whether a run fails for it.
    pub fn fails(self, strict: bool) -> bool {
        strict || self != Self::Should
    }
}

/// What kind of wrong it is. Together with participant, arrow and subject it tells one cause from another, whatever values
/// were observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// Something that is drawn is not there.
    Missing,
    /// Something is there that only another branch draws.
    NotDrawnHere,
    /// Something is of another kind than drawn.
    WrongKind,
    /// Something has another value than it has elsewhere, or than was stated.
    WrongValue,
    /// Something is there more often than once.
    Repeated,
    /// The whole reply is the one of another branch.
    OtherBranch,
    /// The whole message is nothing that any branch draws: a failure, HTML, nothing at all.
    NotAsDrawn,
    /// No reply came.
    NoReply,
    /// A call was not made.
    NoCall,
    /// A call was made that is not drawn.
    ExtraCall,
    /// It crossed before what is drawn before it.
    Order,
    /// Another status than stated.
    Status,
    /// Something let somebody in, or let a secret out.
    Exposure,
}

impl Defect {
    /// Every kind of wrong.
    pub const ALL: [Self; 13] = [
        Self::Missing,
        Self::NotDrawnHere,
        Self::WrongKind,
        Self::WrongValue,
        Self::Repeated,
        Self::OtherBranch,
        Self::NotAsDrawn,
        Self::NoReply,
        Self::NoCall,
        Self::ExtraCall,
        Self::Order,
        Self::Status,
        Self::Exposure,
    ];

    /// Returns the word that it is written with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotDrawnHere => "not_drawn_here",
            Self::WrongKind => "wrong_kind",
            Self::WrongValue => "wrong_value",
            Self::Repeated => "repeated",
            Self::OtherBranch => "other_branch",
            Self::NotAsDrawn => "not_as_drawn",
            Self::NoReply => "no_reply",
            Self::NoCall => "no_call",
            Self::ExtraCall => "extra_call",
            Self::Order => "order",
            Self::Status => "status",
            Self::Exposure => "exposure",
        }
    }
}

/// Why something is told at all. What is drawn can only be held against somebody with the words that draw it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Basis {
    Drawn(Quote),
    Security,
    GoodSense(Option<Quote>),
}

/// Whose doing a finding is, as far as one refresh tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Blame {
    /// Its sender's own.
    Cause,
    /// It follows from what is found at this arrow.
    Follows(usize),
    /// A participant that hopcheck plays did it, and nothing that reached it explains that.
    Unexplained,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Finding {
    /// The arrow it is about; `None` when it concerns something that no arrow draws.
    pub arrow: Option<usize>,
    basis: Basis,
    /// What kind of wrong it is.
    pub defect: Defect,
    /// What it is about, such as "member `code`" or "path".
    pub subject: String,
    /// What was expected there, redacted.
    pub expected: String,
    /// What was observed there, redacted.
    pub observed: String,
    /// What can be done about it, where that is more than to mend the participant.
    pub hint: Option<String>,
    /// Who sent what is not as expected, or did not send it: the name of its lifeline.
    pub participant: Option<String>,
    /// Whether that is a real participant, and not one that hopcheck plays.
    pub real: bool,
    pub(super) blame: Blame,
}

impl Finding {
    /// Returns a finding that something is not as it is drawn on an arrow, in these words, by whoever sends the arrow.
    pub fn must(
        arrow: &Arrow,
        words: Quote,
        defect: Defect,
        subject: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        Self::quoting(&arrow.from, words, defect, subject, expected, observed).at(Some(arrow.number))
    }

    /// Returns a finding that a participant did not keep to these words of the diagram.
    pub fn quoting(
        participant: &str,
        words: Quote,
        defect: Defect,
        subject: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        let told = Self::by(Some(participant), defect, subject.into(), expected.into(), observed.into());
        Self { basis: Basis::Drawn(words), ..told }
    }

    /// Returns a finding that a participant lets somebody in, or lets a secret out. No arrow draws that it must not.
    pub fn security(
        participant: &str,
        subject: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        let told = Self::by(Some(participant), Defect::Exposure, subject.into(), expected.into(), observed.into());
        Self { basis: Basis::Security, ..told }
    }

    /// Returns a finding that only `--strict` fails on.
    pub fn should(
        participant: &str,
        defect: Defect,
        subject: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        Self::by(Some(participant), defect, subject.into(), expected.into(), observed.into())
    }

    fn by(participant: Option<&str>, defect: Defect, subject: String, expected: String, observed: String) -> Self {
        Self {
            arrow: None,
            basis: Basis::GoodSense(None),
            defect,
            subject,
            expected,
            observed,
            hint: None,
            participant: participant.map(str::to_owned),
            real: false,
            blame: Blame::Cause,
        }
    }

    /// Returns the finding as one about another arrow, or about none.
    #[must_use]
    pub fn at(self, arrow: Option<usize>) -> Self {
        Self { arrow, ..self }
    }

    /// Returns the finding as the doing of another participant than the sender of its arrow.
    #[must_use]
    pub fn of(self, participant: &str) -> Self {
        Self { participant: Some(participant.to_owned()), ..self }
    }

    /// Returns the finding with what can be done about it.
    #[must_use]
    pub fn hinting(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Returns the finding as that of a real participant, or of one that hopcheck plays.
    #[must_use]
    pub fn of_real(self, real: bool) -> Self {
        Self { real, ..self }
    }

    /// Returns the finding with whose doing it is.
    pub(super) fn blamed(self, blame: Blame) -> Self {
        Self { blame, ..self }
    }

    /// Returns the finding as one that only `--strict` fails on.
    #[must_use]
    pub fn only_should(self) -> Self {
        let basis = match self.basis {
            Basis::Drawn(words) => Basis::GoodSense(Some(words)),
            Basis::Security | Basis::GoodSense(_) => Basis::GoodSense(None),
        };
        Self { basis, ..self }
    }

    /// Returns the finding as one that the run fails for after all, where it has words to quote: somebody could not go on.
    pub(super) fn held_as_drawn(self) -> Self {
        let basis = match self.basis {
            Basis::GoodSense(Some(words)) => Basis::Drawn(words),
            basis @ (Basis::Drawn(_) | Basis::Security | Basis::GoodSense(None)) => basis,
        };
        Self { basis, ..self }
    }

    /// Returns the finding as one that nothing draws, but that lets somebody in or a secret out.
    #[must_use]
    pub fn as_security(self) -> Self {
        Self { basis: Basis::Security, ..self }
    }

    /// Returns by what right it is told.
    pub fn severity(&self) -> Severity {
        match self.basis {
            Basis::Drawn(_) => Severity::Must,
            Basis::Security => Severity::Security,
            Basis::GoodSense(_) => Severity::Should,
        }
    }

    /// Returns the words of the diagram that it breaks; none where nothing is drawn.
    pub fn drawn(&self) -> Option<&Quote> {
        match &self.basis {
            Basis::Drawn(words) => Some(words),
            Basis::Security | Basis::GoodSense(_) => None,
        }
    }

    /// Returns the participant whose doing it is; none where its lifeline is not known here.
    pub(super) fn sender(&self) -> Option<Participant> {
        Participant::of_lifeline(self.participant.as_deref()?, false)
    }

    /// Returns the arrow whose finding led to this one; none for a cause.
    pub fn follows_from(&self) -> Option<usize> {
        match self.blame {
            Blame::Follows(arrow) => Some(arrow),
            Blame::Cause | Blame::Unexplained => None,
        }
    }

    /// Returns whether it is its participant's own doing.
    pub fn is_cause(&self) -> bool {
        self.blame == Blame::Cause
    }

    /// Returns whether hopcheck's own participant did it, and nothing that reached it explains why.
    pub fn is_unexplained(&self) -> bool {
        self.blame == Blame::Unexplained
    }

    /// Returns what tells this cause from another: who, where, what, and in what way; the values that were observed are not
    /// part of it.
    pub fn cause(&self) -> (Option<&str>, Option<usize>, &str, Defect) {
        (self.participant.as_deref(), self.arrow, &self.subject, self.defect)
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

/// A finding as it is written and read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Form {
    arrow: Option<usize>,
    severity: Severity,
    drawn: Option<Quote>,
    defect: Defect,
    subject: String,
    expected: String,
    observed: String,
    hint: Option<String>,
    participant: Option<String>,
    real: bool,
    follows_from: Option<usize>,
}

impl From<Finding> for Form {
    fn from(finding: Finding) -> Self {
        Self {
            severity: finding.severity(),
            drawn: finding.drawn().cloned(),
            follows_from: finding.follows_from(),
            arrow: finding.arrow,
            defect: finding.defect,
            subject: finding.subject,
            expected: finding.expected,
            observed: finding.observed,
            hint: finding.hint,
            participant: finding.participant,
            real: finding.real,
        }
    }
}

impl TryFrom<Form> for Finding {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        let basis = match (form.severity, form.drawn) {
            (Severity::Must, Some(words)) => Basis::Drawn(words),
            (Severity::Must, None) => return Err("a MUST finding quotes the words of the diagram that it breaks"),
            (Severity::Security, _) => Basis::Security,
            (Severity::Should, _) => Basis::GoodSense(None),
        };
        Ok(Self {
            arrow: form.arrow,
            basis,
            defect: form.defect,
            subject: form.subject,
            expected: form.expected,
            observed: form.observed,
            hint: form.hint,
            participant: form.participant,
            real: form.real,
            blame: form.follows_from.map_or(Blame::Cause, Blame::Follows),
        })
    }
}
