//! What the admin API cannot do anything with: it says what is wrong and what to do, and nothing is changed.

use serde_json::{Value, json};

use crate::support::{ON, Simulator, send};

/// More hours than fit into any clock, and fewer than fit into a number of seconds.
const AEONS: &str = "5124095576030431h";

#[test]
fn what_is_malformed_is_refused_with_what_is_wrong() {
    let simulator = Simulator::starts(&[]);
    let account = format!("/accounts/{}", ON.0);
    let feature = format!("{account}/feature");
    let configured = |member: &str, value: Value| {
        let mut configuration = json!({ "deployment_keys": ["CV-mine"], "feature": "on" });
        configuration[member] = value;
        configuration
    };
    let fault = |member: &str, value: Value| {
        let mut order = json!({ "hop": "scoped-auth", "fault": "empty" });
        order[member] = value;
        order
    };
    let before = [simulator.get("/accounts").json(), simulator.get("/faults").json()];
    for (method, path, body, status, error) in [
        ("GET", "/accounts/AC1", Value::Null, 400, "`AC1` is no account SID"),
        ("GET", "/refreshes/first", Value::Null, 400, "first"),
        ("DELETE", "/faults/-1", Value::Null, 400, "-1"),
        ("GET", "/refreshes?limit=1001", Value::Null, 400, "`limit`: 1001 is more than 1000"),
        ("GET", "/refreshes?limit=-1", Value::Null, 400, "limit"),
        ("GET", "/refreshes?before=x", Value::Null, 400, "before"),
        ("GET", "/refreshes?outcome=lost", Value::Null, 400, "unknown variant `lost`"),
        ("GET", "/refreshes?kind=x", Value::Null, 400, "unknown variant `x`"),
        ("GET", "/refreshes?acount=x", Value::Null, 400, "unknown field `acount`"),
        ("GET", "/refreshes.har?id=x", Value::Null, 400, "id"),
        ("PUT", &account, configured("deployment_keys", json!([])), 400, "`deployment_keys` names no key"),
        ("PUT", &account, configured("deployment_keys", json!([""])), 400, "`deployment_keys` names no key"),
        ("PUT", &account, configured("allowed_origins", json!(["shop"])), 400, "\"shop\" is no origin"),
        ("PUT", &account, configured("token_ttl", json!("1")), 400, "`token_ttl`: \"1\" is no duration"),
        ("PUT", &account, configured("token_ttl", json!("500ms")), 400, "whole seconds"),
        ("PUT", &account, configured("token_ttl", json!(AEONS)), 400, "`token_ttl`"),
        ("PUT", &account, configured("feature", json!("sometimes")), 422, "unknown variant `sometimes`"),
        ("PUT", &account, configured("fingerprint_sensitivity", json!("none")), 422, "unknown variant `none`"),
        ("PUT", &account, configured("grants", json!("chat")), 422, "grants"),
        ("PUT", &account, configured("account_sid", json!(ON.0)), 422, "unknown field `account_sid`"),
        ("PUT", &account, json!({ "feature": "on" }), 422, "missing field `deployment_keys`"),
        ("POST", &feature, json!({}), 422, "missing field `feature`"),
        ("POST", &feature, json!({ "feature": true }), 400, "feature"),
        ("POST", "/tokens", json!({}), 400, "`account` or by `deployment_key`"),
        (
            "POST",
            "/tokens",
            json!({ "account": ON.0, "deployment_key": ON.1 }),
            400,
            "`account` or by `deployment_key`",
        ),
        ("POST", "/tokens", json!({ "account": ON.0, "state": "old" }), 422, "unknown variant `old`"),
        ("POST", "/tokens", json!({ "account": "AC1" }), 422, "`AC1` is no account SID"),
        ("POST", "/tokens", json!({ "account": ON.0, "user_agent": "a\nb" }), 400, "the header user-agent"),
        ("POST", "/tokens", json!({ "account": format!("AC{:032}", 9) }), 404, "there is no account"),
        ("POST", "/tokens", json!({ "deployment_key": "CV-of-nobody" }), 404, "no account has this deployment key"),
        ("POST", "/faults", fault("hop", json!("customer")), 400, "`hop`: `customer` is no participant"),
        (
            "POST",
            "/faults",
            fault("fault", json!("melts")),
            400,
            "`fault`: `melts` is no fault: expected never-answers",
        ),
        ("POST", "/faults", fault("fault", json!("late=2h")), 400, "`late=2h` is no fault"),
        ("POST", "/faults", fault("ttl", json!("0s")), 400, "`ttl`: \"0s\" is no duration"),
        ("POST", "/faults", fault("times", json!(0)), 400, "a fault that is met 0 times is none"),
        ("POST", "/faults", fault("times", json!(-1)), 422, "times"),
        ("POST", "/faults", fault("probability", json!(1.5)), 400, "1.5 is no probability"),
        ("POST", "/faults", fault("match", json!({ "acount": "x" })), 422, "unknown field `acount`"),
        ("POST", "/faults", fault("match", json!({ "header": { "name": "x" } })), 422, "missing field `value`"),
        ("POST", "/faults", json!([]), 422, ""),
        ("POST", "/reset", json!({ "account": "AC1" }), 422, "`AC1` is no account SID"),
        ("POST", "/reset", json!({ "acount": ON.0 }), 422, "unknown field `acount`"),
        ("POST", "/reset", json!({ "account": format!("AC{:032}", 9) }), 404, "there is no account"),
    ] {
        let request = simulator.api(method, path);
        let answer = send(if body.is_null() { request } else { request.json(&body) });
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text);
        assert!(answer.text_of("error").contains(error), "{method} {path} {body}: {}", answer.text);
        assert!(!answer.text_of("hint").is_empty());
    }
    assert_eq!([simulator.get("/accounts").json(), simulator.get("/faults").json()], before);
}

