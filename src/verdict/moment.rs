//! The moment that a value says: in RFC 3339, and in the other notations in which a moment is unambiguous.
//!
//! The diagram draws a date time and no notation. What names no time zone, a day without its time, and a number of seconds
//! from now are no moments: two readers would read two.

use serde_json::Value;
use time::format_description::well_known::{Iso8601, Rfc2822, Rfc3339};
use time::{Duration, OffsetDateTime};

/// The seconds since 1970 from which on a number is a moment and no length of time: September 2001.
const FIRST: i64 = 1_000_000_000;
/// From which on a number of them is milliseconds: seconds reach it in the year 5138.
const FIRST_IN_MILLISECONDS: i64 = 100 * FIRST;

/// Returns the moment that a value says, unless it is none.
pub(super) fn moment(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::String(text) => written(text.trim()),
        Value::Number(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "the fraction of a second decides nothing")]
            let whole = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64));
            counted(whole?)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn written(text: &str) -> Option<OffsetDateTime> {
    if !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit()) {
        return counted(text.parse().ok()?);
    }
    // RFC 3339 itself allows a space, or a small letter, in the place of the T.
    let spaced = text.replacen(' ', "T", 1);
    let in_http = text.strip_suffix("GMT").map(|text| format!("{text}+0000"));
    let of_rfc3339 = [text, &spaced].into_iter().find_map(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let of_iso8601 =
        || [text, &spaced].into_iter().find_map(|text| OffsetDateTime::parse(text, &Iso8601::PARSING).ok());
    of_rfc3339.or_else(of_iso8601).or_else(|| OffsetDateTime::parse(in_http.as_deref().unwrap_or(text), &Rfc2822).ok())
}

fn counted(number: i64) -> Option<OffsetDateTime> {
    let since = if number < FIRST {
        return None;
    } else if number < FIRST_IN_MILLISECONDS {
        Duration::seconds(number)
    } else {
        Duration::milliseconds(number)
    };
    OffsetDateTime::UNIX_EPOCH.checked_add(since)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_read_in_every_notation_that_names_one() {
        for value in [
            json!("2026-11-23T10:07:55Z"),
            json!("2026-11-23t10:07:55z"),
            json!("2026-11-23 10:07:55Z"),
            json!("2026-11-23T10:07:55.000+00:00"),
            json!("2026-11-23T12:07:55+02:00"),
            json!("2026-11-23T10:07:55+0000"),
            json!("2026-11-23T10:07:55+00"),
            json!("20261123T100755Z"),
            json!("Mon, 23 Nov 2026 10:07:55 GMT"),
            json!("Mon, 23 Nov 2026 10:07:55 +0000"),
            json!(1_795_428_475),
            json!("1795428475"),
            json!(1_795_428_475_000_u64),
            json!(1_795_428_475.5),
        ] {
            assert_eq!(
                moment(&value).map(|it| it.replace_nanosecond(0).unwrap()),
                Some(datetime!(2026-11-23 10:07:55 UTC)),
                "{value}"
            );
        }
    }

    #[test]
    fn what_two_readers_would_read_differently_is_no_moment() {
        for value in [
            json!("2026-11-23T10:07:55"),
            json!("2026-11-23"),
            json!("23/11/2026 10:07"),
            json!("3600"),
            json!(3600),
            json!("PT1H"),
            json!("in an hour"),
            json!(""),
            json!(null),
            json!(["2026-11-23T10:07:55Z"]),
            json!(1e300),
        ] {
            assert_eq!(moment(&value), None, "{value}");
        }
    }
}
