//! Each invariant, seen to hold of the reference's replies and to fail of a reply with one thing wrong.

use std::time::SystemTime;

use bytes::Bytes;

use super::*;
use crate::diagram::Diagram;
use crate::probes::requests::calls;
use crate::protocol::{Codes, DeploymentKey, Fingerprint, Token};
use crate::transcript::Body;
use crate::verdict::Severity;

const GOOD: &str = "POST /V2/Webchat/Token/Refresh\ncontent-type: application/json\n\n\
                    {\"deploymentKey\":\"{deployment key}\",\"token\":\"{token}\"}";
const WITHOUT_TOKEN: &str =
    "POST /V2/Webchat/Token/Refresh\ncontent-type: application/json\n\n{\"deploymentKey\":\"{deployment key}\"}";
const REFUSAL: &str = r#"{"valid":false,"code":20001,"message":"no"}"#;
const SUCCESS: &str = r#"{"expiration":"2999-01-01T00:00:00Z","identity":"i","roles":["a"],"token":"new-token"}"#;

#[test]
fn a_refusal_as_the_reference_gives_it_breaks_nothing() {
    assert!(broken(GOOD, &edge(403, REFUSAL)).is_empty());
    assert!(broken(WITHOUT_TOKEN, &edge(400, REFUSAL)).is_empty());
    assert!(broken(GOOD, &edge(200, SUCCESS)).is_empty());
}

#[test]
fn a_failure_or_a_hang_is_no_answer() {
    for status in [500, 502, 503] {
        assert_eq!(broken(WITHOUT_TOKEN, &edge(status, REFUSAL)), [(Property::Answers, Severity::Should)], "{status}");
    }
    assert_eq!(broken(GOOD, &edge(500, REFUSAL)), [(Property::Answers, Severity::Must)]);
    let silent = |reason: &str| with(Hop::Edge, Outcome::Failed(reason.to_owned()));
    assert_eq!(broken(GOOD, &silent("no complete reply within 1s")), [(Property::Answers, Severity::Must)]);
    let large = "POST /V2/Webchat/Token/Refresh\n\n{70000 times x}";
    assert!(broken(large, &silent("the connection was reset")).is_empty());
    assert_eq!(broken(large, &silent("no complete reply within 1s")), [(Property::Answers, Severity::Should)]);
    assert!(broken("BREW /V2/Webchat/Token/Refresh", &edge(501, "")).is_empty());
}

#[test]
fn what_nobody_drew_makes_no_must() {
    let with_member = GOOD.replace("\"token\"", "\"__proto__\":{\"a\":1},\"token\"");
    let with_header = GOOD.replace("\n\n", "\ncontent-encoding: gzip\n\n");
    let in_other_words = ["%2e/Refresh", "/Refresh", "x/../Refresh"].map(|path| GOOD.replace("Refresh", path));
    for sent in [with_member, with_header].iter().chain(&in_other_words) {
        assert_eq!(broken(sent, &edge(500, REFUSAL)), [(Property::Answers, Severity::Should)], "{sent}");
    }
    for path in ["Token/", "Token/%2e", "/Token", "./Token", "x/%2e%2e/Token", "Token;a=b", "TOKEN/Refresh/.."] {
        let sent = WITHOUT_TOKEN.replace("Token/Refresh", path);
        assert!(broken(&sent, &edge(200, SUCCESS)).is_empty(), "{sent}");
    }
}

