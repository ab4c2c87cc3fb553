//! How long redaction takes of what was made to exhaust it: bodies of a size that a peer may send, each as bad as it gets.

use std::time::{Duration, Instant};

use super::*;

/// Far more than any of these takes, and far less than any of them took that was not in proportion to its length.
const BOUND: Duration = Duration::from_secs(10);
const SIZE: usize = 20_000;

#[test]
fn no_text_takes_longer_than_in_proportion_to_its_length() {
    let redactor = Redactor::new([7; 32]);
    redactor.hide(&"a".repeat(2000), SecretKind::Token);
    redactor.hide(&format!("{}b", "a".repeat(1000)), SecretKind::Token);
    redactor.hide("/a/place/that/begins/like/others", SecretKind::Other);
    let long = |part: &str| part.repeat(SIZE / part.len());
    let texts = [
        format!("%{}41", long("25")),
        long("\\") + "u005c",
        format!("&{}#65;", long("amp;")),
        long("=3D"),
        long("token="),
        long("token:\"'"),
        long("Bearer "),
        long("://"),
        long("eyJ"),
        long("a"),
        long("aaaaaaa "),
        long("/a/place/"),
        long("QUFB"),
        long("VVZGQ1VRPT0="),
        long("41414141 "),
        long("41:"),
        long("00000000: 41\n"),
        long("MFRGG"),
        long("[\""),
        long("\n"),
    ];
    for text in texts {
        let since = Instant::now();
        redactor.json(&json!({ "message": text, "nested": [{ "text": text }] }));
        redactor.body(&Body::new(text.clone().into()));
        assert!(since.elapsed() < BOUND, "{:?}: {}", since.elapsed(), &text[..20]);
    }
}

#[test]
fn of_a_text_that_is_very_long_no_more_is_looked_at_than_is_shown() {
    let redactor = Redactor::new([7; 32]);
    let shown = redactor.text(&"é".repeat(10_000_000));
    assert!(shown.starts_with("éé") && shown.ends_with("é… (10000000 characters)"), "{shown}");
    assert_eq!(shown.chars().count(), MOST_SHOWN + "… (10000000 characters)".chars().count());
}
