//! The one way from recorded values to text: secrets become keyed pseudonyms, the same throughout a run.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::{Request, Transcript};

/// How many characters of a value are shown.
const MOST_SHOWN: usize = 300;
/// How many characters of a body that is JSON are shown.
const MOST_OF_A_BODY: usize = 4000;
/// How many secrets of one body are looked for everywhere: more than any has that is not made to exhaust.
const MOST_SECRETS_OF_A_BODY: usize = 100;
/// Shorter secrets are only hidden where they stand as a whole member, lest every digit vanish.
const SHORTEST_FOUND_IN_TEXT: usize = 6;

/// What a pseudonym stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretKind {
    /// A token.
    Token,
    /// A fingerprint.
    Fingerprint,
    /// A deployment key.
    DeploymentKey,
    /// Anything else that the user declared secret.
    Other,
}

impl SecretKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Token => "tok",
            Self::Fingerprint => "fpr",
            Self::DeploymentKey => "key",
            Self::Other => "sec",
        }
    }

    fn of_member(name: &str) -> Option<Self> {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if name.ends_with("token") {
            Some(Self::Token)
        } else if name.ends_with("fingerprint") {
            Some(Self::Fingerprint)
        } else if name.ends_with("deploymentkey") {
            Some(Self::DeploymentKey)
        } else if ["secret", "password", "apikey"].iter().any(|word| name.ends_with(word)) {
            Some(Self::Other)
        } else {
            None
        }
    }

    fn of_header(name: &str) -> Option<Self> {
        let secret = matches!(name, "authorization" | "proxy-authorization" | "cookie" | "set-cookie")
            || ["token", "secret", "key", "password"].iter().any(|word| name.ends_with(word));
        secret.then_some(Self::Other)
    }
}

/// Turns recorded values into text that holds no secret and no control character.
pub struct Redactor {
    key: [u8; 32],
    known: Mutex<Vec<(String, SecretKind)>>,
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

