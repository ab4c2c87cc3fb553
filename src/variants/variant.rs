//! A variant: participants that are right, and different from the reference in one respect.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use hyper::{Request, Response, StatusCode};
use serde_json::{Map, Value};

use super::topology::Topology;
use crate::protocol::{Hop, Participant};
use crate::wire::{Interference, Manner, Sent};

/// Participants that are right, and different from the reference in one respect.
#[derive(Clone)]
pub struct Variant {
    /// Names it, such as `opaque-tokens`.
    pub name: &'static str,
    /// In what it differs, in a sentence.
    pub sentence: &'static str,
    /// Whether it speaks TLS, and with it HTTP/2.
    pub(super) speaks_tls: bool,
    /// Whether it can only be right where `FederatedAuth` is real if `ScopedAuth` is.
    needs_both_auths: bool,
    make: fn() -> Arc<dyn Different>,
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant").field("name", &self.name).field("sentence", &self.sentence).finish_non_exhaustive()
    }
}

impl Variant {
    pub(super) const fn new(name: &'static str, sentence: &'static str, make: fn() -> Arc<dyn Different>) -> Self {
        Self { name, sentence, speaks_tls: false, needs_both_auths: false, make }
    }

    pub(super) const fn over_tls(self) -> Self {
        Self { speaks_tls: true, ..self }
    }

    /// Has it played only where a real `ScopedAuth` has a real `FederatedAuth` in front: that of hopcheck has no way to a new
    /// token of a `ScopedAuth` that is not its own, and returns the one that was presented.
    pub(super) const fn with_both_auths(self) -> Self {
        Self { needs_both_auths: true, ..self }
    }

    /// Returns whether participants that differ so can be right in a topology.
    pub fn fits(&self, topology: &Topology) -> bool {
        let is_real = |participant| topology.real.contains(&participant);
        !self.needs_both_auths || !is_real(Participant::ScopedAuth) || is_real(Participant::FederatedAuth)
    }

    /// Returns the interference that makes participants differ in this way; they share what they remember.
    pub(super) fn interference(&self) -> Arc<dyn Interference> {
        Arc::new(Differing((self.make)()))
    }
}

/// In what participants differ.
pub(super) trait Different: Send + Sync {
    /// Changes a request that a participant sends.
    fn call(&self, hop: Hop, request: &mut Message) {
        let _ = (hop, request);
    }

    /// Returns whether it changes requests at all.
    fn changes_calls(&self) -> bool {
        false
    }

    /// Changes what a participant takes a request for.
    fn hear(&self, hop: Hop, request: &mut Message) {
        let _ = (hop, request);
    }

    /// Changes what a participant answers.
    fn answer(&self, hop: Hop, request: &Message, answer: &mut Message) {
        let _ = (hop, request, answer);
    }

    /// Returns how answers are sent.
    fn manner(&self) -> Manner {
        Manner::default()
    }
}

/// A request or an answer that may be changed.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// The path of a request.
    pub(super) path: String,
    /// The status of an answer.
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Message {
    /// Returns the body, if it is a JSON object.
    pub(super) fn json(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Changes the body, if it is a JSON object.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Map<String, Value>)) {
        if let Some(mut body) = self.json() {
            edit(&mut body);
            self.body = Bytes::from(Value::Object(body).to_string());
        }
    }

    /// Returns a text member of the body.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.json()?.get(name)?.as_str().map(str::to_owned)
    }

    /// Returns whether it refuses.
    pub(super) fn refuses(&self) -> bool {
        self.json().is_some_and(|body| {
            [body.get("valid"), body.get("authorized")].into_iter().flatten().any(|said| *said == Value::Bool(false))
        })
    }
}

#[derive(Clone)]
struct Differing(Arc<dyn Different>);

impl fmt::Debug for Differing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Differing")
    }
}

impl Interference for Differing {
    fn call(&self, hop: Hop, request: Request<Bytes>) -> Sent {
        Sent::Once(changed(request, |message| self.0.call(hop, message)))
    }

    fn changes_calls(&self) -> bool {
        self.0.changes_calls()
    }

    fn hear(&self, hop: Hop, request: Request<Bytes>) -> Request<Bytes> {
        changed(request, |message| self.0.hear(hop, message))
    }

    fn answer(&self, hop: Hop, request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Bytes> {
        let asked = message_of(request);
        let (mut head, body) = answer.into_parts();
        let mut message = Message { path: String::new(), status: head.status, headers: head.headers.clone(), body };
        self.0.answer(hop, &asked, &mut message);
        head.status = message.status;
        head.headers = message.headers;
        head.headers.remove(CONTENT_LENGTH);
        Response::from_parts(head, message.body)
    }

    fn manner(&self) -> Manner {
        self.0.manner()
    }
}

fn message_of(request: &Request<Bytes>) -> Message {
    Message {
        path: request.uri().path().to_owned(),
        status: StatusCode::OK,
        headers: request.headers().clone(),
        body: request.body().clone(),
    }
}

fn changed(request: Request<Bytes>, change: impl FnOnce(&mut Message)) -> Request<Bytes> {
    let mut message = message_of(&request);
    change(&mut message);
    let (mut head, body) = request.into_parts();
    if message.body != body {
        message.headers.remove(CONTENT_LENGTH);
    }
    head.headers = message.headers;
    Request::from_parts(head, message.body)
}
