//! Probes, run as a user runs them: nothing is found in the references and in an edge that does as drawn, and each wrong
//! thing is found in one that does not, made small, and found again by its id, by its line for a shell and by its scenario.

mod support;

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use support::{Folder, HastyRelay, KEY_OFF, KEY_ON, Program, StubbornEdge, Wrong, WrongEdge, free_address, start};

#[test]
fn nothing_is_found_in_the_references() {
    let folder = Folder::new();
    let probe = Program::new(["probe", "--seed", "1", "--cases", "300", "--strict", "--report", "json=probe.json"]);
    let ended = probe.within(&folder).ends().with(0);
    assert!(ended.stdout.contains("300 cases, 60 of them sequences: nothing is broken\n"), "{}", ended.stdout);
    let report = report(&folder);
    assert_eq!((&report["verdict"], &report["ran"], &report["seed"]), (&"holds".into(), &300.into(), &1.into()));
    assert_eq!(report["properties"].as_array().map(Vec::len), Some(8));
}

#[test]
fn nothing_is_found_with_other_seeds() {
    for seed in ["3", "4711", "45775", "341454", "900001"] {
        let ended = Program::new(["probe", "--seed", seed, "--cases", "300", "--strict"]).ends().with(0);
        assert!(ended.stdout.contains(": nothing is broken\n"), "seed {seed}: {}", ended.stdout);
    }
}

#[test]
fn nothing_is_found_in_an_edge_that_does_as_drawn() {
    let edge = WrongEdge::with(Wrong::Nothing);
    let ended = probe(&edge, &["--seed", "2", "--cases", "200"]).ends().with(0);
    assert!(ended.stdout.contains("nothing is broken\n"), "{}", ended.stdout);
}

#[test]
fn a_failure_on_bad_input_is_found() {
    let found = found(Wrong::FailsOnBadJson, "answers");
    assert_eq!(found.failure["severity"], "should");
    assert!(found.text("observed").starts_with("500 "), "{}", found.failure);
    assert!(found.text("smallest").starts_with("POST /V2/Webchat/Token/Refresh\ncontent-type: "), "{}", found.failure);
    assert!(found.curl().contains("HTTP/1.1 500"), "{}", found.failure);
}

#[test]
fn a_hang_on_bad_input_is_found() {
    let found = found(Wrong::HangsOnBadJson, "answers");
    assert!(found.text("observed").contains("no complete reply within 1s"), "{}", found.failure);
}

#[test]
fn a_token_for_anything_is_found() {
    let found = found(Wrong::GivesTokenForAnything, "token-for-token");
    assert_eq!(found.failure["severity"], "must");
    assert!(!found.text("smallest").contains("{token}"), "{}", found.failure);
    assert!(found.curl().contains("\"token\":\"tok-"), "{}", found.failure);
}

#[test]
fn two_acao_headers_are_found_in_the_drawn_request_itself() {
    let found = found(Wrong::DoublesAcao, "one-acao");
    assert_eq!(found.text("observed"), "* and *");
    assert!(found.text("smallest").ends_with("{\"deploymentKey\":\"{deployment key}\",\"token\":\"{token}\"}"));
    let answer = found.curl();
    assert_eq!(answer.matches("access-control-allow-origin: *").count(), 2, "{answer}");
    assert!(answer.contains("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_secret_in_a_refusal_is_found_and_not_told() {
    let found = found(Wrong::EchoesToken, "echoes-no-secret");
    assert!(found.text("observed").contains("in the body of: 403"), "{}", found.failure);
    assert!(found.curl().contains(KEY_ON) || found.curl().contains(KEY_OFF), "{}", found.failure);
}

#[test]
fn a_refusal_without_a_word_is_found() {
    let found = found(Wrong::RefusesWithoutBody, "refuses-in-json");
    assert!(found.text("observed").ends_with("and no body"), "{}", found.failure);
}

#[test]
fn a_token_of_another_account_that_is_taken_is_found_in_two_steps() {
    let found = found(Wrong::TakesForeignTokens, "as-drawn");
    assert_eq!(found.failure["severity"], "must");
    let smallest = found.text("smallest");
    assert_eq!(smallest.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).count(), 2, "{smallest}");
    assert!(smallest.contains("with the deployment key of account"), "{smallest}");
}

#[test]
fn another_client_that_is_let_in_is_found_in_two_steps() {
    let found = found(Wrong::IgnoresClients, "as-drawn");
    let smallest = found.text("smallest");
    assert_eq!(smallest.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).count(), 2, "{smallest}");
    assert!(found.text("case").contains("-q"), "{}", found.failure);
}

#[test]
fn the_roles_of_another_account_are_found() {
    let found = found(Wrong::MixesRoles, "own-roles");
    assert!(found.text("observed").contains("another account's"), "{}", found.failure);
}

