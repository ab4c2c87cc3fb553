//! Starship, the edge: carries requests and answers unchanged, and sees to it that a page can read whatever it gets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, CONTENT_ENCODING, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use reqwest::Client;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::downstream::{Downstream, Reply};
use super::forwarded_headers::{TrustedPeers, end_to_end, name_the_client};
use super::refusal::{Refused, no_such_method, no_such_path};
use super::request_body;
use super::routing::{methods, serve_as};
use crate::protocol::{Participant, Routes};

/// The state of a Starship: to whom arrow 1 is forwarded, and how.
#[derive(Debug, Clone)]
pub struct Starship {
    /// The Orchestrator, to which requests are forwarded.
    pub orchestrator: Downstream,
    /// The size of the largest body that is forwarded, in bytes.
    pub body_limit: usize,
    /// Whose X-Forwarded-For is believed.
    pub trusts_forwarded_for: TrustedPeers,
    /// Where it is called.
    pub routes: Routes,
}

impl Starship {
    /// How long the Orchestrator may take, unless set otherwise: more than `FederatedAuth` may.
    pub const DEADLINE: Duration = Duration::from_secs(5);

    /// Returns a Starship that forwards to the Orchestrator at this URL.
    pub fn new(orchestrator: impl Into<String>, http: Client) -> Self {
        let orchestrator = Downstream {
            participant: Participant::Orchestrator,
            base: orchestrator.into(),
            http,
            deadline: Self::DEADLINE,
        };
        Self {
            orchestrator,
            body_limit: request_body::LIMIT,
            trusts_forwarded_for: TrustedPeers::default(),
            routes: Routes::default(),
        }
    }
}

/// Returns a Starship that serves customers: arrow 1 inwards; arrows 14, 20 and 26 outwards, after arrows 13, 19 and 25.
pub fn router(starship: Starship) -> Router {
    let routes = &starship.routes;
    let forwarding =
        |router, route| serve_as(router, routes, route, || on(methods(routes, route), forward).options(preflight));
    forwarding(forwarding(Router::new(), &routes.refresh), &routes.create)
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(map_response(ensure_allowed_origin))
        .with_state(Arc::new(starship))
}

/// Forwards a request unchanged, and returns the answer unchanged.
async fn forward(State(starship): State<Arc<Starship>>, request: Request) -> Result<Response, Refused> {
    let (mut parts, body) = request.into_parts();
    let body = request_body::read_request(body, starship.body_limit).await?;
    end_to_end(&mut parts.headers);
    name_the_client(&mut parts.headers, &parts.extensions, starship.trusts_forwarded_for);

    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let onward = starship.orchestrator.request(parts.method, path).headers(parts.headers).body(body);
    let reply = starship.orchestrator.send(onward).await?;
    if !is_answer(&reply) {
        return Ok(refused_in_place_of(&reply));
    }
    let Reply { status, mut headers, body, .. } = reply;
    end_to_end(&mut headers);
    let mut response = (status, body).into_response();
    *response.headers_mut() = headers;
    Ok(response)
}

/// Returns whether a reply is an answer to the customer: a JSON object, and a failure only if it says that it is one.
///
/// What the object says is between the Orchestrator and the customer, and may be what this program cannot represent. One
/// that was compressed on the way is not opened.
#[expect(clippy::zero_sized_map_values, reason = "only a map tells an object from a list while its values are skipped")]
fn is_answer(reply: &Reply) -> bool {
    if reply.headers.contains_key(CONTENT_ENCODING) {
        return true;
    }
    if reply.status.is_success() || reply.status.is_client_error() {
        return serde_json::from_slice::<HashMap<String, IgnoredAny>>(&reply.body).is_ok();
    }
    let refuses = |members: Map<String, Value>| members.get("valid") == Some(&Value::Bool(false));
    reply.status.is_server_error() && serde_json::from_slice(&reply.body).is_ok_and(refuses)
}

/// Returns what the customer gets instead of a reply that is no answer. The page that may read it is still the
/// Orchestrator's to say.
fn refused_in_place_of(reply: &Reply) -> Response {
    let mut refusal = reply.unusable().into_response();
    for name in [ACCESS_CONTROL_ALLOW_ORIGIN, VARY] {
        for value in reply.headers.get_all(&name) {
            refusal.headers_mut().append(&name, value.clone());
        }
    }
    refusal
}

/// Answers a browser that asks, before arrow 1, whether a page may send it: any page may, and whether it can read what comes
/// back is for the Orchestrator to say.
async fn preflight(request: HeaderMap) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    headers.insert(VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    if let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_HEADERS).filter(|asked| names_headers(asked)) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    (StatusCode::NO_CONTENT, headers)
}

/// Returns whether a value is a list of names of headers, which is all that a browser asks for.
fn names_headers(asked: &HeaderValue) -> bool {
    asked.to_str().is_ok_and(|list| list.split(',').all(|name| HeaderName::from_bytes(name.trim().as_bytes()).is_ok()))
}

