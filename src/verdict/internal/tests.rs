use serde_json::json;

use super::super::acao::{AllowedOrigins, acao_applied};
use super::super::testing::{Played, SHIPPED, bad_token, every_circumstances, feature_off, good, other_fingerprint};
use super::super::{Evidence, Verdict, Visibility};
use super::*;
use crate::diagram::Action;
use crate::diagram::Validity;
use crate::transcript::Outcome;

const ACAO: &str = "access-control-allow-origin";
const ORIGIN: &str = "https://shop.example.com";

/// Plays a refresh in which these ACAO headers reach Starship and the customer.
fn played_with(circumstances: Circumstances, inner: &[&str], outer: &[&str]) -> Played {
    let mut played = Played::new(circumstances);
    for (hop, values) in [(Hop::Orchestrator, inner), (Hop::Edge, outer)] {
        for exchange in played.transcript.exchanges.iter_mut().filter(|exchange| exchange.hop == hop) {
            if let Outcome::Replied(reply) = &mut exchange.outcome {
                reply.headers.extend(values.iter().map(|value| (ACAO.to_owned(), (*value).to_owned())));
            }
        }
    }
    played
}

fn judged(played: &Played, judge: impl FnOnce(&Case<'_>) -> ArrowJudgement) -> (Verdict, Evidence) {
    let course = played.diagram.course(played.circumstances);
    let judgement = judge(&played.case(&course));
    (judgement.verdict, judgement.evidence)
}

const CONFORMS: (Verdict, Evidence) = (Verdict::Conforms, Evidence::Inferred);
const DEVIATES: (Verdict, Evidence) = (Verdict::Deviates, Evidence::Inferred);
const UNSEEN: (Verdict, Evidence) = (Verdict::NotObserved, Evidence::None);

fn configured(feature: Feature, acao: Option<&str>) -> Configuration {
    // The page is on the origin that is allowed.
    let allowed: Vec<String> = acao.into_iter().map(str::to_owned).collect();
    Configuration { feature, origins: Some(AllowedOrigins { page: allowed.first().cloned(), allowed }) }
}

fn unknown_origins(feature: Feature) -> Configuration {
    Configuration { feature, origins: None }
}

#[test]
fn the_account_is_found_when_it_is_the_one_that_is_called_for() {
    let found = |played: &Played| judged(played, |case| account_found(case, 2));
    let mut played = Played::new(good());
    assert_eq!(found(&played), CONFORMS);
    played.exchange(5).request.path = "/v1/Accounts/ACffffffffffffffffffffffffffffffff/Tokens/refresh".to_owned();
    assert_eq!(found(&played), DEVIATES);
    played.given.account_sid = None;
    assert_eq!(found(&played), UNSEEN);
    let mut played = Played::new(good());
    played.visibility = Visibility::edge_only();
    assert_eq!(found(&played), UNSEEN);
    played.visibility = Visibility::everything();
    played.transcript.exchanges.truncate(2);
    assert_eq!(found(&played), DEVIATES);
}

#[test]
fn a_configuration_is_applied_when_the_fingerprint_and_the_header_are_those_it_asks_for() {
    for (circumstances, feature) in [(good(), Feature::On), (feature_off(), Feature::Off), (bad_token(), Feature::On)] {
        let other = if feature == Feature::On { Feature::Off } else { Feature::On };
        for (inner, configuration, expected) in [
            (&[ORIGIN][..], configured(feature, Some(ORIGIN)), CONFORMS),
            (&[], configured(feature, None), CONFORMS),
            (&["*"], unknown_origins(feature), CONFORMS),
            (&[ORIGIN], configured(other, Some(ORIGIN)), DEVIATES),
            (&["*"], configured(feature, Some(ORIGIN)), DEVIATES),
            (&[], configured(feature, Some(ORIGIN)), DEVIATES),
            (&[ORIGIN], configured(feature, None), DEVIATES),
            (&[ORIGIN, ORIGIN], configured(feature, Some(ORIGIN)), DEVIATES),
        ] {
            let played = played_with(circumstances, inner, inner);
            let applied = judged(&played, |case| configuration_applied(case, 3, &configuration));
            assert_eq!(applied, expected, "{inner:?} {configuration:?}");
        }
    }
}

#[test]
fn the_feature_shows_in_the_members_that_the_diagram_draws_for_it() {
    let edited = SHIPPED.replace("req.body.fingerprint", "req.body.client.print");
    let mut played = Played::of(&edited, good());
    let on = |played: &Played| {
        let configuration = unknown_origins(Feature::On);
        judged(played, |case| configuration_applied(case, 3, &configuration))
    };
    assert_eq!(on(&played), CONFORMS);
    played.change(5, |body| drop(body.as_object_mut().unwrap().remove("client")));
    assert_eq!(on(&played), DEVIATES);
}

#[test]
fn a_check_shows_in_the_verdict_that_is_sent() {
    for circumstances in every_circumstances() {
        let mut played = Played::new(circumstances);
        let course = played.diagram.clone();
        let course = course.course(circumstances);
        let check = course.arrows.iter().find_map(|step| match &step.arrow.meaning {
            Meaning::Action(Action::Validates(condition)) if !step.derived => Some((step.arrow.number, condition)),
            Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => None,
        });
        let Some((arrow, condition)) = check else {
            assert_eq!((circumstances.feature, circumstances.token), (Feature::Off, Validity::Valid));
            continue;
        };
        assert_eq!(judged(&played, |case| validated(case, arrow, condition)), CONFORMS);
        let valid = circumstances == good();
        for wrong in [json!(!valid), json!(null), json!("true"), json!(1)] {
            played.set(arrow + 1, "authorized", wrong);
            assert_eq!(judged(&played, |case| validated(case, arrow, condition)), DEVIATES);
        }
        played.visibility = Visibility::edge_only();
        assert_eq!(judged(&played, |case| validated(case, arrow, condition)), UNSEEN);
        played.visibility = Visibility::everything();
        played.transcript.exchanges.truncate(3);
        assert_eq!(judged(&played, |case| validated(case, arrow, condition)), DEVIATES);
    }
}

#[test]
fn a_check_of_other_circumstances_deviates() {
    let diagram = Played::new(good()).diagram;
    let Meaning::Action(Action::Validates(condition)) = &diagram.arrow(15).unwrap().meaning else { panic!() };
    assert_eq!(judged(&Played::new(bad_token()), |case| validated(case, 15, condition)), DEVIATES);
}

#[test]
fn the_header_is_passed_through_or_set() {
    for (inner, outer, expected) in [
        (&[ORIGIN][..], &[ORIGIN][..], CONFORMS),
        (&[], &["*"], CONFORMS),
        (&["*"], &["*"], CONFORMS),
        (&[ORIGIN], &["*"], DEVIATES),
        (&[ORIGIN], &[], DEVIATES),
        (&[ORIGIN], &[ORIGIN, "*"], DEVIATES),
        (&[], &[], DEVIATES),
        (&[], &[ORIGIN], DEVIATES),
        (&[], &["*", "*"], DEVIATES),
    ] {
        for circumstances in [good(), other_fingerprint(), bad_token()] {
            let played = played_with(circumstances, inner, outer);
            assert_eq!(judged(&played, |case| acao_applied(case, 13, "*")), expected, "{inner:?} {outer:?}");
        }
    }
}

#[test]
fn a_list_in_the_header_is_only_a_should() {
    let played = played_with(good(), &["https://a https://b"], &["https://a https://b"]);
    let course = played.diagram.course(good());
    let judgement = acao_applied(&played.case(&course), 13, "*");
    assert_eq!((judgement.verdict, judgement.findings.len()), (Verdict::Conforms, 1));
}

#[test]
fn from_the_edge_only_a_header_says_nothing_and_its_absence_everything() {
    for (outer, expected) in [(&["*"][..], UNSEEN), (&[ORIGIN], UNSEEN), (&[], DEVIATES)] {
        let mut played = played_with(good(), &[], outer);
        played.visibility = Visibility::edge_only();
        assert_eq!(judged(&played, |case| acao_applied(case, 13, "*")), expected, "{outer:?}");
    }
}

#[test]
fn no_reply_shows_no_header() {
    let mut played = played_with(good(), &[ORIGIN], &[ORIGIN]);
    played.exchange(12).outcome = Outcome::Pending;
    assert_eq!(judged(&played, |case| acao_applied(case, 13, "*")), DEVIATES);
}

#[test]
fn the_acao_rule_is_not_observed_where_nobody_sees_what_the_customer_receives() {
    let mut played = played_with(good(), &["*"], &[]);
    played.transcript.exchanges.retain(|exchange| exchange.hop != Hop::Edge);
    played.visibility = Visibility::of(|hop| hop != Hop::Edge);
    assert_eq!(judged(&played, |case| acao_applied(case, 13, "*")), UNSEEN);
}
