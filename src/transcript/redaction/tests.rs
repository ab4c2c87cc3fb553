use serde_json::json;

use super::*;

mod forms;
mod work;

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
fn a_terminal_escape_is_made_visible() {
    assert_eq!(Redactor::new([7; 32]).text("\u{1b}[31mred"), r"\u{1b}[31mred");
}

const SECRET: &str = "s3cr3t+/Tok~én==";

/// A redactor that knows a secret with signs that every encoding writes otherwise.
fn knowing() -> Redactor {
    let redactor = Redactor::new([7; 32]);
    redactor.hide(SECRET, SecretKind::Token);
    redactor
}

#[test]
fn a_known_secret_is_found_however_it_is_escaped() {
    let redactor = knowing();
    let pseudonym = redactor.pseudonym(SECRET, SecretKind::Token);
    for (text, expected) in [
        ("failed: s3cr3t+/Tok~én== is bad", format!("failed: {pseudonym} is bad")),
        ("/a/s3cr3t%2B%2FTok%7E%C3%A9n%3D%3D/b", format!("/a/{pseudonym}/b")),
        ("/a/s3cr3t%2b/Tok~%c3%a9n==", format!("/a/{pseudonym}")),
        ("%73%33cr3t%252B%252FTok~%25C3%25A9n%253D%253D.", format!("{pseudonym}.")),
        (r"s3cr3t+\/Tok~\u00e9n==!", format!("{pseudonym}!")),
        (r"\\u00733cr3t+/Tok~én==", pseudonym.clone()),
    ] {
        assert_eq!(redactor.text(text), expected);
    }
}

#[test]
fn a_known_secret_is_found_in_base64() {
    let redactor = Redactor::new([7; 32]);
    redactor.hide("secret-token", SecretKind::Token);
    for text in
        ["c2VjcmV0LXRva2Vu", "Basic dXNlcjpzZWNyZXQtdG9rZW4=", "x=YTpzZWNyZXQtdG9rZW46Yg", "eHhzZWNyZXQtdG9rZW4"]
    {
        let shown = redactor.text(text);
        assert!(shown.contains('…') && !shown.contains("cmV0LXRv") && !shown.contains("ZWNyZXQtdG9r"), "{shown}");
    }
    assert_eq!(redactor.text("POST /v1/ScopedAuthTokens/validate"), "POST /v1/ScopedAuthTokens/validate");
}

#[test]
fn a_known_secret_is_found_in_hexadecimal_in_another_case_and_in_part() {
    let redactor = Redactor::new([7; 32]);
    redactor.hide("secret-token", SecretKind::Token);
    for text in [
        "7365637265742d746f6b656e",
        "0x7365637265742D746F6B656E",
        "SECRET-Token",
        "begins with secret-t",
        "U0VDUkVULVRPS0VO",
    ] {
        let shown = redactor.text(text);
        assert!(
            shown.contains("tok_") && !shown.to_lowercase().contains("secret") && !shown.contains("7265"),
            "{shown}"
        );
    }
    assert_eq!(
        redactor.text("a secret, in 8a2abb9539dbbb9f402cbf6eca8620b8"),
        "a secret, in 8a2abb9539dbbb9f402cbf6eca8620b8"
    );
}

