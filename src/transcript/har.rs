//! Transcripts as an HTTP archive, HAR 1.2, which browsers' developer tools and many others open. Nothing in it is secret.
//!
//! What a recording does not tell is left as the format says it may be: sizes of heads are -1, and all the time that an
//! exchange took was spent waiting. Fields of our own begin with an underscore.

use std::collections::HashMap;
use std::num::NonZeroU8;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};

use super::{Body, Exchange, Outcome, Redactor, Reply, Request, Transcript};
use crate::protocol::Hop;

/// An HTTP archive, to be written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Har {
    log: Log,
}

impl Har {
    /// Returns the exchanges of refreshes, each with the number that names it, in the order in which they began.
    ///
    /// `base` is what the URLs on a hop begin with, such as `http://127.0.0.1:7001`. The redactor learns the secrets of
    /// the transcripts first, so that none is shown because nobody told it.
    pub fn of<'t>(
        refreshes: impl IntoIterator<Item = (u64, &'t Transcript)>,
        redactor: &Redactor,
        base: impl Fn(Hop) -> String,
    ) -> Self {
        let mut exchanges = Vec::new();
        for (refresh, transcript) in refreshes {
            redactor.hide_secrets_of(transcript);
            exchanges.extend(transcript.exchanges.iter().map(|exchange| (refresh, exchange)));
        }
        exchanges.sort_by_key(|(_, exchange)| (exchange.at, exchange.began));
        let mut common = Common { redactor, texts: HashMap::new(), headers: HashMap::new() };
        let entry =
            |(refresh, exchange): (u64, &'t Exchange)| Entry::of(refresh, exchange, &mut common, &base(exchange.hop));
        let entries = exchanges.into_iter().map(entry).collect();
        let creator = Creator { name: "hopcheck", version: env!("CARGO_PKG_VERSION") };
        Self { log: Log { version: "1.2", creator, entries } }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Log {
    version: &'static str,
    creator: Creator,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: String,
    time: f64,
    request: Asked,
    response: Answered,
    cache: Nothing,
    timings: Timings,
    #[serde(rename = "_hop")]
    hop: &'static str,
    #[serde(rename = "_refresh")]
    refresh: u64,
}

impl Entry {
    fn of<'t>(refresh: u64, exchange: &'t Exchange, common: &mut Common<'t, '_>, base: &str) -> Self {
        let took = exchange.took.map_or(0.0, milliseconds);
        let redactor = common.redactor;
        Self {
            started_date_time: moment(exchange.at),
            time: took,
            request: Asked::of(&exchange.request, common, base),
            response: match &exchange.outcome {
                Outcome::Replied(reply) => Answered::with(reply, common),
                Outcome::Failed(reason) => Answered::without_reply(Some(redactor.text(reason))),
                Outcome::Pending => Answered::without_reply(Some("no reply yet".to_owned())),
            },
            cache: Nothing {},
            timings: Timings { send: 0.0, wait: took, receive: 0.0 },
            hop: exchange.hop.callee().key(),
            refresh,
        }
    }
}

/// The part of an entry that the format calls `request`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    method: String,
    url: String,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Vec<Pair>,
    query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    headers_size: i64,
    body_size: i64,
}

impl Asked {
    fn of<'t>(request: &'t Request, common: &mut Common<'t, '_>, base: &str) -> Self {
        let redactor = common.redactor;
        let parameters = request.query.split('&').filter(|written| !written.is_empty());
        let (query_string, written): (Vec<Pair>, Vec<String>) =
            parameters.map(|written| parameter(written, redactor)).unzip();
        let query = if written.is_empty() { String::new() } else { format!("?{}", written.join("&")) };
        let body = &request.body;
        let post_data = PostData {
            mime_type: request.header(CONTENT_TYPE).map(|value| common.text(value)).unwrap_or_default(),
            text: redactor.body(body),
        };
        Self {
            method: common.text(&request.method),
            url: format!("{}{}{query}", common.text(base), common.text(&request.path)),
            http_version: NOT_RECORDED,
            cookies: [],
            headers: common.headers(&request.headers),
            query_string,
            post_data: Some(post_data).filter(|_| !body.bytes().is_empty()),
            headers_size: UNKNOWN_SIZE,
            body_size: size_on_the_wire(&request.headers, body),
        }
    }
}

