//! The tap: records each exchange on a hop, applies the fault set for it, and hands it on.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tracing::Instrument;

use super::connection::{BrokenOff, LastWords};
use super::detour::Detours;
use super::fault::Fault;
use super::fault_rules::Crosser;
use super::fault_words::FAULT_HEADER;
use super::faults::Faults;
use super::interference::{Interference, Sent};
use super::message::{
    MOST_REPLY_BYTES, collected_within_bounds, end_to_end, plain, recorded_headers, recorded_reply, recorded_request,
};
use super::onward::Onward;
use super::passages::Passages;
use crate::protocol::{Code, Hop, REQUEST_ID_HEADER};
use crate::transcript::{self, CallId, ExchangeId, Journal, Outcome, Reply};

/// The recording point on a hop.
#[derive(Debug, Clone)]
pub(crate) struct Tap {
    pub(crate) hop: Hop,
    pub(crate) journal: Arc<Journal>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) detours: Arc<Detours>,
    pub(crate) onward: Onward,
    /// What is on its way to somebody else: it may come by again.
    pub(crate) passages: Arc<Passages>,
    /// What the caller does differently from the reference, where it does on purpose.
    pub(crate) interference: Option<Arc<dyn Interference>>,
    /// Whether the caller is one of ours, who unpacks nothing.
    pub(crate) serves_ours: bool,
}

impl Tap {
    /// Takes a call as its caller sends it, or as the interference has it sent.
    pub(crate) async fn pass<B>(&self, request: Request<B>) -> Result<Response<Body>, BrokenOff>
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let (body, _held) = collected_within_bounds(body).await?;
        let request = Request::from_parts(head, body);
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

    /// Records a call, hands it on, on a detour where one is set, unless a fault says otherwise, and records how it ended.
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
        let passage = match (&self.onward, head.headers.get(REQUEST_ID_HEADER)) {
            (Onward::There(..), Some(name)) => self.passages.enter(&String::from_utf8_lossy(name.as_bytes())).map(Some),
            (Onward::There(..) | Onward::Here(_), _) => Some(None),
        };
        let answer = match &passage {
            Some(_) => {
                let request = Request::from_parts(head, Body::from(body));
                self.answer(exchange, request, fault.as_ref()).instrument(span.clone()).await
            }
            None => Ok(going_round_in_circles()),
        };
        let answer = match answer {
            Ok(answer) => recorded_reply(answer).await,
            Err(broken) => Err(broken),
        };
        let _entered = span.enter();
        let answer = answer.and_then(|(mut response, body, reply)| {
            let most = MOST_REPLY_BYTES;
            let body = if self.serves_ours { plain(response.headers_mut(), body, most) } else { body };
            Ok((spoilt(response, body, fault.as_ref())?, reply))
        });
        match answer {
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

    /// Returns the answer to a request: the one that the fault gives in its place, or else that of whoever a detour leads
    /// to, or of whoever is called.
    async fn answer(
        &self,
        exchange: ExchangeId,
        request: Request<Body>,
        fault: Option<&Fault>,
    ) -> Result<Response<Body>, BrokenOff> {
        let detour = exchange.call().and_then(|call| self.detours.on(call, self.hop));
        let onward = detour.as_ref().map_or(&self.onward, |detour| detour.onward());
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

/// Answers a request that has come by here so often that whoever is called must have called itself.
fn going_round_in_circles() -> Response<Body> {
    let message = "this request goes round in circles: whoever is called here calls here again";
    let body = serde_json::json!({ "valid": false, "code": Code::INTERNAL_FAILURE, "message": message });
    let mut response = scripted(508, "application/json", "");
    *response.body_mut() = Body::from(body.to_string());
    response
}

fn scripted(status: u16, content_type: &'static str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
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

#[cfg(test)]
mod tests;
