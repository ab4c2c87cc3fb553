//! Known deviations, as a team keeps them in a file: what a run fails for, what it says of each, and how the file is made.

mod support;

use support::{Ended, Folder, Program, diagram_with, snapshot};

const KNOWN: &str = "\
[[known]]
scenario = \"valid/new-token\"
participant = \"Starship\"
arrow = 14
subject = \"member `region`\"
defect = \"missing\"
reason = \"the region comes with the next release\"
";

#[test]
fn what_is_listed_and_deviates_does_not_fail_the_run() {
    let folder = deviating_at_arrow_14();
    let known = verify(&folder, &["--baseline", "known.toml", "valid"]);
    compare("verify-baseline", &known);
    assert_eq!(known.code, Some(0));
    verify(&folder, &["--baseline", "known.toml", "--strict", "valid/new-token"]).with(0);
    verify(&folder, &["valid"]).with(1);
}

#[test]
fn what_is_not_listed_fails_the_run_and_the_baseline_is_part_of_the_command_that_plays_it_again() {
    let folder = deviating_at_arrow_14();
    let ended = verify(&folder, &["--baseline", "known.toml", "valid", "feature-off/new-token"]).with(1);
    let again = "verify --diagram changed.mmd --baseline known.toml feature-off/new-token\n";
    assert!(ended.stdout.contains(again), "{}", ended.stdout);
    for (old, new) in [("14", "13"), ("region`", "token`"), ("missing", "wrong_kind"), ("Starship", "Customer")] {
        folder.write("known.toml", &KNOWN.replace(old, new));
        verify(&folder, &["--baseline", "known.toml", "valid/new-token"]).with(1);
    }
}

#[test]
fn an_entry_that_is_stale_or_expired_fails_the_run() {
    let folder = Folder::new().with("known.toml", KNOWN);
    let stale = Program::new(["verify", "--baseline", "known.toml", "valid"]).within(&folder).ends().with(1);
    compare("verify-baseline-stale", &stale);
    let folder = deviating_at_arrow_14();
    for (day, code) in [("2999-12-31", 0), ("2020-02-29", 1)] {
        folder.write("known.toml", &format!("{KNOWN}expires = {day}\n"));
        let ended = verify(&folder, &["--baseline", "known.toml", "valid/new-token"]).with(code);
        assert!(ended.stdout.contains(&format!("(until {day})")), "{}", ended.stdout);
    }
}

#[test]
fn an_entry_of_which_nothing_is_seen_is_not_stale() {
    let folder = Folder::new().with("known.toml", KNOWN);
    let ended = Program::new(["verify", "--baseline", "known.toml", "feature-on"]).within(&folder).ends().with(0);
    let said = "not seen 1 entry: the scenario was not selected:";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
}

#[test]
fn a_baseline_that_was_written_can_be_handed_in() {
    let folder = deviating_at_arrow_14();
    let selected = ["valid", "feature-off"];
    let written = verify(&folder, &[&["--write-baseline", "new.toml"], &selected[..]].concat()).with(1);
    assert!(written.stderr.contains("wrote new.toml: 1 known\n"), "{}", written.stderr);
    snapshot("baseline", &folder.read("new.toml"));
    compare("error-baseline-no-reason", &verify(&folder, &["--baseline", "new.toml", "valid"]));
    folder.write("new.toml", &folder.read("new.toml").replace("to be filled in", "asked of the owners"));
    verify(&folder, &[&["--baseline", "new.toml"], &selected[..]].concat()).with(0);
}

#[test]
fn a_baseline_that_is_written_again_keeps_what_was_said() {
    let folder = deviating_at_arrow_14();
    let expires = "expires = 2020-02-29\n";
    let unseen = "\n[[known]]\nscenario = \"invalid-token/refused\"\nsubject = \"path\"\ndefect = \"missing\"\n\
                  reason = \"nothing was seen of it\"\n";
    let stale = KNOWN.replace("new-token", "acao");
    folder.write("known.toml", &format!("{KNOWN}{expires}{unseen}{stale}"));
    verify(&folder, &["--write-baseline", "known.toml", "valid", "feature-off/new-token"]).with(1);
    let written = folder.read("known.toml");
    assert!(written.contains(&format!("{KNOWN}{expires}{unseen}")), "{written}");
    let new = "scenario = \"feature-off/new-token\"\nparticipant = \"Starship\"\narrow = 14\n";
    assert!(written.contains(new) && written.contains("reason = \"to be filled in\"\n"), "{written}");
    assert_eq!(written.matches("[[known]]").count(), 3, "{written}");
}

#[test]
fn what_cannot_be_read_is_neither_used_nor_replaced() {
    let folder = deviating_at_arrow_14();
    let misspelt = KNOWN.replace("reason", "raeson");
    folder.write("known.toml", &misspelt);
    compare("error-baseline-unknown-key", &verify(&folder, &["--baseline", "known.toml", "valid"]));
    verify(&folder, &["--write-baseline", "known.toml", "valid"]).with(2);
    assert_eq!(folder.read("known.toml"), misspelt);
    folder.write("known.toml", &KNOWN.replace("new-token", "new-tokn"));
    compare("error-baseline-address", &verify(&folder, &["--baseline", "known.toml", "valid"]));
    compare("error-baseline-missing", &verify(&folder, &["--baseline", "nowhere.toml", "valid"]));
    compare("error-baseline-fail-fast", &verify(&folder, &["--baseline", "known.toml", "--fail-fast"]));
    verify(&folder, &["--write-baseline", "nowhere/new.toml", "valid/acao"]).with(2);
}

#[test]
fn a_reason_is_shown_without_the_secret_that_is_in_it() {
    let folder = deviating_at_arrow_14();
    folder.write("known.toml", &KNOWN.replace("the region", "token=canary-token"));
    let options = ["--baseline", "known.toml", "--report", "json=out.json", "--report", "junit=out.xml", "valid"];
    let ended = verify(&folder, &options).with(0);
    for text in [ended.stdout, ended.stderr, folder.read("out.json"), folder.read("out.xml")] {
        assert!(!text.contains("canary"), "{text}");
    }
}

/// A folder with a diagram that draws on arrow 14 what nobody sends, and a baseline that knows of one scenario's.
fn deviating_at_arrow_14() -> Folder {
    let diagram = diagram_with(35, "token:<token>}", "token:<token>, region:some_region}");
    Folder::new().with("changed.mmd", &diagram).with("known.toml", KNOWN)
}

fn verify(folder: &Folder, arguments: &[&str]) -> Ended {
    Program::new(["verify", "--diagram", "changed.mmd"].iter().chain(arguments)).within(folder).ends()
}

fn compare(name: &str, ended: &Ended) {
    let Ended { code, stdout, stderr } = ended;
    let code = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
    snapshot(&format!("command-{name}"), &format!("exit code: {code}\n----- stdout\n{stdout}----- stderr\n{stderr}"));
}
