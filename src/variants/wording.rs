//! Bodies that say the same in other words: other members beside, other spellings, other spacing.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use serde_json::{Map, Value, json};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::variant::{Different, Message};
use crate::protocol::Hop;
use crate::wire::Manner;

/// Answers that differ, whoever gives them.
pub(super) struct Answers(pub(super) fn(Hop, &mut Message));

impl Different for Answers {
    fn answer(&self, hop: Hop, _: &Message, answer: &mut Message) {
        (self.0)(hop, answer);
    }
}

/// An Orchestrator that names an origin to pages alone, and nothing to whoever sends none.
pub(super) struct OriginForPages;

impl Different for OriginForPages {
    fn answer(&self, hop: Hop, request: &Message, answer: &mut Message) {
        if hop == Hop::Orchestrator && !request.headers.contains_key(ORIGIN) {
            answer.headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
        }
    }
}

/// Requests that differ, whoever sends them.
pub(super) struct Calls(pub(super) fn(Hop, &mut Message));

impl Different for Calls {
    fn call(&self, hop: Hop, request: &mut Message) {
        (self.0)(hop, request);
    }

    fn changes_calls(&self) -> bool {
        true
    }
}

/// Answers that are sent in another manner.
pub(super) struct Sent(pub(super) Manner);

impl Different for Sent {
    fn manner(&self) -> Manner {
        self.0
    }
}

pub(super) fn with_extra_members(_: Hop, answer: &mut Message) {
    answer.edit(|body| {
        body.insert("requestId".to_owned(), format!("{:016x}", rand::random::<u64>()).into());
        body.insert("links".to_owned(), json!({ "self": null, "next": [] }));
        body.insert("details".to_owned(), Value::Null);
        body.insert("ttl".to_owned(), json!(3.6e3));
        if let Some(account) = body.get_mut("auth_account").and_then(Value::as_object_mut) {
            account.insert("friendly_name".to_owned(), "Zoë’s shop".into());
        }
    });
}

pub(super) fn with_extra_headers(_: Hop, answer: &mut Message) {
    for (name, value) in [
        ("set-cookie", "session=1; HttpOnly"),
        ("set-cookie", "lb=2"),
        ("cache-control", "no-store"),
        ("server", "something else"),
        ("x-request-id", "7f3a"),
        ("connection", "close"),
    ] {
        answer.headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

pub(super) fn call_with_more(hop: Hop, request: &mut Message) {
    // What the customer sends, Starship forwards unchanged.
    if hop != Hop::Orchestrator {
        request.edit(|body| {
            body.insert("client".to_owned(), json!({ "name": "other", "version": null }));
        });
    }
    for (name, value) in
        [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("x-b3-sampled", "1")]
    {
        request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// Hands on nothing by which calls could be told apart, but for what is drawn.
pub(super) fn call_without_request_id(_: Hop, request: &mut Message) {
    for name in ["x-request-id", "traceparent"] {
        request.headers.remove(name);
    }
}

/// The codes of the two refusals that are drawn, as the reference gives them.
const DRAWN: [i64; 2] = [45775, 45779];

fn with_code(hop: Hop, answer: &mut Message, other: impl FnOnce(i64) -> Value) {
    if hop != Hop::FederatedAuth {
        return;
    }
    answer.edit(|body| {
        if let Some(code) = body.get_mut("code")
            && let Some(number) = code.as_i64().filter(|code| DRAWN.contains(code))
        {
            *code = other(number);
        }
    });
}

pub(super) fn with_codes_as_text(hop: Hop, answer: &mut Message) {
    with_code(hop, answer, |code| if code == DRAWN[0] { "invalid_token" } else { "invalid_fingerprint" }.into());
}

pub(super) fn with_other_codes(hop: Hop, answer: &mut Message) {
    with_code(hop, answer, |code| (code + 15_000).into());
}

pub(super) fn with_other_statuses(hop: Hop, answer: &mut Message) {
    let is_verdict = answer.json().is_some_and(|body| body.contains_key("authorized"));
    let is_drawn = answer.json().and_then(|body| body.get("code")?.as_i64()).is_some_and(|code| DRAWN.contains(&code));
    answer.status = match answer.status {
        _ if is_verdict && answer.refuses() => StatusCode::UNAUTHORIZED,
        StatusCode::OK if hop != Hop::ScopedAuth => StatusCode::CREATED,
        StatusCode::FORBIDDEN if is_drawn => StatusCode::UNAUTHORIZED,
        status => status,
    };
}

pub(super) fn with_other_messages(hop: Hop, answer: &mut Message) {
    if hop == Hop::FederatedAuth {
        answer.edit(|body| {
            if body.contains_key("valid") {
                let message = format!("Abgelehnt – 拒否 (Vorgang {:08x}): “{{}}”", rand::random::<u32>());
                body.insert("message".to_owned(), message.into());
            }
        });
    }
}

const FRACTIONAL: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:9]Z");

/// Writes each moment in another of the ways that RFC 3339 has.
pub(super) fn with_other_date_times(hop: Hop, answer: &mut Message) {
    if !matches!(hop, Hop::FederatedAuth | Hop::ScopedAuth) {
        return;
    }
    answer.edit(|body| {
        let moment = body.get("expiration").and_then(Value::as_str);
        let Some(moment) = moment.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok()) else { return };
        let offset = |hours, minutes| UtcOffset::from_hms(hours, minutes, 0).unwrap_or(UtcOffset::UTC);
        let written = match rand::random::<u32>() % 4 {
            0 => moment.to_offset(offset(5, 45)).format(&Rfc3339),
            1 => moment.to_offset(offset(-3, -30)).format(&Rfc3339),
            2 => moment.format(FRACTIONAL),
            _ => moment.format(&Rfc3339).map(|text| text.replace('Z', "+00:00")),
        };
        if let Ok(written) = written {
            body.insert("expiration".to_owned(), written.into());
        }
    });
}

pub(super) fn with_other_identities(hop: Hop, answer: &mut Message) {
    if hop == Hop::FederatedAuth {
        answer.edit(|body| {
            if let Some(identity) = body.get_mut("identity") {
                *identity = format!("urn:user:{} / {:032x}", "x".repeat(200), rand::random::<u128>()).into();
            }
        });
    }
}

pub(super) fn pretty_and_reversed(_: Hop, answer: &mut Message) {
    if let Some(body) = answer.json() {
        let reversed: Map<String, Value> = body.into_iter().rev().collect();
        if let Ok(text) = serde_json::to_string_pretty(&reversed) {
            answer.body = Bytes::from(format!("\r\n\t{text}\n\n"));
        }
    }
}

/// Writes every letter of every text as an escape.
pub(super) fn with_escapes(_: Hop, answer: &mut Message) {
    if let Some(body) = answer.json() {
        answer.body = Bytes::from(escaped(&Value::Object(body)));
    }
}

fn escaped(value: &Value) -> String {
    let quoted = |text: &str| {
        let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        format!("\"{}\"", units.concat())
    };
    match value {
        Value::String(text) => quoted(text),
        Value::Array(elements) => format!("[{}]", elements.iter().map(escaped).collect::<Vec<_>>().join(" , ")),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{} : {}", quoted(name), escaped(value))).collect();
            format!("{{ {} }}", members.join(" , "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

pub(super) fn with_other_content_types(_: Hop, answer: &mut Message) {
    let content_type = if answer.refuses() { "application/problem+json" } else { "application/json; charset=UTF-8" };
    if answer.json().is_some() {
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
}