#[test]
fn a_refusal_is_whole() {
    for body in [
        "",
        "<html>",
        "[]",
        r#"{"valid":false,"code":1}"#,
        r#"{"valid":false,"message":"no"}"#,
        r#"{"valid":"false","code":1,"message":"no"}"#,
        r#"{"valid":false,"code":null,"message":"no"}"#,
        r#"{"valid":false,"code":1,"message":""}"#,
        r#"{"valid":false,"code":1,"code":2,"message":"no"}"#,
    ] {
        assert_eq!(broken(WITHOUT_TOKEN, &edge(400, body)), [(Property::RefusesInJson, Severity::Should)], "{body}");
        assert_eq!(broken(GOOD, &edge(403, body)), [(Property::RefusesInJson, Severity::Must)], "{body}");
    }
    assert_eq!(broken(WITHOUT_TOKEN, &edge(200, "<html>")), [(Property::RefusesInJson, Severity::Should)]);
    assert!(broken("HEAD /V2/Webchat/Token/Refresh", &edge(405, "")).is_empty());
    let verdict = r#"{"authorized":false,"message":"token_validation_failed"}"#;
    let to_scoped_auth =
        "POST /v1/ScopedAuthTokens/validate\ncontent-type: application/json\n\n{\"token\":\"{token}\"}";
    let replied = with(Hop::ScopedAuth, Outcome::Replied(reply(200, &[], verdict)));
    assert!(judged(Participant::ScopedAuth, to_scoped_auth, &replied).is_empty());
}

#[test]
fn an_edge_sends_one_acao() {
    let acao = "access-control-allow-origin";
    let twice = reply(400, &[(acao, "*"), (acao, "*")], REFUSAL);
    assert_eq!(broken(GOOD, &with(Hop::Edge, Outcome::Replied(twice))), [(Property::OneAcao, Severity::Should)]);
    let list = reply(400, &[(acao, "https://a.example, https://b.example")], REFUSAL);
    assert_eq!(broken(GOOD, &with(Hop::Edge, Outcome::Replied(list))), [(Property::OneAcao, Severity::Should)]);
    let none = with(Hop::Edge, Outcome::Replied(reply(403, &[], REFUSAL)));
    assert_eq!(broken(GOOD, &none), [(Property::OneAcao, Severity::Must)]);
    assert_eq!(broken(WITHOUT_TOKEN, &none), [(Property::OneAcao, Severity::Should)]);
}

#[test]
fn no_token_is_given_for_none() {
    assert_eq!(broken(WITHOUT_TOKEN, &edge(200, SUCCESS)), [(Property::TokenForToken, Severity::Must)]);
    let nested = r#"{"data":[{"accessToken":"t"}]}"#;
    assert_eq!(broken(WITHOUT_TOKEN, &edge(200, nested)), [(Property::TokenForToken, Severity::Must)]);
    let first = "POST //V2/Webchat/Token/\n\n{\"deploymentKey\":\"{deployment key}\"}";
    assert!(broken(first, &edge(200, SUCCESS)).is_empty());
    let authorised = r#"{"authorized":true,"auth_account":{},"grants":["a"]}"#;
    let replied = with(Hop::ScopedAuth, Outcome::Replied(reply(200, &[], authorised)));
    let asked = "POST /v1/ScopedAuthTokens/validate\n\n{\"token\":\"x\"}";
    assert_eq!(kinds(&judged(Participant::ScopedAuth, asked, &replied)), [(Property::TokenForToken, Severity::Must)]);
}

#[test]
fn roles_of_another_account_are_noticed() {
    let foreign = SUCCESS.replace("[\"a\"]", "[\"b\"]");
    assert_eq!(broken(GOOD, &edge(200, &foreign)), [(Property::OwnRoles, Severity::Must)]);
    // Whose roles these are is not known.
    assert!(broken(GOOD, &edge(200, &SUCCESS.replace("[\"a\"]", "[\"z\"]"))).is_empty());
}

