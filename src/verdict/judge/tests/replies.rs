//! Replies of another branch, with another status, of no use or missing; and what the deployment file says of them.

use serde_json::json;

use crate::diagram::{Arrow, Circumstances, Meaning};
use crate::protocol::{Contract, Statuses, TokenRotation};
use crate::transcript::Outcome;
use crate::verdict::testing::{
    PRESENTED, Played, assert_conforms, assert_first, bad_token, deviating, every_circumstances, feature_off, good,
    other_fingerprint,
};
use crate::verdict::{Defect, Ledger};

fn replies(played: &Played) -> Vec<usize> {
    played.arrows().into_iter().filter(|number| *number > 8).collect()
}

#[test]
fn a_reply_of_another_branch_is_found() {
    let played_before = || {
        let mut ledger = Ledger::default();
        for (refresh, circumstances) in (10..).zip([good(), other_fingerprint(), bad_token()]) {
            let mut before = Played { refresh, ..Played::new(circumstances) };
            for arrow in replies(&before) {
                if before.diagram.arrow(arrow).unwrap().members().iter().any(|member| member.path == ["identity"]) {
                    before.set(arrow, "identity", "an earlier one");
                }
            }
            before.judged_in(&mut ledger);
        }
        ledger
    };
    let is_reply = |arrow: &&Arrow| matches!(arrow.meaning, Meaning::Reply(_));
    for circumstances in every_circumstances() {
        for arrow in replies(&Played::new(circumstances)) {
            let diagram = Played::new(circumstances).diagram;
            let own = diagram.arrow(arrow).unwrap();
            let elsewhere =
                diagram.arrows().iter().filter(is_reply).filter(|other| {
                    (&other.from, &other.to) == (&own.from, &own.to) && other.members() != own.members()
                });
            for other in elsewhere {
                let mut donor = [good(), other_fingerprint(), bad_token()]
                    .map(Played::new)
                    .into_iter()
                    .find(|donor| donor.arrows().contains(&other.number))
                    .unwrap();
                let mut played = Played::new(circumstances);
                played.reply(arrow).body = donor.reply(other.number).body.clone();
                let judgement = played.judged_in(&mut played_before());
                assert_first(&judgement, arrow, "");
                let subjects: Vec<&str> = judgement.causes().map(|finding| finding.subject.as_str()).collect();
                let is_told_as_a_whole = judgement.causes().all(|finding| finding.defect == Defect::OtherBranch);
                assert!(
                    is_told_as_a_whole && subjects == ["reply"] || subjects[0].starts_with("member"),
                    "{subjects:?}"
                );
            }
        }
    }
}

#[test]
fn a_status_of_failure_is_found_where_none_is_stated() {
    for circumstances in every_circumstances() {
        for arrow in replies(&Played::new(circumstances)) {
            for (status, deviates) in [(500, true), (503, true), (599, true), (499, false), (302, false), (418, false)]
            {
                let mut played = Played::new(circumstances);
                played.reply(arrow).status = status;
                let expected = if deviates { vec![arrow] } else { Vec::new() };
                assert_eq!(deviating(&played.judged()), expected, "{status}");
            }
        }
    }
}

#[test]
fn another_status_than_stated_is_found() {
    let status = Statuses {
        within: true,
        refreshed: vec![201],
        token_refused: vec![401, 403],
        fingerprint_refused: vec![409],
        validated: vec![202],
        ..Statuses::default()
    };
    let expected = |circumstances: Circumstances| match circumstances {
        same if same == good() || same == feature_off() => 201,
        same if same == other_fingerprint() => 409,
        _ => 403,
    };
    for circumstances in [good(), feature_off(), other_fingerprint(), bad_token()] {
        let mut right = Played::new(circumstances);
        right.contract.status = status.clone();
        let arrows = replies(&right);
        for (at, arrow) in arrows.iter().enumerate() {
            right.reply(*arrow).status = if at == 0 { 202 } else { expected(circumstances) };
        }
        assert_conforms(&right.judged());
        for arrow in arrows {
            let before = right.reply(arrow).status;
            right.reply(arrow).status = 200;
            assert_first(&right.judged(), arrow, "status");
            right.reply(arrow).status = before;
        }
    }
}

