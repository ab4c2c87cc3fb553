//! Features against the diagram, without running anything: branches without a rule, arrows nobody asserts, arrows that
//! do not exist, steps that are not defined, and labels that look odd.

use std::collections::{BTreeMap, BTreeSet};

use super::counterparts::{counterparts_anywhere, counterparts_where_drawn};
use super::step_list::undefined_steps;
use super::suite::{Scenario, Suite};
use crate::diagram::{Arrow, BlockKind, Condition, Diagram};
use crate::protocol::Participant;
use crate::verdict::{cannot_be_seen, ends_of};

/// Something that is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file and line, such as `features/01-feature-on.feature:12`.
    pub place: String,
    /// What is off there.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Returns everything that is off between a diagram and a suite. Odd labels of the diagram are told by the diagram.
pub fn lint(diagram: &Diagram, suite: &Suite) -> Vec<Complaint> {
    let built_in = another_than_the_built_in(diagram);
    let mut complaints = lifelines_of_nobody(diagram);
    complaints.extend(branches_without_rule(diagram, suite));
    complaints.extend(rules_without_branch(diagram, suite));
    for scenario in suite.scenarios() {
        complaints.extend(undefined(scenario));
        if built_in.is_none() || !scenario.built_in {
            complaints.extend(wrong_arrows(diagram, scenario));
        }
    }
    complaints.extend(arrows_without_counterpart(diagram, built_in.as_ref(), suite));
    complaints.extend(arrows_nobody_asserts(diagram, suite));
    complaints
}

/// Returns a complaint for each lifeline that is no participant of the flow: perhaps one under another name.
fn lifelines_of_nobody(diagram: &Diagram) -> Vec<Complaint> {
    let known = Participant::SERVICES.map(Participant::drawn_name).join(", ");
    let lifelines = diagram.lifelines().iter();
    let unknown = lifelines.filter(|lifeline| Participant::of_lifeline(&lifeline.name, lifeline.client).is_none());
    unknown
        .map(|lifeline| Complaint {
            place: format!("{}:{}", diagram.file(), lifeline.line),
            message: format!("`{}` is none of the services of this flow, so nothing is demanded of it", lifeline.name),
            hint: Some(format!("one of them is drawn under its own name: {known}")),
        })
        .collect()
}

fn branches_without_rule(diagram: &Diagram, suite: &Suite) -> Vec<Complaint> {
    let rules: BTreeSet<&str> = suite.scenarios().iter().filter_map(|scenario| scenario.rule.as_deref()).collect();
    diagram
        .blocks()
        .iter()
        .filter(|block| !block.label.is_empty() && !block.is_prose() && !rules.contains(block.label.as_str()))
        .filter(|block| !rules_of_ours(suite).any(|rule| Condition::parse(rule) == block.condition))
        .map(|block| Complaint {
            place: format!("{}:{}", diagram.file(), block.line),
            message: format!("no feature has a rule for {} “{}”", kind(block.kind), block.label),
            hint: Some(format!("write scenarios under `Rule: {}`", block.label)),
        })
        .collect()
}

fn rules_without_branch(diagram: &Diagram, suite: &Suite) -> Vec<Complaint> {
    let drawn: BTreeSet<&str> = diagram.blocks().iter().map(|block| block.label.as_str()).collect();
    let mut told = BTreeSet::new();
    suite
        .scenarios()
        .iter()
        .filter_map(|scenario| Some((scenario, scenario.rule.as_deref()?)))
        .filter(|(_, rule)| !drawn.contains(rule) && told.insert(rule.to_owned()))
        .filter(|(scenario, rule)| {
            let condition = Condition::parse(rule);
            let is_drawn = diagram.blocks().iter().any(|block| block.condition == condition);
            !(scenario.built_in && condition.is_some() && is_drawn)
        })
        .map(|(scenario, rule)| Complaint {
            place: format!("{}:{}", scenario.file, scenario.line),
            message: format!("the diagram draws no branch “{rule}”"),
            hint: Some("a rule has the exact label of a branch; other scenarios stand outside any rule".into()),
        })
        .collect()
}

