//! The house rules, held by tests instead of by hope. They read the sources as text and look at no test code in them.

mod arrows_served;
mod circles;
mod sources;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hopcheck::diagram::Diagram;
use hopcheck::scenarios::{Suite, built_in_features};

use sources::{Source, files_under, sources, text_of};

/// Which modules each one may name. One that is not listed here may name none.
const LAYERS: [(&str, &[&str]); 17] = [
    ("diagnostic", &[]),
    ("protocol", &[]),
    ("diagram", &[]),
    ("transcript", &["protocol"]),
    ("verdict", &["protocol", "diagram", "transcript"]),
    ("report", &["diagram", "transcript", "verdict"]),
    ("participants", &["protocol"]),
    ("standins", &["protocol", "diagram"]),
    ("config", &["protocol"]),
    ("wire", &["protocol", "transcript", "config"]),
    ("topology", &["protocol", "transcript", "config", "wire", "participants", "standins"]),
    ("scenarios", ABOVE_PARTICIPANTS),
    ("mutants", ABOVE_SCENARIOS),
    ("variants", ABOVE_SCENARIOS),
    ("probes", ABOVE_PARTICIPANTS),
    ("simulator", &["protocol", "diagram", "transcript", "verdict", "participants", "config", "wire", "topology"]),
    ("cli", ANY),
];
const ABOVE_PARTICIPANTS: &[&str] =
    &["protocol", "diagram", "transcript", "verdict", "report", "standins", "config", "wire", "topology"];
const ABOVE_SCENARIOS: &[&str] =
    &["protocol", "diagram", "transcript", "verdict", "report", "standins", "config", "wire", "topology", "scenarios"];
const ANY: &[&str] = &[
    "protocol",
    "diagram",
    "transcript",
    "verdict",
    "report",
    "participants",
    "standins",
    "config",
    "wire",
    "topology",
    "scenarios",
    "mutants",
    "variants",
    "probes",
    "simulator",
];
/// What every module may name.
const BY_ALL: &str = "diagnostic";

/// Where a secret becomes text, and what for.
const EXPOSING: [(&str, &str); 20] = [
    ("src/cli/inputs.rs", "tells the redactor what to hide"),
    ("src/cli/simulate/startup_text.rs", "prints the keys of the accounts that it plays"),
    ("src/mutants/comparisons.rs", "cuts the keys that a mutant mistakes"),
    ("src/participants/token.rs", "verifies a token and hashes a fingerprint"),
    ("src/scenarios/drawn.rs", "builds requests"),
    ("src/scenarios/preparation.rs", "tells the journal what a call is known by"),
    ("src/scenarios/steps/refreshes.rs", "cuts a deployment key short"),
    ("src/simulator/api/accounts.rs", "tells the admin what its own accounts are named by"),
    ("src/simulator/redaction.rs", "tells the redactor what to hide"),
    ("src/topology/plan.rs", "makes the key of an accounts file the one that signs"),
    ("src/topology/command.rs", "names an account to a command that switches its feature"),
    ("src/wire/client.rs", "sends the headers that the deployment asks for"),
    ("src/wire/draft.rs", "builds requests"),
    ("src/topology/tokens.rs", "builds requests for tokens, and spoils tokens"),
    ("src/topology/vouching.rs", "builds the requests that show a client's fingerprint"),
    ("src/config/toml_text/document.rs", "collects the secrets of a file, each once"),
    ("src/config/toml_text/sensitive.rs", "defines it for what a file declares"),
    ("src/variants/deployed.rs", "states an expired token of the variants"),
    ("src/verdict/judge.rs", "binds the token that was presented"),
    ("src/verdict/requests.rs", "compares a fingerprint with that of the client a token was made for"),
];

/// What may stand at the root besides dot-files and licences.
const ROOT: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "features",
    "src",
    "fixtures",
    "snapshots",
    "tests",
    "benches",
    "build.rs",
];

const MOST_LINES: usize = 400;

#[test]
fn a_module_names_only_the_modules_below_it() {
    for source in sources() {
        let Some(layer) = source.layer() else { continue };
        let (_, below) =
            LAYERS.iter().find(|(name, _)| *name == layer).unwrap_or_else(|| panic!("{layer} is no layer"));
        for named in source.modules_named() {
            assert!(
                named == layer || named == BY_ALL || below.contains(&named.as_str()),
                "{}: {layer} may not name {named}",
                source.file
            );
        }
    }
}

#[test]
fn only_the_command_line_prints_or_reads_the_environment() {
    for source in sources().iter().filter(|source| source.layer() != Some("cli") && source.file != "src/main.rs") {
        for word in ["print!(", "println!(", "dbg!(", "env::var", "env::args", "stdout()", "stderr()", "process::exit"]
        {
            assert!(!source.code.contains(word), "{} has {word}", source.file);
        }
    }
}

#[test]
fn only_main_ends_the_process() {
    for source in sources() {
        for word in ["process::exit", "process::abort", "run_and_exit"] {
            assert!(!source.code.contains(word), "{} has {word}", source.file);
        }
    }
}

#[test]
fn only_the_wire_binds_ports_and_only_the_topology_starts_the_servers_of_stand_ins() {
    let of_wire = ["TcpListener", "TcpSocket", "UdpSocket", "UnixListener", "axum::serve"];
    let of_topology = ["MockServer::start", "MockServer::builder"];
    for source in sources() {
        for (layer, words) in [("wire", of_wire.as_slice()), ("topology", &of_topology)] {
            for word in words.iter().filter(|_| source.layer() != Some(layer)) {
                assert!(!source.statements().contains(word), "{} has {word}", source.file);
            }
        }
    }
}