/// Arrows 13, 19 and 25: "If ACAO header exists, then passes through, else sets to *". Starship's own answers too.
async fn ensure_allowed_origin(mut response: Response) -> Response {
    response.headers_mut().entry(ACCESS_CONTROL_ALLOW_ORIGIN).or_insert(HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::testing::{Answer, client, request, send};
    use super::*;
    use crate::protocol::{CREATE_TOKEN, REFRESH_TOKEN};

    #[tokio::test]
    async fn a_request_arrives_as_it_was_sent() {
        let orchestrator = answering(ResponseTemplate::new(200)).await;
        // Starship forwards what it cannot read: judging bodies is the Orchestrator's business.
        let mut sent = request(&format!("{REFRESH_TOKEN}?a=b&c=%20d"), &b"\x00 not json \xff"[..]);
        for (name, value) in
            [("user-agent", "Firefox"), ("host", "edge"), ("x-custom", "1"), ("x-custom", "2"), ("connection", "close")]
        {
            sent.headers_mut().append(name, HeaderValue::from_static(value));
        }
        ask(&orchestrator, sent).await;

        let received = &orchestrator.received_requests().await.unwrap()[0];
        assert_eq!((received.method.as_str(), received.url.path()), ("POST", REFRESH_TOKEN));
        assert_eq!(received.url.query(), Some("a=b&c=%20d"));
        assert_eq!(received.body, b"\x00 not json \xff");
        assert_eq!(received.headers["user-agent"], "Firefox");
        assert_eq!(received.headers.get_all("x-custom").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(*received.headers["host"].to_str().unwrap(), orchestrator.address().to_string());
        assert_eq!(received.headers.get("connection"), None);
    }

    #[tokio::test]
    async fn the_client_is_named_to_the_orchestrator() {
        let orchestrator = answering(ResponseTemplate::new(200)).await;
        let mut sent = request(REFRESH_TOKEN, "{}");
        sent.extensions_mut().insert(ConnectInfo(SocketAddr::from(([198, 51, 100, 7], 9))));
        sent.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
        ask(&orchestrator, sent).await;
        let received = &orchestrator.received_requests().await.unwrap()[0];
        assert_eq!(received.headers["x-forwarded-for"], "198.51.100.7");
    }

    #[tokio::test]
    async fn a_reply_returns_as_it_came() {
        // The spacing shows that nobody wrote it anew.
        let [any, refusal] = [r#"{ "any":[1.0] }"#, r#"{ "valid":false,"code":1 }"#].map(str::as_bytes);
        for (status, body) in [(200, any), (403, any), (418, any), (500, refusal), (504, refusal)] {
            let reply = ResponseTemplate::new(status)
                .set_body_raw(body, "application/x+json")
                .append_header("x-custom", "1")
                .append_header("x-custom", "2")
                .append_header("location", "/elsewhere")
                .append_header("keep-alive", "timeout=5");
            let answer = ask(&answering(reply).await, request(REFRESH_TOKEN, "{}")).await;
            assert_eq!((answer.status.as_u16(), &answer.body[..]), (status, body));
            assert_eq!(answer.headers["content-type"], "application/x+json");
            assert_eq!(answer.headers.get_all("x-custom").iter().collect::<Vec<_>>(), ["1", "2"]);
            assert_eq!(answer.headers["location"], "/elsewhere");
            assert_eq!(answer.headers.get("keep-alive"), None);
        }
    }

    #[tokio::test]
    async fn what_no_page_can_read_becomes_a_refusal() {
        for (status, body) in [
            (200, ""),
            (200, "<html>"),
            (200, r#"{"token":"s3cr"#),
            (200, r#"["s3cr3t"]"#),
            (302, r#"{"valid":false}"#),
            (500, r#"{"token":"s3cr3t"}"#),
            (503, "{}"),
        ] {
            let allowed = "https://a.example";
            let reply = ResponseTemplate::new(status)
                .set_body_string(body)
                .append_header("access-control-allow-origin", allowed)
                .append_header("location", "https://elsewhere.example");
            let answer = ask(&answering(reply).await, request(REFRESH_TOKEN, "{}")).await;
            assert_eq!(answer.refusal(), (502, 45774), "{status} {body}");
            assert_eq!((allowed_origin(&answer), answer.headers.get("location")), (allowed, None));
        }
        let late = answering(ResponseTemplate::new(504)).await;
        assert_eq!(ask(&late, request(REFRESH_TOKEN, "{}")).await.refusal(), (504, 45774));
    }

    #[tokio::test]
    async fn a_compressed_reply_is_carried_unopened() {
        let reply = ResponseTemplate::new(200).set_body_bytes(b"\x1f\x8b").append_header("content-encoding", "gzip");
        let answer = ask(&answering(reply).await, request(REFRESH_TOKEN, "{}")).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"\x1f\x8b"[..]));
    }

    #[tokio::test]
    async fn an_allowed_origin_passes_through_and_a_missing_one_is_set() {
        for status in [200, 403, 500] {
            let with = ResponseTemplate::new(status).append_header("access-control-allow-origin", "https://a.example");
            assert_eq!(
                allowed_origin(&ask(&answering(with).await, request(REFRESH_TOKEN, "{}")).await),
                "https://a.example"
            );
            let without = ResponseTemplate::new(status);
            assert_eq!(allowed_origin(&ask(&answering(without).await, request(CREATE_TOKEN, "{}")).await), "*");
        }
    }

    #[tokio::test]
    async fn its_own_refusals_may_be_read_by_any_page() {
        let orchestrator = answering(ResponseTemplate::new(200).set_delay(Duration::from_mins(1))).await;
        let get = axum::http::Request::get(REFRESH_TOKEN).body(Body::empty()).unwrap();
        let large = request(REFRESH_TOKEN, vec![b' '; request_body::LIMIT + 1]);
        for (sent, refusal) in [
            (request("/elsewhere", "{}"), (404, 20001)),
            (request("/V2/Webchat/Token/Refresh/", "{}"), (404, 20001)),
            (get, (405, 20001)),
            (large, (413, 20001)),
            (request(REFRESH_TOKEN, "{}"), (504, 45774)),
        ] {
            let mut hasty = state(&orchestrator.uri());
            hasty.orchestrator.deadline = Duration::from_millis(100);
            let answer = send(router(hasty), sent).await;
            assert_eq!(answer.refusal(), refusal);
            assert_eq!(allowed_origin(&answer), "*");
            if refusal.0 == 405 {
                assert_eq!(answer.headers.get_all("allow").iter().collect::<Vec<_>>(), ["POST,OPTIONS"]);
            }
        }
        let answer = send(router(state("http://127.0.0.1:1")), request(REFRESH_TOKEN, "{}")).await;
        assert_eq!(
            (answer.refusal(), answer.message()),
            ((502, 45774), "Orchestrator could not be reached".to_owned())
        );
        assert_eq!(allowed_origin(&answer), "*");
    }

    #[tokio::test]
    async fn a_reply_too_large_to_carry_is_refused() {
        let flood = ResponseTemplate::new(200).set_body_bytes(vec![b'x'; Downstream::REPLY_LIMIT + 1]);
        let answer = ask(&answering(flood).await, request(REFRESH_TOKEN, "{}")).await;
        assert_eq!(answer.refusal(), (502, 45774));
        assert_eq!(allowed_origin(&answer), "*");
    }

    #[tokio::test]
    async fn a_preflight_is_answered_without_the_orchestrator() {
        let orchestrator = answering(ResponseTemplate::new(200)).await;
        let preflight = axum::http::Request::options(REFRESH_TOKEN)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type, x-custom")
            .body(Body::empty());
        let answer = ask(&orchestrator, preflight.unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        assert_eq!(allowed_origin(&answer), "*");
        assert_eq!(answer.headers["access-control-allow-methods"], "POST");
        assert_eq!(answer.headers["access-control-allow-headers"], "content-type, x-custom");
        assert_eq!(answer.headers["vary"], "Access-Control-Request-Headers");

        let odd = axum::http::Request::options(REFRESH_TOKEN)
            .header("origin", HeaderValue::from_bytes(b"\xff\xfe").unwrap())
            .header("access-control-request-headers", HeaderValue::from_bytes(b"content-type, \xff").unwrap())
            .body(Body::empty());
        let answer = ask(&orchestrator, odd.unwrap()).await;
        assert_eq!((allowed_origin(&answer), answer.headers.get("access-control-allow-headers")), ("*", None));

        let bare = axum::http::Request::options(CREATE_TOKEN).body(Body::empty()).unwrap();
        let answer = ask(&orchestrator, bare).await;
        assert_eq!((answer.status.as_u16(), allowed_origin(&answer)), (204, "*"));
        assert!(orchestrator.received_requests().await.unwrap().is_empty());
    }

    async fn answering(answer: ResponseTemplate) -> MockServer {
        let orchestrator = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&orchestrator).await;
        orchestrator
    }

    async fn ask(orchestrator: &MockServer, request: Request) -> Answer {
        send(router(state(&orchestrator.uri())), request).await
    }

    /// Returns the one Access-Control-Allow-Origin of an answer.
    fn allowed_origin(answer: &Answer) -> &str {
        let allowed: Vec<_> = answer.headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).iter().collect();
        assert_eq!(allowed.len(), 1, "{allowed:?}");
        allowed[0].to_str().unwrap()
    }

    fn state(orchestrator: &str) -> Starship {
        Starship::new(orchestrator, client())
    }
}
