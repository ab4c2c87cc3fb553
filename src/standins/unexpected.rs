//! A request that the diagram does not draw: what was expected instead, and what came, without its values.

use std::fmt;

use serde_json::{Map, Value, json};
use wiremock::Request;

use super::exchange::Exchange;
use crate::protocol::{AccountSid, Participant};

/// How many members of a body are told of.
const MOST_MEMBERS: usize = 20;

/// A request that a stand-in did not expect, and answered with 501.
#[derive(Clone)]
pub struct Unexpected {
    /// The request, secrets included.
    pub request: Request,
    participant: Participant,
    expected: Vec<Expected>,
}

/// A request that is drawn, and why another is not that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The number of its arrow.
    pub arrow: usize,
    /// What is drawn, such as "POST /v1/ScopedAuthTokens/validate with `token`".
    pub request: String,
    /// Every reason why the other is not this one.
    pub reasons: Vec<String>,
    /// The file and line that draw it.
    place: String,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arrow {} ({}): {}", self.arrow, self.place, self.request)
    }
}

impl Unexpected {
    pub(super) fn new(participant: Participant, exchanges: &[Exchange], request: &Request) -> Self {
        let reasons = |exchange: &Exchange| match exchange.read(request) {
            Ok(_) => vec!["its mock takes no more of them".to_owned()],
            Err(reasons) => reasons,
        };
        let expected = exchanges.iter().map(|exchange| Expected {
            arrow: exchange.arrow,
            request: exchange.expected_request(),
            reasons: reasons(exchange),
            place: exchange.place.clone(),
        });
        Self { request: request.clone(), participant, expected: expected.collect() }
    }

    /// Returns every request that is drawn, in the order of the arrows, with what tells this one from it.
    pub fn expected(&self) -> &[Expected] {
        &self.expected
    }

    /// Returns the method and the path that came, without anything that may be secret.
    pub fn came(&self) -> String {
        format!("{} {}", self.method(), self.path())
    }

    /// Returns what whoever sent the request is told.
    pub(super) fn told(&self) -> Value {
        let expected: Vec<Value> =
            self.expected.iter().map(|it| json!({"request": it.to_string(), "but": it.reasons})).collect();
        let body: Value = self.request.body_json().unwrap_or_default();
        let mut came = json!({"method": self.method(), "path": self.path()});
        if let Value::Object(members) = &body {
            came["members"] = members_without_values(members).into();
        } else {
            came["body"] = format!("{} bytes that are no JSON object", self.request.body.len()).into();
        }
        json!({
            "error": format!("{} is a stand-in, and the diagram does not draw this request", self.participant),
            "expected": expected,
            "came": came,
        })
    }

    fn method(&self) -> &str {
        let method = self.request.method.as_str();
        if method.len() <= 10 && method.bytes().all(|byte| byte.is_ascii_uppercase()) { method } else { "…" }
    }

    /// Returns the path, in which whatever is neither an account nor a plain word may be secret; and no query.
    fn path(&self) -> String {
        let mut secrets = Vec::new();
        collect_texts(&self.request.body_json().unwrap_or_default(), &mut secrets);
        let segments = self.request.url.path().split('/');
        let shown = segments.map(|segment| {
            let version = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
            let plain = version.bytes().all(|byte| byte.is_ascii_alphabetic())
                || (version != segment && version.bytes().all(|byte| byte.is_ascii_digit()));
            let known = AccountSid::is_well_formed(segment) || (plain && segment.len() <= 40);
            if known && !secrets.iter().any(|secret| secret == segment) { segment } else { "…" }
        });
        shown.collect::<Vec<_>>().join("/")
    }
}

/// Returns the kinds of the members' values. A name that is also a value somewhere may be secret.
fn members_without_values(members: &Map<String, Value>) -> Map<String, Value> {
    let mut secrets = Vec::new();
    members.values().for_each(|value| collect_texts(value, &mut secrets));
    let shown = |name: &str| {
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_word && name.len() <= 40 && !secrets.iter().any(|secret| secret == name) {
            name.to_owned()
        } else {
            "…".to_owned()
        }
    };
    members.iter().take(MOST_MEMBERS).map(|(name, value)| (shown(name), kind(value).into())).collect()
}

fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(members) => members.values().for_each(|member| collect_texts(member, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl fmt::Display for Unexpected {
    /// Says what came and why it is not what was expected, without any value that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} did not expect {}", self.participant, self.came())?;
        for expected in &self.expected {
            write!(f, "\n  {expected}: {}", expected.reasons.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
