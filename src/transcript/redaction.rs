//! The one way from recorded values to text: secrets become keyed pseudonyms, the same throughout a run.

mod known_secrets;
mod secret_kind;
mod telling_names;
mod unescaped;

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use self::known_secrets::Known;
pub use self::secret_kind::SecretKind;
use self::telling_names::{is_pseudonym, named_values};
use self::unescaped::Reading;
pub(super) use self::unescaped::from_base64url;
use super::{Body, Request, Transcript};

/// How many characters of a value are shown.
const MOST_SHOWN: usize = 300;
/// How many characters of a body that is JSON are shown.
const MOST_OF_A_BODY: usize = 4000;
/// How many secrets of one body are looked for everywhere: more than any has that is not made to exhaust.
const MOST_SECRETS_OF_A_BODY: usize = 100;

/// Turns recorded values into text that holds no secret and no control character.
pub struct Redactor {
    key: [u8; 32],
    known: Mutex<Known>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(…)")
    }
}

impl Redactor {
    /// Makes pseudonyms with this key, which must be random and stay in memory.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, known: Mutex::default() }
    }

    /// Hides this value wherever it turns up from now on: in any case, escaped, in
    /// hexadecimal, within Base64, or cut short.
    pub fn hide(&self, secret: &str, kind: SecretKind) {
        self.known().add(secret, kind);
    }

    /// Hides every secret that a transcript carries, wherever it turns up from now on.
    pub fn hide_secrets_of(&self, transcript: &Transcript) {
        for exchange in &transcript.exchanges {
            let reply = exchange.reply().and_then(|reply| reply.body.json());
            for json in [exchange.request.body.json(), reply].into_iter().flatten() {
                let mut left = MOST_SECRETS_OF_A_BODY;
                self.hide_members(json, None, &mut left);
            }
            for (name, value) in exchange.request.query.split('&').filter_map(|pair| pair.split_once('=')) {
                let Some(kind) = telling_names::kind_of_member(name) else { continue };
                self.hide(value, kind);
                if let Some(decoded) = Reading::of(value.as_bytes()).decoded() {
                    self.hide(&String::from_utf8_lossy(decoded.bytes()), kind);
                }
            }
        }
    }

    /// Returns the pseudonym of a secret, such as `tok_7f3a90c1…`.
    pub fn pseudonym(&self, secret: &str, kind: SecretKind) -> String {
        let mut name = format!("{}_", kind.prefix());
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mac) => mac,
            Err(error) => return format!("{name}{error}"),
        };
        mac.update(secret.as_bytes());
        for byte in mac.finalize().into_bytes().iter().take(4) {
            let _ = write!(name, "{byte:02x}");
        }
        name.push('…');
        name
    }

    /// Returns a text without its secrets and control characters, cut to a readable length.
    pub fn text(&self, text: &str) -> String {
        cut(&escape(&self.without_secrets(text)), MOST_SHOWN)
    }

    /// Returns a member's value as JSON text.
    pub fn member(&self, name: &str, value: &Value) -> String {
        let shown = match (telling_names::kind_of_member(name), value) {
            (Some(kind), Value::String(secret)) if !secret.is_empty() => self.named(secret, kind),
            (Some(kind), Value::Number(number)) => format!("{} (a number)", self.pseudonym(&number.to_string(), kind)),
            (kind, _) => self.json_within(value, kind).to_string(),
        };
        cut(&escape(&shown), MOST_SHOWN)
    }

    /// Returns a JSON value whose secrets are pseudonyms, at any depth, in texts that hold JSON too.
    pub fn json(&self, value: &Value) -> Value {
        self.json_within(value, None)
    }

    /// Returns a body as text: its JSON redacted, or what is readable of anything else.
    pub fn body(&self, body: &Body) -> String {
        match body.json() {
            Some(json) => cut(&escape(&self.json(json).to_string()), MOST_OF_A_BODY),
            None => self.text(&String::from_utf8_lossy(body.bytes())),
        }
    }

    /// Returns a body as text, cut to a readable length.
    pub fn excerpt(&self, body: &Body) -> String {
        cut(&self.body(body), MOST_SHOWN)
    }

    /// Returns a header's value.
    pub fn header(&self, name: &str, value: &str) -> String {
        match telling_names::kind_of_header(name) {
            Some(kind) => self.named(value, kind),
            None => self.text(value),
        }
    }

    /// Returns the value of a query's parameter, both without escapes.
    pub(super) fn parameter(&self, name: &str, value: &str) -> String {
        match telling_names::kind_of_member(name).filter(|_| !value.is_empty()) {
            Some(kind) => self.named(value, kind),
            None => self.text(value),
        }
    }

    /// Returns the first line of a request, such as `POST /v1/ScopedAuthTokens/validate`.
    pub fn request_line(&self, request: &Request) -> String {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        self.text(&format!("{} {}{query}", request.method, request.path))
    }

    /// Returns a JSON value, which stands in a member of this kind if any.
    fn json_within(&self, value: &Value, kind: Option<SecretKind>) -> Value {
        match (value, kind) {
            (Value::String(text), Some(kind)) if !text.is_empty() => Value::String(self.named(text, kind)),
            (Value::Number(number), Some(kind)) => Value::String(self.named(&number.to_string(), kind)),
            (Value::String(text), _) => Value::String(match nested(text) {
                Some(json) => self.json_within(&json, None).to_string(),
                None => self.without_secrets(text),
            }),
            (Value::Number(number), None) => match self.known().kind_of(&number.to_string()) {
                Some(kind) => Value::String(self.pseudonym(&number.to_string(), kind)),
                None => value.clone(),
            },
            (Value::Array(items), _) => items.iter().map(|item| self.json_within(item, kind)).collect(),
            (Value::Object(members), _) => members
                .iter()
                .map(|(name, value)| {
                    let kind = telling_names::kind_of_member(name).or(kind);
                    (self.without_secrets(name), self.json_within(value, kind))
                })
                .collect(),
            (Value::Null | Value::Bool(_), _) => value.clone(),
        }
    }

    /// Returns the pseudonym of what stands under a secret's name, unless it is a pseudonym already.
    fn named(&self, secret: &str, kind: SecretKind) -> String {
        if is_pseudonym(secret) { secret.to_owned() } else { self.pseudonym(secret, kind) }
    }

    /// Hides the secrets of a body, but no more than are left of its share.
    fn hide_members(&self, value: &Value, kind: Option<SecretKind>, left: &mut usize) {
        match (value, kind) {
            (Value::String(_) | Value::Number(_), Some(_)) if *left == 0 => {}
            (Value::String(secret), Some(kind)) => {
                *left -= 1;
                self.hide(secret, kind);
            }
            (Value::Number(secret), Some(kind)) => {
                *left -= 1;
                self.hide(&secret.to_string(), kind);
            }
            (Value::String(text), None) => nested(text).iter().for_each(|json| self.hide_members(json, None, left)),
            (Value::Array(items), _) => items.iter().for_each(|item| self.hide_members(item, kind, left)),
            (Value::Object(members), _) => {
                for (name, value) in members {
                    self.hide_members(value, telling_names::kind_of_member(name).or(kind), left);
                }
            }
            (Value::Null | Value::Bool(_) | Value::Number(_), _) => {}
        }
    }

    /// Replaces what is known to be secret and what stands where secrets stand, however it is escaped.
    fn without_secrets(&self, text: &str) -> String {
        let mut spans = Vec::new();
        let mut reading = Some(Reading::of(text.as_bytes()));
        while let Some(read) = reading {
            let mut found = self.known().find_in(read.bytes());
            found.extend(named_values(read.bytes()));
            for (range, kind) in found {
                let secret = String::from_utf8_lossy(&read.bytes()[range.clone()]).into_owned();
                if !is_pseudonym(&secret) {
                    spans.push((read.origin(range), self.pseudonym(&secret, kind)));
                }
            }
            for inner in read.base64().into_iter().chain(read.hexadecimal()) {
                for (range, kind) in self.known().find_in(inner.bytes()) {
                    let secret = String::from_utf8_lossy(&inner.bytes()[range.clone()]).into_owned();
                    spans.push((read.origin(inner.origin(range)), self.pseudonym(&secret, kind)));
                }
            }
            reading = read.decoded();
        }
        replace(text, spans)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts each replacement where its span is; of spans that overlap the first and longest names them all.
fn replace(text: &str, mut spans: Vec<(std::ops::Range<usize>, String)>) -> String {
    spans.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for (range, pseudonym) in spans {
        if range.start >= end {
            shown.push_str(text.get(end..range.start).unwrap_or_default());
            shown.push_str(&pseudonym);
        }
        end = end.max(range.end);
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    shown
}

/// Returns the JSON object or list that a text holds.
fn nested(text: &str) -> Option<Value> {
    let json = text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok());
    json.flatten()
}

/// Makes control characters visible, so that a hostile reply cannot steer a terminal or hide what it says.
fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
