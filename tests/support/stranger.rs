//! Four services by somebody who has the diagrams and not hopcheck: choices of their own wherever nothing is drawn, and no
//! header handed on by which exchanges could be told apart.

use std::collections::BTreeMap;
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hopcheck::protocol::Participant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The deployment keys that the stranger's Orchestrator knows, with their accounts, and whether the feature is on.
pub(crate) const SHOPS: [(&str, &str, bool); 2] = [
    ("shop-on", "AC0000000000000000000000000000005a", true),
    ("shop-off", "AC0000000000000000000000000000005b", false),
];

/// A service of the stranger's.
#[derive(Clone)]
struct Service {
    who: Participant,
    calls: String,
    http: reqwest::Client,
}

/// Starts one service, which calls its neighbour at a URL, and returns its own.
pub(crate) fn stranger(who: Participant, calls: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
    listener.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
    let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
    // Whichever test is first installs the provider; the others find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let service = Service { who, calls: calls.to_owned(), http: reqwest::Client::new() };
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap_or_else(|error| panic!("{error}"));
            let _ = axum::serve(listener, Router::new().fallback(answer).with_state(service)).await;
        });
    });
    format!("http://{address}")
}

async fn answer(State(service): State<Service>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    match service.who {
        Participant::Starship => edge(&service, uri.path(), &method, &headers, body).await,
        _ if method != Method::POST => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        who @ (Participant::Customer
        | Participant::Orchestrator
        | Participant::FederatedAuth
        | Participant::ScopedAuth) => {
            let Ok(Value::Object(asked)) = serde_json::from_slice(&body) else {
                return no(StatusCode::UNPROCESSABLE_ENTITY, "give me an object");
            };
            let asked = asked.into_iter().collect();
            match who {
                Participant::Orchestrator => orchestrator(&service, uri.path(), &headers, &asked).await,
                Participant::FederatedAuth => federated_auth(&service, uri.path(), &asked).await,
                Participant::Customer | Participant::Starship | Participant::ScopedAuth => {
                    scoped_auth(uri.path(), &asked)
                }
            }
        }
    }
}

type Asked = BTreeMap<String, Value>;

async fn edge(service: &Service, path: &str, method: &Method, headers: &HeaderMap, body: Bytes) -> Response {
    let anybody = [("access-control-allow-origin", "*")];
    if !path.to_ascii_lowercase().starts_with("/v2/webchat/token") {
        return (StatusCode::NOT_FOUND, anybody, "nothing here").into_response();
    }
    if method == Method::OPTIONS {
        let more = [("access-control-allow-methods", "POST"), ("access-control-allow-headers", "content-type")];
        return (StatusCode::OK, anybody, more, "").into_response();
    }
    let mut onward = service.http.request(method.clone(), format!("{}{path}", service.calls)).body(body);
    for name in ["content-type", "user-agent", "accept-language", "origin"] {
        for value in headers.get_all(name) {
            onward = onward.header(name, value);
        }
    }
    let Ok(reply) = onward.send().await else {
        return (StatusCode::BAD_GATEWAY, anybody, axum::Json(json!({"detail": "nobody is there"}))).into_response();
    };
    let status = reply.status();
    let acao = reply.headers().get("access-control-allow-origin").cloned();
    let kind = reply.headers().get("content-type").cloned();
    let body = reply.bytes().await.unwrap_or_default();
    let mut response = (status, body).into_response();
    let all = response.headers_mut();
    all.insert("access-control-allow-origin", acao.unwrap_or_else(|| axum::http::HeaderValue::from_static("*")));
    if let Some(kind) = kind {
        all.insert("content-type", kind);
    }
    response
}

async fn orchestrator(service: &Service, path: &str, headers: &HeaderMap, asked: &Asked) -> Response {
    let Some(key) = asked.get("deploymentKey").and_then(Value::as_str) else {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "deploymentKey is needed");
    };
    let Some((_, account, is_on)) = SHOPS.into_iter().find(|(known, ..)| *known == key) else {
        return no(StatusCode::NOT_FOUND, "unknown shop");
    };
    let is_refresh = path.to_ascii_lowercase().ends_with("/refresh");
    let mut onward = json!({});
    if is_refresh {
        match asked.get("token").filter(|token| token.is_string()) {
            Some(token) => onward["token"] = token.clone(),
            None => return no(StatusCode::UNPROCESSABLE_ENTITY, "token is needed"),
        }
    }
    if is_on {
        let agent = headers.get("user-agent").map(|agent| agent.as_bytes().to_vec()).unwrap_or_default();
        let digest = Sha256::digest([agent, b"pepper".to_vec()].concat());
        // A number: nobody drew a text.
        onward["fingerprint"] = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]).into();
    }
    let path = format!("/v1/Accounts/{account}/Tokens{}", if is_refresh { "/refresh" } else { "" });
    service.ask(&path, &onward).await
}

