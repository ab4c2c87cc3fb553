//! The list of steps: made of the very source that defines them, so that it cannot go stale.

use std::sync::OnceLock;

use cucumber::codegen::{Regex, WorldInventory, inventory};
use cucumber::step;

use super::Stage;
use super::parameters::CHOICES;
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

/// Returns every step, by concept, in reading order.
pub fn step_definitions() -> Vec<StepDefinition> {
    SOURCES.into_iter().flat_map(|(concept, source)| definitions_in(concept, source)).collect()
}

/// Returns the parameters of steps that take one of several words, each with its words.
pub fn parameter_words() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    CHOICES.into_iter().map(|(name, words)| (name, words.split('|').collect()))
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

/// Returns the patterns of all steps as cucumber matches them.
fn patterns() -> &'static [Regex] {
    static PATTERNS: OnceLock<Vec<Regex>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let mut patterns = collected::<<Stage as WorldInventory>::Given>();
        patterns.extend(collected::<<Stage as WorldInventory>::When>());
        patterns.extend(collected::<<Stage as WorldInventory>::Then>());
        patterns
    })
}

fn collected<S>() -> Vec<Regex>
where
    S: cucumber::codegen::StepConstructor<Stage> + inventory::Collect,
{
    inventory::iter::<S>
        .into_iter()
        .map(|constructor| {
            let (_, regex, _): (step::Location, cucumber::codegen::LazyRegex, step::Step<Stage>) = constructor.inner();
            regex()
        })
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
    fn every_parameter_is_explained_or_explains_itself() {
        for step in step_definitions() {
            for parameter in step.text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let explains_itself = ["participant", "string", "int", "word"].contains(&parameter);
                let explained = parameter_words().any(|(name, words)| name == parameter && words.len() > 1);
                assert!(explains_itself || explained, "{}: {parameter}", step.text);
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
