//! Faults by the admin API: who meets them, how often, and how they end.

use serde_json::{Value, json};

use crate::support::{OFF, ON, Simulator, send, until};

#[test]
fn a_fault_is_told_as_it_was_ordered_and_without_secrets() {
    let simulator = Simulator::starts(&["--seed", "7"]);
    let bare = simulator.post("/faults", &json!({ "hop": "scoped-auth", "fault": "late=10ms..20ms" })).with(201).json();
    let nobody = json!({ "deployment_key": null, "account": null, "token": null, "header": null });
    let expected = json!({
        "id": 1, "hop": "scoped-auth", "fault": "late=10ms..20ms", "match": nobody, "probability": 1.0, "seed": 7,
        "times": null, "left": null, "met": 0, "expires_in_ms": null,
    });
    assert_eq!(bare, expected);
    let order = json!({
        "hop": "starship", "fault": "status=503", "probability": 0.25, "seed": 3, "times": 2, "ttl": "1h",
        "match": {
            "deployment_key": "canary-key", "account": ON.0, "token": "canary-token",
            "header": { "name": "X-Api-Key", "value": "canary-header" },
        },
    });
    let full = simulator.post("/faults", &order).with(201);
    assert!(!full.text.contains("canary"), "{}", full.text);
    let full = full.json();
    for (member, expected) in
        [("id", json!(2)), ("probability", json!(0.25)), ("seed", json!(3)), ("times", json!(2)), ("left", json!(2))]
    {
        assert_eq!(full[member], expected, "{member}");
    }
    assert!((1..=3_600_000).contains(&full["expires_in_ms"].as_u64().unwrap()));
    let matching = &full["match"];
    assert!(matching["deployment_key"].as_str().unwrap().starts_with("key_"), "{matching}");
    assert!(matching["token"].as_str().unwrap().starts_with("tok_"), "{matching}");
    assert_eq!((&matching["account"], &matching["header"]["name"]), (&json!(ON.0), &json!("x-api-key")));

    assert_eq!(ids(&simulator), [1, 2]);
    simulator.delete("/faults/1").with(204);
    assert!(simulator.delete("/faults/1").with(404).text_of("hint").contains("/api/faults"));
    assert_eq!(ids(&simulator), [2]);
    simulator.delete("/faults").with(204);
    assert_eq!(ids(&simulator), [0; 0]);
    assert_eq!(simulator.fault(&json!({ "hop": "starship", "fault": "empty" })), 3, "no id is given twice");
}

#[test]
fn a_fault_is_met_until_it_is_removed() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.first_token(ON.1);
    let id = simulator.fault(&failing("scoped-auth"));
    for met in 1..=3 {
        assert_eq!(simulator.refresh(ON.1, &token).refusal(), (502, 45774));
        assert_eq!(simulator.newest()["faults"], json!(["scoped-auth status=503"]));
        assert_eq!(simulator.get("/faults").json()[0]["met"], met);
    }
    simulator.delete(&format!("/faults/{id}")).with(204);
    simulator.refresh(ON.1, &token).with(200);
    assert_eq!(simulator.newest()["faults"], json!([]));
}

#[test]
fn a_fault_is_met_as_often_as_was_ordered_and_then_the_next_one_is() {
    let simulator = Simulator::starts(&[]);
    let token = simulator.first_token(ON.1);
    let order =
        |status: u16, times: u64| json!({ "hop": "starship", "fault": format!("status={status}"), "times": times });
    simulator.fault(&order(501, 2));
    simulator.fault(&order(502, 1));
    let statuses: Vec<u16> = (0..4).map(|_| simulator.refresh(ON.1, &token).status).collect();
    assert_eq!(statuses, [501, 501, 502, 200]);
    let faults = simulator.get("/faults").json();
    assert_eq!((&faults[0]["left"], &faults[0]["met"]), (&json!(0), &json!(2)));
}

#[test]
fn a_fault_ends_when_its_time_is_over() {
    let simulator = Simulator::starts(&[]);
    let watching = simulator.watched();
    watching.hears("hello", |_| true);
    simulator.fault(&json!({ "hop": "starship", "fault": "status=503", "ttl": "1ms" }));
    until("its end", || ids(&simulator).is_empty().then_some(()));
    watching.hears("faults", |_| true);
    simulator.first_refresh(ON.1).with(200);
}

