//! The one way from recorded values to text: secrets become keyed pseudonyms, the same throughout a run.

mod base32;
mod base64;
mod hexadecimal;
mod known_secrets;
mod reading;
mod secret_kind;
mod telling_names;
mod unescaped;

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use self::base32::base32;
use self::base64::base64;
pub(super) use self::base64::from_base64url;
use self::hexadecimal::hexadecimal;
use self::known_secrets::Known;
use self::reading::Reading;
pub use self::secret_kind::SecretKind;
use self::telling_names::{is_pseudonym, named_values};
use self::unescaped::{unescaped, unquoted};
use super::{Body, Request, Transcript};

/// How many characters of a value are shown.
const MOST_SHOWN: usize = 300;
/// How many bytes of a text are looked at, more than which is never shown of it.
const MOST_LOOKED_AT: usize = 64 << 10;
/// How many characters of a body that is JSON are shown.
const MOST_OF_A_BODY: usize = 4000;
/// How many secrets of one body are looked for everywhere: more than any has that is not made to exhaust.
const MOST_SECRETS_OF_A_BODY: usize = 100;
/// How often a text may have been encoded, in Base64 of hexadecimal, say, for what is secret in it to be found.
const MOST_ENCODINGS: usize = 2;

/// Turns recorded values into text that holds no secret and no control character.
pub struct Redactor {
    key: [u8; 32],
    known: Mutex<Known>,
    /// What is secret for others as well.
    shared: Option<Arc<Redactor>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(…)")
    }
}

impl Redactor {
    /// Makes pseudonyms with this key, which must be random and stay in memory.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, known: Mutex::default(), shared: None }
    }

    /// Makes the same pseudonyms as another redactor and hides what that hides, besides what this one alone is told.
    pub fn beside(shared: Arc<Self>) -> Self {
        Self { key: shared.key, known: Mutex::default(), shared: Some(shared) }
    }

    /// Hides this value wherever it turns up from now on: in any case, however often it is escaped for a URL, JSON or
    /// HTML, in Base64, Base32 or hexadecimal, and where its beginning or its end stands alone.
    pub fn hide(&self, secret: &str, kind: SecretKind) {
        let mut known = self.known();
        known.add(secret.as_bytes(), kind);
        for secret in [secret, &secret.replace(' ', "+")] {
            let read = Reading::of(secret.as_bytes());
            known.add(unescaped(&read).unwrap_or(read).bytes(), kind);
        }
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
        match text.get(..text.floor_char_boundary(MOST_LOOKED_AT)).filter(|beginning| beginning.len() < text.len()) {
            Some(beginning) => {
                let shown = cut(&escape(&self.without_secrets(beginning)), MOST_SHOWN);
                let shown = shown.split_once("… (").map_or(&*shown, |(shown, _)| shown);
                format!("{shown}… ({} characters)", text.chars().count())
            }
            None => cut(&escape(&self.without_secrets(text)), MOST_SHOWN),
        }
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
            (Value::Number(number), None) => match self.kind_of(&number.to_string()) {
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
        let read = Reading::of(text.as_bytes());
        let mut spans = Vec::new();
        let mut look_at = |read: &Reading| {
            let mut found = self.find_in(read.bytes());
            found.extend(named_values(read.bytes()));
            spans.extend(found.into_iter().filter_map(|(range, kind)| self.hidden(read, range, kind)));
        };
        look_at(&read);
        let plain = unescaped(&read).inspect(&mut look_at).unwrap_or(read);
        if let Some(unquoted) = unquoted(&plain) {
            look_at(&unescaped(&unquoted).unwrap_or(unquoted));
        }
        self.look_into(&plain, MOST_ENCODINGS, &mut spans);
        replace(text, spans)
    }

    /// Finds what is known to be secret in whatever a text encodes, as often as that.
    fn look_into(&self, read: &Reading, times: usize, spans: &mut Vec<Span>) {
        for inner in base64(read).into_iter().chain(base32(read)).chain(hexadecimal(read)) {
            for read in [unescaped(&inner), Some(inner)].into_iter().flatten() {
                let found = self.find_in(read.bytes());
                spans.extend(found.into_iter().filter_map(|(range, kind)| self.hidden(&read, range, kind)));
                if times > 1 {
                    self.look_into(&read, times - 1, spans);
                }
            }
        }
    }

    /// Returns what is to be shown in place of a part of a text, and where, unless it is a pseudonym already.
    fn hidden(&self, read: &Reading, part: Range<usize>, kind: SecretKind) -> Option<Span> {
        let secret = String::from_utf8_lossy(&read.bytes()[part.clone()]);
        (!is_pseudonym(&secret)).then(|| (read.origin(part), self.pseudonym(&secret, kind)))
    }

    fn find_in(&self, text: &[u8]) -> Vec<(Range<usize>, SecretKind)> {
        let mut found = self.shared.as_ref().map(|shared| shared.find_in(text)).unwrap_or_default();
        found.extend(self.known().find_in(text));
        found
    }

    fn kind_of(&self, text: &str) -> Option<SecretKind> {
        let own = self.known().kind_of(text);
        own.or_else(|| self.shared.as_ref()?.kind_of(text))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where something is hidden, and what is shown in its place.
type Span = (Range<usize>, String);

/// Puts each replacement where its span is; of spans that overlap the first and longest names them all.
fn replace(text: &str, mut spans: Vec<Span>) -> String {
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
