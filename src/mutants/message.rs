//! The messages that a mutant changes: requests and answers whose JSON bodies can be edited in place.

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use serde_json::{Map, Value, json};

use crate::protocol::Hop;

/// The member that a call to `FederatedAuth` has with the feature on alone.
pub(super) const FINGERPRINT: &str = "fingerprint";

/// A request on a hop, before it is sent.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The hop it crosses.
    pub(super) hop: Hop,
    /// What is sent.
    pub(super) request: Request<Bytes>,
}

impl Call {
    /// Returns the body, if it is a JSON object.
    pub(super) fn body(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(self.request.body()).ok()
    }

    /// Changes the body, if it is a JSON object.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Map<String, Value>)) {
        if let Some(mut body) = self.body() {
            edit(&mut body);
            *self.request.body_mut() = bytes_of(body);
        }
    }

    /// Returns the token that it presents.
    pub(super) fn token(&self) -> Option<String> {
        self.body()?.get("token")?.as_str().map(str::to_owned)
    }

    /// Returns the account that its path names.
    pub(super) fn account(&self) -> Option<&str> {
        self.request.uri().path().split('/').find(|segment| segment.starts_with("AC"))
    }

    /// Sends it to another path.
    pub(super) fn send_to(&mut self, path: &str) {
        if let Ok(uri) = path.parse::<Uri>() {
            *self.request.uri_mut() = uri;
        }
    }

    /// Sends it with another method.
    pub(super) fn send_with(&mut self, method: Method) {
        *self.request.method_mut() = method;
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        self.request.headers_mut()
    }
}

/// An answer on a hop, before it is recorded.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) response: Response<Bytes>,
}

impl Answer {
    /// Returns an answer in JSON.
    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        let Value::Object(body) = body else { return Self::json(status, json!({ "answer": body })) };
        let mut response = Response::new(bytes_of(body));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { response }
    }

    /// Returns the body, if it is a JSON object.
    pub(super) fn body(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(self.response.body()).ok()
    }

    /// Changes the body, if it is a JSON object.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Map<String, Value>)) {
        if let Some(mut body) = self.body() {
            edit(&mut body);
            self.set_body(bytes_of(body));
        }
    }

    /// Replaces the body.
    pub(super) fn set_body(&mut self, body: Bytes) {
        *self.response.body_mut() = body;
        self.response.headers_mut().remove(CONTENT_LENGTH);
    }

    /// Replaces status and body by those of another answer.
    pub(super) fn become_like(&mut self, other: Self) {
        *self.response.status_mut() = other.response.status();
        self.response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.set_body(other.response.into_body());
    }

    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(super) fn set_status(&mut self, status: StatusCode) {
        *self.response.status_mut() = status;
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        self.response.headers_mut()
    }
}

pub(super) fn bytes_of(body: Map<String, Value>) -> Bytes {
    Bytes::from(Value::Object(body).to_string())
}

/// Returns what stands at a path of keys.
pub(super) fn at<'v>(body: &'v mut Map<String, Value>, path: &[String]) -> Option<&'v mut Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(body.get_mut(first)?, |value, key| value.get_mut(key))
}

/// Returns the object that holds the last key of a path.
pub(super) fn holder<'v>(body: &'v mut Map<String, Value>, path: &[String]) -> Option<&'v mut Map<String, Value>> {
    match path {
        [] => None,
        [_] => Some(body),
        [holders @ .., _] => at(body, holders)?.as_object_mut(),
    }
}
