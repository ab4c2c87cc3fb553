//! The tap: records each exchange on a hop, applies the fault set for it, and hands it on.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::{Bytes, BytesMut};
use futures::stream;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tower::ServiceExt;
use tracing::Instrument;

use super::client::{Caller, MOST_REPLY_BYTES};
use super::fault::{Fault, Faults};
use super::fault_rules::Crosser;
use super::fault_words::FAULT_HEADER;
use super::interference::{Interference, Sent};
use super::line::LastWords;
use super::reason::reason;
use super::stand_ins::StandIns;
use crate::protocol::Hop;
use crate::transcript::{self, CallId, ExchangeId, Journal, Outcome, Reply};

/// How much of a request's body a tap takes; more breaks the call off.
const MOST_REQUEST_BYTES: usize = 4 << 20;
/// How much of one is read where the router behind refuses it for its size; more breaks the call off.
const MOST_READ_BYTES: usize = 64 << 20;

/// Where a tap hands its calls on to.
#[derive(Debug, Clone)]
pub(super) enum Onward {
    /// Our own participant, in this process.
    Here(Router),
    /// A real participant, or a stand-in, by its base URL.
    There(Caller, String),
}

/// The recording point on a hop.
#[derive(Debug, Clone)]
pub(super) struct Tap {
    pub(super) hop: Hop,
    pub(super) journal: Arc<Journal>,
    pub(super) faults: Arc<Faults>,
    pub(super) stand_ins: Arc<StandIns>,
    pub(super) onward: Onward,
    /// What the caller does differently from the reference, where it does on purpose.
    pub(super) interference: Option<Arc<dyn Interference>>,
}

/// The connection ends without a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct BrokenOff {
    reason: String,
    /// What is still written before it ends, and how it ends.
    pub(super) last_words: LastWords,
}

impl BrokenOff {
    fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), last_words: LastWords::default() }
    }
}