async fn federated_auth(service: &Service, path: &str, asked: &Asked) -> Response {
    let account = path.split('/').nth(3).unwrap_or_default();
    let fingerprint = asked.get("fingerprint").cloned();
    if !path.ends_with("/refresh") {
        // The first token is made here: its claims are signed, and whoever has the secret can validate them.
        let token = minted(account, fingerprint.as_ref(), &json!([{"may": "chat"}, {"may": "send files"}]));
        return axum::Json(json!({"token": token, "identity": identity()})).into_response();
    }
    let mut question = json!({"token": asked.get("token")});
    if let Some(fingerprint) = &fingerprint {
        question["fingerprint"] = fingerprint.clone();
    }
    let reply = service.ask("/v1/ScopedAuthTokens/validate", &question).await;
    let body = axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap_or_default();
    let Ok(verdict) = serde_json::from_slice::<Value>(&body) else {
        return no(StatusCode::BAD_GATEWAY, "no verdict");
    };
    if verdict["authorized"] == true && verdict["auth_account"]["account_sid"] == account {
        let token = minted(account, fingerprint.as_ref(), &verdict["grants"]);
        let (identity, expiration) = (identity(), now() + 3600);
        let roles = &verdict["grants"];
        return axum::Json(json!({"expiration": expiration, "identity": identity, "roles": roles, "token": token}))
            .into_response();
    }
    let (code, message) = match verdict["message"].as_str() {
        Some("fingerprint_validation_failed") => ("E-BROWSER", "Another browser?"),
        Some(_) | None if verdict["authorized"].is_boolean() => ("E-TOKEN", "Start again."),
        Some(_) | None => return no(StatusCode::BAD_GATEWAY, "no verdict"),
    };
    axum::Json(json!({"valid": false, "code": code, "message": message})).into_response()
}

fn scoped_auth(path: &str, asked: &Asked) -> Response {
    if path.ends_with("/generate/internal") {
        let account = asked.get("accountSid").and_then(Value::as_str).unwrap_or_default();
        let grants = asked.get("grants").cloned().unwrap_or_else(|| json!(["chat"]));
        // As others do, it calls the token by a name of its own.
        return axum::Json(json!({"jwt": minted(account, asked.get("fingerprint"), &grants)})).into_response();
    }
    let refused = |message| axum::Json(json!({"authorized": false, "message": message})).into_response();
    let claims = asked.get("token").and_then(Value::as_str).and_then(claims);
    let Some(claims) = claims.filter(|claims| claims["until"].as_u64().is_some_and(|until| until > now())) else {
        return refused("token_validation_failed");
    };
    if asked.get("fingerprint").is_some_and(|fingerprint| *fingerprint != claims["fingerprint"]) {
        return refused("fingerprint_validation_failed");
    }
    let account = json!({"account_id": 42, "account_sid": claims["account"]});
    axum::Json(json!({"authorized": true, "auth_account": account, "grants": claims["grants"]})).into_response()
}

impl Service {
    async fn ask(&self, path: &str, body: &Value) -> Response {
        let Ok(reply) = self.http.post(format!("{}{path}", self.calls)).json(body).send().await else {
            return no(StatusCode::BAD_GATEWAY, "nobody is there");
        };
        let status = reply.status();
        let body = reply.bytes().await.unwrap_or_default();
        (status, [("content-type", "application/json")], body).into_response()
    }
}

fn no(status: StatusCode, detail: &str) -> Response {
    (status, axum::Json(json!({"detail": detail}))).into_response()
}

fn identity() -> u64 {
    u64::from(rand::random::<u32>()) << 16 | u64::from(rand::random::<u16>())
}

fn now() -> u64 {
    time::OffsetDateTime::now_utc().unix_timestamp().unsigned_abs()
}

fn minted(account: &str, fingerprint: Option<&Value>, grants: &Value) -> String {
    let claims = json!({
        "account": account, "fingerprint": fingerprint, "grants": grants, "until": now() + 3600,
        "nonce": rand::random::<u64>().to_string(),
    });
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{claims}~{}", seal(&claims))
}

fn claims(token: &str) -> Option<Value> {
    let (claims, sealed) = token.split_once('~')?;
    let claims = (seal(claims) == sealed).then(|| URL_SAFE_NO_PAD.decode(claims).ok()).flatten()?;
    serde_json::from_slice(&claims).ok()
}

fn seal(claims: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("the stranger's secret{claims}")))
}
