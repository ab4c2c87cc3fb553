//! The tap: records each exchange on a hop, applies the fault set for it, and hands it on.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tower::ServiceExt;

use super::client::Clients;
use super::fault::{Fault, Faults};
use crate::protocol::Hop;
use crate::transcript::{self, Journal, Outcome, Reply};

/// How much of a body a tap takes; more breaks the call off.
pub(super) const MOST_BODY_BYTES: usize = 4 << 20;

/// Where a tap hands its calls on to.
#[derive(Debug, Clone)]
pub(super) enum Onward {
    /// Our own participant, in this process.
    Here(Router),
    /// A real participant, by its base URL.
    There(Clients, String),
}

/// The recording point on a hop.
#[derive(Debug, Clone)]
pub(super) struct Tap {
    pub(super) hop: Hop,
    pub(super) journal: Arc<Journal>,
    pub(super) faults: Arc<Faults>,
    pub(super) onward: Onward,
}

/// The connection is closed without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct BrokenOff(String);

impl Tap {
    /// Records a call, hands it on unless a fault says otherwise, and records how it ended.
    pub(super) async fn pass<B>(&self, request: Request<B>) -> Result<Response<Body>, BrokenOff>
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let body = collected(body).await?;
        let exchange = self.journal.begin(self.hop, recorded_request(&head, body.clone()), None);
        let fault = exchange.call().and_then(|call| self.faults.on(call, self.hop));
        let answer = match fault {
            Some(Fault::NeverAnswers) => std::future::pending().await,
            Some(Fault::BreaksOff) => Err(BrokenOff("the connection was broken off".to_owned())),
            Some(Fault::Status(status)) => Ok(scripted(status, "application/json", "{}")),
            Some(Fault::NotJson) => Ok(scripted(200, "text/html", "<html><body>It works!</body></html>")),
            Some(Fault::WrongShape) => Ok(scripted(200, "application/json", r#"{"status":"ok"}"#)),
            Some(Fault::Held(hold)) => {
                hold.keep().await;
                self.hand_on(Request::from_parts(head, Body::from(body))).await
            }
            None => self.hand_on(Request::from_parts(head, Body::from(body))).await,
        };
        let answer = match answer {
            Ok(answer) => recorded_reply(answer).await,
            Err(broken) => Err(broken),
        };
        match answer {
            Ok((response, reply)) => {
                self.journal.finish(exchange, Outcome::Replied(reply));
                Ok(response)
            }
            Err(broken) => {
                self.journal.finish(exchange, Outcome::Failed(broken.to_string()));
                Err(broken)
            }
        }
    }

    async fn hand_on(&self, request: Request<Body>) -> Result<Response<Body>, BrokenOff> {
        match &self.onward {
            Onward::Here(router) => {
                let response: Result<_, Infallible> = router.clone().oneshot(request).await;
                response.map_err(|never| match never {})
            }
            Onward::There(clients, base) => forward(clients, base, request).await,
        }
    }
}

/// Tells a participant who called it.
pub(super) fn name_peer<B>(request: &mut Request<B>, peer: SocketAddr) {
    request.extensions_mut().insert(ConnectInfo(peer));
}

async fn forward(clients: &Clients, base: &str, request: Request<Body>) -> Result<Response<Body>, BrokenOff> {
    let (head, body) = request.into_parts();
    let address = format!("{base}{}", head.uri.path_and_query().map_or("/", |path| path.as_str()));
    let body = collected(body).await?;
    let answer = clients
        .for_body(body.len())
        .request(head.method, address)
        .headers(end_to_end(&head.headers))
        .body(body)
        .send()
        .await
        .map_err(|error| BrokenOff(super::client::reason(&error)))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = end_to_end(answer.headers());
    *response.body_mut() = Body::new(Limited::new(reqwest::Body::from(answer), MOST_BODY_BYTES));
    Ok(response)
}

/// Returns the headers that are not about one connection alone.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const PER_CONNECTION: [&str; 9] = [
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let mut kept = headers.clone();
    for name in PER_CONNECTION {
        kept.remove(name);
    }
    kept
}

async fn collected<B>(body: B) -> Result<Bytes, BrokenOff>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Box::pin(Limited::new(body, MOST_BODY_BYTES).collect()).await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| BrokenOff(error.to_string()))
}

fn scripted(status: u16, content_type: &'static str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn recorded_request(head: &hyper::http::request::Parts, body: Bytes) -> transcript::Request {
    transcript::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: recorded_headers(&head.headers),
        body: transcript::Body::new(body),
    }
}

async fn recorded_reply(response: Response<Body>) -> Result<(Response<Body>, Reply), BrokenOff> {
    let (head, body) = response.into_parts();
    let body = collected(body).await?;
    let reply = Reply {
        status: head.status.as_u16(),
        headers: recorded_headers(&head.headers),
        body: transcript::Body::new(body.clone()),
    };
    Ok((Response::from_parts(head, Body::from(body)), reply))
}

/// Returns the headers as recorded; bytes that are not UTF-8 become replacement characters.
pub(super) fn recorded_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}
