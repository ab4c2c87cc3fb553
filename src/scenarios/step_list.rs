//! The list of steps: made of the very source that defines them, so that it cannot go stale.

use std::sync::OnceLock;

use cucumber::codegen::{Regex, WorldInventory, inventory};
use cucumber::step;

use super::Stage;
use super::parameters::vocabulary;
use super::steps::SOURCES;
use super::suite::Scenario;

/// A step as scenarios may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDefinition {
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// Its text, with parameters in braces.
    pub text: String,
    /// What it means.
    pub meaning: String,
    /// The concept it belongs to.
    pub concept: &'static str,
}

/// Returns what may stand for each parameter of a step, by the parameter's name.
pub fn parameter_words() -> Vec<(&'static str, &'static [&'static str])> {
    vocabulary()
}

/// Returns every step, by concept, in reading order.
pub fn step_definitions() -> Vec<StepDefinition> {
    SOURCES.into_iter().flat_map(|(concept, source)| definitions_in(concept, source)).collect()
}

fn definitions_in(concept: &'static str, source: &str) -> Vec<StepDefinition> {
    let mut definitions = Vec::new();
    let mut meaning: Vec<&str> = Vec::new();
    let mut keyword = None;
    for line in source.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            meaning.push(words);
            continue;
        }
        let opened = [("#[given(", "Given"), ("#[when(", "When"), ("#[then(", "Then")];
        keyword = opened.iter().find(|(open, _)| line.starts_with(open)).map(|(_, keyword)| *keyword).or(keyword);
        let text = line.split_once("expr = \"").and_then(|(_, rest)| rest.rsplit_once('"')).map(|(text, _)| text);
        if let (Some(keyword), Some(text)) = (keyword, text) {
            let (text, meaning) = (text.to_owned(), meaning.join(" "));
            definitions.push(StepDefinition { keyword, text, meaning, concept });
        }
        if !line.starts_with("#[") && !line.starts_with("expr") {
            keyword = None;
            meaning.clear();
        }
    }
    definitions
}

/// Returns the steps of a scenario that no definition matches, with their lines.
pub(super) fn undefined_steps(scenario: &Scenario) -> impl Iterator<Item = (&str, usize)> {
    let patterns = patterns();
    scenario
        .steps
        .iter()
        .filter(move |(text, _)| !patterns.iter().any(|pattern| pattern.is_match(text)))
        .map(|(text, line)| (text.as_str(), *line))
}

/// Returns all steps as cucumber finds them: under one type, since a keyword says nothing about which step it is.
pub(super) fn collection() -> step::Collection<Stage> {
    constructed()
        .into_iter()
        .fold(step::Collection::new(), |known, (location, regex, step)| known.given(Some(location), regex, step))
}

/// Returns whether a scenario makes trouble on a hop: whether a step of it is one of those about trouble.
pub(super) fn makes_trouble(scenario: &Scenario) -> bool {
    static TROUBLE: OnceLock<Vec<Regex>> = OnceLock::new();
    let is_of_trouble = |location: &step::Location| location.path.ends_with("steps/trouble.rs");
    let of_trouble = || constructed().into_iter().filter(|(location, ..)| is_of_trouble(location));
    let patterns = TROUBLE.get_or_init(|| of_trouble().map(|(_, regex, _)| regex).collect());
    scenario.steps.iter().any(|(text, _)| patterns.iter().any(|pattern| pattern.is_match(text)))
}

/// Returns the patterns of all steps as cucumber matches them.
fn patterns() -> &'static [Regex] {
    static PATTERNS: OnceLock<Vec<Regex>> = OnceLock::new();
    PATTERNS.get_or_init(|| constructed().into_iter().map(|(_, regex, _)| regex).collect())
}

type Constructed = (step::Location, Regex, step::Step<Stage>);

fn constructed() -> Vec<Constructed> {
    let mut steps = of_type::<<Stage as WorldInventory>::Given>();
    steps.extend(of_type::<<Stage as WorldInventory>::When>());
    steps.extend(of_type::<<Stage as WorldInventory>::Then>());
    steps
}

fn of_type<S>() -> Vec<Constructed>
where
    S: cucumber::codegen::StepConstructor<Stage> + inventory::Collect,
{
    let constructors = inventory::iter::<S>.into_iter();
    constructors
        .map(|constructor| constructor.inner())
        .map(|(location, regex, step)| (location, regex(), step))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_step_that_cucumber_knows() {
        assert_eq!(step_definitions().len(), patterns().len());
    }

    #[test]
    fn no_text_is_two_steps_whatever_its_keyword_is() {
        let suite = crate::scenarios::Suite::read(&crate::scenarios::built_in_features()).unwrap();
        for (text, _) in suite.scenarios().iter().flat_map(|scenario| &scenario.steps) {
            assert_eq!(patterns().iter().filter(|pattern| pattern.is_match(text)).count(), 1, "{text}");
        }
    }

    #[test]
    fn scenarios_that_make_trouble_are_known() {
        let suite = crate::scenarios::Suite::read(&crate::scenarios::built_in_features()).unwrap();
        let made = |address: &str| makes_trouble(suite.scenario(address).unwrap());
        assert!(made("trouble/refused:1"));
        assert!(!made("feature-on/fingerprint-travels"));
        assert!(suite.scenarios().iter().filter(|scenario| makes_trouble(scenario)).count() > 10);
    }

    #[test]
    fn every_parameter_of_a_step_has_its_words() {
        let known: Vec<&str> = parameter_words().into_iter().map(|(name, _)| name).collect();
        for step in step_definitions() {
            for parameter in step.text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                assert!(known.contains(&parameter), "{}: {{{parameter}}}", step.text);
            }
        }
    }

    #[test]
    fn every_step_says_what_it_means() {
        for step in step_definitions() {
            assert!(step.meaning.ends_with('.'), "{} {}: {}", step.keyword, step.text, step.meaning);
        }
    }
}
