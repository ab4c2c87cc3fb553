//! The wrong values that mutants send in place of the right ones: of another type, of the same kind, inadmissible.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::diagram::{Kind, Member};

/// Returns a value of another type that says the same as far as it can.
pub(super) fn of_another_type(value: &Value) -> Value {
    match value {
        Value::Null => json!(false),
        Value::Bool(bool) => bool.to_string().into(),
        Value::Number(_) => json!([value]),
        Value::String(text) => json!([text]),
        Value::Array(elements) => {
            let texts: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
            texts.join(" ").into()
        }
        Value::Object(_) => value.to_string().into(),
    }
}

/// Returns another value of the same kind, a new one for each count.
pub(super) fn another(member: &Member, value: &Value, count: u64) -> Value {
    let kind = member.name().map(|name| name.kind);
    match (kind, value) {
        (_, Value::Bool(bool)) => (!bool).into(),
        (Some(Kind::Code), _) => (90_000 + count).into(),
        (Some(Kind::DateTime), _) => from_now(Duration::HOUR * 5 + Duration::seconds(count.cast_signed())),
        (Some(Kind::AccountSid), _) => format!("AC{:032x}", 0xfeed_0000_u64 + count).into(),
        (Some(Kind::Texts), _) => json!([format!("other-{count}")]),
        (_, Value::String(text)) => format!("{text}-other-{count}").into(),
        (_, Value::Number(number)) => (number.as_i64().unwrap_or_default() + 1).into(),
        (_, other) => other.clone(),
    }
}

/// Returns a value of the right type that can be none of the member's kind.
pub(super) fn inadmissible(member: &Member) -> Option<Value> {
    Some(match member.name()?.kind {
        Kind::DateTime => from_now(-Duration::HOUR),
        Kind::AccountSid => json!("AC0"),
        Kind::Texts => json!([null]),
        Kind::UniqueId | Kind::Token | Kind::Text | Kind::Code | Kind::Verdict => json!(""),
    })
}

/// Returns the moment so long from now, as a date time.
pub(super) fn from_now(offset: Duration) -> Value {
    (OffsetDateTime::now_utc() + offset).format(&Rfc3339).unwrap_or_default().into()
}