#[test]
fn chance_is_drawn_from_the_seed() {
    let simulator = Simulator::starts(&["--seed", "9"]);
    let token = simulator.first_token(ON.1);
    let drawn = |probability: f64, seed: Option<u64>| -> Vec<bool> {
        let mut order = json!({ "hop": "starship", "fault": "status=503", "probability": probability });
        if let Some(seed) = seed {
            order["seed"] = json!(seed);
        }
        let id = simulator.fault(&order);
        let met = (0..32).map(|_| simulator.refresh(ON.1, &token).status == 503).collect();
        simulator.delete(&format!("/faults/{id}")).with(204);
        met
    };
    let first = drawn(0.5, Some(9));
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
    assert_eq!(first, drawn(0.5, None), "the simulator's seed is the one where none is stated");
    assert_ne!(first, drawn(0.5, Some(10)));
    assert_eq!((drawn(0.0, None), drawn(1.0, None)), (vec![false; 32], vec![true; 32]));
}

#[test]
fn a_fault_is_met_by_whoever_matches_and_by_nobody_else() {
    let simulator = Simulator::starts(&[]);
    let tokens = [ON, OFF].map(|(_, key)| simulator.first_token(key));
    let matching = [
        (json!({}), [true, true, true]),
        (json!({ "deployment_key": ON.1 }), [true, false, true]),
        (json!({ "account": ON.0 }), [true, false, true]),
        (json!({ "account": OFF.0 }), [false, true, false]),
        (json!({ "token": tokens[0] }), [true, false, true]),
        (json!({ "header": { "name": "X-Test", "value": "a" } }), [false, false, true]),
        (json!({ "header": { "name": "x-test", "value": "b" } }), [false, false, false]),
        (json!({ "deployment_key": OFF.1, "header": { "name": "x-test", "value": "a" } }), [false, false, false]),
        (json!({ "account": ON.0, "token": tokens[0], "deployment_key": ON.1 }), [true, false, true]),
        (json!({ "account": ON.0, "token": tokens[1] }), [false, false, false]),
    ];
    for hop in ["starship", "orchestrator", "federated-auth", "scoped-auth"] {
        for (matching, expected) in &matching {
            // A deployment key goes no further than to the Orchestrator, and yet says whose refresh it is behind it.
            let mut order = failing(hop);
            order["match"] = matching.clone();
            let id = simulator.fault(&order);
            let met = [
                simulator.refreshing(ON.1, &tokens[0]),
                simulator.refreshing(OFF.1, &tokens[1]),
                simulator.refreshing(ON.1, &tokens[0]).header("x-test", "a"),
            ];
            let met = met.map(|request| send(request).status >= 500);
            assert_eq!(met, *expected, "{hop} {matching}");
            simulator.delete(&format!("/faults/{id}")).with(204);
        }
    }
}

#[test]
fn a_header_of_the_hop_itself_matches_too() {
    let simulator = Simulator::starts(&["--only", "federated-auth,scoped-auth"]);
    let token = simulator.minted(&json!({ "account": ON.0 }));
    let mut order = failing("scoped-auth");
    // The request that FederatedAuth makes has it, whoever called FederatedAuth.
    order["match"] = json!({ "header": { "name": "content-type", "value": "application/json" } });
    simulator.fault(&order);
    let address = format!("{}/v1/Accounts/{}/Tokens/refresh", simulator.url("federated-auth"), ON.0);
    let refresh = crate::support::client().post(address).header("content-type", "application/json; charset=utf-8");
    assert_eq!(send(refresh.body(json!({ "token": token }).to_string())).refusal(), (502, 45774));
}

#[test]
fn no_fault_can_be_met_where_nobody_is_played() {
    let simulator = Simulator::starts(&["--only", "scoped-auth"]);
    let refused = simulator.post("/faults", &failing("starship")).with(400);
    assert!(refused.text_of("error").ends_with("on the way to Starship: it is not played here"), "{}", refused.text);
    simulator.fault(&failing("scoped-auth"));
}

fn failing(hop: &str) -> Value {
    json!({ "hop": hop, "fault": "status=503" })
}

fn ids(simulator: &Simulator) -> Vec<u64> {
    let faults = simulator.get("/faults").with(200).json();
    faults.as_array().unwrap().iter().map(|fault| fault["id"].as_u64().unwrap()).collect()
}
