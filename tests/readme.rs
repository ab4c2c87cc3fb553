//! The README against the program: its commands are commands, its numbers are the program's, its scenario is one.

mod support;

use std::sync::Arc;

use clap::Parser;
use hopcheck::cli::Arguments;
use hopcheck::diagram::Diagram;
use hopcheck::mutants::{Vantage, built_in_equivalents, catalogue};
use hopcheck::scenarios::{FeatureFile, Suite, built_in_features, lint};
use support::{Folder, Program};

const README: &str = include_str!("../README.md");

#[test]
fn every_command_is_one_that_the_program_takes() {
    let commands: Vec<&str> = README.lines().filter_map(|line| line.strip_prefix("$ hopcheck ")).collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let words = ["hopcheck"].into_iter().chain(command.split_whitespace());
        if let Err(error) = Arguments::try_parse_from(words) {
            panic!("hopcheck {command}\n{error}");
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_built_in_suite() {
    let suite = Suite::read(&built_in_features()).unwrap_or_else(|error| panic!("{error}"));
    let count = suite.scenarios().len();
    let ended = Program::new(["verify", "--strict"]).ends().with(0);
    let last: Vec<&str> = ended.stdout.lines().rev().take(3).collect();
    let [verdict, scenarios, arrows] = last[..] else { panic!("{}", ended.stdout) };
    let (scenarios, _) = scenarios.split_once(" in ").unwrap_or_default();
    for line in [verdict, scenarios, arrows, &format!("{count} scenarios: {count} passed")] {
        assert!(README.contains(line), "the README does not say: {line}");
    }
}

#[test]
fn the_scores_count_every_mutant_there_is() {
    let diagram = Diagram::built_in().unwrap_or_else(|error| panic!("{error}"));
    let mutants = catalogue(&Arc::new(diagram));
    let equivalents = built_in_equivalents().unwrap_or_else(|error| panic!("{error}"));
    for (vantage, seen) in [(Vantage::Everywhere, "at the arrow they touch"), (Vantage::Edge, "as seen from the edge")]
    {
        let hidden = mutants.iter().filter(|mutant| equivalents.argument(&mutant.name, vantage).is_some()).count();
        let of = mutants.len() - hidden;
        let score = format!(
            "\n{of} of {of} mutants killed {seen}: 100.0 %; {hidden} more are no different from the reference\n"
        );
        assert!(README.contains(&score), "the README does not say: {score}");
    }
}

#[test]
fn the_scenario_can_be_played_as_it_stands() {
    let (_, rest) = README.split_once("```gherkin\n").unwrap_or_default();
    let (text, _) = rest.split_once("```").unwrap_or_default();
    let folder = Folder::new().with("my-features/own.feature", text);
    let own = FeatureFile { name: "own.feature".into(), text: text.into() };
    let suite = Suite::read(&[own]).unwrap_or_else(|error| panic!("{error}"));
    let diagram = Diagram::built_in().unwrap_or_else(|error| panic!("{error}"));
    assert!(lint(&diagram, &suite).iter().all(|complaint| !complaint.place.starts_with("own.feature")));
    Program::new(["verify", "--with-features", "my-features", "own/reload"]).within(&folder).ends().with(0);
}

#[test]
fn what_comes_with_the_program_can_be_written_and_handed_in_again() {
    let folder = Folder::new();
    let written = Program::new(["export", "built-in", "--out", "here"]).within(&folder).ends().with(0);
    assert!(written.stdout.contains("here/features/01-feature-on.feature\n"), "{}", written.stdout);
    let again = Program::new(["export", "built-in", "--out", "here"]).within(&folder).ends().with(2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    let handed_in = ["verify", "--diagram", "here/webchat-refresh-token.mmd", "--features", "here/features"];
    Program::new(handed_in).within(&folder).ends().with(0);
}