#[test]
fn the_same_seed_makes_the_same_requests() {
    let edge = WrongEdge::with(Wrong::Nothing);
    let requests = |seed: &str| {
        probe(&edge, &["--seed", seed, "--cases", "60"]).ends().with(0);
        let without_numbers = |body: Vec<u8>| {
            let text = String::from_utf8_lossy(&body).into_owned();
            text.split("tok-").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect::<String>()
        };
        // Whether anybody is there is asked with another browser each time; the probe's are all of one build.
        let is_looking = |(_, agent): &(String, String)| agent.contains("Gecko/") && !agent.contains("Gecko/20100101");
        let got = edge.take_got().into_iter();
        let got = got.filter(|(_, path, headers, _)| path != "/V2/Webchat/Token" && !headers.iter().any(is_looking));
        let mut got: Vec<_> =
            got.map(|(method, path, headers, body)| (method, path, headers, without_numbers(body))).collect();
        got.sort();
        got
    };
    let (once, again, other) = (requests("5"), requests("5"), requests("6"));
    assert!(once.len() > 50, "{}", once.len());
    assert!(once == again, "the same seed made other requests");
    assert!(once != other, "another seed made the same requests");
}

#[test]
fn a_seed_is_printed_before_anything_else_and_makes_the_run_again() {
    let ended = Program::new(["probe", "--cases", "3"]).ends().with(0);
    let first = ended.stdout.lines().next().unwrap_or_default();
    let seed = first.strip_prefix("seed ").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    assert!(seed.parse::<u64>().is_ok(), "{first}");
    assert!(first.ends_with(&format!("probe --seed {seed} --cases 3 plays the same cases again")), "{first}");
}

