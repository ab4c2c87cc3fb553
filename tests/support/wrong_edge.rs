//! An edge that does what the diagram draws, but for one thing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::http::beside;

/// The keys of its two accounts.
pub(crate) const KEY_ON: &str = "CV-key-of-the-account-that-is-on";
pub(crate) const KEY_OFF: &str = "CV-key-of-the-account-that-is-off";

/// The one thing that is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Nothing,
    /// A body that is no JSON is answered with 500.
    FailsOnBadJson,
    /// A body that is no JSON is never answered.
    HangsOnBadJson,
    /// Whatever is sent gets a token.
    GivesTokenForAnything,
    /// ACAO is there twice.
    DoublesAcao,
    /// A refusal says which token it was.
    EchoesToken,
    /// A refusal says nothing.
    RefusesWithoutBody,
    /// A token of one account is good for the other as well.
    TakesForeignTokens,
    /// A token is good for any client.
    IgnoresClients,
    /// Every customer has the roles of the account with the feature on.
    MixesRoles,
}

/// What it got: the method, the path and the query, some headers, the body.
pub(crate) type Got = (String, String, Vec<(String, String)>, Vec<u8>);

/// An edge, for as long as the test runs.
#[derive(Debug)]
pub(crate) struct WrongEdge {
    address: String,
    state: Arc<Edge>,
}

#[derive(Debug)]
struct Edge {
    wrong: Wrong,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    /// The account and the client of each token.
    tokens: HashMap<String, (bool, String)>,
    next: usize,
    got: Vec<Got>,
}

impl WrongEdge {
    /// Listens on a free port.
    pub(crate) fn with(wrong: Wrong) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        listener.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}")).to_string();
        let state = Arc::new(Edge { wrong, inside: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        beside(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap_or_else(|error| panic!("{error}"));
            axum::serve(listener, router).await.unwrap_or_else(|error| panic!("{error}"));
        });
        Self { address, state }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes what it got until now, in an order of its own.
    pub(crate) fn take_got(&self) -> Vec<Got> {
        let mut got = std::mem::take(&mut self.state.inside().got);
        got.sort();
        got
    }
}

impl Edge {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn success(&self, is_on: bool, client: &str) -> (u16, Value) {
        let mut inside = self.inside();
        inside.next += 1;
        let token = format!("tok-{:08}-good-for-one-client-and-account", inside.next);
        inside.tokens.insert(token.clone(), (is_on, client.to_owned()));
        let roles = if is_on || self.wrong == Wrong::MixesRoles { ["chat:on"] } else { ["chat:off"] };
        let identity = format!("identity-{}", inside.next);
        (200, json!({"expiration": "2999-01-01T00:00:00Z", "identity": identity, "roles": roles, "token": token}))
    }

    /// Answers a request; none where it is left unanswered.
    fn judged(&self, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Option<(u16, Value)> {
        let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap_or_default()).to_owned();
        let client = text("user-agent");
        let refuses = |status, code: u32| Some((status, json!({"valid": false, "code": code, "message": "Refused"})));
        if path == "/V2/Webchat/Token" {
            let read: Value = serde_json::from_slice(body).unwrap_or_default();
            return match (method, read["deploymentKey"].as_str()) {
                ("POST", Some(KEY_ON)) => Some(self.success(true, &client)),
                ("POST", Some(KEY_OFF)) => {
                    let (status, mut body) = self.success(false, &client);
                    body["roles"] = json!(["chat:off"]);
                    Some((status, body))
                }
                _ => refuses(404, 45778),
            };
        }
        if self.wrong == Wrong::GivesTokenForAnything {
            return Some(self.success(true, &client));
        }
        if path != "/V2/Webchat/Token/Refresh" {
            return refuses(404, 20001);
        }
        if method != "POST" {
            return refuses(405, 20001);
        }
        if body.len() > 1 << 16 {
            return refuses(413, 20001);
        }
        let Ok(read) = serde_json::from_slice::<Value>(body) else {
            let code = if self.wrong == Wrong::FailsOnBadJson { (500, 45774) } else { (400, 20001) };
            return if self.wrong == Wrong::HangsOnBadJson { None } else { refuses(code.0, code.1) };
        };
        let (Some(key), Some(token)) = (read["deploymentKey"].as_str(), read["token"].as_str()) else {
            return refuses(400, 20001);
        };
        let is_on = match key {
            KEY_ON => true,
            KEY_OFF => false,
            _ => return refuses(404, 45778),
        };
        let held = self.inside().tokens.get(token).cloned();
        match held {
            Some((of_on, _)) if of_on != is_on && self.wrong != Wrong::TakesForeignTokens => refuses(403, 45775),
            Some((_, of)) if is_on && of != client && self.wrong != Wrong::IgnoresClients => refuses(403, 45779),
            Some((_, of)) => Some(self.success(is_on, &of)),
            None if self.wrong == Wrong::EchoesToken => {
                let message = format!("{token} is no token, and {key} is a key");
                Some((403, json!({"valid": false, "code": 45775, "message": message})))
            }
            None => refuses(403, 45775),
        }
    }
}

async fn answer(State(edge): State<Arc<Edge>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 8 << 20).await.unwrap_or_default();
    let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let headers = head.headers.iter().filter(|(name, _)| !["host", "x-request-id"].contains(&name.as_str()));
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let method = head.method.as_str().to_owned();
    edge.inside().got.push((method.clone(), path_and_query, headers.collect(), body.to_vec()));
    let mut response = Response::new(Body::empty());
    if method == "OPTIONS" {
        *response.status_mut() = StatusCode::NO_CONTENT;
    } else {
        let Some((status, json)) = edge.judged(&method, head.uri.path(), &head.headers, &body) else {
            return std::future::pending().await;
        };
        let is_silent = edge.wrong == Wrong::RefusesWithoutBody && status != 200;
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        *response.body_mut() = if is_silent { Body::empty() } else { Body::from(json.to_string()) };
    }
    let times = if edge.wrong == Wrong::DoublesAcao { 2 } else { 1 };
    for _ in 0..times {
        response.headers_mut().append("access-control-allow-origin", HeaderValue::from_static("*"));
    }
    response
}
