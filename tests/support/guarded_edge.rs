//! An edge that is right and guards itself: behind a circuit breaker, or with a limit to how often it is called.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode};

use super::http::{beside, client};

/// How an edge guards itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guard {
    /// After a failure behind it, it calls nobody for this long.
    Breaker(Duration),
    /// It takes so many calls in a second, and answers others with 429.
    Limit(usize),
}

/// An edge, for as long as the test runs. Its `Display` is its URL.
#[derive(Debug)]
pub(crate) struct GuardedEdge(String);

#[derive(Debug)]
struct Edge {
    service: String,
    guard: Guard,
    failed: Mutex<Option<Instant>>,
    called: Mutex<Vec<Instant>>,
}

impl GuardedEdge {
    /// Listens on a free port, in front of an Orchestrator.
    pub(crate) fn before(service: String, guard: Guard) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        listener.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let edge = Edge { service, guard, failed: Mutex::default(), called: Mutex::default() };
        let router = Router::new().fallback(guarded).with_state(Arc::new(edge));
        beside(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap_or_else(|error| panic!("{error}"));
            axum::serve(listener, router).await.unwrap_or_else(|error| panic!("{error}"));
        });
        Self(format!("http://{address}"))
    }
}

impl fmt::Display for GuardedEdge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

async fn guarded(State(edge): State<Arc<Edge>>, request: Request) -> Response<Body> {
    match edge.guard {
        Guard::Breaker(rest) => {
            let failed = *edge.failed.lock().unwrap_or_else(PoisonError::into_inner);
            if failed.is_some_and(|at| at.elapsed() < rest) {
                return refusal(StatusCode::SERVICE_UNAVAILABLE);
            }
        }
        Guard::Limit(most) => {
            let mut called = edge.called.lock().unwrap_or_else(PoisonError::into_inner);
            called.retain(|at| at.elapsed() < Duration::from_secs(1));
            if called.len() >= most {
                let mut refusal = refusal(StatusCode::TOO_MANY_REQUESTS);
                refusal.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
                return refusal;
            }
            called.push(Instant::now());
        }
    }
    let answer = forwarded(&edge.service, request).await.filter(|answer| !answer.status().is_server_error());
    answer.unwrap_or_else(|| {
        *edge.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        refusal(StatusCode::BAD_GATEWAY)
    })
}

/// Hands a request on unchanged and returns the whole answer, if there is one in time.
async fn forwarded(service: &str, request: Request) -> Option<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 8 << 20).await.ok()?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut headers = head.headers.clone();
    for name in ["host", "content-length", "connection", "transfer-encoding"] {
        headers.remove(name);
    }
    let call = client().request(head.method, format!("{service}{path}")).headers(headers).body(body);
    let answer = call.timeout(Duration::from_secs(4)).send().await.ok()?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.ok()?;
    serde_json::from_slice::<serde_json::Value>(&body).ok()?;
    for name in ["content-length", "connection", "transfer-encoding"] {
        headers.remove(name);
    }
    headers.entry("access-control-allow-origin").or_insert(HeaderValue::from_static("*"));
    let mut response = Response::new(Body::from(body));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Some(response)
}

fn refusal(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::from(r#"{"valid":false,"code":1,"message":"not now"}"#));
    *response.status_mut() = status;
    for (name, value) in [("access-control-allow-origin", "*"), ("content-type", "application/json")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