impl Tap {
    /// Takes a call as its caller sends it, or as the interference has it sent.
    pub(super) async fn pass<B>(&self, request: Request<B>) -> Result<Response<Body>, BrokenOff>
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, collected(body, MOST_REQUEST_BYTES).await?);
        let sent = match &self.interference {
            Some(interference) => interference.call(self.hop, request),
            None => Sent::Once(request),
        };
        match sent {
            Sent::Once(request) => self.hand_on(request).await,
            Sent::Both(both) => {
                let [first, second] = *both;
                // Only the second answer counts, whatever became of the first.
                let _ = self.hand_on(first).await;
                self.hand_on(second).await
            }
            Sent::Nothing(answer) => Ok(answer.map(Body::from)),
        }
    }

    /// Records a call, hands it on, to a stand-in where one is set, unless a fault says otherwise, and records how it ended.
    async fn hand_on(&self, request: Request<Bytes>) -> Result<Response<Body>, BrokenOff> {
        let (head, body) = request.into_parts();
        let exchange = self.journal.begin(self.hop, recorded_request(&head, body.clone()), None);
        let mut recording = Recording { journal: &self.journal, exchange: Some(exchange) };
        let span = tracing::info_span!("refresh", id = exchange.call().map(CallId::number));
        let fault = match self.fault_for(exchange) {
            Ok(fault) => fault,
            Err(complaint) => {
                let (response, reply) = refused(&complaint);
                span.in_scope(|| self.log_answer(&reply));
                recording.ends(Outcome::Replied(reply));
                return Ok(response);
            }
        };
        let request = Request::from_parts(head, Body::from(body));
        let answer = self.answer(exchange, request, fault.as_ref()).instrument(span.clone()).await;
        let answer = match answer {
            Ok(answer) => recorded_reply(answer).await,
            Err(broken) => Err(broken),
        };
        let _entered = span.enter();
        match answer.and_then(|(response, body, reply)| Ok((spoilt(response, body, fault.as_ref())?, reply))) {
            Ok((response, reply)) => {
                self.log_answer(&reply);
                recording.ends(Outcome::Replied(reply));
                Ok(response)
            }
            Err(broken) => {
                tracing::info!(hop = self.hop.callee().key(), reason = %broken, "broken off");
                recording.ends(Outcome::Failed(broken.to_string()));
                Err(broken)
            }
        }
    }

    fn log_answer(&self, reply: &Reply) {
        tracing::info!(hop = self.hop.callee().key(), status = reply.status, "answered");
    }

    /// Returns the answer to a request: the one that the fault gives in its place, or else that of a stand-in where one is
    /// set, or of whoever is called.
    async fn answer(
        &self,
        exchange: ExchangeId,
        request: Request<Body>,
        fault: Option<&Fault>,
    ) -> Result<Response<Body>, BrokenOff> {
        let stand_in = exchange.call().and_then(|call| self.stand_ins.on(call, self.hop));
        let onward = stand_in.as_ref().map_or(&self.onward, |stand_in| &stand_in.onward);
        match fault {
            Some(Fault::NeverAnswers) => std::future::pending().await,
            Some(Fault::BreaksOff) => Err(BrokenOff::because("the connection was broken off")),
            Some(Fault::Resets) => Err(BrokenOff {
                reason: "the connection was reset".to_owned(),
                last_words: LastWords { resets: true, ..LastWords::default() },
            }),
            Some(Fault::Status(status)) => Ok(scripted(*status, "application/json", "{}")),
            Some(Fault::Empty) => Ok(scripted(200, "application/json", "")),
            Some(Fault::NotJson) => Ok(scripted(200, "text/html", "<html><body>It works!</body></html>")),
            Some(Fault::WrongShape) => Ok(scripted(200, "application/json", r#"{"status":"ok"}"#)),
            Some(Fault::Late(latency)) => {
                tokio::time::sleep(latency.next()).await;
                onward.answer(request).await
            }
            Some(Fault::Held(hold)) => {
                hold.keep().await;
                onward.answer(request).await
            }
            Some(Fault::CutShort | Fault::ResetsMidway | Fault::UnderstatesLength | Fault::Drips(_)) | None => {
                onward.answer(request).await
            }
        }
    }

    /// Returns the fault that was set for the call, or else that of a rule; a complaint where a header chooses none.
    fn fault_for(&self, exchange: ExchangeId) -> Result<Option<Fault>, String> {
        let Some(call) = exchange.call() else { return Ok(None) };
        if let Some(fault) = self.faults.on(call, self.hop) {
            return Ok(Some(fault));
        }
        let Some(rules) = self.faults.rules.as_ref().filter(|rules| !rules.is_idle()) else { return Ok(None) };
        let met = self.journal.look(exchange, |keys, beginning, request| {
            rules.check_header(request)?;
            Ok::<_, String>(rules.meet(self.hop, &Crosser { keys, request, beginning }))
        });
        Ok(met.transpose()?.flatten().map(|words| {
            self.journal.meets(call, format!("{} {words}", self.hop.callee().key()));
            words.fault().clone()
        }))
    }
}

impl Onward {
    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, BrokenOff> {
        match self {
            Self::Here(router) => {
                let response: Result<_, Infallible> = router.clone().oneshot(request).await;
                response.map_err(|never| match never {})
            }
            Self::There(caller, base) => forward(caller, base, request).await,
        }
    }
}

/// An exchange that is being recorded. One whose caller goes away is dropped, and ends with that.
struct Recording<'t> {
    journal: &'t Journal,
    exchange: Option<ExchangeId>,
}

impl Recording<'_> {
    fn ends(&mut self, outcome: Outcome) {
        if let Some(exchange) = self.exchange.take() {
            self.journal.finish(exchange, outcome);
        }
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        self.ends(Outcome::Failed("the caller went away before there was a reply".to_owned()));
    }
}

