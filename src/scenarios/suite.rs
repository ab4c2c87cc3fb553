//! The suite: feature files read into scenarios, each with an address of its own.

use std::collections::HashMap;

use cucumber::gherkin;
use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::tag::Ext as _;

use super::gherkin::read_feature as parsed;
use crate::diagnostic::Diagnostic;

/// Embeds the named files of `features/`.
macro_rules! embedded {
    ($($file:literal),+ $(,)?) => {
        [$((concat!("features/", $file), include_str!(concat!("../../features/", $file)))),+]
    };
}

const BUILT_IN: [(&str, &str); 14] = embedded![
    "01-feature-on.feature",
    "02-feature-off.feature",
    "03-valid-token-and-fingerprint.feature",
    "04-invalid-fingerprint.feature",
    "05-invalid-token.feature",
    "06-origins.feature",
    "07-account-configuration.feature",
    "08-tokens.feature",
    "09-precedence.feature",
    "10-fingerprints.feature",
    "11-bad-input.feature",
    "12-downstream-trouble.feature",
    "13-first-token.feature",
    "14-one-participant-alone.feature",
];

/// A feature file: its name for messages, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureFile {
    /// Such as `features/01-feature-on.feature`.
    pub name: String,
    /// Its Gherkin.
    pub text: String,
}

/// Returns the features that come with hopcheck, in reading order.
pub fn built_in_features() -> Vec<FeatureFile> {
    BUILT_IN.map(|(name, text)| FeatureFile { name: name.to_owned(), text: text.to_owned() }).into()
}

/// One scenario, or one row of a scenario outline.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Names it on the command line and in every report, such as `invalid-token/kinds:3`.
    pub address: String,
    /// The feature's name.
    pub feature: String,
    /// The rule's name, which is the label of a branch of the diagram.
    pub rule: Option<String>,
    /// Its own name.
    pub name: String,
    /// Its tags and those it inherits, without the address.
    pub tags: Vec<String>,
    /// The file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// Its steps with their lines, background included.
    pub steps: Vec<(String, usize)>,
    /// Whether it comes with hopcheck, so that the arrows it names are those of the built-in diagram.
    pub built_in: bool,
}

/// Every scenario of some feature files.
#[derive(Debug, Clone)]
pub struct Suite {
    pub(super) features: Vec<gherkin::Feature>,
    scenarios: Vec<Scenario>,
}

impl Suite {
    /// Reads feature files. Complains about what Gherkin would lose silently as well as about what it cannot read.
    pub fn read(files: &[FeatureFile]) -> Result<Self, Diagnostic> {
        let mut features = Vec::new();
        let mut scenarios: Vec<Scenario> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for file in files {
            let feature = read_feature(file)?;
            let found = scenarios_of(&feature, file);
            if found.is_empty() {
                return Err(
                    at_line(file, 1, "this feature has no scenario").expected("expected a `Scenario:` below it")
                );
            }
            for scenario in found {
                if let Some(twin) = places.insert(scenario.address.clone(), scenarios.len()).map(|at| &scenarios[at]) {
                    let message = format!("the address {} is taken by {}:{}", twin.address, twin.file, twin.line);
                    return Err(at_line(file, scenario.line, message).expected("expected another @id:… tag"));
                }
                scenarios.push(scenario);
            }
            features.push(feature);
        }
        Ok(Self { features, scenarios })
    }

    /// Returns the scenarios in reading order.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// Returns the scenario with this address.
    pub fn scenario(&self, address: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.address == address)
    }

    /// Returns the scenarios that a selection picks.
    pub fn select<'s>(&'s self, selection: &Selection) -> Result<Vec<&'s Scenario>, SelectionError> {
        for address in &selection.addresses {
            self.check_address(address)?;
        }
        let expression = match &selection.tags {
            Some(text) if is_endless(text) => {
                let reason = "it has more words than anybody reads".to_owned();
                return Err(SelectionError::BadTags(text.chars().take(60).chain(['…']).collect(), reason));
            }
            Some(text) => Some(
                text.parse::<TagOperation>()
                    .map_err(|error| SelectionError::BadTags(text.clone(), error.to_string()))?,
            ),
            None => None,
        };
        let picked = |scenario: &&Scenario| {
            let named = selection.addresses.is_empty()
                || selection.addresses.iter().any(|address| lies_under(&scenario.address, address));
            named && expression.as_ref().is_none_or(|expression| expression.eval(&scenario.tags))
        };
        Ok(self.scenarios.iter().filter(picked).collect())
    }

    /// Complains about an address that no scenario has or lies under.
    pub fn check_address(&self, address: &str) -> Result<(), SelectionError> {
        if self.scenarios.iter().any(|scenario| lies_under(&scenario.address, address)) {
            return Ok(());
        }
        let nearest = self.nearest(address).map(|near| format!("\nhint: did you mean `{near}`?"));
        Err(SelectionError::UnknownAddress(address.to_owned(), nearest.unwrap_or_default()))
    }

    fn nearest(&self, address: &str) -> Option<&str> {
        self.scenarios
            .iter()
            .flat_map(|scenario| parents(&scenario.address))
            .map(|known| (strsim::damerau_levenshtein(known, address), known))
            .filter(|(distance, _)| *distance <= address.len() / 3 + 1)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    }
}