/// Returns the rules of the built-in features: they mean a condition, however another diagram words it.
fn rules_of_ours(suite: &Suite) -> impl Iterator<Item = &str> {
    let ours = suite.scenarios().iter().filter(|scenario| scenario.built_in);
    ours.filter_map(|scenario| scenario.rule.as_deref())
}

fn undefined(scenario: &Scenario) -> Vec<Complaint> {
    undefined_steps(scenario)
        .map(|(text, line)| Complaint {
            place: format!("{}:{line}", scenario.file),
            message: format!("no step is called “{text}”"),
            hint: Some("`hopcheck list steps` prints the steps that there are".into()),
        })
        .collect()
}

fn wrong_arrows(diagram: &Diagram, scenario: &Scenario) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (text, line) in &scenario.steps {
        if let Some(claim) = claim_of(text) {
            let message = match diagram.arrow(claim.arrow) {
                None => format!("the diagram has no arrow {}, only 1 to {}", claim.arrow, diagram.arrows().len()),
                Some(arrow) if claim.fits(arrow) => continue,
                Some(arrow) => format!(
                    "the step does not fit arrow {}, drawn from {} to {} in {}:{}",
                    claim.arrow,
                    arrow.from,
                    arrow.to,
                    diagram.file(),
                    arrow.line
                ),
            };
            let place = format!("{}:{line}", scenario.file);
            complaints.push(Complaint { place, message, hint: Some(format!("the step is “{text}”")) });
        }
    }
    complaints
}

/// Returns the built-in diagram, where this is another: the built-in features speak of its arrows.
fn another_than_the_built_in(diagram: &Diagram) -> Option<Diagram> {
    Diagram::built_in().ok().filter(|built_in| !built_in.draws_the_same(diagram))
}

/// Returns a complaint for each arrow that built-in features speak of and that another diagram does not draw.
fn arrows_without_counterpart(diagram: &Diagram, built_in: Option<&Diagram>, suite: &Suite) -> Vec<Complaint> {
    let ours = suite.scenarios().iter().filter(|scenario| scenario.built_in);
    let claimed: BTreeSet<usize> = ours
        .flat_map(|scenario| &scenario.steps)
        .filter_map(|(text, _)| claim_of(text))
        .map(|claim| claim.arrow)
        .collect();
    let drawn = claimed.into_iter().filter_map(|number| built_in?.arrow(number));
    let missing = drawn.filter(|arrow| counterparts_anywhere(arrow, diagram).is_empty());
    let complaint = |arrow: &Arrow| Complaint {
        place: diagram.file().to_owned(),
        message: format!("nothing is drawn like arrow {} of the built-in diagram, “{}”", arrow.number, arrow.text),
        hint: Some("the steps of the built-in features that speak of it demand nothing".to_owned()),
    };
    missing.map(complaint).collect()
}

/// Returns the arrows of a diagram that scenarios say something about where they are drawn, each with the addresses of
/// those. Built-in features speak of the built-in diagram's arrows: in another, of those that are drawn like them.
pub fn claimed(diagram: &Diagram, scenarios: &[&Scenario]) -> BTreeMap<usize, Vec<String>> {
    let built_in = another_than_the_built_in(diagram);
    let mut claimed: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for scenario in scenarios {
        let claims = scenario.steps.iter().filter_map(|(text, _)| claim_of(text)).filter(|claim| !claim.derived);
        for claim in claims {
            let arrows = match built_in.as_ref().filter(|_| scenario.built_in) {
                Some(built_in) => counterparts_where_drawn(claim.arrow, built_in, diagram),
                None => vec![claim.arrow],
            };
            for arrow in arrows {
                let addresses = claimed.entry(arrow).or_default();
                if addresses.last() != Some(&scenario.address) {
                    addresses.push(scenario.address.clone());
                }
            }
        }
    }
    claimed
}

/// Returns the arrows that no scenario of the suite says anything about where they are drawn, of those that can be judged.
pub fn unasserted<'d>(diagram: &'d Diagram, suite: &Suite) -> Vec<&'d Arrow> {
    let claimed = claimed(diagram, &suite.scenarios().iter().collect::<Vec<_>>());
    let can_be_judged = diagram.arrows().iter().filter(|arrow| !cannot_be_seen(arrow));
    can_be_judged.filter(|arrow| !claimed.contains_key(&arrow.number)).collect()
}

