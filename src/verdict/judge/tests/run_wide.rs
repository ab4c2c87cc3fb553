//! What holds for a whole run: codes and the texts of verdicts are the same everywhere, identities are never.

use serde_json::{Value, json};

use crate::diagram::Circumstances;
use crate::protocol::Contract;
use crate::verdict::testing::{
    NONE, Played, assert_conforms, assert_first, bad_token, deviating, good, other_fingerprint,
};
use crate::verdict::{Judgement, Ledger, Severity};

fn refused_with(refresh: u64, circumstances: Circumstances, code: impl Into<Value>) -> Played {
    let mut played = Played { refresh, ..Played::new(circumstances) };
    let arrows = if circumstances == bad_token() { [23, 24, 26] } else { [17, 18, 20] };
    played.set_all(&arrows, "code", code);
    played
}

/// Judges several refreshes as one run and returns the judgement on the last.
fn last_of(run: &[Played]) -> Judgement {
    let mut ledger = Ledger::default();
    run.iter().map(|played| played.judged_in(&mut ledger)).last().unwrap()
}

fn stating(played: Played) -> Played {
    let contract = Contract {
        invalid_token_code: Some(json!(45775)),
        fingerprint_invalid_code: Some(json!("45779")),
        ..Contract::default()
    };
    Played { contract, ..played }
}

#[test]
fn codes_that_are_learned_may_be_any_two_and_stay_the_same() {
    let run =
        [refused_with(1, bad_token(), 7), refused_with(2, other_fingerprint(), "7"), refused_with(3, bad_token(), 7)];
    assert_conforms(&last_of(&run));
}

#[test]
fn codes_swapped_against_what_was_learned_are_found() {
    let learned = || [refused_with(1, bad_token(), 1), refused_with(2, other_fingerprint(), 2)];
    let [one, two] = learned();
    assert_first(&last_of(&[one, two, refused_with(3, bad_token(), 2)]), 23, "member `code`");
    let [one, two] = learned();
    assert_first(&last_of(&[one, two, refused_with(3, other_fingerprint(), 1)]), 17, "member `code`");
}

#[test]
fn codes_other_than_stated_are_found_at_once() {
    assert_conforms(&last_of(&[stating(refused_with(1, bad_token(), "45775"))]));
    assert_conforms(&last_of(&[stating(refused_with(1, other_fingerprint(), 45779))]));
    assert_first(&last_of(&[stating(refused_with(1, bad_token(), 45779))]), 23, "member `code`");
    assert_first(&last_of(&[stating(refused_with(1, other_fingerprint(), 45775))]), 17, "member `code`");
}

#[test]
fn codes_that_are_equal_are_found_on_the_second() {
    let run = [refused_with(1, bad_token(), 7), refused_with(2, other_fingerprint(), 7)];
    assert_first(&last_of(&run), 17, "member `code`");
}

#[test]
fn a_code_that_changes_over_the_run_is_found() {
    for other in [json!(8), json!("7")] {
        let run = [refused_with(1, bad_token(), 7), refused_with(2, bad_token(), other)];
        assert_first(&last_of(&run), 23, "member `code`");
    }
}

#[test]
fn a_code_that_the_deployment_file_takes_from_the_environment_is_not_shown() {
    let played = stating(refused_with(1, bad_token(), 45779));
    for secret in ["45775", "45779"] {
        played.redactor.hide(secret, crate::transcript::SecretKind::Other);
    }
    let shown: String = played.judged().findings().map(ToString::to_string).collect();
    assert!(!shown.contains("45775") && !shown.contains("45779"), "{shown}");
}

#[test]
fn an_identity_belongs_to_one_refresh() {
    let mut ledger = Ledger::default();
    let mut played = Played::new(good());
    assert_conforms(&played.judged_in(&mut ledger));
    assert_conforms(&played.judged_in(&mut ledger));
    played.refresh = 2;
    assert_first(&played.judged_in(&mut ledger), 11, "member `identity`");
}

#[test]
fn the_text_of_a_verdict_may_be_another_but_may_not_change_or_be_the_other_one() {
    let saying = |refresh, circumstances, arrow, text: &str| {
        let mut played = Played { refresh, ..Played::new(circumstances) };
        played.set(arrow, "message", text);
        played
    };
    let other_text = last_of(&[saying(1, bad_token(), 22, "no"), saying(2, bad_token(), 22, "no")]);
    assert_eq!(deviating(&other_text), NONE);
    assert!(other_text.findings().all(|finding| finding.severity() == Severity::Should));
    assert_eq!(other_text.findings().count(), 1);
    let changed = last_of(&[saying(1, bad_token(), 22, "no"), Played::new(bad_token())]);
    assert_first(&changed, 22, "member `message`");
    let shared = last_of(&[saying(1, bad_token(), 22, "no"), saying(2, other_fingerprint(), 16, "no")]);
    assert_first(&shared, 16, "member `message`");
}

#[test]
fn the_other_message_is_wrong_at_once_and_is_not_learned() {
    let mut wrong = Played { refresh: 1, ..Played::new(bad_token()) };
    wrong.set_all(&[22], "message", "fingerprint_validation_failed");
    let right = |refresh, circumstances| Played { refresh, ..Played::new(circumstances) };
    let mut ledger = Ledger::default();
    assert_first(&wrong.judged_in(&mut ledger), 22, "member `message`");
    assert_conforms(&right(2, bad_token()).judged_in(&mut ledger));
    assert_conforms(&right(3, other_fingerprint()).judged_in(&mut ledger));
}