/// Which scenarios to play.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Addresses, or the beginnings of several; empty picks all.
    pub addresses: Vec<String>,
    /// A tag expression, such as `not @beyond-the-diagram`.
    pub tags: Option<String>,
}

/// The selection cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No scenario has this address.
    #[error("no scenario has the address `{0}`{1}\nhint: `hopcheck list scenarios` prints them all")]
    UnknownAddress(String, String),
    /// The tag expression cannot be parsed.
    #[error("`{0}` is no tag expression: {1}\nhint: write tags with their @, such as 'not @beyond-the-diagram'")]
    BadTags(String, String),
}

/// Returns whether an address is another one, or lies under it: `tokens/identities` under `tokens`.
pub fn lies_under(address: &str, prefix: &str) -> bool {
    address.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
}

/// Returns the address that the scenario's tags carry.
pub(super) fn address_of(scenario: &gherkin::Scenario) -> Option<&str> {
    scenario.tags.iter().find_map(|tag| tag.strip_prefix("id:"))
}

fn parents(address: &str) -> impl Iterator<Item = &str> {
    address.match_indices(['/', ':']).map(|(end, _)| &address[..end]).chain([address])
}

fn read_feature(file: &FeatureFile) -> Result<gherkin::Feature, Diagnostic> {
    let mut feature = parsed(&file.name, file.text.trim_start_matches('\u{feff}'))?;
    let stem = file.name.rsplit('/').next().unwrap_or(&file.name).trim_end_matches(".feature").to_owned();
    name_scenarios(&stem, &mut feature.scenarios);
    for rule in &mut feature.rules {
        name_scenarios(&stem, &mut rule.scenarios);
    }
    feature.path = Some(file.name.clone().into());
    Ok(feature)
}

/// Gives each scenario its address: that of its tag, numbered where an outline has several rows, or one made of its name.
fn name_scenarios(file_stem: &str, scenarios: &mut [gherkin::Scenario]) {
    let given: Vec<String> = scenarios
        .iter()
        .map(|scenario| {
            address_of(scenario).map_or_else(|| format!("{file_stem}/{}", slug(&scenario.name)), str::to_owned)
        })
        .collect();
    let mut rows: HashMap<&str, usize> = HashMap::new();
    for address in &given {
        *rows.entry(address).or_default() += 1;
    }
    let mut before: HashMap<&str, usize> = HashMap::new();
    for (given, scenario) in given.iter().zip(scenarios) {
        let row = before.entry(given).or_default();
        *row += 1;
        let address = if rows[&**given] > 1 { format!("{given}:{row}") } else { given.clone() };
        scenario.tags.retain(|tag| !tag.starts_with("id:"));
        scenario.tags.push(format!("id:{address}"));
    }
}

/// Tells whether a tag expression is so long or so deep that reading it would exhaust the stack.
fn is_endless(expression: &str) -> bool {
    const MOST_WORDS: usize = 1000;
    const DEEPEST: usize = 100;
    let words = || expression.split_whitespace().flat_map(|word| word.split_inclusive(['(', ')']));
    let deepens = |word: &&str| *word == "not" || word.ends_with('(');
    words().nth(MOST_WORDS).is_some() || words().filter(deepens).nth(DEEPEST).is_some()
}

fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn scenarios_of(feature: &gherkin::Feature, file: &FeatureFile) -> Vec<Scenario> {
    let built_in = BUILT_IN.iter().any(|(_, text)| *text == file.text);
    let background = feature.background.as_ref().map(|background| &background.steps[..]).unwrap_or_default();
    let of = |rule: Option<&gherkin::Rule>, scenario: &gherkin::Scenario| {
        let rule_background = rule.and_then(|rule| rule.background.as_ref()).map(|background| &background.steps[..]);
        let steps = background.iter().chain(rule_background.unwrap_or_default()).chain(&scenario.steps);
        let tags = feature.tags.iter().chain(rule.iter().flat_map(|rule| &rule.tags)).chain(&scenario.tags);
        Scenario {
            address: address_of(scenario).unwrap_or_default().to_owned(),
            feature: feature.name.clone(),
            rule: rule.map(|rule| rule.name.clone()),
            name: scenario.name.clone(),
            tags: tags.filter(|tag| !tag.starts_with("id:")).cloned().collect(),
            file: file.name.clone(),
            line: scenario.position.line,
            steps: steps.map(|step| (step.value.clone(), step.position.line)).collect(),
            built_in,
        }
    };
    let direct = feature.scenarios.iter().map(|scenario| of(None, scenario));
    let ruled = feature.rules.iter().flat_map(|rule| rule.scenarios.iter().map(move |scenario| (rule, scenario)));
    direct.chain(ruled.map(|(rule, scenario)| of(Some(rule), scenario))).collect()
}

fn at_line(file: &FeatureFile, line: usize, message: impl Into<String>) -> Diagnostic {
    let text = file.text.trim_start_matches('\u{feff}');
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let content = text[start.min(text.len())..].lines().next().unwrap_or_default();
    let indent = content.len() - content.trim_start().len();
    Diagnostic::at(&file.name, text, start + indent..start + content.len(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_the_repository_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/features");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("features/{}", entry.unwrap().file_name().display()))
            .collect();
        files.sort();
        assert_eq!(files, BUILT_IN.map(|(name, _)| name));
    }

    #[test]
    fn a_tag_expression_without_end_is_refused() {
        let suite = Suite::read(&[feature("Feature: f\n @a\n Scenario: s\n  Given x\n")]).unwrap();
        let select = |tags: String| suite.select(&Selection { tags: Some(tags), ..Selection::default() });
        for tags in ["not ".repeat(20_000) + "@a", "(".repeat(20_000) + "@a", "@a or ".repeat(20_000) + "@a"] {
            let refused = select(tags).unwrap_err().to_string();
            assert!(refused.contains("more words than anybody reads") && refused.len() < 300, "{refused}");
        }
        assert_eq!(select("@b or ".repeat(200) + "not not @a").unwrap().len(), 1);
    }

    #[test]
    fn rows_of_an_outline_are_numbered() {
        let suite = Suite::read(&[feature(
            "Feature: f\n @id:a/b\n Scenario Outline: <x>\n  Given <x>\n  Examples:\n  | x |\n  | 1 |\n  | 2 |\n",
        )])
        .unwrap();
        let addresses: Vec<_> = suite.scenarios().iter().map(|scenario| scenario.address.as_str()).collect();
        assert_eq!(addresses, ["a/b:1", "a/b:2"]);
    }

    #[test]
    fn a_scenario_without_an_address_gets_one_from_its_name() {
        let suite = Suite::read(&[feature("Feature: f\n Scenario: The Token, again!\n  Given x\n")]).unwrap();
        assert_eq!(suite.scenarios()[0].address, "own/the-token-again");
    }

    #[test]
    fn an_address_selects_what_lies_under_it_and_nothing_else() {
        assert!(lies_under("tokens/identities", "tokens"));
        assert!(lies_under("tokens/identities:3", "tokens/identities"));
        assert!(!lies_under("tokens/identities-at-once", "tokens/identities"));
    }

    #[test]
    fn what_asserts_nothing_or_is_taken_is_an_error() {
        for (text, expected) in [
            ("Feature: f\n Rule: r\n", "has no scenario"),
            (
                "Feature: f\n @id:a\n Scenario: a\n  Given x\n @id:a:1\n Scenario: b\n  Given x\n @id:a\n Scenario: c\n  Given x\n",
                "is taken by",
            ),
        ] {
            let error = Suite::read(&[feature(text)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}\n{error}");
        }
    }

    #[test]
    fn an_unknown_address_is_answered_with_the_nearest() {
        let suite = Suite::read(&built_in_features()).unwrap();
        let selection = Selection { addresses: vec!["feature-on/fingerprint-travel".into()], tags: None };
        let error = suite.select(&selection).unwrap_err().to_string();
        assert!(error.contains("did you mean `feature-on/fingerprint-travels`?"), "{error}");
    }

    fn feature(text: &str) -> FeatureFile {
        FeatureFile { name: "own.feature".into(), text: text.into() }
    }
}
