//! A request with gaps: written down before it is known whose token or key it is sent with, and shown without them.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use bytes::Bytes;

use crate::protocol::{AccountSid, DeploymentKey, Fingerprint, Token};
use crate::transcript::{Body, Request};

/// How often something can be repeated, so that no few words can ask for all memory.
const MOST_REPEATED_BYTES: usize = 4 << 20;

/// What is filled in when a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The key that names the account.
    DeploymentKey,
    /// A valid token of the account.
    Token,
    /// The fingerprint that the token is bound to.
    Fingerprint,
    /// The account's SID.
    AccountSid,
}

impl Gap {
    /// Every gap there is.
    pub const ALL: [Self; 4] = [Self::DeploymentKey, Self::Token, Self::Fingerprint, Self::AccountSid];

    /// Returns its name, as a draft writes it between braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeploymentKey => "deployment key",
            Self::Token => "token",
            Self::Fingerprint => "fingerprint",
            Self::AccountSid => "account SID",
        }
    }
}

/// A part of what is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// Bytes that need not be text.
    Bytes(Vec<u8>),
    /// The same text again and again.
    Repeated(String, usize),
    /// Something to be filled in.
    Gap(Gap),
}

/// What the gaps are filled with.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The key that names the account.
    pub deployment_key: DeploymentKey,
    /// A token.
    pub token: Token,
    /// A fingerprint, where one could be seen.
    pub fingerprint: Option<Fingerprint>,
    /// The account's SID, where it is known.
    pub account_sid: Option<AccountSid>,
}

impl Filling {
    /// Returns what a gap is filled with; a word where that is not known.
    pub fn of(&self, gap: Gap) -> &str {
        match gap {
            Gap::DeploymentKey => self.deployment_key.expose(),
            Gap::Token => self.token.expose(),
            Gap::Fingerprint => self.fingerprint.as_ref().map_or("no-fingerprint", Fingerprint::expose),
            Gap::AccountSid => self.account_sid.as_ref().map_or("no-account", AccountSid::as_str),
        }
    }
}

/// A request with gaps.
///
/// Its text is that of an HTTP request: a line with method and target, headers, an empty line, the body. In it `{token}`,
/// `{deployment key}`, `{fingerprint}` and `{account SID}` are gaps, `{bytes ff 00}` are bytes and `{900 times x}` is
/// what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The method.
    pub method: String,
    /// The path, and the query if there is one.
    pub target: Vec<Piece>,
    /// The headers, in order.
    pub headers: Vec<(String, Vec<Piece>)>,
    /// The body.
    pub body: Vec<Piece>,
}

/// The text is no draft of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDraft {
    /// The first line is no method and target.
    #[error("the first line of a request is its method and its path, such as `POST /V2/Webchat/Token/Refresh`")]
    FirstLine,
    /// A line before the empty one is no header.
    #[error("line {0} is no header: expected `name: value`, or an empty line before the body")]
    Header(usize),
    /// Something is repeated too often.
    #[error("what is repeated comes to more than 4 MiB")]
    TooMuch,
}

impl Draft {
    /// Returns whether a gap is anywhere in it.
    pub fn has(&self, gap: Gap) -> bool {
        let values = self.headers.iter().flat_map(|(_, value)| value);
        self.target.iter().chain(values).chain(&self.body).any(|piece| *piece == Piece::Gap(gap))
    }

    /// Returns the request, with its gaps filled.
    pub fn filled(&self, filling: &Filling) -> Request {
        let target = text_of(&self.target, |gap| percent_encoded(filling.of(gap)));
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let headers = self.headers.iter();
        Request {
            method: self.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .map(|(name, value)| (name.clone(), text_of(value, |gap| filling.of(gap).to_owned())))
                .collect(),
            body: Body::new(Bytes::from(bytes_of(&self.body, |gap| json_escaped(filling.of(gap))))),
        }
    }
}