#[test]
fn nobody_is_called_for_what_is_refused() {
    let called = |hops: &[Hop], status, body: &str| {
        let mut transcript = edge(status, body);
        for hop in hops {
            transcript.exchanges.extend(with(*hop, Outcome::Replied(reply(200, &[], "{}"))).exchanges);
        }
        transcript
    };
    let within = [Hop::Orchestrator, Hop::FederatedAuth, Hop::ScopedAuth];
    assert_eq!(broken(WITHOUT_TOKEN, &called(&within, 400, REFUSAL)), [(Property::CallsNobody, Severity::Should)]);
    assert!(broken(WITHOUT_TOKEN, &called(&within[..1], 400, REFUSAL)).is_empty());
    let unknown = REFUSAL.replace("20001", "45778");
    assert_eq!(broken(GOOD, &called(&within, 404, &unknown)), [(Property::CallsNobody, Severity::Should)]);
    let invalid = REFUSAL.replace("20001", "45775");
    assert!(broken(GOOD, &called(&within, 403, &invalid)).is_empty());
    let again = [Hop::Orchestrator, Hop::FederatedAuth, Hop::FederatedAuth];
    assert_eq!(broken(GOOD, &called(&again, 403, &invalid)), [(Property::CallsNobody, Severity::Should)]);
}

#[test]
fn a_secret_is_not_sent_back() {
    for secret in ["the-token-itself", "CV-deployment-key"] {
        let body = REFUSAL.replace("no", secret);
        assert_eq!(broken(GOOD, &edge(403, &body)), [(Property::EchoesNoSecret, Severity::Should)], "{secret}");
    }
    let escaped = REFUSAL.replace("no", r"CV-deployment\u002dkey");
    assert_eq!(broken(GOOD, &edge(403, &escaped)), [(Property::EchoesNoSecret, Severity::Should)]);
    let acao = ("access-control-allow-origin", "*");
    let header = reply(403, &[acao, ("x-debug", "token=the-token-itself")], REFUSAL);
    let found = judged(Participant::Starship, GOOD, &with(Hop::Edge, Outcome::Replied(header)));
    assert!(found[0].observed.contains("the token in the header x-debug"), "{found:?}");
    assert!(found.iter().all(|breach| !breach.observed.contains("the-token-itself")), "{found:?}");
    let same = SUCCESS.replace("new-token", "the-token-itself");
    assert!(broken(GOOD, &edge(200, &same)).is_empty(), "the same token may be given again");
}

fn broken(draft: &str, transcript: &Transcript) -> Vec<(Property, Severity)> {
    kinds(&judged(Participant::Starship, draft, transcript))
}

fn kinds(breaches: &[Breach]) -> Vec<(Property, Severity)> {
    breaches.iter().map(|breach| (breach.property, breach.severity)).collect()
}

fn judged(who: Participant, text: &str, transcript: &Transcript) -> Vec<Breach> {
    let calls = calls(&Diagram::built_in().unwrap(), &Participant::SERVICES);
    let draft: Draft = text.parse().unwrap();
    let filling = Filling {
        deployment_key: DeploymentKey::new("CV-deployment-key"),
        token: Token::new("the-token-itself"),
        fingerprint: Some(Fingerprint::new("fingerprint-of-the-client")),
        account_sid: None,
    };
    let redactor = Redactor::new([7; 32]);
    redactor.hide("the-token-itself", crate::transcript::SecretKind::Token);
    let mut transcript = transcript.clone();
    if let Some(exchange) = transcript.exchanges.first_mut() {
        exchange.request = draft.filled(&filling);
    }
    breaches(&Seen {
        call: calls.iter().find(|call| call.who == who).unwrap(),
        draft: &draft,
        filling: &filling,
        transcript: &transcript,
        client: &[],
        origin: None,
        roles: Roles { own: Some(&["a".to_owned()]), of_others: &[&["b".to_owned(), "c".to_owned()]] },
        contract: &Contract { codes: Codes::of_reference(), ..Contract::default() },
        redactor: &redactor,
    })
}

fn edge(status: u16, body: &str) -> Transcript {
    with(Hop::Edge, Outcome::Replied(reply(status, &[("access-control-allow-origin", "*")], body)))
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Reply { status, headers, body: Body::new(Bytes::from(body.to_owned())) }
}

fn with(hop: Hop, outcome: Outcome) -> Transcript {
    let request = Request { path: "/somewhere".to_owned(), ..Request::default() };
    let exchange = Exchange { hop, began: 0, ended: None, at: SystemTime::now(), took: None, request, outcome };
    Transcript { exchanges: vec![exchange] }
}
