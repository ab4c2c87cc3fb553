//! What the diagram does not draw: refusals for other reasons, and neighbours that fail.

use super::*;

fn refusal(code: u32) -> Value {
    json!({"valid": false, "code": code, "message": "no"})
}

/// Has a hop and those around it answer with an internal failure.
fn fail_outwards(played: &mut Played, hop: Hop, status: u16) {
    for around in Hop::ALL.into_iter().filter(|around| *around <= hop) {
        answer(played, around, status, &refusal(45774));
    }
}

#[test]
fn a_refusal_before_anything_was_asked_is_not_judged() {
    for (code, status, words) in [
        (45776, 403, "code 45776 (an origin that is not allowed)"),
        (45777, 404, "code 45777 (an account without an address configuration)"),
        (45778, 404, "code 45778 (an unknown deployment key)"),
        (20001, 400, "code 20001 (a malformed request)"),
        (99999, 418, "code 99999"),
    ] {
        for refusing in [Hop::Orchestrator, Hop::Edge] {
            let mut played = played(good());
            cut_behind(&mut played, refusing);
            for hop in Hop::ALL.into_iter().filter(|hop| *hop <= refusing) {
                answer(&mut played, hop, status, &refusal(code));
            }
            let observation = observed(&seen(&played));
            let expected = format!("{} refused it with {status} and {words}, which", refusing.callee());
            assert!(observation.not_judged.as_ref().unwrap().starts_with(&expected), "{observation:?}");
            assert!(!observation.deviates() && observation.arrows.is_empty() && observation.circumstances.is_none());
            played.transcript.exchanges[0].outcome = Outcome::Pending;
            if refusing == Hop::Orchestrator {
                played.transcript.exchanges[0].ended = None;
                assert_eq!(observed(&ObservedCase { ended: false, ..seen(&played) }), observation);
            }
            played.visibility = Visibility::edge_only();
        }
    }
}

#[test]
fn what_the_edge_alone_refuses_is_judged_only_by_a_drawn_code() {
    let feature = Some(Feature::On);
    for (contract, code, judged) in [
        (Contract::of_reference(), 45775, true),
        (Contract::of_reference(), 1, false),
        (Contract::of_reference(), 45776, false),
        (Contract::default(), 45776, false),
    ] {
        let mut played = played(bad_token());
        played.contract = contract;
        played.visibility = Visibility::edge_only();
        cut_behind(&mut played, Hop::Edge);
        played.set(26, "code", code);
        let observation = observed(&ObservedCase { feature, ..seen(&played) });
        assert_eq!(observation.not_judged.is_none(), judged, "{code}: {observation:?}");
    }
    let mut played = played(bad_token());
    played.contract = Contract::default();
    played.visibility = Visibility::edge_only();
    cut_behind(&mut played, Hop::Edge);
    assert!(observed(&ObservedCase { feature, ..seen(&played) }).not_judged.unwrap().contains("nothing tells"));
    let off = ObservedCase { feature: Some(Feature::Off), ..seen(&played) };
    assert_eq!(listed(&observed(&off)), "1 26");
}

#[test]
fn a_drawn_code_without_the_calls_that_are_drawn_is_a_deviation() {
    let mut played = played(bad_token());
    cut_behind(&mut played, Hop::Orchestrator);
    assert_eq!(listed(&observed(&ObservedCase { feature: Some(Feature::Off), ..seen(&played) })), "1 7! 24 25 26");
    let observation = observed(&seen(&played));
    assert!(observation.deviates(), "{observation:?}");
}

#[test]
fn another_request_is_not_judged() {
    let mut played = played(good());
    played.exchanges(1).for_each(|exchange| exchange.request.path = "/V2/Webchat/Token".to_owned());
    let reason = observed(&seen(&played)).not_judged.unwrap();
    assert_eq!(reason, "the diagram does not draw POST /V2/Webchat/Token");
    played.transcript.exchanges.clear();
    assert_eq!(observed(&seen(&played)).not_judged.unwrap(), "nothing was recorded of it");
}

