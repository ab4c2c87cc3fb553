//! The languages of Gherkin and their keywords.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// The keywords of a language.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Language {
    /// Its name in English.
    pub(super) name: String,
    feature: Vec<String>,
    background: Vec<String>,
    rule: Vec<String>,
    scenario: Vec<String>,
    scenario_outline: Vec<String>,
    examples: Vec<String>,
    given: Vec<String>,
    when: Vec<String>,
    then: Vec<String>,
    and: Vec<String>,
    but: Vec<String>,
}

/// What a keyword with a colon begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Title {
    Feature,
    Background,
    Rule,
    Scenario,
    Outline,
    Examples,
}

impl Title {
    pub(super) const ALL: [Self; 6] =
        [Self::Feature, Self::Background, Self::Rule, Self::Scenario, Self::Outline, Self::Examples];
}

/// What a file is written in that does not say.
pub(super) const USUAL: &str = "en";

/// Returns every language by its code.
pub(super) fn languages() -> &'static BTreeMap<String, Language> {
    static LANGUAGES: OnceLock<BTreeMap<String, Language>> = OnceLock::new();
    LANGUAGES.get_or_init(|| serde_json::from_str(include_str!("languages.json")).unwrap_or_default())
}

impl Language {
    /// Returns the keywords that begin something, without their colon.
    pub(super) fn titles(&self, title: Title) -> &[String] {
        match title {
            Title::Feature => &self.feature,
            Title::Background => &self.background,
            Title::Rule => &self.rule,
            Title::Scenario => &self.scenario,
            Title::Outline => &self.scenario_outline,
            Title::Examples => &self.examples,
        }
    }

    /// Returns the usual keyword that begins something.
    pub(super) fn title(&self, title: Title) -> &str {
        let keywords = self.titles(title);
        // A scenario was called an example later than it was called a scenario, and stands first all the same.
        let usual = if title == Title::Scenario { keywords.last() } else { keywords.first() };
        usual.map_or("", String::as_str)
    }

    /// Returns what a line begins, and its keyword.
    pub(super) fn title_of(&self, line: &str) -> Option<(Title, &str)> {
        Title::ALL.into_iter().find_map(|title| {
            let begins =
                |keyword: &&String| line.strip_prefix(keyword.as_str()).is_some_and(|rest| rest.starts_with(':'));
            self.titles(title).iter().find(begins).map(|keyword| (title, keyword.as_str()))
        })
    }

    /// Returns the keyword of a step with which a line begins, the longest one; most end with a space.
    pub(super) fn step_keyword_of(&self, line: &str) -> Option<&str> {
        self.steps().flatten().map(String::as_str).filter(|keyword| line.starts_with(keyword)).max_by_key(|it| it.len())
    }

    /// Returns the usual keywords of steps, for messages.
    pub(super) fn usual_steps(&self) -> Vec<&str> {
        self.steps()
            .filter_map(|keywords| keywords.iter().find(|keyword| *keyword != "* "))
            .map(|it| it.trim_end())
            .collect()
    }

    fn steps(&self) -> impl Iterator<Item = &Vec<String>> {
        [&self.given, &self.when, &self.then, &self.and, &self.but].into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_keyword() {
        assert_eq!(languages().len(), 80);
        for (code, language) in languages() {
            assert!(Title::ALL.iter().all(|title| !language.title(*title).is_empty()), "{code}");
            assert_eq!(language.usual_steps().len(), 5, "{code}");
            for step in language.steps().flatten() {
                assert_eq!(
                    language.step_keyword_of(&format!("{step}x")).map(|it| it.starts_with(step.as_str())),
                    Some(true)
                );
            }
        }
    }
}
