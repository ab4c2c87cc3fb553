//! Refreshes that have not ended: every prefix of what crosses.

use super::*;

/// Returns what was recorded of a refresh at a moment of its clock.
fn until(played: &Played, moment: u64) -> Transcript {
    let mut transcript = played.transcript.clone();
    transcript.exchanges.retain(|exchange| exchange.began <= moment);
    for exchange in &mut transcript.exchanges {
        if exchange.ended.is_some_and(|ended| ended > moment) {
            exchange.outcome = Outcome::Pending;
            exchange.ended = None;
        }
    }
    transcript
}

fn last_moment(played: &Played) -> u64 {
    played.transcript.exchanges.iter().filter_map(|exchange| exchange.ended).max().unwrap()
}

#[test]
fn no_beginning_of_a_conforming_refresh_is_held_against_anybody() {
    for circumstances in every_circumstances() {
        let played = played(circumstances);
        for feature in [None, Some(circumstances.feature)] {
            for moment in 1..=last_moment(&played) {
                let transcript = until(&played, moment);
                let case = ObservedCase { transcript: &transcript, ended: false, feature, ..seen(&played) };
                let observation = observed(&case);
                assert_eq!((found(&observation), &observation.not_judged), (Vec::new(), &None), "{moment}");
            }
        }
    }
}

#[test]
fn arrows_are_listed_as_they_cross() {
    let shown = |circumstances: Circumstances| {
        let played = played(circumstances);
        let at = |moment| {
            let transcript = until(&played, moment);
            let case = ObservedCase { transcript: &transcript, ended: false, ..seen(&played) };
            let observation = observed(&case);
            format!("{}{}", listed(&observation), if observation.circumstances.is_some() { " known" } else { "" })
        };
        (1..=last_moment(&played)).map(at).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(good()),
        [
            "",
            "1",
            "1 5",
            "1 5 6",
            "1 5 6 9 10 known",
            "1 5 6 9 10 11 known",
            "1 5 6 9 10 11 12 known",
            "1 5 6 9 10 11 12 13 14 known",
        ]
    );
    assert_eq!(shown(feature_off())[2..5], ["1 7", "1 7 8", "1 7 8 9 10 known"]);
    assert_eq!(shown(bad_token())[3..5], ["1 5 6", "1 5 6 21 22 known"]);
}

#[test]
fn what_goes_wrong_is_found_as_it_crosses_and_stays_found() {
    let mut played = played(good());
    played.set(6, "token", "another");
    for moment in 4..=last_moment(&played) {
        let transcript = until(&played, moment);
        let observation = observed(&ObservedCase { transcript: &transcript, ended: false, ..seen(&played) });
        assert!(listed(&observation).starts_with("1 5 6!"), "{}", listed(&observation));
    }
}

#[test]
fn a_call_is_missing_once_its_caller_has_answered_without_it() {
    let mut played = played(good());
    cut_behind(&mut played, Hop::FederatedAuth);
    let answered = played.exchange(11).ended.unwrap();
    for (moment, expected) in [(answered - 1, "1 5"), (answered, "1 5 6! 11")] {
        let transcript = until(&played, moment);
        let observation = observed(&ObservedCase { transcript: &transcript, ended: false, ..seen(&played) });
        assert_eq!(listed(&observation), expected);
    }
}

#[test]
fn what_the_customer_sent_may_yet_be_refused() {
    let mut played = played(good());
    played.change(1, |body| drop(body.as_object_mut().unwrap().shift_remove("deploymentKey")));
    for (moment, expected) in [(2, ""), (3, "1! 5")] {
        let transcript = until(&played, moment);
        let observation = observed(&ObservedCase { transcript: &transcript, ended: false, ..seen(&played) });
        assert_eq!(listed(&observation), expected);
    }
}

#[test]
fn a_refresh_under_way_teaches_nothing() {
    let mut ledger = Ledger::default();
    let mut played = played(good());
    let transcript = until(&played, last_moment(&played) - 1);
    let before = observe(&ObservedCase { transcript: &transcript, ended: false, ..seen(&played) }, &mut ledger);
    assert!(listed(&before).ends_with("11 12"));
    played.refresh += 1;
    assert_eq!(found(&observe(&seen(&played), &mut ledger)), Vec::<String>::new());
}