#[test]
fn a_secret_that_nobody_declared_is_found_by_what_stands_around_it() {
    let redactor = Redactor::new([7; 32]);
    for text in [
        "no token=s3cr3t",
        "GET /x?a=b&deploymentKey=s3cr3t&c=d",
        r#"cannot read {"token": "s3cr3t", "a""#,
        r#"cannot read {\"existing_token\":\"s3cr3t\"}"#,
        "token%3Ds3cr3t",
        "Authorization: Bearer s3cr3t",
        "failed to reach https://user:s3cr3t@edge.example.com/x",
        "password=s3cr3t;",
        r#"{"token": 1234567"#,
    ] {
        let shown = redactor.text(text);
        assert!(!shown.contains("s3cr3t") && !shown.contains("1234567") && shown.contains('…'), "{shown}");
    }
    for harmless in
        ["token: expected a text", r#"{"token":null}"#, "a token = ", "https://edge.example.com/a@b", "tokens"]
    {
        assert_eq!(redactor.text(harmless), harmless);
    }
}

#[test]
fn json_within_texts_lists_and_numbers_is_redacted() {
    let redactor = Redactor::new([7; 32]);
    let shown = redactor.json(&json!({
        "error": "{\"request\":{\"tokens\":[\"s3cr3t-1\"]}}",
        "tokens": ["s3cr3t-2", {"value": "s3cr3t-3"}],
        "token": {"value": "s3cr3t-4", "age": 987_654},
        "deploymentKeys": ["s3cr3t-5"],
        "fingerprint": 123_456,
    }));
    let text = shown.to_string();
    assert!(!text.contains("s3cr3t") && !text.contains("123456") && !text.contains("987654"), "{text}");
    assert_eq!(redactor.member("token", &json!(null)), "null");
    assert!(redactor.member("token", &json!(123_456)).ends_with(" (a number)"));
}

#[test]
fn a_secret_is_found_as_the_name_of_a_member() {
    let shown = knowing().json(&json!({SECRET: 1, "nested": {"x s3cr3t+/Tok~én== y": 2}}));
    assert!(!shown.to_string().contains("s3cr3t"), "{shown}");
}

#[test]
fn a_short_secret_is_hidden_as_a_word_and_leaves_other_words_alone() {
    let redactor = Redactor::new([7; 32]);
    redactor.hide("abc", SecretKind::DeploymentKey);
    redactor.hide("", SecretKind::DeploymentKey);
    let shown = redactor.text("no account has abc, said abcdef at /keys/abc?x");
    assert!(shown.contains("said abcdef") && !shown.contains("has abc") && !shown.contains("/abc"), "{shown}");
}

#[test]
fn what_a_transcript_carries_is_hidden_from_then_on() {
    let redactor = Redactor::new([7; 32]);
    let request = Request {
        query: "token=in%20query&a=b&deployment_key=plainly-there".to_owned(),
        body: Body::new(r#"{"a":"{\"token\":\"in-nested\"}","tokens":["in-list"],"deploymentKey":7654321}"#.into()),
        ..Request::default()
    };
    let exchange = crate::transcript::Exchange {
        hop: crate::protocol::Hop::Edge,
        began: 1,
        ended: None,
        at: std::time::SystemTime::UNIX_EPOCH,
        took: None,
        request,
        outcome: crate::transcript::Outcome::Pending,
    };
    let debugged = format!("{exchange:?}");
    redactor.hide_secrets_of(&Transcript { exchanges: vec![exchange] });
    for secret in ["in-nested", "in-list", "7654321", "in query", "in%20query", "plainly-there"] {
        assert!(!redactor.text(&format!("<{secret}>")).contains(secret), "{secret}");
        assert!(!debugged.contains(secret), "{debugged}");
    }
    assert_ne!(redactor.json(&json!(7_654_321)), json!(7_654_321));
}

#[test]
fn what_is_redacted_twice_keeps_its_pseudonym() {
    let redactor = knowing();
    let once = redactor.body(&Body::new(r#"{"token":"s3cr3t","a":"token=other"}"#.into()));
    assert_eq!(redactor.text(&once), once);
    assert_eq!(redactor.json(&serde_json::from_str(&once).unwrap()).to_string(), once);
}

#[test]
fn a_signed_token_at_the_end_of_a_sentence_has_its_own_pseudonym() {
    let redactor = Redactor::new([7; 32]);
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
    let pseudonym = redactor.pseudonym(token, SecretKind::Token);
    assert_eq!(redactor.text(&format!("no: {token}.")), format!("no: {pseudonym}."));
}

#[test]
fn headers_that_carry_secrets_show_none() {
    let redactor = knowing();
    for name in
        ["authorization", "cookie", "set-cookie", "x-api-key", "x-access-token", "x-fingerprint", "x-session-id"]
    {
        assert!(redactor.header(name, "s3cr3t").starts_with("sec_"), "{name}");
    }
    assert!(!redactor.header("location", "/x?t=s3cr3t%2B/Tok~én==").contains("s3cr3t"));
    assert_eq!(redactor.header("content-type", "application/json"), "application/json");
}

#[test]
fn what_cannot_be_seen_is_made_visible() {
    for (text, expected) in [
        ("a\u{202e}b", r"a\u{202e}b"),
        ("\u{feff}\u{2028}\0\u{ffff}", r"\u{feff}\u{2028}\u{0}\u{ffff}"),
        ("é🙂", "é🙂"),
    ] {
        assert_eq!(knowing().text(text), expected);
    }
}

#[test]
fn a_body_full_of_secrets_exhausts_nobody() {
    let redactor = Redactor::new([7; 32]);
    let members = (0..1000).map(|number| (format!("{number}token"), format!("{number:04}-secret-{number:04}").into()));
    let body = Body::new(Value::Object(members.collect()).to_string().into());
    let exchange = crate::transcript::Exchange {
        hop: crate::protocol::Hop::Edge,
        began: 0,
        ended: None,
        at: std::time::SystemTime::UNIX_EPOCH,
        took: None,
        request: Request { body, ..Request::default() },
        outcome: crate::transcript::Outcome::Pending,
    };
    redactor.hide_secrets_of(&Transcript { exchanges: vec![exchange] });
    let hidden = |number: usize| !redactor.text(&format!("it says {number:04}-secret-{number:04}")).contains("-secret");
    assert_eq!((0..1000).filter(|number| hidden(*number)).count(), MOST_SECRETS_OF_A_BODY);
}
