//! What is as drawn conforms, however it is written, and no verdict says more than was seen.

use bytes::Bytes;
use serde_json::json;

use crate::diagram::{Circumstances, Validity};
use crate::protocol::Hop;
use crate::transcript::{Body, Outcome};
use crate::verdict::testing::{Played, assert_conforms, bad_token, every_circumstances, good, other_fingerprint};
use crate::verdict::{Evidence, Verdict, Visibility};

#[test]
fn every_course_conforms_on_the_wire_when_every_hop_is_seen() {
    for circumstances in every_circumstances() {
        let played = Played::new(circumstances);
        let judgement = played.judged();
        assert_conforms(&judgement);
        let course = played.diagram.course(circumstances);
        for arrow in &judgement.arrows {
            let expected = if course.contains(arrow.arrow) {
                (Verdict::Conforms, Evidence::Wire)
            } else {
                (Verdict::NotCrossed, Evidence::None)
            };
            assert_eq!((arrow.verdict, arrow.evidence), expected, "{circumstances}, arrow {}", arrow.arrow);
        }
        assert_eq!(judgement.arrows.len(), 17, "every wire arrow is judged");
    }
}

#[test]
fn from_the_edge_only_the_first_request_and_the_last_reply_are_on_the_wire() {
    for circumstances in every_circumstances() {
        let mut played = Played::new(circumstances);
        played.visibility = Visibility::edge_only();
        let judgement = played.judged();
        assert_conforms(&judgement);
        let arrows = played.arrows();
        for (at, number) in arrows.iter().enumerate() {
            let arrow = judgement.arrow(*number).unwrap();
            let expected = if at == 0 || at == arrows.len() - 1 {
                (Verdict::Conforms, Evidence::Wire)
            } else {
                (Verdict::NotObserved, Evidence::None)
            };
            assert_eq!((arrow.verdict, arrow.evidence), expected, "{circumstances}, arrow {number}");
        }
    }
}

#[test]
fn whatever_hops_are_seen_no_verdict_exceeds_them() {
    for circumstances in every_circumstances() {
        for mask in 0..16_u8 {
            let mut played = Played::new(circumstances);
            played.visibility =
                Visibility::of(|hop| mask & (1 << Hop::ALL.iter().position(|other| *other == hop).unwrap()) != 0);
            // What is recorded on a hop that is said not to be seen must have no say.
            played.transcript.exchanges.retain(|exchange| played.visibility.sees(exchange.hop));
            let judgement = played.judged();
            assert_conforms(&judgement);
            let on_the_wire = judgement.arrows.iter().filter(|arrow| arrow.evidence == Evidence::Wire);
            let seen = played.transcript.exchanges.len();
            let both = played.visibility.sees(Hop::Edge) && played.visibility.sees(Hop::Orchestrator);
            assert_eq!(on_the_wire.count(), 2 * seen - usize::from(both), "{circumstances}, {mask:04b}");
        }
    }
}

#[test]
fn derived_arrows_say_so() {
    let judgement = Played::new(crate::verdict::testing::feature_off()).judged();
    let derived: Vec<usize> = judgement.arrows.iter().filter(|arrow| arrow.derived).map(|arrow| arrow.arrow).collect();
    assert_eq!(derived, [10, 11, 12, 14]);
}

#[test]
fn what_the_diagram_leaves_open_may_be_any_way() {
    type Change = fn(&mut Played);
    let changes: [(&str, Circumstances, Change); 13] = [
        ("an opaque token", good(), |played| played.set_all(&[11, 12, 14], "token", json!("~/.:;"))),
        ("a text as code", bad_token(), |played| played.set_all(&[23, 24, 26], "code", json!("E-INVALID"))),
        ("a long code", bad_token(), |played| played.set_all(&[23, 24, 26], "code", json!(u64::MAX))),
        ("an offset", good(), |played| expire(played, "2999-01-01T00:00:00+05:30")),
        ("a fraction", good(), |played| expire(played, "2999-01-01T00:00:00.123456789012Z")),
        ("an unknown offset", good(), |played| expire(played, "2999-01-01T00:00:00-00:00")),
        ("lower case", good(), |played| expire(played, "2999-01-01t00:00:00z")),
        ("no roles", good(), |played| {
            played.set_all(&[10], "grants", json!([]));
            played.set_all(&[11, 12, 14], "roles", json!([]));
        }),
        ("another refusal", other_fingerprint(), |played| {
            played.set_all(&[17, 18, 20], "message", json!("Das war nichts 🙂"));
        }),
        ("statuses", bad_token(), |played| {
            for (arrow, status) in [(22, 401), (23, 403), (24, 422), (26, 200)] {
                played.reply(arrow).status = status;
            }
        }),
        ("headers", good(), |played| {
            for exchange in &mut played.transcript.exchanges {
                exchange.request.headers.push(("x-request-id".into(), "1".into()));
                if let Outcome::Replied(reply) = &mut exchange.outcome {
                    reply.headers.push(("content-type".into(), "text/plain".into()));
                }
            }
        }),
        ("pretty-printed", good(), |played| {
            for exchange in &mut played.transcript.exchanges {
                exchange.request.body = pretty(&exchange.request.body);
                if let Outcome::Replied(reply) = &mut exchange.outcome {
                    reply.body = pretty(&reply.body);
                }
            }
        }),
        ("forwarded in another layout", good(), |played| {
            let exchange = played.exchange(1);
            exchange.request.body = pretty(&exchange.request.body);
        }),
    ];
    for (name, circumstances, change) in changes {
        let mut played = Played::new(circumstances);
        change(&mut played);
        let findings: Vec<String> = played.judged().findings().map(ToString::to_string).collect();
        assert_eq!(findings, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_member_that_no_arrow_draws_is_a_note() {
    for circumstances in every_circumstances() {
        for arrow in Played::new(circumstances).arrows() {
            let mut played = Played::new(circumstances);
            played.set(arrow, "extra", json!({"token": [1, null]}));
            let judgement = played.judged();
            assert_conforms(&judgement);
            assert_eq!(judgement.arrow(arrow).unwrap().notes, ["member `extra` is drawn nowhere"]);
        }
    }
}

#[test]
fn a_query_is_a_note() {
    let mut played = Played::new(good());
    played.exchange(5).request.query = "verbose=1".to_owned();
    let judgement = played.judged();
    assert_conforms(&judgement);
    assert!(judgement.arrow(5).unwrap().notes[0].starts_with("the query of POST /v1/Accounts/"));
}

#[test]
fn an_invalid_fingerprint_of_an_invalid_token_changes_nothing() {
    let both = Circumstances { fingerprint: Validity::Invalid, ..bad_token() };
    assert_eq!(Played::new(both).judged(), {
        let mut judgement = Played::new(bad_token()).judged();
        for arrow in judgement.arrows.iter_mut().filter(|arrow| arrow.verdict == Verdict::NotCrossed) {
            arrow.notes = vec![format!("not on the course of {both}")];
        }
        judgement
    });
}

fn expire(played: &mut Played, moment: &str) {
    played.set_all(&[11, 12, 14], "expiration", json!(moment));
}

fn pretty(body: &Body) -> Body {
    Body::new(Bytes::from(format!("\r\n{:#}\n", body.json().unwrap())))
}
