//! A refresh as an HTTP archive: what tools read that open one, and the members that HAR 1.2 requires.

mod support;

use std::time::{Duration, SystemTime};

use hopcheck::protocol::Hop;
use hopcheck::transcript::{Body, Exchange, Har, Outcome, Redactor, Reply, Request, Transcript};
use serde_json::Value;
use support::snapshot;

#[test]
fn a_refresh_is_an_archive() {
    let mut archive = archive();
    archive["log"]["creator"]["version"] = "(version)".into();
    snapshot("har", &serde_json::to_string_pretty(&archive).unwrap_or_else(|error| panic!("{error}")));
}

#[test]
fn every_member_that_the_format_requires_is_there() {
    let archive = archive();
    assert_has(&archive["log"], &[("version", TEXT), ("creator", OBJECT), ("entries", LIST)]);
    assert_eq!(archive["log"]["version"], "1.2");
    assert_has(&archive["log"]["creator"], &[("name", TEXT), ("version", TEXT)]);
    let entries = archive["log"]["entries"].as_array().unwrap_or_else(|| panic!("no entries"));
    assert_eq!(entries.len(), 3);
    for entry in entries {
        let expected = [
            ("startedDateTime", TEXT),
            ("time", NUMBER),
            ("request", OBJECT),
            ("response", OBJECT),
            ("cache", OBJECT),
            ("timings", OBJECT),
        ];
        assert_has(entry, &expected);
        let of_both = [
            ("httpVersion", TEXT),
            ("cookies", LIST),
            ("headers", LIST),
            ("headersSize", NUMBER),
            ("bodySize", NUMBER),
        ];
        let (request, response) = (&entry["request"], &entry["response"]);
        assert_has(request, &of_both);
        assert_has(request, &[("method", TEXT), ("url", TEXT), ("queryString", LIST)]);
        assert_has(response, &of_both);
        assert_has(response, &[("status", NUMBER), ("statusText", TEXT), ("content", OBJECT), ("redirectURL", TEXT)]);
        assert_has(&response["content"], &[("size", NUMBER), ("mimeType", TEXT)]);
        assert_has(&request["postData"], &[("mimeType", TEXT), ("text", TEXT)]);
        for pair in ["headers", "queryString"].iter().flat_map(|list| request[*list].as_array().into_iter().flatten()) {
            assert_has(pair, &[("name", TEXT), ("value", TEXT)]);
        }
        assert_has(&entry["timings"], &[("send", NUMBER), ("wait", NUMBER), ("receive", NUMBER)]);
        let parts = ["send", "wait", "receive"].map(|part| entry["timings"][part].as_f64().unwrap_or(-1.0));
        assert!(parts.iter().all(|part| *part >= 0.0), "none of these three may be unknown");
        assert_eq!(entry["time"].as_f64(), Some(parts.iter().sum()), "the time is the sum of its parts");
    }
}

/// A name and what its value must be.
type Member = (&'static str, fn(&Value) -> bool);

const TEXT: fn(&Value) -> bool = Value::is_string;
const NUMBER: fn(&Value) -> bool = Value::is_number;
const OBJECT: fn(&Value) -> bool = Value::is_object;
const LIST: fn(&Value) -> bool = Value::is_array;

#[track_caller]
fn assert_has(object: &Value, members: &[Member]) {
    for (name, is_right) in members {
        assert!(object.get(name).is_some_and(is_right), "{name} in {object:#}");
    }
}

/// Returns the archive of a refresh that ScopedAuth left without an answer.
fn archive() -> Value {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJBQzEifQ.c2lnbmF0dXJl";
    let request = |path: &str, headers: &[(&str, &str)], body: &str| Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: String::new(),
        headers: pairs(headers),
        body: Body::new(body.to_owned().into()),
    };
    let json = ("content-type", "application/json");
    let from_customer = Request {
        query: format!("lang=en%20GB&token={token}"),
        ..request(
            "/V2/Webchat/Token/Refresh",
            &[json, ("origin", "https://shop.example"), ("authorization", &format!("Bearer {token}"))],
            &format!(r#"{{"deploymentKey":"CV-secret-key","token":"{token}"}}"#),
        )
    };
    let to_federated_auth = request(
        "/v1/Accounts/AC0123456789abcdef0123456789abcdef/Tokens/refresh",
        &[json],
        &format!(r#"{{"fingerprint":"a-fingerprint","token":"{token}"}}"#),
    );
    let to_scoped_auth = request(
        "/v1/ScopedAuthTokens/validate",
        &[json],
        &format!(r#"{{"token":"{token}","fingerprint":"a-fingerprint"}}"#),
    );
    let failure = |message: &str| {
        Outcome::Replied(Reply {
            status: 502,
            headers: pairs(&[json, ("access-control-allow-origin", "https://shop.example")]),
            body: Body::new(format!(r#"{{"valid":false,"code":45774,"message":"{message}"}}"#).into()),
        })
    };
    let exchanges = [
        (Hop::Edge, from_customer, failure("FederatedAuth failed")),
        (Hop::FederatedAuth, to_federated_auth, failure(&format!("nobody validates {token}"))),
        (Hop::ScopedAuth, to_scoped_auth, Outcome::Failed("the connection was reset".to_owned())),
    ];
    let recorded = |(began, (hop, request, outcome)): (u64, (Hop, Request, Outcome))| Exchange {
        hop,
        began,
        ended: Some(10 - began),
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_428_475_000 + began),
        took: Some(Duration::from_micros(4500 - began * 1000)),
        request,
        outcome,
    };
    let transcript = Transcript { exchanges: (1..).zip(exchanges).map(recorded).collect() };
    let base = |hop: Hop| format!("https://{}.example", hop.callee().key());
    let archive = Har::of([(17, &transcript)], &Redactor::new([1; 32]), base);
    serde_json::to_value(archive).unwrap_or_else(|error| panic!("{error}"))
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
