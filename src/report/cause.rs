//! Causes: what is wrong with the deployment, each thing once, however many scenarios and arrows show it.

use serde::{Deserialize, Serialize};

use super::scenario_result::ScenarioResult;
use super::wording::{arrows, headline, what};
use crate::diagram::Quote;
use crate::verdict::{Defect, Finding, Severity};

/// One thing that is wrong, by whose doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Whose doing it is: the name of its lifeline.
    pub participant: Option<String>,
    /// Whether that is a real participant.
    pub real: bool,
    /// By what right it is told.
    pub severity: Severity,
    /// The arrows at which it is wrong by itself, in order.
    pub arrows: Vec<usize>,
    /// The arrows that are wrong because of it, in order.
    pub consequences: Vec<usize>,
    /// What it is about.
    pub subject: String,
    /// What kind of wrong it is.
    pub defect: Defect,
    /// The words of the diagram that it breaks, at the first of its arrows.
    pub drawn: Option<Quote>,
    /// What was expected, where it was seen first.
    pub expected: String,
    /// What was observed, where it was seen first.
    pub observed: String,
    /// What can be done about it.
    pub hint: Option<String>,
    /// The scenarios that found it, in order; none where it belongs to no scenario.
    pub scenarios: Vec<String>,
    /// The scenarios that have to be played before the first of those for it to be seen again.
    pub rerun_with: Vec<String>,
    /// Why a baseline accepts it, where it lists it in every scenario that found it.
    pub known: Option<String>,
    /// Whether the run fails for it.
    pub fails: bool,
}

/// A participant with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Culprit {
    /// The name of its lifeline.
    pub participant: String,
    /// The arrows at which it is wrong, in order.
    pub arrows: Vec<usize>,
    /// How many things are wrong with it.
    pub causes: usize,
}

impl Cause {
    /// Returns whose doing it is, at which arrows, and what is wrong.
    pub(super) fn headline(&self) -> String {
        headline(self.participant.as_deref(), &self.arrows, &self.subject, self.defect)
    }

    /// Returns what is wrong and at which arrows, for whoever knows already whose doing it is.
    pub(super) fn wrong(&self) -> String {
        let what = what(&self.subject, self.defect);
        if self.arrows.is_empty() { what } else { format!("{what} ({})", arrows(&self.arrows)) }
    }

    fn is_of(&self, finding: &Finding) -> bool {
        (&self.participant, self.severity, &self.subject, self.defect)
            == (&finding.participant, finding.severity(), &finding.subject, finding.defect)
    }

    fn of(finding: &Finding) -> Self {
        Self {
            participant: finding.participant.clone(),
            real: finding.real,
            severity: finding.severity(),
            arrows: Vec::new(),
            consequences: Vec::new(),
            subject: finding.subject.clone(),
            defect: finding.defect,
            drawn: finding.drawn().cloned(),
            expected: finding.expected.clone(),
            observed: finding.observed.clone(),
            hint: finding.hint.clone(),
            scenarios: Vec::new(),
            rerun_with: Vec::new(),
            known: None,
            fails: false,
        }
    }
}

/// Returns the causes of everything that scenarios found, and of what belongs to none, in the order in which they were
/// found; `known` says why a finding is accepted in a scenario, or outside any.
pub(super) fn causes(
    results: &[ScenarioResult],
    strays: &[Finding],
    strict: bool,
    known: impl Fn(Option<&str>, &Finding) -> Option<String>,
) -> Vec<Cause> {
    let mut found = Causes::default();
    for result in results {
        let address = Some(result.address.as_str());
        for finding in result.findings.iter().filter(|finding| finding.is_cause()) {
            let cause = found.add(finding, known(address, finding));
            if cause.scenarios.is_empty() {
                cause.rerun_with.clone_from(&result.rerun_with);
            }
            if cause.scenarios.last() != Some(&result.address) {
                cause.scenarios.push(result.address.clone());
            }
            let follows =
                result.findings.iter().filter(|other| other.follows_from().is_some_and(|it| Some(it) == finding.arrow));
            follows.for_each(|other| add(&mut cause.consequences, other.arrow));
        }
    }
    for finding in strays {
        found.add(finding, known(None, finding));
    }
    found.end(strict)
}

/// Causes as they are found, each with why a baseline accepts it, every time that it was found.
#[derive(Debug, Default)]
struct Causes(Vec<(Cause, Vec<Option<String>>)>);

impl Causes {
    fn add(&mut self, finding: &Finding, known: Option<String>) -> &mut Cause {
        let place = self.0.iter().position(|(cause, _)| cause.is_of(finding)).unwrap_or_else(|| {
            self.0.push((Cause::of(finding), Vec::new()));
            self.0.len() - 1
        });
        let (cause, reasons) = &mut self.0[place];
        add(&mut cause.arrows, finding.arrow);
        reasons.push(known);
        cause
    }

    fn end(self, strict: bool) -> Vec<Cause> {
        let ended = |(mut cause, reasons): (Cause, Vec<Option<String>>)| {
            cause.known =
                reasons.into_iter().collect::<Option<Vec<String>>>().and_then(|reasons| reasons.into_iter().next());
            cause.fails = cause.severity.fails(strict) && cause.known.is_none();
            cause.consequences.retain(|arrow| !cause.arrows.contains(arrow));
            cause
        };
        self.0.into_iter().map(ended).collect()
    }
}

fn add(arrows: &mut Vec<usize>, arrow: Option<usize>) {
    if let Some(arrow) = arrow.filter(|arrow| !arrows.contains(arrow)) {
        arrows.push(arrow);
        arrows.sort_unstable();
    }
}

/// Returns the participants whose doing the failing causes are.
pub(super) fn culprits(causes: &[Cause]) -> Vec<Culprit> {
    let mut culprits: Vec<Culprit> = Vec::new();
    for cause in causes.iter().filter(|cause| cause.fails) {
        let Some(participant) = &cause.participant else { continue };
        let known = culprits.iter().position(|culprit| culprit.participant == *participant);
        let place = known.unwrap_or_else(|| {
            let participant = participant.clone();
            culprits.push(Culprit { participant, arrows: Vec::new(), causes: 0 });
            culprits.len() - 1
        });
        culprits[place].causes += 1;
        cause.arrows.iter().for_each(|arrow| add(&mut culprits[place].arrows, Some(*arrow)));
    }
    culprits
}