#[test]
fn a_path_or_a_method_that_there_is_not_is_refused_everywhere() {
    let simulator = Simulator::starts(&[]);
    for path in ["", "/", "/acounts", "/accounts/", "/accounts/a/b", "/faults/1/2", "/refreshes.harr", "/%00", "/../x"]
    {
        let answer = simulator.get(path).with(404);
        assert_eq!(answer.text_of("error"), "there is nothing at this path", "{path}");
    }
    let document = simulator.get("/openapi.json").json();
    for path in document["paths"].as_object().unwrap().keys() {
        let path = path.trim_start_matches("/api").replace("{sid}", ON.0).replace("{id}", "1");
        let answer = send(simulator.api("PATCH", &path)).with(405);
        assert_eq!(answer.text_of("error"), "this path does not take this method", "{path}");
        assert!(answer.headers.contains_key("allow"), "{path}");
    }
}

#[test]
fn nothing_makes_it_fail() {
    let simulator = Simulator::starts(&[]);
    let deep = "[".repeat(100_000);
    let bodies = ["", "null", "[]", "{}", "\"\"", "{\"account\":", "\u{0}", &deep, "{\"hop\":1,\"fault\":{}}"];
    let document = simulator.get("/openapi.json").json();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.trim_start_matches("/api").replace("{sid}", ON.0).replace("{id}", "1");
        for method in item.as_object().unwrap().keys().filter(|method| ["put", "post"].contains(&method.as_str())) {
            for body in bodies {
                let request = simulator.api(&method.to_uppercase(), &path).header("content-type", "application/json");
                let answer = send(request.body(body.to_owned()));
                let is_reset = path == "/reset" && body == "{}";
                assert!(is_reset || (400..500).contains(&answer.status), "{method} {path} {body}: {}", answer.status);
            }
        }
    }
    // Long as a life may be, it ends within a calendar.
    let old = json!({ "deployment_keys": ["CV-old"], "feature": "on", "address_sid": "AD1", "token_ttl": "9999999h" });
    let answer = simulator.put("/accounts/AC00000000000000000000000000000009", &old);
    assert!(answer.status < 500, "{}", answer.text);
    for state in ["valid", "expired", "another-account"] {
        let order = json!({ "account": "AC00000000000000000000000000000009", "state": state });
        assert!(simulator.post("/tokens", &order).status < 500);
    }
}