fn arrows_nobody_asserts(diagram: &Diagram, suite: &Suite) -> Vec<Complaint> {
    unasserted(diagram, suite)
        .into_iter()
        .map(|arrow| Complaint {
            place: format!("{}:{}", diagram.file(), arrow.line),
            message: format!("no scenario asserts arrow {}, “{}”", arrow.number, arrow.text),
            hint: (!arrow.is_internal()).then(|| format!("write a step such as “{}”", step_for(arrow))),
        })
        .collect()
}

/// What a step says of an arrow.
#[derive(Debug)]
struct Claim {
    arrow: usize,
    /// Who sends it and who receives it; one name alone for an internal action, or what one of the two makes of it.
    participants: Vec<Participant>,
    derived: bool,
}

impl Claim {
    fn fits(&self, arrow: &Arrow) -> bool {
        match &self.participants[..] {
            [who] => ends_of(arrow).contains(&Some(*who)),
            [from, to] => !arrow.is_internal() && ends_of(arrow) == [Some(*from), Some(*to)],
            _ => false,
        }
    }
}

/// Returns what a step says of arrows: `… as arrow 5 draws it`, or `…, arrow 4`.
fn claim_of(step: &str) -> Option<Claim> {
    let (before, after) = step.split_once("arrow ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let participants: Vec<Participant> = before
        .split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| {
            [Participant::Customer].into_iter().chain(Participant::SERVICES).find(|known| known.name() == word)
        })
        .collect();
    let internal = before.trim_end().ends_with(',');
    let participants = if internal { participants.into_iter().take(1).collect() } else { participants };
    Some(Claim { arrow: digits.parse().ok()?, participants, derived: after.contains("for the feature") })
}

fn step_for(arrow: &Arrow) -> String {
    let [from, to] = ends_of(arrow);
    let name = |end: Option<Participant>, drawn: &str| end.map_or_else(|| drawn.to_owned(), |known| known.to_string());
    let verb = if matches!(arrow.meaning, crate::diagram::Meaning::Request(_)) { "calls" } else { "answers" };
    format!("{} {verb} {} as arrow {} draws it", name(from, &arrow.from), name(to, &arrow.to), arrow.number)
}

fn kind(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Opt => "opt",
        BlockKind::Alt => "alt",
        BlockKind::Else => "else",
        BlockKind::Break => "break",
        BlockKind::Option => "option",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::{FeatureFile, built_in_features};

    const DIAGRAM: &str = include_str!("../../fixtures/webchat-refresh-token.mmd");

    #[test]
    fn the_built_in_features_fit_the_built_in_diagram() {
        let diagram = Diagram::parse("d.mmd", DIAGRAM).unwrap();
        assert_eq!(lint(&diagram, &Suite::read(&built_in_features()).unwrap()), []);
    }

    #[test]
    fn each_thing_that_is_off_is_told() {
        let diagram = Diagram::parse("d.mmd", DIAGRAM).unwrap();
        let text = "Feature: f\n Rule: Feature is sideways\n  Scenario: s\n   Then Starship calls ScopedAuth as arrow 5 \
                    draws it\n   And Starship calls ScopedAuth as arrow 99 draws it\n   And something else\n";
        let suite = Suite::read(&[FeatureFile { name: "f.feature".into(), text: text.into() }]).unwrap();
        let told: Vec<String> = lint(&diagram, &suite).iter().map(ToString::to_string).collect();
        for expected in [
            "no feature has a rule for opt “Feature is on”",
            "the diagram draws no branch “Feature is sideways”",
            "f.feature:4: the step does not fit arrow 5",
            "f.feature:5: the diagram has no arrow 99",
            "f.feature:6: no step is called “something else”",
            "no scenario asserts arrow 14",
        ] {
            assert!(told.iter().any(|line| line.contains(expected)), "{expected}\n{told:#?}");
        }
    }
}