#[test]
fn a_neighbour_that_fails_deviates_at_its_reply_and_nobody_else_does() {
    let failures = [
        Outcome::Failed("the connection was reset".to_owned()),
        Outcome::Pending,
        replied(503, "{}"),
        replied(200, ""),
        replied(200, "<html>"),
        replied(200, r#"{"status":"ok"}"#),
        replied(502, &refusal(45774).to_string()),
    ];
    for outcome in failures {
        for (hop, feature, expected) in [
            (Hop::ScopedAuth, None, "1 5 6 10!"),
            (Hop::ScopedAuth, Some(Feature::On), "1 3 5 6 10!"),
            (Hop::FederatedAuth, None, "1 5 6 9 10 11!"),
            (Hop::Orchestrator, None, "1 5 6 9 10 11 12!"),
            (Hop::Edge, None, "1 5 6 9 10 11 12 14!"),
        ] {
            let mut played = played(good());
            fail_outwards(&mut played, hop, 502);
            let failed = played.transcript.exchanges.iter_mut().find(|exchange| exchange.hop == hop).unwrap();
            failed.outcome = outcome.clone();
            let observation = observed(&ObservedCase { feature, ..seen(&played) });
            assert_eq!(listed(&observation), expected, "{outcome:?} {:#?}", found(&observation));
            let known = (hop != Hop::ScopedAuth).then(good);
            assert_eq!(observation.circumstances, known);
            if known.is_none() {
                assert_eq!(observation.findings().count(), 1, "{:#?}", found(&observation));
                assert_eq!(observation.arrows.last().unwrap().findings[0].defect, Defect::NotAsDrawn);
            }
        }
    }
}

#[test]
fn whoever_fails_without_calling_on_is_the_one_that_deviates() {
    for (hop, expected) in [(Hop::FederatedAuth, "1 5 11!"), (Hop::Orchestrator, "1 12!"), (Hop::Edge, "14!")] {
        let mut played = played(good());
        cut_behind(&mut played, hop);
        fail_outwards(&mut played, hop, 502);
        let observation = observed(&seen(&played));
        assert_eq!((listed(&observation).as_str(), observation.circumstances), (expected, None));
    }
}

#[test]
fn a_refusal_of_what_is_not_drawn_is_the_fault_of_whoever_asked() {
    let mut played = played(good());
    cut_behind(&mut played, Hop::FederatedAuth);
    fail_outwards(&mut played, Hop::Orchestrator, 502);
    answer(&mut played, Hop::FederatedAuth, 400, &refusal(20001));
    assert_eq!(listed(&observed(&seen(&played))), "1 5 11!");
    played.change(5, |body| drop(body.as_object_mut().unwrap().shift_remove("token")));
    assert_eq!(listed(&observed(&seen(&played))), "1 5!");
}

#[test]
fn a_reply_that_came_too_late_is_none() {
    let mut played = played(good());
    fail_outwards(&mut played, Hop::FederatedAuth, 504);
    played.exchange(6).ended = Some(99);
    let observation = observed(&seen(&played));
    assert_eq!(listed(&observation), "1 5 6 10!");
    assert!(found(&observation)[0].ends_with("observed 200 after FederatedAuth had answered"));
}

#[test]
fn a_failure_is_found_while_the_refresh_is_under_way_and_not_blamed_on_who_is_waiting() {
    let mut played = played(good());
    for exchange in &mut played.transcript.exchanges {
        exchange.outcome = Outcome::Pending;
        exchange.ended = None;
    }
    played.exchange(6).outcome = Outcome::Failed("the connection was reset".to_owned());
    played.exchange(6).ended = Some(5);
    let observation = observed(&ObservedCase { ended: false, ..seen(&played) });
    assert_eq!(listed(&observation), "1 5 6 10!");
    // Who gives up answers, and leaves the one it asked pending.
    played.exchange(6).outcome = Outcome::Pending;
    played.exchange(6).ended = None;
    assert_eq!(listed(&observed(&ObservedCase { ended: false, ..seen(&played) })), "1 5 6");
    answer(&mut played, Hop::FederatedAuth, 504, &refusal(45774));
    played.exchange(5).ended = Some(6);
    let observation = observed(&ObservedCase { ended: false, ..seen(&played) });
    assert_eq!(listed(&observation), "1 5 6 10!");
    assert!(found(&observation)[0].ends_with("observed none before FederatedAuth had to answer"));
}

#[test]
fn a_code_of_its_own_is_no_failure_and_deviates_wherever_it_goes() {
    let mut played = played(bad_token());
    played.set_all(&[23, 24, 26], "code", 99999);
    let observation = observed(&seen(&played));
    assert_eq!(listed(&observation), "1 5 6 21 22 23! 24! 25 26!");
    assert_eq!(observation.circumstances, Some(bad_token()));
}

#[test]
fn a_status_beyond_500_of_a_drawn_outcome_is_a_deviation_of_the_course_it_belongs_to() {
    let mut played = played(bad_token());
    played.reply(22).status = 500;
    let observation = observed(&seen(&played));
    assert_eq!(
        (listed(&observation).as_str(), observation.circumstances),
        ("1 5 6 21 22! 23 24 25 26", Some(bad_token()))
    );
}

fn replied(status: u16, body: &str) -> Outcome {
    let body = Body::new(Bytes::copy_from_slice(body.as_bytes()));
    Outcome::Replied(Reply { status, body, ..Reply::default() })
}
