//! Whatever crossed, a verdict comes out, and it says no more than was seen.

use std::time::SystemTime;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::protocol::Hop;
use crate::transcript::{Body, Exchange, Outcome, Reply, Request, Transcript};
use crate::verdict::testing::{Played, SHIPPED, every_circumstances};
use crate::verdict::{Evidence, Verdict, Visibility};

fn any_body() -> impl Strategy<Value = Body> {
    let known = Played::new(every_circumstances()[0]).transcript.exchanges;
    let bodies: Vec<String> =
        known.iter().map(|exchange| String::from_utf8(exchange.request.body.bytes().to_vec()).unwrap()).collect();
    let text = prop_oneof![
        Just(String::new()),
        proptest::sample::select(bodies),
        r#"\{"(token|authorized|valid|code|identity|roles|expiration|auth_account)":(null|1|true|"x"|\[1\]|\{"token":[]]?\})\}"#,
        ".{0,20}",
    ];
    text.prop_map(|text| Body::new(Bytes::from(text)))
}

prop_compose! {
    fn any_exchange()(
        hop in proptest::sample::select(Hop::ALL.to_vec()),
        began in 0..20_u64,
        ended in proptest::option::of(0..20_u64),
        method in "(POST|GET)?",
        path in prop_oneof![Just("/v1/ScopedAuthTokens/validate".to_owned()), "(/[a-zé%]{0,5}){0,6}"],
        query in "(token=.{0,5})?",
        request in any_body(),
        reply in proptest::option::of((any::<u16>(), any_body())),
        failed in any::<bool>(),
    ) -> Exchange {
        let outcome = match reply {
            Some((status, body)) => Outcome::Replied(Reply { status, body, ..Reply::default() }),
            None if failed => Outcome::Failed("reset".to_owned()),
            None => Outcome::Pending,
        };
        let request = Request { method, path, query, body: request, ..Request::default() };
        Exchange { hop, began, ended, at: SystemTime::UNIX_EPOCH, took: None, request, outcome }
    }
}

fn any_diagram() -> impl Strategy<Value = String> {
    let lines: Vec<&str> = SHIPPED.lines().collect();
    let count = lines.len();
    let without_one = (9..count).prop_map(move |dropped| {
        let kept = SHIPPED.lines().enumerate().filter(|(at, _)| *at != dropped).map(|(_, line)| line);
        kept.collect::<Vec<_>>().join("\n")
    });
    let elsewhere = proptest::sample::select(vec!["SAS ->> FAS", "FAS ->> FWO", "FWO ->> FAS", "C ->> FWO"])
        .prop_flat_map(|ends| (Just(ends), "(C|S|FWO|FAS|SAS|Redis) ->> (C|S|FWO|FAS|SAS|Redis)"))
        .prop_map(|(ends, others)| SHIPPED.replacen(ends, &others, 1));
    prop_oneof![Just(SHIPPED.to_owned()), without_one, elsewhere]
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Found once, tried first ever after.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/judge.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_crossed_a_verdict_that_follows_from_it_comes_out(
        exchanges in proptest::collection::vec(any_exchange(), 0..8),
        text in any_diagram(),
        circumstances in proptest::sample::select(every_circumstances()),
        seen in any::<[bool; 4]>(),
    ) {
        prop_assume!(crate::diagram::Diagram::parse("d.mmd", &text).is_ok());
        let mut played = Played::new(circumstances);
        played.diagram = crate::diagram::Diagram::parse("d.mmd", &text).unwrap();
        played.transcript = Transcript { exchanges };
        played.visibility = Visibility::of(|hop| seen[Hop::ALL.iter().position(|other| *other == hop).unwrap()]);
        let judgement = played.judged();
        let wire_arrows = played.diagram.arrows().iter().filter(|arrow| !arrow.is_internal()).count();
        prop_assert_eq!(judgement.arrows.len(), wire_arrows);
        let unseen = !seen.contains(&true);
        for arrow in &judgement.arrows {
            let has_finding = arrow.findings.iter().any(|finding| finding.severity() == crate::verdict::Severity::Must);
            prop_assert_eq!(arrow.verdict == Verdict::Deviates, has_finding);
            prop_assert!(arrow.verdict != Verdict::Conforms || arrow.evidence == Evidence::Wire);
            prop_assert!(!unseen || arrow.evidence == Evidence::None);
        }
    }

    #[test]
    fn a_course_with_any_exchange_lost_deviates(
        circumstances in proptest::sample::select(every_circumstances()),
        lost in 0..4_usize,
    ) {
        let mut played = Played::new(circumstances);
        played.transcript.exchanges.remove(lost);
        prop_assert!(played.judged().findings().count() > 0);
    }
}