#[test]
fn no_secret_is_printed_or_written() {
    let edge = WrongEdge::with(Wrong::EchoesToken);
    let folder = Folder::new();
    let ended = probe(&edge, &["--seed", "1", "--cases", "100", "--strict", "--report", "json=probe.json"])
        .within(&folder)
        .ends()
        .with(1);
    for text in [&ended.stdout, &ended.stderr, &folder.read("probe.json")] {
        for secret in [KEY_ON, KEY_OFF, "-good"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_service_behind_the_edge_is_probed_too_where_it_can_be_called() {
    let folder = Folder::new().with("accounts.toml", &std::fs::read_to_string("fixtures/accounts.toml").unwrap());
    let scoped_auth = free_address();
    let upstream = format!("http://{scoped_auth}");
    let (_running, url) = start(&folder, hopcheck::protocol::Participant::FederatedAuth, Some(&upstream));
    let file = format!(
        "[participants.federated-auth]\nurl = \"{url}\"\n[participants.scoped-auth]\nlisten = \"{scoped_auth}\"\n"
    );
    folder.write("deployment.toml", &file);
    let arguments = ["probe", "--deployment", "deployment.toml", "--seed", "3", "--cases", "80", "--strict"];
    let ended = Program::new(arguments).within(&folder).ends().with(0);
    assert!(ended.stdout.contains("80 cases"), "{}", ended.stdout);
}

#[test]
fn a_call_for_what_is_refused_is_found_where_the_hop_is_seen() {
    let folder = Folder::new().with("accounts.toml", &std::fs::read_to_string("fixtures/accounts.toml").unwrap());
    let scoped_auth = free_address();
    let upstream = format!("http://{scoped_auth}");
    let (_running, url) = start(&folder, hopcheck::protocol::Participant::FederatedAuth, Some(&upstream));
    let hasty = HastyRelay::before(&url, format!("{upstream}/v1/ScopedAuthTokens/validate"));
    let file = format!(
        "[participants.federated-auth]\nurl = \"{hasty}\"\n[participants.scoped-auth]\nlisten = \"{scoped_auth}\"\n"
    );
    folder.write("deployment.toml", &file);
    let arguments = ["probe", "--deployment", "deployment.toml", "--seed", "4", "--cases", "200", "--strict"];
    let ended = Program::new(arguments).within(&folder).ends().with(1);
    assert!(ended.stdout.contains("\n✗ calls-nobody (SHOULD), at FederatedAuth\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("    expected ScopedAuth is not called\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("Then FederatedAuth calls nobody\n"), "{}", ended.stdout);
}

#[test]
fn what_cannot_be_reached_is_not_judged() {
    let folder = Folder::new();
    let url = format!("http://{}", free_address());
    let arguments = ["probe", "--url", &url, "--key-on", KEY_ON, "--report", "json=probe.json"];
    let ended = Program::new(arguments).within(&folder).ends().with(3);
    assert!(ended.stdout.contains("the run broke off: failed to reach the edge at"), "{}", ended.stdout);
    assert_eq!(report(&folder)["verdict"], "incomplete");
}

#[test]
fn a_run_that_is_stopped_leaves_what_it_has() {
    let edge = StubbornEdge::listen();
    let folder = Folder::new();
    let arguments = ["probe", "--url", &edge.url(), "--key-on", KEY_ON, "--report", "json=probe.json"];
    let running = Program::new(arguments).within(&folder).starts();
    let _asked = edge.left_unanswered();
    running.signal("INT");
    let ended = running.ends().with(3);
    assert!(ended.stdout.contains("the run broke off: Ctrl-C was received"), "{}", ended.stdout);
    assert_eq!(report(&folder)["broken_off"], "Ctrl-C was received");
}

#[test]
fn time_that_is_up_ends_a_run_with_what_was_played() {
    let since = std::time::Instant::now();
    let ended = Program::new(["probe", "--cases", "4000000000", "--time", "1s", "--seed", "1"]).ends().with(0);
    assert!(ended.stdout.contains(" of 4000000000 cases"), "{}", ended.stdout);
    assert!(since.elapsed() < Duration::from_secs(40));
}

#[test]
fn no_case_is_an_exit_code_of_its_own() {
    let ended = Program::new(["probe", "--cases", "0"]).ends().with(4);
    assert!(ended.stdout.ends_with("0 cases, 0 of them sequences: nothing ran\n"), "{}", ended.stdout);
}

#[test]
fn what_is_no_case_is_a_usage_error() {
    for arguments in [["probe", "--replay", "c12"], ["probe", "--report", "junit=x.xml"], ["probe", "--key-on", "k"]] {
        Program::new(arguments).ends().with(2);
    }
}

/// What is found in an edge with one thing wrong, having been found again in each of the ways there are.
struct Found {
    edge: WrongEdge,
    failure: Value,
}

impl Found {
    fn text(&self, member: &str) -> &str {
        self.failure[member].as_str().unwrap_or_default()
    }

    /// Runs the line for a shell and returns what it prints.
    fn curl(&self) -> String {
        let is_on = self.text("curl").contains("feature-on");
        let key = if is_on { KEY_ON } else { KEY_OFF };
        let get = format!(
            "curl -s {}/V2/Webchat/Token -H 'content-type: application/json' -H \"user-agent: $AGENT\" \
             -d '{{\"deploymentKey\":\"{key}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/'",
            self.edge.url()
        );
        let agent =
            self.text("smallest").lines().find_map(|line| line.strip_prefix("user-agent: ")).unwrap_or_default();
        let script = format!("TOKEN=$({get})\n{}", self.text("curl"));
        let output = Command::new("bash").args(["-c", &script]).env("DEPLOYMENT_KEY", key).env("AGENT", agent).output();
        let output = output.unwrap_or_else(|error| panic!("{error}"));
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Probes an edge with this wrong, and expects this property to be broken, for good.
fn found(wrong: Wrong, property: &str) -> Found {
    let edge = WrongEdge::with(wrong);
    let folder = Folder::new();
    // Each attempt to make a hang smaller takes that long.
    let timeout = if wrong == Wrong::HangsOnBadJson { "1s" } else { "20s" };
    let run = |more: &[&str]| {
        let arguments = [&["--strict", "--timeout", timeout, "--report", "json=probe.json"], more].concat();
        let ended = probe(&edge, &arguments).within(&folder).ends().with(1);
        let failures = report(&folder)["failures"].as_array().cloned().unwrap_or_default();
        let failure = failures.into_iter().find(|failure| failure["property"] == property);
        (ended, failure.unwrap_or_else(|| panic!("{property} was not found broken: {}", report(&folder))))
    };
    let (ended, failure) = run(&["--seed", "1", "--cases", "100"]);
    assert!(ended.stdout.contains(&format!("\n✗ {property} (")), "{}", ended.stdout);
    let id = failure["case"].as_str().unwrap_or_default();

    let (_, again) = run(&["--replay", id]);
    for member in ["property", "severity", "case", "smallest", "curl", "scenario"] {
        assert_eq!(again[member], failure[member], "{member}");
    }

    folder.write("found/found.feature", failure["scenario"].as_str().unwrap_or_default());
    let linted = Program::new(["lint", "--with-features", "found"]).within(&folder).ends();
    assert!(linted.stdout.contains(" 0 off between diagram and features"), "{}", linted.stdout);
    let verified = verify(&edge).within(&folder).ends();
    assert_eq!(verified.code, Some(1), "{}\n{}{}", failure["scenario"], verified.stdout, verified.stderr);
    assert!(verified.stdout.contains(&format!("    seen in   probe/{id}\n")), "{}", verified.stdout);
    let of_references = Program::new(["verify", "--features", "found", "--strict"]).within(&folder).ends();
    assert_eq!(of_references.code, Some(0), "{}\n{}", failure["scenario"], of_references.stdout);
    Found { edge, failure }
}

fn probe(edge: &WrongEdge, more: &[&str]) -> Program {
    more.iter()
        .fold(Program::new(["probe", "--url", &edge.url()]), Program::and)
        .knowing("HOPCHECK_KEY_ON", KEY_ON)
        .knowing("HOPCHECK_KEY_OFF", KEY_OFF)
}

fn verify(edge: &WrongEdge) -> Program {
    let arguments = ["verify", "--features", "found", "--strict", "--timeout", "3s", "--url", &edge.url()];
    Program::new(arguments).knowing("HOPCHECK_KEY_ON", KEY_ON).knowing("HOPCHECK_KEY_OFF", KEY_OFF)
}

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("probe.json")).unwrap_or_else(|error| panic!("{error}"))
}
