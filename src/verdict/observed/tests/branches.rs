//! Each branch of the diagram as recorded, and with one thing wrong.

use super::super::super::testing::PRESENTED;
use super::*;

#[test]
fn every_branch_finds_its_own_course() {
    for circumstances in every_circumstances() {
        let played = played(circumstances);
        let expected = played.diagram.course(circumstances);
        for feature in [None, Some(circumstances.feature)] {
            let observation = observed(&ObservedCase { feature, ..seen(&played) });
            assert_eq!(found(&observation), Vec::<String>::new(), "{circumstances}");
            let circumstances = observation.circumstances.unwrap();
            assert_eq!(played.diagram.course(circumstances).arrows, expected.arrows);
            assert_eq!((circumstances.feature, observation.not_judged), (expected.circumstances.feature, None));
        }
    }
}

#[test]
fn what_one_refresh_gives_evidence_of_is_listed() {
    let account = ACCOUNT.parse().unwrap();
    for (circumstances, alone, known) in [
        (good(), "1 5 6 9 10 11 12 13 14", "1 2 3 5 6 9 10 11 12 13 14"),
        (other_fingerprint(), "1 5 6 15 16 17 18 19 20", "1 2 3 5 6 15 16 17 18 19 20"),
        (bad_token(), "1 5 6 21 22 23 24 25 26", "1 2 3 5 6 21 22 23 24 25 26"),
        (feature_off(), "1 7 8 9 10 11 12 13 14", "1 2 3 7 8 9 10 11 12 13 14"),
    ] {
        let played = played(circumstances);
        assert_eq!(listed(&observed(&seen(&played))), alone);
        let feature = Some(circumstances.feature);
        let case = ObservedCase { feature, account_sid: Some(&account), ..seen(&played) };
        assert_eq!(listed(&observed(&case)), known);
    }
}

#[test]
fn every_arrow_says_where_it_was_seen() {
    let account = ACCOUNT.parse().unwrap();
    let played = played(good());
    let case = ObservedCase { feature: Some(Feature::On), account_sid: Some(&account), ..seen(&played) };
    let place = |arrow: ObservedArrow| {
        let seen = arrow.seen.unwrap();
        (arrow.number, played.transcript.exchanges[seen.exchange].hop, seen.half, arrow.evidence)
    };
    let (wire, inferred) = (Evidence::Wire, Evidence::Inferred);
    assert_eq!(
        observed(&case).arrows.into_iter().map(place).collect::<Vec<_>>(),
        [
            (1, Hop::Orchestrator, Half::Request, wire),
            (2, Hop::FederatedAuth, Half::Request, inferred),
            (3, Hop::FederatedAuth, Half::Request, inferred),
            (5, Hop::FederatedAuth, Half::Request, wire),
            (6, Hop::ScopedAuth, Half::Request, wire),
            (9, Hop::ScopedAuth, Half::Reply, inferred),
            (10, Hop::ScopedAuth, Half::Reply, wire),
            (11, Hop::FederatedAuth, Half::Reply, wire),
            (12, Hop::Orchestrator, Half::Reply, wire),
            (13, Hop::Edge, Half::Reply, inferred),
            (14, Hop::Edge, Half::Reply, wire),
        ]
    );
}

#[test]
fn one_deviation_leaves_the_course_and_is_found_at_its_arrow() {
    for circumstances in [good(), other_fingerprint(), bad_token(), feature_off()] {
        let mut played = played(circumstances);
        let unspoilt = played.transcript.clone();
        for number in played.arrows() {
            for spoil in spoilings(&played, number) {
                played.transcript = unspoilt.clone();
                (spoil.what)(&mut played);
                let observation = observed(&ObservedCase { feature: Some(circumstances.feature), ..seen(&played) });
                let shown = format!("{circumstances}: {number} {}: {:#?}", spoil.name, found(&observation));
                assert_eq!(observation.circumstances, Some(circumstances), "{shown}");
                let deviating = observation.findings().filter_map(|finding| finding.arrow);
                assert!(deviating.into_iter().any(|deviating| deviating == number), "{shown}");
            }
        }
    }
}

/// One thing wrong with an arrow.
struct Spoiling {
    name: String,
    what: Box<dyn Fn(&mut Played)>,
}