#[test]
fn a_status_of_failure_is_right_where_it_is_stated() {
    let mut played = Played::new(bad_token());
    played.contract.status.token_refused = vec![500];
    for arrow in [23, 24, 26] {
        played.reply(arrow).status = 500;
    }
    assert_conforms(&played.judged());
}

#[test]
fn a_body_that_is_no_object_is_found() {
    for circumstances in every_circumstances() {
        for arrow in replies(&Played::new(circumstances)) {
            for body in [b"".as_slice(), b"<html>", b"[]", b"null", b"\"{}\"", b"{", b"\xff{}", b"{} {}", b"7"] {
                let mut played = Played::new(circumstances);
                played.answer(arrow, body);
                let judgement = played.judged();
                assert_first(&judgement, arrow, "reply");
                assert_eq!(deviating(&judgement), [arrow]);
            }
        }
    }
}

#[test]
fn a_reply_that_never_came_is_found() {
    for circumstances in every_circumstances() {
        for arrow in replies(&Played::new(circumstances)) {
            for outcome in [Outcome::Pending, Outcome::Failed("reset by presented-token".to_owned())] {
                let mut played = Played::new(circumstances);
                played.redactor.hide_secrets_of(&played.transcript);
                *played.exchange(arrow) =
                    crate::transcript::Exchange { outcome, ended: None, ..played.exchange(arrow).clone() };
                let judgement = played.judged();
                assert_first(&judgement, arrow, "reply");
                assert!(!judgement.findings().any(|finding| finding.observed.contains(PRESENTED)));
            }
        }
    }
}

#[test]
fn an_expiration_in_the_past_is_found() {
    for moment in ["2001-01-01T00:00:00Z", "2027-01-15T08:00:00Z", "2027-01-15T09:59:59+02:00", "2999-13-01T00:00:00Z"]
    {
        for arrow in [11, 12, 14] {
            let mut played = Played::new(good());
            played.set(arrow, "expiration", moment);
            assert_first(&played.judged(), arrow, "member `expiration`");
        }
    }
    for no_date_time in [json!(3600), json!("2999-01-01"), json!("2999-01-01T00:00:00"), json!("")] {
        let mut played = Played::new(good());
        played.set(11, "expiration", no_date_time);
        assert_first(&played.judged(), 11, "member `expiration`");
    }
}

#[test]
fn roles_are_those_of_the_account_where_they_are_stated() {
    let mut played = Played::new(good());
    played.given.roles = Some(vec!["agent".into(), "customer".into()]);
    assert_conforms(&played.judged());
    for roles in [json!(["customer"]), json!(["customer", "agent", "admin"]), json!([]), json!(["agent", "agent"])] {
        played.set(10, "grants", roles.clone());
        played.set_all(&[11, 12, 14], "roles", roles.clone());
        assert_first(&played.judged(), 10, "member `grants`");
    }
}

#[test]
fn a_role_dropped_on_the_way_is_found_where_it_was_dropped() {
    for from in [11, 12, 14] {
        let mut played = Played::new(good());
        for arrow in [11, 12, 14].into_iter().filter(|arrow| *arrow >= from) {
            played.set(arrow, "roles", json!(["customer"]));
        }
        assert_first(&played.judged(), from, "member `roles`");
    }
}

#[test]
fn rotation_is_judged_as_stated() {
    for (token_rotation, same, found) in [
        (TokenRotation::Any, true, false),
        (TokenRotation::Any, false, false),
        (TokenRotation::Required, true, true),
        (TokenRotation::Required, false, false),
        (TokenRotation::Forbidden, true, false),
        (TokenRotation::Forbidden, false, true),
    ] {
        for circumstances in [good(), feature_off()] {
            let mut played = Played::new(circumstances);
            played.contract = Contract { token_rotation, ..Contract::default() };
            if same {
                played.set_all(&[11, 12, 14], "token", PRESENTED);
            }
            let judgement = played.judged();
            if found { assert_first(&judgement, 11, "member `token`") } else { assert_conforms(&judgement) }
        }
    }
}
