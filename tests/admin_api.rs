//! The admin API against the document that describes it: every path, every answer, every event, and nothing besides.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use support::{Answer, Folder, OFF, ON, Simulator, send};

/// What describes the admin API, as it is served.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../src/simulator/openapi.json")).unwrap());

/// The router, in whose lines the routes stand.
const ROUTER: &str = include_str!("../src/simulator/api/mod.rs");

/// A method, a path as the document has it, and a status.
type Documented = (String, String, u16);

#[test]
fn every_route_is_in_the_document_and_nothing_else_is() {
    let routes: BTreeSet<_> = ROUTER.lines().filter_map(route).flatten().collect();
    assert_eq!(ROUTER.matches(".route(").count(), ROUTER.lines().filter_map(route).count(), "a route was not read");
    let documented: BTreeSet<_> = operations().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(documented, routes);
}

#[test]
fn every_example_is_of_its_schema() {
    let mut examples = 0;
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            holds(&json!({ "$ref": format!("#/components/schemas/{name}") }), example, name);
            examples += 1;
        }
    }
    assert!(examples > 25, "{examples}");
}

#[test]
fn the_document_is_served_and_is_of_this_version() {
    let served = Simulator::starts(&[]).get("/openapi.json").with(200);
    assert_eq!((&served.json(), served.content_type()), (&*DOCUMENT, "application/json"));
    assert_eq!(DOCUMENT["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_answer_that_is_documented_is_given_and_is_as_documented() {
    let simulator = Simulator::starts(&[]);
    let mut given = BTreeSet::new();
    let mut asks = |method: &str, path: &str, real: &str, body: Option<Value>, status| {
        let request = simulator.api(method, real);
        let answer = send(if let Some(body) = &body { request.json(body) } else { request }).with(status);
        if let (Some(body), 200..300) = (&body, status) {
            holds(&operation(method, path)["requestBody"]["content"]["application/json"]["schema"], body, path);
        }
        given.insert(as_documented(method, path, &answer));
        answer
    };
    simulator.first_refresh(ON.1).with(200);
    let refresh = simulator.newest()["id"].clone();
    let fault =
        json!({ "hop": "orchestrator", "fault": "status=503", "match": { "token": "t" }, "times": 2, "ttl": "1h" });
    let (account, new) = (format!("/accounts/{}", ON.0), "/accounts/AC00000000000000000000000000000001");
    let mine = json!({ "deployment_keys": ["CV-mine"], "feature": "off", "grants": [], "token_ttl": "90s" });

    for path in ["/health", "/ready", "/diagram", "/openapi.json", "/accounts", "/verdict", "/refreshes"] {
        asks("GET", path, path, None, 200);
    }
    asks("GET", "/refreshes", "/refreshes?limit=1001", None, 400);
    asks("GET", "/refreshes/{id}", &format!("/refreshes/{refresh}"), None, 200);
    asks("GET", "/refreshes.har", "/refreshes.har", None, 200);
    asks("GET", "/refreshes.har", "/refreshes.har?id=x", None, 400);
    asks("GET", "/refreshes.har", "/refreshes.har?id=999", None, 404);
    asks("GET", "/accounts/{sid}", &account, None, 200);
    asks("PUT", "/accounts/{sid}", new, Some(mine.clone()), 201);
    asks("PUT", "/accounts/{sid}", new, Some(mine.clone()), 200);
    asks("PUT", "/accounts/{sid}", &account, Some(mine), 409);
    asks("DELETE", "/accounts/{sid}", new, None, 204);
    let feature = format!("{account}/feature");
    asks("POST", "/accounts/{sid}/feature", &feature, Some(json!({ "feature": "off" })), 200);
    asks("POST", "/tokens", "/tokens", Some(json!({ "deployment_key": OFF.1, "state": "tampered" })), 200);
    asks("POST", "/tokens", "/tokens", Some(json!({ "deployment_key": "CV-of-nobody" })), 404);
    let id = asks("POST", "/faults", "/faults", Some(fault), 201).json()["id"].clone();
    asks("GET", "/faults", "/faults", None, 200);
    asks("DELETE", "/faults/{id}", &format!("/faults/{id}"), None, 204);
    asks("DELETE", "/faults", "/faults", None, 204);
    asks("DELETE", "/refreshes", "/refreshes", None, 204);
    simulator.put(new, &json!({ "deployment_keys": ["CV-taken"], "feature": "on" })).with(201);
    simulator.put(&account, &json!({ "deployment_keys": ["CV-other"], "feature": "on" })).with(200);
    simulator.put(new, &json!({ "deployment_keys": [ON.1], "feature": "on" })).with(200);
    asks("POST", "/reset", "/reset", Some(json!({ "account": ON.0 })), 409);
    asks("POST", "/reset", "/reset", Some(json!({ "account": format!("AC{:032}", 9) })), 404);
    asks("POST", "/reset", "/reset", Some(json!({})), 200);

    let guarded = Simulator::within(Folder::new(), &[], &[("HOPCHECK_ADMIN_TOKEN", "a-token-of-ours")]);
    for (method, path, operation) in operations() {
        given.extend(refused(&simulator, &guarded, &method, &path, operation));
    }
    given.insert(("GET".to_owned(), "/events".to_owned(), 200));
    let documented = operations().flat_map(|(method, path, operation)| {
        let statuses = operation["responses"].as_object().unwrap().keys();
        statuses.map(move |status| (method.clone(), path.clone(), status.parse().unwrap()))
    });
    assert_eq!(given, documented.collect());
}

#[test]
fn every_event_is_as_documented() {
    let simulator = Simulator::starts(&[]);
    let watching = simulator.watched();
    let mut heard = BTreeSet::new();
    let schemas = &operation("GET", "/events")["responses"]["200"]["content"]["text/event-stream"]["x-events"];
    let told = schemas.as_object().unwrap();
    while heard.len() < told.len() {
        let (name, data) = watching.next().unwrap();
        holds(&told[&name], &data, &name);
        // Only whoever has heard the first event is told of what happens.
        if heard.is_empty() {
            assert_eq!(name, "hello");
            simulator.first_refresh(ON.1).with(200);
            simulator.post("/reset", &json!({})).with(200);
            simulator.fault(&json!({ "hop": "starship", "fault": "empty" }));
        }
        heard.insert(name);
    }
}

/// Asks what every operation of a kind refuses alike: what is malformed, of another site, or without the token.
fn refused(simulator: &Simulator, guarded: &Simulator, method: &str, path: &str, operation: &Value) -> Vec<Documented> {
    let by = |simulator: &Simulator, path: &str| simulator.api(method, path);
    let known = path.replace("{sid}", ON.0).replace("{id}", "1");
    let mut asked = vec![
        (403, by(simulator, &known).header("host", "evil.example")),
        (403, by(simulator, &known).header("origin", "https://evil.example")),
        (401, by(guarded, &known)),
    ];
    let json = json!({ "feature": "off" });
    if known != path {
        asked.push((400, by(simulator, &path.replace("{sid}", "AC1").replace("{id}", "first")).json(&json)));
        let unknown = path.replace("{sid}", &format!("AC{:032}", 9)).replace("{id}", "999");
        if method != "PUT" {
            asked.push((404, by(simulator, &unknown).json(&json)));
        }
    }
    if operation["requestBody"].is_object() {
        let typed = || by(simulator, &known).header("content-type", "application/json");
        asked.push((400, typed().body("{")));
        asked.push((413, typed().body(" ".repeat(3 << 20))));
        asked.push((413, typed().body(" ".repeat(5 << 20))));
        asked.push((415, by(simulator, &known).body(json.to_string())));
        asked.push((422, typed().body(r#"{"unknown":1}"#)));
    }
    asked.into_iter().map(|(status, request)| as_documented(method, path, &send(request).with(status))).collect()
}

/// Makes sure that an answer is one that the document has, and returns it.
fn as_documented(method: &str, path: &str, answer: &Answer) -> Documented {
    let what = format!("{method} {path} {}", answer.status);
    let mut documented = &operation(method, path)["responses"][answer.status.to_string()];
    if let Some(reference) = documented["$ref"].as_str() {
        documented = DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap();
    }
    assert!(documented.is_object(), "{what} is not documented: {}", answer.text);
    let schema = &documented["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert_eq!(answer.text, "", "{what}");
    } else if path != "/refreshes.har" || !answer.text.is_empty() {
        assert_eq!(answer.content_type(), "application/json", "{what}");
        holds(schema, &answer.json(), &what);
    }
    (method.to_owned(), path.to_owned(), answer.status)
}

fn holds(schema: &Value, value: &Value, what: &str) {
    assert!(schema.is_object(), "{what} has no schema");
    let mut schema = schema.clone();
    schema["components"] = DOCUMENT["components"].clone();
    let validator: Validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
}

/// Returns every operation of the document: its method, its path behind `/api`, and what is said of it.
fn operations() -> impl Iterator<Item = (String, String, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let path = path.strip_prefix("/api").unwrap();
        let methods = item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters");
        methods.map(move |(method, operation)| (method.to_uppercase(), path.to_owned(), operation))
    })
}

fn operation(method: &str, path: &str) -> &'static Value {
    &DOCUMENT["paths"][format!("/api{path}")][method.to_lowercase()]
}

/// Returns the methods and the path of a line of the router.
fn route(line: &str) -> Option<Vec<(String, String)>> {
    let (path, served) = line.trim().strip_prefix(".route(\"")?.split_once('"')?;
    let is_served = |method: &&str| {
        let call = format!("{method}(");
        served.match_indices(&call).any(|(at, _)| !served[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let methods = ["get", "put", "post", "delete", "patch", "any"].into_iter().filter(is_served);
    Some(methods.map(|method| (method.to_uppercase(), path.to_owned())).collect())
}