/// Returns what can go wrong with an arrow without making another of it.
fn spoilings(played: &Played, number: usize) -> Vec<Spoiling> {
    let arrow = played.diagram.arrow(number).unwrap().clone();
    let mut spoilings = Vec::new();
    let mut add = |name: String, what: Box<dyn Fn(&mut Played)>| spoilings.push(Spoiling { name, what });
    for member in arrow.members().iter().map(|member| member.path[0].clone()) {
        let (dropped, wrong) = (member.clone(), member.clone());
        add(
            format!("without {member}"),
            Box::new(move |played| {
                played.change(number, |body| drop(body.as_object_mut().unwrap().shift_remove(&dropped)));
            }),
        );
        add(format!("{member} is null"), Box::new(move |played| played.set(number, &wrong, Value::Null)));
    }
    if matches!(arrow.meaning, Meaning::Reply(_)) {
        add("not JSON".to_owned(), Box::new(move |played| played.answer(number, b"<html>")));
        add("empty".to_owned(), Box::new(move |played| played.answer(number, b"")));
        add("500".to_owned(), Box::new(move |played| played.reply(number).status = 500));
        add(
            "lost".to_owned(),
            Box::new(move |played| played.exchange(number).outcome = Outcome::Failed("reset".to_owned())),
        );
    } else {
        let path = Box::new(move |played: &mut Played| {
            played.exchanges(number).skip(1).for_each(|exchange| exchange.request.path.push_str("/x"));
            played.exchange(number).request.path.push_str("/x");
        });
        if number > 1 {
            add("another path".to_owned(), path);
        }
    }
    spoilings
}

#[test]
fn what_scoped_auth_found_decides_and_not_what_others_made_of_it() {
    let mut played = played(other_fingerprint());
    played.set_all(&[17, 18, 20], "code", 45775);
    let observation = observed(&seen(&played));
    assert_eq!(listed(&observation), "1 5 6 15 16 17! 18! 19 20!");

    let mut played = self::played(good());
    let refusal = json!({"valid": false, "code": 45775, "message": "no"});
    for arrow in [11, 12, 14] {
        played.change(arrow, |body| *body = refusal.clone());
    }
    let observation = observed(&seen(&played));
    assert_eq!(observation.circumstances, Some(good()));
    assert_eq!(listed(&observation), "1 5 6 9 10 11! 12! 13 14!");
}

#[test]
fn a_known_feature_is_held_against_what_crossed() {
    for (circumstances, other, deviating) in
        [(good(), Feature::Off, "1 3! 7! 8! 9"), (feature_off(), Feature::On, "1 3! 5! 6! 9")]
    {
        let played = played(circumstances);
        let shown = listed(&observed(&ObservedCase { feature: Some(other), ..seen(&played) }));
        assert!(shown.starts_with(deviating), "{shown}");
    }
}

#[test]
fn the_given_account_and_roles_are_held_against_what_crossed() {
    let played = played(good());
    let other = "ACffffffffffffffffffffffffffffffff".parse().unwrap();
    let shown = listed(&observed(&ObservedCase { account_sid: Some(&other), ..seen(&played) }));
    assert!(shown.starts_with("1 2! 5! 6 9 10!"), "{shown}");
    let roles = ["another".to_owned()];
    assert_eq!(listed(&observed(&ObservedCase { roles: Some(&roles), ..seen(&played) })), "1 5 6 9 10! 11! 12! 13 14!");
}

#[test]
fn the_token_that_travels_is_the_one_that_the_customer_sent() {
    let mut played = played(good());
    played.set_all(&[5, 6], "token", "another");
    assert_eq!(listed(&observed(&seen(&played))), "1 5! 6! 9 10 11 12 13 14");
}

#[test]
fn the_acao_rule_is_judged_where_both_replies_are_seen() {
    let mut played = played(good());
    played.reply(14).headers.clear();
    assert_eq!(listed(&observed(&seen(&played))), "1 5 6 9 10 11 12 13! 14");
    played.reply(14).headers.push((ACAO.to_owned(), "https://shop.example".to_owned()));
    played.visibility = Visibility::edge_only();
    assert_eq!(listed(&observed(&seen(&played))), "1 14");
}

#[test]
fn a_call_too_many_is_found_at_the_arrow_that_draws_it() {
    let mut played = played(good());
    let again = played.exchange(6).clone();
    played.transcript.exchanges.push(again);
    assert_eq!(listed(&observed(&seen(&played))), "1 5 6! 9 10 11 12 13 14");
}

#[test]
fn a_call_that_was_never_made_is_missing_and_what_hung_on_it_is_not_listed() {
    let mut played = played(good());
    cut_behind(&mut played, Hop::FederatedAuth);
    let observation = observed(&seen(&played));
    assert_eq!(listed(&observation), "1 5 6! 11 12 13 14");
    assert_eq!(observation.arrows[2].seen, None);
}