/// The part of an entry that the format calls `response`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Vec<Pair>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i64,
    body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Answered {
    fn with<'t>(reply: &'t Reply, common: &mut Common<'t, '_>) -> Self {
        let redactor = common.redactor;
        let first = |name| reply.header_values(name).next().map(|value| redactor.header(name, value));
        Self {
            status: reply.status,
            headers: common.headers(&reply.headers),
            content: Content {
                size: size(&reply.body),
                mime_type: first(CONTENT_TYPE).unwrap_or_else(|| NO_TYPE.to_owned()),
                text: Some(redactor.body(&reply.body)),
            },
            redirect_url: first("location").unwrap_or_default(),
            body_size: size_on_the_wire(&reply.headers, &reply.body),
            ..Self::without_reply(None)
        }
    }

    /// Returns what browsers write of a request that was not answered.
    fn without_reply(error: Option<String>) -> Self {
        Self {
            status: 0,
            status_text: NOT_RECORDED,
            http_version: NOT_RECORDED,
            cookies: [],
            headers: Vec::new(),
            content: Content { size: 0, mime_type: NO_TYPE.to_owned(), text: None },
            redirect_url: String::new(),
            headers_size: UNKNOWN_SIZE,
            body_size: UNKNOWN_SIZE,
            error,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    mime_type: String,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    size: i64,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

/// An object that must be there and has nothing in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Nothing {}

const CONTENT_TYPE: &str = "content-type";
/// What browsers write as the type of what has none.
const NO_TYPE: &str = "x-unknown";
/// What stands where a text must be and nothing was recorded.
const NOT_RECORDED: &str = "";
const UNKNOWN_SIZE: i64 = -1;
/// RFC 3339 with milliseconds.
const MILLISECONDS: EncodedConfig =
    Config::DEFAULT.set_time_precision(TimePrecision::Second { decimal_digits: NonZeroU8::new(3) }).encode();

fn moment(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    at.format(&Iso8601::<MILLISECONDS>).unwrap_or_else(|_| at.unix_timestamp().to_string())
}

#[expect(clippy::cast_precision_loss, reason = "no exchange lasts the centuries at which microseconds lose precision")]
fn milliseconds(took: Duration) -> f64 {
    took.as_micros() as f64 / 1000.0
}

/// What is shown, each text and header worked out once: thousands of exchanges have nearly all of them in common.
struct Common<'t, 'r> {
    redactor: &'r Redactor,
    texts: HashMap<String, String>,
    headers: HashMap<(&'t str, &'t str), Pair>,
}

impl<'t> Common<'t, '_> {
    fn text(&mut self, text: &str) -> String {
        if let Some(shown) = self.texts.get(text) {
            return shown.clone();
        }
        let shown = self.redactor.text(text);
        self.texts.insert(text.to_owned(), shown.clone());
        shown
    }

    fn headers(&mut self, headers: &'t [(String, String)]) -> Vec<Pair> {
        let pair = |(name, value): &'t (String, String)| {
            let work_out = || Pair { name: self.redactor.text(name), value: self.redactor.header(name, value) };
            self.headers.entry((name, value)).or_insert_with(work_out).clone()
        };
        headers.iter().map(pair).collect()
    }
}

/// Returns a parameter of a query as it reads and as it stands in the URL.
fn parameter(written: &str, redactor: &Redactor) -> (Pair, String) {
    let (written_name, written_value) = written.split_once('=').unwrap_or((written, ""));
    let [name, value] = [written_name, written_value].map(unescaped);
    let shown = redactor.parameter(&name, &value);
    let in_url = if shown == value { redactor.text(written_value) } else { shown.clone() };
    let equals = if written.contains('=') { "=" } else { "" };
    let in_url = format!("{}{equals}{in_url}", redactor.text(written_name));
    (Pair { name: redactor.text(&name), value: shown }, in_url)
}

/// Undoes how a form writes a text in a query.
fn unescaped(written: &str) -> String {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|digits| *first == b'%' && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns how many bytes a body took, which is not recorded of one that was packed.
fn size_on_the_wire(headers: &[(String, String)], body: &Body) -> i64 {
    let is_packed = headers.iter().any(|(name, value)| name == "content-encoding" && value != "identity");
    if is_packed { UNKNOWN_SIZE } else { size(body) }
}

fn size(body: &Body) -> i64 {
    i64::try_from(body.bytes().len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
