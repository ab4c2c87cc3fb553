//! Causes: what is wrong with the deployment, each thing once, however many scenarios and arrows show it.

use serde::{Deserialize, Serialize};

use super::scenario_result::ScenarioResult;
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
        }
    }
}

/// Returns the causes of everything that scenarios found, and of what belongs to none, in the order in which they were
/// found; `accepted` says why a scenario's deviations are known, if they are.
pub(super) fn causes(
    results: &[ScenarioResult],
    strays: &[Finding],
    accepted: impl Fn(&ScenarioResult) -> Option<String>,
) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    let mut known: Vec<Vec<Option<String>>> = Vec::new();
    let place_of = |causes: &mut Vec<Cause>, known: &mut Vec<Vec<Option<String>>>, finding: &Finding| {
        let place = causes.iter().position(|cause| cause.is_of(finding)).unwrap_or_else(|| {
            causes.push(Cause::of(finding));
            known.push(Vec::new());
            causes.len() - 1
        });
        add(&mut causes[place].arrows, finding.arrow);
        place
    };
    for result in results {
        let reason = accepted(result);
        for finding in result.findings.iter().filter(|finding| finding.is_cause()) {
            let place = place_of(&mut causes, &mut known, finding);
            let cause = &mut causes[place];
            if cause.scenarios.is_empty() {
                cause.rerun_with.clone_from(&result.rerun_with);
            }
            if cause.scenarios.last() != Some(&result.address) {
                cause.scenarios.push(result.address.clone());
                known[place].push(reason.clone());
            }
            let follows =
                result.findings.iter().filter(|other| other.follows_from().is_some_and(|it| Some(it) == finding.arrow));
            follows.for_each(|other| add(&mut cause.consequences, other.arrow));
        }
    }
    for finding in strays {
        let place = place_of(&mut causes, &mut known, finding);
        known[place].push(None);
    }
    for (cause, reasons) in causes.iter_mut().zip(known) {
        cause.known =
            reasons.into_iter().collect::<Option<Vec<String>>>().and_then(|reasons| reasons.into_iter().next());
        cause.consequences.retain(|arrow| !cause.arrows.contains(arrow));
    }
    causes
}

fn add(arrows: &mut Vec<usize>, arrow: Option<usize>) {
    if let Some(arrow) = arrow.filter(|arrow| !arrows.contains(arrow)) {
        arrows.push(arrow);
        arrows.sort_unstable();
    }
}

/// Returns the participants whose doing the failing causes are.
pub(super) fn culprits(causes: &[Cause], strict: bool) -> Vec<Culprit> {
    let mut culprits: Vec<Culprit> = Vec::new();
    for cause in causes.iter().filter(|cause| cause.severity.fails(strict) && cause.known.is_none()) {
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
