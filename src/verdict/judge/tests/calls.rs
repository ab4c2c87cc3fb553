//! Calls that are not there, too many, out of order, elsewhere, or changed on their way.

use bytes::Bytes;

use crate::protocol::Hop;
use crate::transcript::{Body, Exchange};
use crate::verdict::testing::{NONE, Played, assert_first, bad_token, deviating, every_circumstances, good};
use crate::verdict::{Evidence, Verdict, Visibility};

/// The request arrows of each course.
fn requests(played: &Played) -> Vec<usize> {
    played.arrows().into_iter().filter(|number| *number < 9).collect()
}

#[test]
fn another_method_is_found_where_one_is_drawn() {
    for circumstances in every_circumstances() {
        for arrow in requests(&Played::new(circumstances)) {
            for method in ["GET", "post", "PUT", ""] {
                let mut played = Played::new(circumstances);
                played.exchanges(arrow).for_each(|exchange| exchange.request.method = method.to_owned());
                match arrow {
                    5 | 7 => assert_eq!(played.judged().findings().count(), 0),
                    _ => assert_first(&played.judged(), arrow, "method"),
                }
            }
        }
    }
}

#[test]
fn another_path_is_found() {
    for circumstances in every_circumstances() {
        for arrow in requests(&Played::new(circumstances)) {
            type Change = fn(&str) -> String;
            let changes: [Change; 4] =
                [|path| path.to_uppercase(), |path| format!("{path}/"), |path| format!("/x{path}"), |_| String::new()];
            for change in changes {
                let mut played = Played::new(circumstances);
                played.exchanges(arrow).for_each(|exchange| exchange.request.path = change(&exchange.request.path));
                assert_first(&played.judged(), arrow, "path");
            }
        }
    }
}

#[test]
fn another_account_in_the_path_is_found() {
    for (circumstances, arrow) in every_circumstances().into_iter().map(|all| (all, requests(&Played::new(all))[1])) {
        for account in ["ACffffffffffffffffffffffffffffffff", "AC1", "x"] {
            let mut played = Played::new(circumstances);
            played.exchange(arrow).request.path = format!("/v1/Accounts/{account}/Tokens/refresh");
            assert_first(&played.judged(), arrow, "`ACXXXXX` in the path");
        }
    }
}

#[test]
fn a_call_that_is_missing_is_found_and_what_lies_behind_it_is_out_of_reach() {
    for circumstances in every_circumstances() {
        for (arrow, hop) in requests(&Played::new(circumstances)).into_iter().zip(Hop::ALL.into_iter().skip(1)) {
            let mut played = Played::new(circumstances);
            played.transcript.exchanges.retain(|exchange| exchange.hop < hop);
            let judgement = played.judged();
            assert_first(&judgement, arrow, "calls on");
            assert_eq!(deviating(&judgement), [arrow], "{circumstances}");
            for behind in played.arrows().into_iter().filter(|number| *number > arrow) {
                let behind = judgement.arrow(behind).unwrap();
                let seen = behind.verdict == Verdict::Conforms && behind.evidence == Evidence::Wire;
                assert!(seen || behind.verdict == Verdict::NotCrossed, "{behind:?}");
            }
        }
    }
}

#[test]
fn a_call_that_is_missing_though_what_lies_behind_it_is_there_is_found() {
    let mut played = Played::new(good());
    played.transcript.exchanges.retain(|exchange| exchange.hop != Hop::FederatedAuth);
    assert_first(&played.judged(), 5, "calls on Orchestrator → FederatedAuth");
}

#[test]
fn a_call_made_twice_is_found() {
    for circumstances in every_circumstances() {
        for arrow in requests(&Played::new(circumstances)) {
            let mut played = Played::new(circumstances);
            let again = Exchange { began: 100, ended: Some(101), ..played.exchange(arrow).clone() };
            played.transcript.exchanges.push(again);
            let judgement = played.judged();
            assert_first(&judgement, arrow, "calls on");
            assert_eq!(deviating(&judgement), [arrow]);
        }
    }
}

#[test]
fn a_second_call_that_cannot_be_seen_is_not_found() {
    let mut played = Played::new(good());
    let again = played.exchange(6).clone();
    played.transcript.exchanges.push(again);
    played.visibility = Visibility::edge_only();
    assert_eq!(deviating(&played.judged()), NONE);
}

#[test]
fn calls_out_of_order_are_found_on_the_later_arrow() {
    let mut played = Played::new(good());
    let began = played.exchange(5).began;
    played.exchange(5).began = played.exchange(6).began;
    played.exchange(6).began = began;
    assert_first(&played.judged(), 6, "order");
}

#[test]
fn a_reply_before_the_call_behind_it_has_ended_is_found() {
    for (outer, inner) in [(24, 23), (23, 22), (26, 24)] {
        let mut played = Played::new(bad_token());
        let ended = played.exchange(inner).ended;
        played.exchange(inner).ended = played.exchange(outer).ended;
        played.exchange(outer).ended = ended;
        let judgement = played.judged();
        assert_first(&judgement, outer, "order");
        let finding = judgement.arrow(outer).unwrap().findings.last().unwrap();
        assert_eq!(finding.expected, format!("after arrow {inner}"));
    }
}

#[test]
fn what_comes_before_everything_is_told_from_what_it_comes_before() {
    let mut played = Played::new(good());
    for arrow in [5, 6] {
        played.exchange(arrow).began = 0;
    }
    let judgement = played.judged();
    let expected = |arrow| judgement.arrow(arrow).unwrap().findings[0].expected.clone();
    assert_eq!([expected(5), expected(6)], ["after arrow 1", "after arrow 1"]);
}

#[test]
fn a_request_that_starship_changes_is_found_on_the_first_arrow() {
    type Change = fn(&mut crate::transcript::Request);
    let changes: [Change; 6] = [
        |request| request.body = Body::new(Bytes::from(r#"{"deploymentKey":"a deployment_key","token":"other"}"#)),
        |request| request.body = Body::new(Bytes::from(r#"{"deploymentKey":"a deployment_key"}"#)),
        |request| request.body = Body::new(Bytes::from(r#"{"deploymentKey":"x","token":"presented-token"}"#)),
        |request| request.query = "debug=1".to_owned(),
        |request| request.path = "/v3/Webchat/Token/Refresh".to_owned(),
        |request| request.method = "PUT".to_owned(),
    ];
    for change in changes {
        let mut played = Played::new(good());
        change(&mut played.exchange(1).request);
        let judgement = played.judged();
        assert_first(&judgement, 1, "");
        let blamed: Vec<_> = judgement.causes().map(|finding| finding.participant.as_deref()).collect();
        assert_eq!(blamed, [Some("Starship")]);
    }
}
