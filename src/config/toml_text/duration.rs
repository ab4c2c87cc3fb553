//! Durations as users write them: `500ms`, `10s`, `1m`, `2h`.

use std::time::Duration;

/// Reads a whole number and its unit. Returns nothing for anything else, and for a duration of zero.
pub fn parse(text: &str) -> Option<Duration> {
    let unit = text.find(|character: char| !character.is_ascii_digit())?;
    let number: u64 = text[..unit].parse().ok()?;
    let duration = match text[unit..].trim_start() {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    };
    (!duration.is_zero()).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, millis) in [("500ms", 500), ("10s", 10_000), ("10 s", 10_000), ("1m", 60_000), ("2h", 7_200_000)] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in ["", "10", "s", "0s", "0ms", "-1s", "1.5s", "10 seconds", "10S", "99999999999999999999s", "٣s"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("{}h", u64::MAX)), None);
    }
}