#[test]
fn the_config_opens_no_file_and_knows_no_socket() {
    for source in sources().iter().filter(|source| source.layer() == Some("config")) {
        for word in ["std::fs", "File::", "std::process", "tokio", "TcpStream", "async fn", ".await"] {
            assert!(!source.statements().contains(word), "{} has {word}", source.file);
        }
    }
}

#[test]
fn what_judges_does_no_input_or_output_and_waits_for_nothing() {
    for source in sources() {
        let pure = ["protocol", "diagram", "transcript", "verdict", "report", "diagnostic"];
        if source.layer().is_some_and(|layer| pure.contains(&layer)) {
            for word in ["std::fs", "std::net", "std::process::", "tokio", "reqwest", "async fn", ".await"] {
                assert!(!source.code.contains(word), "{} has {word}", source.file);
            }
        }
    }
}

#[test]
fn a_secret_becomes_text_only_where_it_has_to() {
    let exposing = |source: &Source| source.code.contains("expose()") || source.code.contains("::expose");
    let found: BTreeSet<String> = sources().into_iter().filter(exposing).map(|source| source.file).collect();
    let known: BTreeSet<String> = EXPOSING.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(found, known);
}

#[test]
fn no_file_holds_two_things() {
    for source in sources() {
        let lines = source.code.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines: what are the two things in it?", source.file);
    }
}

#[test]
fn every_file_says_what_it_is() {
    let tests = files_under("tests").into_iter().filter(|file| file.extension().is_some_and(|it| it == "rs"));
    let of_tests = tests.map(|file| (file.display().to_string(), text_of(&file)));
    for (file, text) in sources().into_iter().map(|source| (source.file, source.code)).chain(of_tests) {
        assert!(text.starts_with("//! "), "{file} does not begin with //!");
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_makes_no_markup_of_text() {
    let files = files_under("src/simulator/page");
    assert!(files.len() > 2, "the page was not found");
    for file in files {
        let (name, text) = (file.display(), text_of(&file));
        assert!(
            ["<!-- ", "/* ", "// "].iter().any(|comment| text.starts_with(comment)),
            "{name} does not say what it is"
        );
        assert!(text.lines().count() <= MOST_LINES, "{name}: what are the two things in it?");
        let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
        for word in
            ["http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style="]
        {
            assert!(!elsewhere.contains(word), "{name} has {word}");
        }
    }
}

#[test]
fn every_scenario_has_an_address_of_its_own() {
    let suite = suite();
    let mut seen = BTreeSet::new();
    for scenario in suite.scenarios() {
        assert!(seen.insert(&scenario.address), "{} is taken", scenario.address);
        let made_of_its_name = scenario.address.starts_with(|c: char| c.is_ascii_digit());
        assert!(!made_of_its_name, "{}:{} has no @id:… tag", scenario.file, scenario.line);
    }
}

#[test]
fn every_branch_of_the_diagram_has_its_rule() {
    let text = text_of(Path::new("fixtures/webchat-refresh-token.mmd"));
    let diagram = Diagram::parse("d", &text).unwrap_or_else(|error| panic!("{error}"));
    let suite = suite();
    let rules: BTreeSet<&str> = suite.scenarios().iter().filter_map(|scenario| scenario.rule.as_deref()).collect();
    let branches: BTreeSet<&str> = diagram.blocks().iter().map(|block| block.label.as_str()).collect();
    assert_eq!(branches.len(), 5);
    assert_eq!(rules, branches);
}

#[test]
fn the_root_holds_what_belongs_there_and_nothing_else() {
    let root = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap_or_else(|error| panic!("{error}"));
    for entry in root {
        let name = entry.unwrap_or_else(|error| panic!("{error}")).file_name();
        let name = name.to_string_lossy();
        let belongs = name.starts_with('.') || name.starts_with("LICENSE") || ROOT.contains(&&*name);
        assert!(belongs || name == "target", "{name} does not belong at the root");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = text_of(Path::new("Cargo.toml"));
    let mut section = "";
    let mut reasons = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies") && !line.trim().is_empty() {
            let reason = line.rsplit_once("# ").map_or("", |(_, reason)| reason);
            assert!(reason.split_whitespace().count() > 1, "no reason: {line}");
            reasons += 1;
        }
        let in_a_table = line.starts_with('[') && line.contains("dependencies.");
        assert!(!in_a_table, "a dependency in a table of its own has no room for its reason: {line}");
    }
    assert!(reasons > 20, "dependencies were not found");
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let tests: String = files_under("tests").iter().map(|file| text_of(file)).collect();
    for file in files_under("snapshots") {
        let accepted = file.extension().is_some_and(|extension| extension == "snap");
        assert!(accepted, "{} was not accepted", file.display());
        let name = file.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
        // Those of commands are named without their common beginning.
        let named = [&*name, name.trim_start_matches("command-")].map(|name| tests.contains(&format!("\"{name}\"")));
        assert!(named.contains(&true), "no test compares {name}");
    }
}

#[test]
fn generated_inputs_that_failed_are_kept_out_of_the_root() {
    for file in files_under("src").into_iter().chain(files_under("tests")) {
        let text = text_of(&file);
        let generates = text.lines().any(|line| line.trim_start().starts_with("proptest!"));
        let keeps = text.contains("failure_persistence");
        assert!(!generates || keeps, "{} would write proptest-regressions/ at the root", file.display());
    }
}

fn suite() -> Suite {
    Suite::read(&built_in_features()).unwrap_or_else(|error| panic!("{error}"))
}
