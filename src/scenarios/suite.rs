//! The suite: feature files read into scenarios, each with an address of its own.

use cucumber::feature::Ext as _;
use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::gherkin::{self, GherkinEnv};
use cucumber::tag::Ext as _;

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
        for file in files {
            let feature = read_feature(file)?;
            let found = scenarios_of(&feature, file);
            if found.is_empty() {
                return Err(
                    at_line(file, 1, "this feature has no scenario").expected("expected a `Scenario:` below it")
                );
            }
            for scenario in found {
                if let Some(twin) = scenarios.iter().find(|known| known.address == scenario.address) {
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
pub(super) fn lies_under(address: &str, prefix: &str) -> bool {
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
    let text = file.text.trim_start_matches('\u{feff}');
    let Ok(mut feature) = gherkin::Feature::parse(text, GherkinEnv::default()) else {
        return Err(no_gherkin(file, text));
    };
    for rule in &feature.rules {
        swallowed(file, rule.description.as_deref())?;
    }
    swallowed(file, feature.description.as_deref())?;
    for scenario in feature.scenarios.iter().chain(feature.rules.iter().flat_map(|rule| &rule.scenarios)) {
        swallowed(file, scenario.description.as_deref())?;
        complete(file, scenario)?;
    }
    feature = feature.expand_examples().map_err(|error| {
        at_line(file, error.pos.line, format!("no column of the Examples is called <{}>", error.name))
    })?;
    let stem = file.name.rsplit('/').next().unwrap_or(&file.name).trim_end_matches(".feature").to_owned();
    name_scenarios(&stem, &mut feature.scenarios);
    for rule in &mut feature.rules {
        name_scenarios(&stem, &mut rule.scenarios);
    }
    feature.path = Some(file.name.clone().into());
    Ok(feature)
}

/// Places what is no Gherkin at the first line that cannot follow those before it.
///
/// The parser's own position is often one of a later line, and what it expected there are names out of its grammar.
fn no_gherkin(file: &FeatureFile, text: &str) -> Diagnostic {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let reads = |lines: &[&str]| gherkin::Feature::parse(lines.concat(), GherkinEnv::default()).is_ok();
    let good = (0..lines.len()).rev().find(|count| reads(&lines[..*count])).unwrap_or(0);
    at_line(file, good + 1, "this is no Gherkin")
        .expected("expected what may stand here, such as `Feature:`, `Scenario:`, `Given` or `And`")
}

/// Complains about a keyword within a description: Gherkin takes a misspelt `Scenaro:` for prose and loses it.
fn swallowed(file: &FeatureFile, description: Option<&str>) -> Result<(), Diagnostic> {
    const KEYWORDS: [&str; 8] =
        ["Scenario", "Scenario Outline", "Rule", "Background", "Examples", "Example", "Feature", "Scenarios"];
    for line in description.unwrap_or_default().lines() {
        let Some((word, _)) = line.trim().split_once(':') else { continue };
        let near = KEYWORDS.iter().find(|keyword| strsim::damerau_levenshtein(keyword, word) <= 2);
        if let Some(keyword) = near {
            let number = file.text.lines().position(|known| known.trim() == line.trim()).map_or(1, |index| index + 1);
            return Err(at_line(file, number, format!("`{word}:` is no keyword, so what follows would be lost"))
                .expected(format!("expected `{keyword}:`")));
        }
    }
    Ok(())
}

fn complete(file: &FeatureFile, scenario: &gherkin::Scenario) -> Result<(), Diagnostic> {
    if scenario.steps.is_empty() {
        return Err(at_line(file, scenario.position.line, "a scenario without steps asserts nothing")
            .expected("expected steps below it"));
    }
    let outline = scenario.keyword.contains("Outline") || scenario.keyword.contains("Template");
    if outline && scenario.examples.is_empty() {
        return Err(at_line(
            file,
            scenario.position.line,
            "an outline without Examples would run with its <placeholders>",
        )
        .expected("expected an Examples: table below it"));
    }
    for examples in &scenario.examples {
        if examples.table.as_ref().is_none_or(|table| table.rows.len() < 2) {
            return Err(at_line(file, examples.position.line, "these Examples have no row, so no scenario would run")
                .expected("expected a header and at least one row"));
        }
    }
    Ok(())
}

/// Gives each scenario its address: that of its tag, numbered where an outline has several rows, or one made of its name.
fn name_scenarios(file_stem: &str, scenarios: &mut [gherkin::Scenario]) {
    let given: Vec<String> = scenarios
        .iter()
        .map(|scenario| {
            address_of(scenario).map_or_else(|| format!("{file_stem}/{}", slug(&scenario.name)), str::to_owned)
        })
        .collect();
    for (at, scenario) in scenarios.iter_mut().enumerate() {
        let rows = given.iter().filter(|other| **other == given[at]).count();
        let row = given[..=at].iter().filter(|other| **other == given[at]).count();
        let address = if rows > 1 { format!("{}:{row}", given[at]) } else { given[at].clone() };
        scenario.tags.retain(|tag| !tag.starts_with("id:"));
        scenario.tags.push(format!("id:{address}"));
    }
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
    fn what_gherkin_would_lose_is_an_error() {
        for (text, expected) in [
            ("Feature: f\n Scenaro: lost\n  Given x\n", "`Scenaro:` is no keyword"),
            ("Feature: f\n Rule: r\n", "has no scenario"),
            ("Feature: f\n Scenario: empty\n Scenario: other\n  Given x\n", "asserts nothing"),
            ("Feature: f\n Scenario Outline: o\n  Given <x>\n", "without Examples"),
            ("Feature: f\n Scenario Outline: o\n  Given <x>\n  Examples:\n  | x |\n", "no row"),
            ("Feature: f\n Scenario Outline: o\n  Given <y>\n  Examples:\n  | x |\n  | 1 |\n", "called <y>"),
            ("Feature: f\n Scenario: a\n  Given x\n Scenario: a\n  Given x\n Scenaro: b\n", "no Gherkin"),
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
    fn what_is_no_gherkin_is_shown_where_it_stands() {
        for (text, line) in [
            ("Feature: f\n Scenario: a\n  Given x\n  Whence y\n  Then z\n", 4),
            ("Feature: f\n Scenario: a\n  Given x\n  Whence y\n\n Scenario: b\n  Given x\n", 4),
            ("Feature: f\n Scenario: a\n  Given x\n  Whence y", 4),
            ("Scenario: a\n  Given x\n", 1),
            ("Feature: f\n Scenario: a\n  Given x\n  | a |\n  Whence y\n  Then z\n", 5),
            ("Feature: f\n Scenario: a\n  Given x\n  \"\"\"\n  unclosed\n", 4),
            ("", 1),
        ] {
            let error = Suite::read(&[feature(text)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("this is no Gherkin\n --> own.feature:{line}:")), "{text}\n{error}");
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