/// Answers a request that asks for a fault there is not.
fn refused(complaint: &str) -> (Response<Body>, Reply) {
    let body = Bytes::from(serde_json::json!({ "error": format!("{FAULT_HEADER}: {complaint}") }).to_string());
    let mut response = Response::new(Body::from(body.clone()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let headers = recorded_headers(response.headers());
    (response, Reply { status: 400, headers, body: transcript::Body::new(body) })
}

/// Reads a request to its end before anybody answers it: a caller that is answered while it still sends may lose the
/// answer with the connection. What is more than a tap takes is read and left out: every router refuses less than that.
pub(super) async fn with_whole_body<B>(request: Request<B>) -> Result<Request<Body>, BrokenOff>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let mut body = std::pin::pin!(Limited::new(body, MOST_READ_BYTES));
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BrokenOff::because(reason(&*error)))?;
        let piece = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        let room = MOST_REQUEST_BYTES - kept.len();
        kept.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }
    Ok(Request::from_parts(head, Body::from(kept.freeze())))
}

/// Tells a participant who called it.
pub(super) fn name_peer<B>(request: &mut Request<B>, peer: SocketAddr) {
    request.extensions_mut().insert(ConnectInfo(peer));
}

async fn forward(caller: &Caller, base: &str, request: Request<Body>) -> Result<Response<Body>, BrokenOff> {
    let (head, body) = request.into_parts();
    let address = format!("{base}{}", head.uri.path_and_query().map_or("/", |path| path.as_str()));
    let body = collected(body, MOST_REQUEST_BYTES).await?;
    let answer = caller
        .request(head.method, address)
        .headers(end_to_end(&head.headers))
        .body(body)
        .send()
        .await
        .map_err(|error| BrokenOff::because(caller.reason(&error)))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = end_to_end(answer.headers());
    *response.body_mut() = Body::new(reqwest::Body::from(answer));
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

async fn collected<B>(body: B, most: usize) -> Result<Bytes, BrokenOff>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Box::pin(Limited::new(body, most).collect()).await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            BrokenOff::because(format!("a body of more than {most} bytes"))
        } else {
            BrokenOff::because(reason(&*error))
        }
    })
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

async fn recorded_reply(response: Response<Body>) -> Result<(Response<()>, Bytes, Reply), BrokenOff> {
    let (head, body) = response.into_parts();
    let body = collected(body, MOST_REPLY_BYTES).await?;
    let reply = Reply {
        status: head.status.as_u16(),
        headers: recorded_headers(&head.headers),
        body: transcript::Body::new(body.clone()),
    };
    Ok((Response::from_parts(head, ()), body, reply))
}

/// Does to an answer what the fault says, if it says anything about answers.
fn spoilt(head: Response<()>, body: Bytes, fault: Option<&Fault>) -> Result<Response<Body>, BrokenOff> {
    let half = body.len() / 2;
    let (announced, sent, resets, reason) = match fault {
        Some(Fault::CutShort) => (body.len(), half, false, "the reply was cut short"),
        Some(Fault::ResetsMidway) => (body.len(), half, true, "the connection was reset in the middle of the reply"),
        Some(Fault::UnderstatesLength) => (half, body.len(), false, "the reply was announced as shorter than it is"),
        Some(Fault::Drips(pause)) => return Ok(head.map(|()| dripping(body, *pause))),
        Some(
            Fault::NeverAnswers
            | Fault::BreaksOff
            | Fault::Resets
            | Fault::Status(_)
            | Fault::Empty
            | Fault::NotJson
            | Fault::WrongShape
            | Fault::Late(_)
            | Fault::Held(_),
        )
        | None => return Ok(head.map(|()| Body::from(body))),
    };
    let mut text = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {announced}\r\n", head.status());
    for (name, value) in &end_to_end(head.headers()) {
        let _ = write!(text, "{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
    }
    text.push_str("\r\n");
    let bytes = [text.as_bytes(), body.get(..sent).unwrap_or_default()].concat();
    Err(BrokenOff { reason: reason.to_owned(), last_words: LastWords { bytes: Bytes::from(bytes), resets } })
}

/// Returns a body that comes a byte at a time.
fn dripping(body: Bytes, pause: Duration) -> Body {
    Body::from_stream(stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        Some((Ok::<_, Infallible>(rest.split_to(1)), rest))
    }))
}

/// Returns the headers as recorded; bytes that are not UTF-8 become replacement characters.
pub(super) fn recorded_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
