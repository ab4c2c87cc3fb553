//! Diagrams that were edited: what they draw is what is judged.

use serde_json::json;

use crate::diagram::Diagram;
use crate::protocol::{Contract, Hop};
use crate::verdict::Verdict;
use crate::verdict::testing::{
    Played, SHIPPED, assert_conforms, assert_first, bad_token, deviating, every_circumstances, good, other_fingerprint,
};

#[test]
fn a_member_drawn_anew_is_asked_for_on_its_arrow() {
    let edited = SHIPPED.replacen(
        "FWO ->> S : {expiration: date_time",
        "FWO ->> S : {issuer: issuer_name, expiration: date_time",
        1,
    );
    let mut played = Played::of(&edited, good());
    assert_conforms(&played.judged());
    played.change(12, |body| drop(body.as_object_mut().unwrap().remove("issuer")));
    let judgement = played.judged();
    assert_first(&judgement, 12, "member `issuer`");
    assert_eq!(judgement.arrow(12).unwrap().findings[0].expected, "`issuer_name`");
    assert_eq!(deviating(&judgement), [12]);
}

#[test]
fn a_path_drawn_anew_is_asked_for_on_its_arrow() {
    let edited = SHIPPED.replacen("/v1/Accounts/ACXXXXX/Tokens/refresh", "/v2/Accounts/{account_sid}/Refresh", 1);
    let mut played = Played::of(&edited, good());
    assert_conforms(&played.judged());
    played.exchange(5).request.path = "/v1/Accounts/AC0123456789abcdef0123456789abcdef/Tokens/refresh".to_owned();
    let judgement = played.judged();
    assert_first(&judgement, 5, "path");
    assert_eq!(judgement.arrow(5).unwrap().findings[0].expected, "/v2/Accounts/{account_sid}/Refresh");
}

#[test]
fn a_participant_that_is_not_known_is_not_observed() {
    let edited = SHIPPED.replacen(
        "opt Feature is on\n",
        "participant R as Redis\nFWO ->> R : GET /flags req.body.key=flag\nR ->> FWO : {value: text}\nopt Feature is on\n",
        1,
    );
    assert_ne!(edited, SHIPPED);
    for circumstances in every_circumstances() {
        let played = Played::of(&edited, circumstances);
        let judgement = played.judged();
        assert_conforms(&judgement);
        for arrow in [5, 6] {
            assert_eq!(judgement.arrow(arrow).unwrap().verdict, Verdict::NotObserved);
        }
    }
}

#[test]
fn a_call_that_no_arrow_draws_is_found_though_it_has_no_arrow() {
    let without_scoped_auth = "sequenceDiagram\nparticipant F as FlexWebchatOrchestratorService\n\
        participant A as FederatedAuthService\nF->>A: POST /x\nA->>F: {ok: true}";
    let mut played = Played::of(without_scoped_auth, good());
    let call = crate::transcript::Exchange { hop: Hop::ScopedAuth, ..played.exchange(1).clone() };
    played.transcript.exchanges.push(call);
    let judgement = played.judged();
    let findings: Vec<_> = judgement.findings().collect();
    assert_eq!((findings.len(), findings[0].arrow), (1, None));
    assert_eq!(findings[0].expected, "no call, as none is drawn");
}

#[test]
fn a_call_drawn_from_a_participant_that_is_not_known_is_no_call_too_many() {
    let through_a_gateway = "sequenceDiagram\nparticipant F as FlexWebchatOrchestratorService\n\
        participant G as Gateway\nparticipant A as FederatedAuthService\nF->>G: POST /x\nG->>A: POST /x\n\
        A->>G: {ok: true}\nG->>F: {ok: true}";
    let mut played = Played::of(through_a_gateway, good());
    let exchange = Played::new(good()).exchange(5).clone();
    played.transcript.exchanges.push(exchange);
    assert_conforms(&played.judged());
}

#[test]
fn a_code_that_is_neither_of_the_two_is_not_held_against_them() {
    let edited =
        SHIPPED.replace("code:invalid_token_code, <br/>", "code:invalid_token_code, <br/>reason:reason_code, <br/>");
    let mut played = Played::of(&edited, bad_token());
    played.contract = Contract::of_reference();
    played.contract.status.token_refused = Vec::new();
    played.set_all(&[23, 24, 26], "reason", 3);
    assert_conforms(&played.judged());
}

#[test]
fn statuses_are_those_of_the_outcome_whatever_members_draw_it() {
    let edited = SHIPPED.replace("code:", "error:").replace("authorized:", "allowed:");
    for circumstances in [bad_token(), other_fingerprint()] {
        let mut played = Played::of(&edited, circumstances);
        played.contract = Contract::of_reference();
        let replies: Vec<usize> = played.arrows().into_iter().filter(|arrow| *arrow > 8).skip(1).collect();
        for arrow in &replies {
            played.reply(*arrow).status = 403;
        }
        assert_conforms(&played.judged());
        played.reply(replies[0]).status = 200;
        assert_first(&played.judged(), replies[0], "status");
    }
}

#[test]
fn a_literal_drawn_for_a_name_is_asked_for() {
    let edited = SHIPPED.replace("code:invalid_token_code", "code:45775");
    let mut played = Played::of(&edited, bad_token());
    assert_conforms(&played.judged());
    played.set(24, "code", json!("45775"));
    assert_first(&played.judged(), 24, "member `code`");
}

#[test]
fn a_request_that_nobody_sent_is_missing_and_the_next_one_is_not_blamed_for_it() {
    let inserted = SHIPPED.replacen(
        "activate FWO\n",
        "activate FWO\nFWO ->> FAS : POST /v1/extra <br/>req.body.token=token\nFAS ->> FWO : {known:true}\n",
        1,
    );
    let mut played = Played::new(good());
    played.diagram = Diagram::parse("d.mmd", &inserted).unwrap();
    let judgement = played.judged();
    let deviating: Vec<usize> = judgement.findings().filter_map(|finding| finding.arrow).collect();
    assert_eq!(deviating, [2], "{judgement:?}");
    assert_eq!(judgement.arrow(3).unwrap().verdict, Verdict::NotCrossed);
    assert_eq!(judgement.arrow(7).unwrap().verdict, Verdict::Conforms);
}