#[test]
fn two_services_alone_are_judged_without_the_edge() {
    for (circumstances, expected) in [
        (good(), "5 6 9 10 11"),
        (other_fingerprint(), "5 6 15 16 17"),
        (bad_token(), "5 6 21 22 23"),
        (feature_off(), "7 8 9 10 11"),
    ] {
        let played = |token| {
            let mut played = played(circumstances);
            played.set(if circumstances.feature == Feature::On { 6 } else { 8 }, "token", token);
            played.visibility = Visibility::of(|hop| hop >= Hop::FederatedAuth);
            played.transcript.exchanges.retain(|exchange| exchange.hop >= Hop::FederatedAuth);
            played
        };
        let spoilt = played("another");
        let played = played(PRESENTED);
        let observation = observed(&seen(&played));
        assert_eq!((listed(&observation).as_str(), observation.circumstances), (expected, Some(circumstances)));
        let account = ACCOUNT.parse().unwrap();
        let case = ObservedCase { feature: Some(circumstances.feature), account_sid: Some(&account), ..seen(&played) };
        assert_eq!(listed(&observed(&case)), format!("2 {expected}"));
        let spoilt = observed(&seen(&spoilt));
        assert_eq!(spoilt.circumstances, Some(circumstances));
        assert!(found(&spoilt)[0].contains("(in arrow"), "{:?}", found(&spoilt));
    }
}

#[test]
fn where_only_the_edge_is_seen_the_reply_decides() {
    for (circumstances, expected) in [(good(), "1 14"), (other_fingerprint(), "1 20"), (bad_token(), "1 26")] {
        let mut played = played(circumstances);
        played.visibility = Visibility::edge_only();
        cut_behind(&mut played, Hop::Edge);
        let feature = Some(Feature::On);
        let observation = observed(&ObservedCase { feature, ..seen(&played) });
        assert_eq!((listed(&observation).as_str(), observation.circumstances), (expected, Some(circumstances)));
        let unknown = observed(&seen(&played));
        assert_eq!((listed(&unknown).as_str(), &unknown.not_judged), (expected, &None));
        let fingerprint = circumstances == other_fingerprint();
        assert_eq!(unknown.circumstances, fingerprint.then_some(circumstances), "only the feature has one");
    }
}

#[test]
fn codes_that_nobody_stated_are_learned_where_it_is_clear_whose_they_are() {
    let mut ledger = Ledger::default();
    let mut refusals = [played(bad_token()), played(other_fingerprint())];
    let arrows = [[23, 24, 26], [17, 18, 20]];
    for ((played, arrows), code) in refusals.iter_mut().zip(arrows).zip(["E-1", "E-2"]) {
        played.contract = Contract::default();
        played.set_all(&arrows, "code", code);
        assert_eq!(found(&observe(&seen(played), &mut ledger)), Vec::<String>::new());
    }
    // ScopedAuth's words no longer say which it is, and the code does.
    for (played, number) in refusals.iter_mut().zip([22, 16]) {
        played.set(number, "message", "no");
        let course = observe(&seen(played), &mut Ledger::default());
        assert!(course.not_judged.unwrap().contains("fingerprint invalid, or feature on, token invalid"));
    }
    let mut edges = refusals;
    for (played, expected) in edges.iter_mut().zip([bad_token(), other_fingerprint()]) {
        played.visibility = Visibility::edge_only();
        cut_behind(played, Hop::Edge);
        let case = ObservedCase { feature: Some(Feature::On), ..seen(played) };
        assert_eq!(observe(&case, &mut ledger).circumstances, Some(expected));
    }
}

#[test]
fn what_deviates_or_was_only_tried_teaches_nothing() {
    let mut ledger = Ledger::default();
    let mut wrong = played(bad_token());
    wrong.contract = Contract::default();
    wrong.set_all(&[23, 24, 26], "code", 1);
    wrong.set(23, "valid", true);
    assert!(observe(&seen(&wrong), &mut ledger).deviates());
    let mut right = played(bad_token());
    right.contract = Contract::default();
    assert_eq!(found(&observe(&seen(&right), &mut ledger)), Vec::<String>::new());
}

#[test]
fn an_identity_is_told_from_those_of_other_refreshes_and_not_from_its_own() {
    let mut ledger = Ledger::default();
    let mut played = played(good());
    for _ in 0..2 {
        assert_eq!(found(&observe(&seen(&played), &mut ledger)), Vec::<String>::new());
    }
    played.refresh += 1;
    assert_eq!(listed(&observe(&seen(&played), &mut ledger)), "1 5 6 9 10 11! 12 13 14");
}

#[test]
fn of_an_invalid_token_nobody_knows_the_fingerprint() {
    let both = Circumstances::new(Feature::On, Validity::Invalid, Validity::Invalid);
    assert_eq!(observed(&seen(&played(both))).circumstances, Some(bad_token()));
}

#[test]
fn findings_and_places_can_be_written_as_json() {
    let mut played = played(good());
    played.set(14, "identity", 7);
    let observation = observed(&seen(&played));
    let last = serde_json::to_value(observation.arrows.last()).unwrap();
    assert_eq!(last["findings"][0]["severity"], "must");
    assert_eq!((&last["verdict"], &last["seen"]), (&json!("deviates"), &json!({"exchange": 0, "half": "reply"})));
}