/// Returns a text as it stands in a JSON text.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

fn text_of(pieces: &[Piece], fill: impl Fn(Gap) -> String) -> String {
    String::from_utf8_lossy(&bytes_of(pieces, fill)).into_owned()
}

fn bytes_of(pieces: &[Piece], fill: impl Fn(Gap) -> String) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
            Piece::Bytes(some) => bytes.extend_from_slice(some),
            Piece::Repeated(text, times) => bytes.extend_from_slice(text.repeat(*times).as_bytes()),
            Piece::Gap(gap) => bytes.extend_from_slice(fill(*gap).as_bytes()),
        }
    }
    bytes
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method)?;
        write_pieces(f, &self.target)?;
        for (name, value) in &self.headers {
            write!(f, "\n{name}: ")?;
            write_pieces(f, value)?;
        }
        if !self.body.is_empty() {
            f.write_str("\n\n")?;
            write_pieces(f, &self.body)?;
        }
        Ok(())
    }
}

/// Writes pieces so that they can be read again wherever the text stands: no line of it begins or ends with a blank.
fn write_pieces(f: &mut fmt::Formatter<'_>, pieces: &[Piece]) -> fmt::Result {
    for (at, piece) in pieces.iter().enumerate() {
        let (is_first, is_last) = (at == 0, at + 1 == pieces.len());
        match piece {
            Piece::Text(text) => write_text(f, text, is_first, is_last)?,
            Piece::Bytes(bytes) => write_bytes(f, bytes)?,
            Piece::Repeated(text, times) if text.chars().all(is_plain) && !text.contains(['{', '}']) => {
                write!(f, "{{{times} times {text}}}")?;
            }
            Piece::Repeated(text, times) => {
                for _ in 0..*times {
                    write_text(f, text, true, true)?;
                }
            }
            Piece::Gap(gap) => write!(f, "{{{}}}", gap.name())?,
        }
    }
    Ok(())
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str, is_first: bool, is_last: bool) -> fmt::Result {
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let at_edge = is_first && at == 0 || is_last && rest.len() == c.len_utf8();
        let is_taken = notation(rest).is_some() || rest.starts_with("\"\"\"") || rest.starts_with("```");
        if is_taken || !(is_plain(c) || c == ' ' && !at_edge) {
            write_bytes(f, rest.get(..c.len_utf8()).unwrap_or_default().as_bytes())?;
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("{bytes")?;
    bytes.iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
    f.write_str("}")
}

/// Returns whether a character is shown as it is, wherever it stands.
fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() || c.is_alphanumeric()
}

impl FromStr for Draft {
    type Err = NoDraft;

