//! Every kind of fault as a customer sees it, on every hop, chosen by the header of one request.

use serde_json::{Value, json};

use crate::support::{Answer, Begun, ON, Simulator, begin, send, try_send};

const HEADER: &str = "x-hopcheck-fault";

/// What a customer gets.
enum Seen {
    /// A new token.
    Token,
    /// A refusal with this status and code.
    Refusal(u16, u64),
    /// What the fault gives, as it is.
    Body(u16, &'static str),
}
use Seen::{Body, Refusal, Token};

#[test]
fn trouble_behind_the_edge_is_a_bounded_refusal() {
    let simulator = Simulator::starts(&[]);
    let unusable = || Refusal(502, 45774);
    let too_late = || Refusal(504, 45774);
    let mut begun: Vec<(String, Begun, Seen)> = Vec::new();
    for hop in ["orchestrator", "federated-auth", "scoped-auth"] {
        for (fault, seen) in [
            ("never-answers", too_late()),
            ("breaks-off", unusable()),
            ("resets", unusable()),
            ("resets-midway", unusable()),
            ("cut-short", unusable()),
            ("understates-length", unusable()),
            ("empty", unusable()),
            ("not-json", unusable()),
            // JSON of another shape is for the customer to read where the Orchestrator gives it.
            ("wrong-shape", if hop == "orchestrator" { Body(200, r#"{"status":"ok"}"#) } else { unusable() }),
            ("status=503", unusable()),
            ("status=504", too_late()),
            ("drips=1ms", Token),
            ("drips=1m", too_late()),
            ("late=1ms", Token),
            ("late=1ms..2ms", Token),
            ("late=1m", too_late()),
        ] {
            let words = format!("{hop} {fault}");
            // What is under way at once is told apart by its token.
            let token = simulator.minted(&json!({ "account": ON.0 }));
            let request = simulator.refreshing(ON.1, &token).header(HEADER, &words);
            begun.push((words, begin(request), seen));
        }
    }
    let mut told: Vec<String> = Vec::new();
    for (words, begun, seen) in begun {
        is_seen(&words, &begun.ends().unwrap_or_else(|error| panic!("{words}: {error:?}")), &seen);
        told.push(words);
    }
    let refreshes = simulator.refreshes();
    let mut met: Vec<&str> = refreshes.iter().map(|refresh| refresh["faults"][0].as_str().unwrap()).collect();
    met.sort_unstable();
    told.sort_unstable();
    assert_eq!(met, told, "the journal has each under the words of its fault");
}

#[test]
fn trouble_at_the_edge_is_what_it_is() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.minted(&json!({ "account": ON.0 }));
    let refresh =
        |fault: &str| try_send(simulator.refreshing(ON.1, &token).header(HEADER, format!("starship {fault}")));
    for (fault, seen) in [
        ("empty", Body(200, "")),
        ("not-json", Body(200, "<html><body>It works!</body></html>")),
        ("wrong-shape", Body(200, r#"{"status":"ok"}"#)),
        ("status=503", Body(503, "{}")),
        ("drips=1ms", Token),
        ("late=1ms", Token),
        ("late=1ms..2ms", Token),
    ] {
        is_seen(fault, &refresh(fault).unwrap(), &seen);
    }
    // Half of what comes is announced, and the rest is no reply to anything.
    let half = refresh("understates-length").unwrap().with(200).text;
    assert!(half.starts_with('{') && serde_json::from_str::<Value>(&half).is_err(), "{half}");
    for (fault, ends) in [
        ("breaks-off", "IncompleteMessage"),
        ("resets", "ConnectionReset"),
        ("cut-short", "IncompleteBody"),
        ("resets-midway", "ConnectionReset"),
    ] {
        let error = format!("{:?}", refresh(fault).unwrap_err());
        assert!(error.contains(ends), "{fault}: {error}");
        assert_eq!(simulator.newest()["outcome"], "failed", "{fault}");
    }
}

#[test]
fn a_call_that_is_never_answered_ends_when_its_caller_has_had_enough() {
    let simulator = Simulator::starts(&[]);
    let watching = simulator.watched();
    watching.hears("hello", |_| true);
    let begun = begin(simulator.refreshing(ON.1, "t").header(HEADER, "starship never-answers"));
    let under_way = watching.hears("refresh", |refresh| refresh["faults"] == json!(["starship never-answers"]));
    assert_eq!((&under_way["state"], &under_way["outcome"]), (&json!("under way"), &Value::Null));
    assert_eq!(simulator.counts()["under_way"], 1);
    assert!(begun.goes_on());
    begun.goes_away();
    let ended = watching.hears("refresh", |refresh| refresh["state"] == "ended");
    assert_eq!((&ended["id"], &ended["outcome"], &ended["status"]), (&under_way["id"], &json!("failed"), &Value::Null));
    let exchange = &simulator.newest()["exchanges"][0];
    assert_eq!(exchange["failure"], "the caller went away before there was a reply");
    assert_eq!(simulator.counts()["under_way"], 0);
}

#[test]
fn a_header_chooses_for_its_own_request_and_on_several_hops() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.minted(&json!({ "account": ON.0 }));
    let both = simulator.refreshing(ON.1, &token).header(HEADER, "scoped-auth late=1ms, federated-auth status=500");
    assert_eq!(send(both).refusal(), (502, 45774));
    assert_eq!(simulator.newest()["faults"], json!(["federated-auth status=500"]), "what lies behind is never reached");
    let both = simulator.refreshing(ON.1, &token).header(HEADER, "scoped-auth late=1ms,federated-auth drips=1ms");
    send(both).with(200);
    assert_eq!(simulator.newest()["faults"], json!(["federated-auth drips=1ms", "scoped-auth late=1ms"]));
    simulator.refresh(ON.1, &token).with(200);
    assert_eq!(simulator.newest()["faults"], json!([]));
    // It goes before what everybody meets.
    simulator.fault(&json!({ "hop": "starship", "fault": "status=501" }));
    send(simulator.refreshing(ON.1, &token).header(HEADER, "starship status=503")).with(503);
    send(simulator.refreshing(ON.1, &token).header(HEADER, "orchestrator late=1ms")).with(501);
}

#[test]
fn a_header_that_chooses_nothing_is_refused_and_says_so() {
    let simulator = Simulator::starts(&[]);
    for (header, complaint) in [
        ("scoped-auth", "expected a service and a fault, such as `x-hopcheck-fault: scoped-auth late=2s`"),
        ("nobody empty", "`nobody` is no participant"),
        ("scoped-auth melts", "`melts` is no fault: expected never-answers, "),
        ("scoped-auth late=2h", "`late=2h` is no fault"),
        ("scoped-auth empty, ", "expected a service and a fault"),
    ] {
        let refused = send(simulator.refreshing(ON.1, "t").header(HEADER, header)).with(400);
        let error = refused.text_of("error");
        assert!(error.starts_with(&format!("{HEADER}: {complaint}")), "{header}: {error}");
        assert_eq!(simulator.newest()["status"], 400);
    }
}

#[test]
fn a_simulator_may_ignore_the_header() {
    let simulator = Simulator::starts(&["--no-header-faults"]);
    let token = simulator.minted(&json!({ "account": ON.0 }));
    for header in ["starship status=503", "scoped-auth empty", "melts"] {
        send(simulator.refreshing(ON.1, &token).header(HEADER, header)).with(200);
    }
    assert!(simulator.refreshes().iter().all(|refresh| refresh["faults"] == json!([])));
    simulator.fault(&json!({ "hop": "starship", "fault": "status=503" }));
    simulator.refresh(ON.1, &token).with(503);
}

fn is_seen(what: &str, answer: &Answer, expected: &Seen) {
    match expected {
        Token => assert!(answer.status == 200 && answer.json()["token"].is_string(), "{what}: {answer:?}"),
        Refusal(status, code) => {
            assert_eq!(answer.refusal(), (*status, *code), "{what}: {answer:?}");
            assert_eq!(answer.json()["valid"], false, "{what}");
        }
        Body(status, text) => assert_eq!((answer.status, &*answer.text), (*status, *text), "{what}"),
    }
}
