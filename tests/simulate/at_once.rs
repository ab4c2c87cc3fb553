//! Refreshes that are under way at once and alike: each has its own exchanges, or else nothing is held against any.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Begun, OFF, ON, Simulator, asked, begin, client, exchange, send};

const HOPS: [&str; 4] = ["starship", "orchestrator", "federated-auth", "scoped-auth"];
const MANY: usize = 20;

#[test]
fn callers_that_present_the_same_token_at_once_are_told_apart() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.minted(&json!({ "account": OFF.0 }));
    have_refreshed_at_once(&simulator, |number| simulator.refreshing(OFF.1, &token).header("x-caller", number));

    let refreshes = of_all(&simulator);
    assert_eq!(refreshes.len(), MANY);
    for refresh in &refreshes {
        assert_eq!((&refresh["deviates"], &refresh["not_judged"]), (&json!(false), &Value::Null), "{refresh}");
        let crossed = HOPS.map(|hop| exchange(refresh, hop).unwrap_or_else(|| panic!("nothing on {hop}: {refresh}")));
        assert_eq!(refresh["exchanges"].as_array().unwrap().len(), HOPS.len(), "{refresh}");
        // Starship forwards every header, and every answer gives another token.
        let named = |exchange: &Value| {
            let headers = exchange["request_headers"].as_array().unwrap().iter();
            headers.filter(|header| header[0] == "x-caller").cloned().collect::<Vec<_>>()
        };
        assert_eq!(named(crossed[0]), named(crossed[1]));
        let given = |exchange: &Value| {
            let reply: Value = serde_json::from_str(exchange["reply_body"].as_str().unwrap()).unwrap();
            reply["token"].clone()
        };
        assert!(crossed[1..3].iter().all(|exchange| given(exchange) == given(crossed[0])), "{refresh}");
    }
    let verdict = simulator.get("/verdict").with(200).json();
    assert_eq!((&verdict["verdict"], &verdict["judged"]), (&json!("conforms"), &json!(MANY)));
}

#[test]
fn of_callers_that_name_their_requests_alike_nothing_is_held_against_any() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.minted(&json!({ "account": OFF.0 }));
    have_refreshed_at_once(&simulator, |_| simulator.refreshing(OFF.1, &token).header("x-request-id", "always this"));
    let verdict = simulator.get("/verdict").with(200).json();
    assert_eq!(verdict["deviating"], json!([]));
    let reasons: BTreeSet<String> = of_all(&simulator).iter().map(|it| it["not_judged"].to_string()).collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("another refresh was under way that is like it")),
        "{reasons:?}"
    );

    // Where their tokens differ, those tell them apart.
    simulator.delete("/refreshes").with(204);
    let tokens: Vec<String> = (0..MANY).map(|_| simulator.minted(&json!({ "account": OFF.0 }))).collect();
    have_refreshed_at_once(&simulator, |number| {
        simulator.refreshing(OFF.1, &tokens[number]).header("x-request-id", "always this")
    });
    let verdict = simulator.get("/verdict").with(200).json();
    assert_eq!((&verdict["verdict"], &verdict["judged"]), (&json!("conforms"), &json!(MANY)));
}

#[test]
fn whoever_calls_a_service_further_in_is_told_apart_too() {
    let simulator = Simulator::starts(&["--only", "federated-auth,scoped-auth"]);
    let token = simulator.minted(&json!({ "account": OFF.0 }));
    let url = format!("{}/v1/Accounts/{}/Tokens/refresh", simulator.url("federated-auth"), OFF.0);
    have_refreshed_at_once(&simulator, |_| client().post(&url).json(&json!({ "token": token })));
    for refresh in of_all(&simulator) {
        let hops: Vec<&Value> = refresh["exchanges"].as_array().unwrap().iter().map(|it| &it["hop"]).collect();
        assert_eq!(json!(hops), json!(["federated-auth", "scoped-auth"]), "{refresh}");
        assert_eq!((&refresh["deviates"], &refresh["not_judged"]), (&json!(false), &Value::Null), "{refresh}");
    }
}

#[test]
fn what_cannot_be_read_at_the_edge_is_one_refresh_with_all_that_it_led_to() {
    let simulator = Simulator::starts(&[]);
    let url = format!("{}/V2/Webchat/Token/Refresh", simulator.url("starship"));
    for body in ["{\"token\": ", "<token/>", ""] {
        send(client().post(&url).header("content-type", "application/json").body(body)).with(400);
        let refresh = simulator.newest();
        let hops: Vec<&Value> = refresh["exchanges"].as_array().unwrap().iter().map(|it| &it["hop"]).collect();
        assert_eq!(json!(hops), json!(["starship", "orchestrator"]), "{body}");
    }
    assert_eq!(simulator.refreshes().len(), 3);
}

#[test]
fn the_name_of_a_request_arrives_wherever_it_leads() {
    let simulator = Simulator::starts(&[]);
    send(simulator.refreshing(ON.1, &simulator.first_token(ON.1)).header("x-request-id", "mine")).with(200);
    let refresh = simulator.newest();
    for hop in HOPS {
        let crossed = exchange(&refresh, hop).unwrap();
        assert!(asked(crossed)["token"].is_string());
        let headers = crossed["request_headers"].as_array().unwrap();
        assert!(headers.contains(&json!(["x-request-id", "mine"])), "{hop}: {headers:?}");
    }
}

/// Sends many requests that all wait at the innermost service until the last one has come.
fn have_refreshed_at_once(simulator: &Simulator, request: impl Fn(usize) -> reqwest::RequestBuilder) {
    let id = simulator.fault(&json!({ "hop": "scoped-auth", "fault": "late=100ms..900ms" }));
    let begun: Vec<Begun> = (0..MANY).map(|number| begin(request(number))).collect();
    for answer in begun {
        answer.ends().unwrap().with(200);
    }
    simulator.delete(&format!("/faults/{id}")).with(204);
}

/// Returns every refresh with its exchanges.
fn of_all(simulator: &Simulator) -> Vec<Value> {
    let ids = simulator.refreshes().into_iter().map(|refresh| refresh["id"].clone());
    ids.map(|id| simulator.get(&format!("/refreshes/{id}")).with(200).json()).collect()
}