    fn from_str(text: &str) -> Result<Self, NoDraft> {
        let mut lines = text.trim_matches(['\n', '\r']).split('\n').map(|line| line.trim_end_matches('\r'));
        let first = lines.next().unwrap_or_default().trim();
        let (method, target) = first.split_once(' ').ok_or(NoDraft::FirstLine)?;
        if !target.starts_with('/') || method.is_empty() {
            return Err(NoDraft::FirstLine);
        }
        let mut headers = Vec::new();
        let mut number = 1;
        for line in lines.by_ref() {
            number += 1;
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or(NoDraft::Header(number))?;
            headers.push((name.trim().to_ascii_lowercase(), pieces(value.trim())?));
        }
        let body = pieces(&lines.collect::<Vec<_>>().join("\n"))?;
        Ok(Self { method: method.to_owned(), target: pieces(target)?, headers, body })
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, NoDraft> {
    let mut pieces = Vec::new();
    let (mut rest, mut plain) = (text, String::new());
    while let Some(c) = rest.chars().next() {
        let Some((piece, length)) = notation(rest) else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        if let Piece::Repeated(text, times) = &piece
            && text.len().saturating_mul(*times) > MOST_REPEATED_BYTES
        {
            return Err(NoDraft::TooMuch);
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(piece);
        rest = &rest[length..];
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// Returns what a text begins with that is no plain text, and how long it is written.
fn notation(text: &str) -> Option<(Piece, usize)> {
    let inner = text.strip_prefix('{')?;
    let inner = &inner[..inner.find('}')?];
    let length = inner.len() + 2;
    if let Some(gap) = Gap::ALL.into_iter().find(|gap| gap.name() == inner) {
        return Some((Piece::Gap(gap), length));
    }
    if let Some(hex) = inner.strip_prefix("bytes ") {
        let bytes: Result<Vec<u8>, _> = hex.split(' ').map(|byte| u8::from_str_radix(byte, 16)).collect();
        return Some((Piece::Bytes(bytes.ok()?), length));
    }
    let (times, repeated) = inner.split_once(" times ")?;
    Some((Piece::Repeated(repeated.to_owned(), times.parse().ok()?), length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gaps_are_filled_as_they_are_written_where_they_stand() {
        let draft: Draft = "POST /v1/Accounts/{account SID}/x?key={deployment key}\ncontent-type: application/json\n\
             authorization: Bearer {token}\n\n{\"token\":\"{token}\",\"fingerprint\":\"{fingerprint}\"}"
            .parse()
            .unwrap();
        let request = draft.filled(&filling());
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/Accounts/no-account/x"));
        assert_eq!(request.query, "key=a%20%26%22key%22");
        assert_eq!(request.header("authorization"), Some("Bearer to\"ken"));
        assert_eq!(&request.body.bytes()[..], br#"{"token":"to\"ken","fingerprint":"no-fingerprint"}"#);
        assert!(draft.has(Gap::Token) && draft.has(Gap::DeploymentKey) && draft.has(Gap::AccountSid));
    }

    #[test]
    fn what_is_no_text_is_written_in_words() {
        let draft = Draft {
            method: "PUT".to_owned(),
            target: vec![Piece::Text("/x".to_owned())],
            headers: vec![("x-long".to_owned(), vec![Piece::Repeated("y".to_owned(), 3)])],
            body: vec![Piece::Bytes(vec![0xff, 0]), Piece::Text(" {token} \n\"\"\" é".to_owned())],
        };
        let text = "PUT /x\nx-long: {3 times y}\n\n\
                    {bytes ff 00} {bytes 7b}token} {bytes 0a}{bytes 22}\"\" é";
        assert_eq!(draft.to_string(), text);
        assert_eq!(&text.parse::<Draft>().unwrap().filled(&filling()).body.bytes()[..4], b"\xff\0 {");
    }

    #[test]
    fn what_is_no_request_is_complained_about() {
        for (text, error) in [
            ("", NoDraft::FirstLine),
            ("POST", NoDraft::FirstLine),
            ("POST nowhere", NoDraft::FirstLine),
            ("POST /x\nbody", NoDraft::Header(2)),
            ("POST /x\n\n{99999999999 times x}", NoDraft::TooMuch),
        ] {
            assert_eq!(text.parse::<Draft>(), Err(error), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_draft_is_read_as_it_was_written(texts in proptest::collection::vec(".{0,12}|[{}\" \n]{0,6}", 0..4)) {
            let body: Vec<Piece> = texts.into_iter().filter(|text| !text.is_empty()).map(Piece::Text).collect();
            let target = vec![Piece::Text("/x".to_owned())];
            let draft = Draft { method: "POST".to_owned(), target, headers: Vec::new(), body };
            let read: Draft = draft.to_string().parse().unwrap();
            let [read, written] = [read, draft].map(|draft| draft.filled(&filling()).body.bytes().clone());
            prop_assert_eq!(read, written);
        }
    }

    fn filling() -> Filling {
        Filling {
            deployment_key: DeploymentKey::new("a &\"key\""),
            token: Token::new("to\"ken"),
            fingerprint: None,
            account_sid: None,
        }
    }
}