    /// Hides this value wherever it turns up from now on.
    pub fn hide(&self, secret: &str, kind: SecretKind) {
        if secret.len() < SHORTEST_FOUND_IN_TEXT {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|(value, _)| value == secret) {
            known.push((secret.to_owned(), kind));
            known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
    }

    /// Hides every secret that a transcript carries, wherever it turns up from now on.
    pub fn hide_secrets_of(&self, transcript: &Transcript) {
        for exchange in &transcript.exchanges {
            let reply = exchange.reply().and_then(|reply| reply.body.json());
            for json in [exchange.request.body.json(), reply].into_iter().flatten() {
                let mut left = MOST_SECRETS_OF_A_BODY;
                self.hide_members(json, &mut left);
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
        cut(&escape(&self.without_known(text)), MOST_SHOWN)
    }

    /// Returns a member's value as JSON text.
    pub fn member(&self, name: &str, value: &Value) -> String {
        let shown = match (SecretKind::of_member(name), value) {
            (Some(kind), Value::String(secret)) if !secret.is_empty() => self.pseudonym(secret, kind),
            _ => self.json(value).to_string(),
        };
        cut(&escape(&shown), MOST_SHOWN)
    }

    /// Returns a JSON value whose secrets are pseudonyms, at any depth.
    pub fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.without_known(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.json(item)).collect()),
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (self.without_known(name), self.member_json(name, value))).collect(),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Returns a body as text: its JSON redacted, or what is readable of anything else.
    pub fn body(&self, body: &super::Body) -> String {
        match body.json() {
            Some(json) => cut(&escape(&self.json(json).to_string()), MOST_OF_A_BODY),
            None => self.text(&String::from_utf8_lossy(body.bytes())),
        }
    }

    /// Returns a header's value.
    pub fn header(&self, name: &str, value: &str) -> String {
        match SecretKind::of_header(name) {
            Some(kind) => self.pseudonym(value, kind),
            None => self.text(value),
        }
    }

    /// Returns the first line of a request, such as `POST /v1/ScopedAuthTokens/validate`.
    pub fn request_line(&self, request: &Request) -> String {
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        self.text(&format!("{} {}{query}", request.method, request.path))
    }

    fn member_json(&self, name: &str, value: &Value) -> Value {
        match (SecretKind::of_member(name), value) {
            (Some(kind), Value::String(secret)) if !secret.is_empty() => Value::String(self.pseudonym(secret, kind)),
            _ => self.json(value),
        }
    }

    fn hide_members(&self, value: &Value, left: &mut usize) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.hide_members(item, left)),
            Value::Object(members) => {
                for (name, value) in members {
                    match (SecretKind::of_member(name), value) {
                        (Some(kind), Value::String(secret)) if *left > 0 => {
                            *left -= 1;
                            self.hide(secret, kind);
                        }
                        _ => self.hide_members(value, left),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn without_known(&self, text: &str) -> String {
        let mut shown = self.without_signed_tokens(text);
        for (secret, kind) in self.known.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if shown.contains(secret.as_str()) {
                shown = shown.replace(secret.as_str(), &self.pseudonym(secret, *kind));
            }
        }
        shown
    }

    /// Replaces whatever looks like a JSON Web Token, known or not.
    fn without_signed_tokens(&self, text: &str) -> String {
        let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("eyJ") {
            let (before, from) = rest.split_at(start);
            let (word, after) = from.split_at(from.find(|c| !in_token(c)).unwrap_or(from.len()));
            shown.push_str(before);
            if word.contains('.') {
                shown.push_str(&self.pseudonym(word, SecretKind::Token));
            } else {
                shown.push_str(word);
            }
            rest = after;
        }
        shown.push_str(rest);
        shown
    }
}

/// Makes control characters visible, so that a hostile reply cannot steer a terminal.
fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let steers =
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_member_has_the_same_pseudonym_everywhere() {
        let redactor = Redactor::new([7; 32]);
        let shown = redactor.json(&json!({"token": "s3cr3t-token", "nested": [{"existing_token": "s3cr3t-token"}]}));
        assert_eq!(shown["token"], shown["nested"][0]["existing_token"]);
        assert!(!shown.to_string().contains("s3cr3t"));
    }

    #[test]
    fn another_key_makes_other_pseudonyms() {
        let [one, other] = [[1; 32], [2; 32]].map(|key| Redactor::new(key).pseudonym("t", SecretKind::Token));
        assert_ne!(one, other);
    }

    #[test]
    fn a_known_secret_is_found_inside_a_text() {
        let redactor = Redactor::new([7; 32]);
        redactor.hide("s3cr3t-key", SecretKind::DeploymentKey);
        let shown = redactor.text("no account has the key s3cr3t-key");
        assert!(!shown.contains("s3cr3t") && shown.contains("key_"), "{shown}");
    }

    #[test]
    fn a_signed_token_is_found_though_nobody_declared_it() {
        let shown = Redactor::new([7; 32]).text("bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!");
        assert!(!shown.contains("eyJ") && shown.ends_with('!'), "{shown}");
    }

    #[test]
    fn a_body_full_of_secrets_exhausts_nobody() {
        let redactor = Redactor::new([7; 32]);
        let members = (0..1000).map(|number| (format!("{number}token"), format!("secret-{number}").into()));
        let body = crate::transcript::Body::new(Value::Object(members.collect()).to_string().into());
        let reply = crate::transcript::Reply { body, ..Default::default() };
        let exchange = crate::transcript::Exchange {
            hop: crate::protocol::Hop::Edge,
            began: 0,
            ended: None,
            at: std::time::SystemTime::UNIX_EPOCH,
            took: None,
            request: Request::default(),
            outcome: crate::transcript::Outcome::Replied(reply),
        };
        redactor.hide_secrets_of(&Transcript { exchanges: vec![exchange] });
        assert_eq!(redactor.known.lock().unwrap().len(), MOST_SECRETS_OF_A_BODY);
    }

    #[test]
    fn a_terminal_escape_is_made_visible() {
        assert_eq!(Redactor::new([7; 32]).text("\u{1b}[31mred"), r"\u{1b}[31mred");
    }
}
