use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};

use super::*;

const BASE: &str = "http://127.0.0.1:7001";

fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

fn exchange(request: Request, outcome: Outcome) -> Exchange {
    Exchange {
        hop: Hop::FederatedAuth,
        began: 1,
        ended: Some(2),
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_428_475_120),
        took: Some(Duration::from_micros(1834)),
        request,
        outcome,
    }
}

fn replied(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Outcome::Replied(Reply { status, headers, body: Body::new(bytes::Bytes::copy_from_slice(body)) })
}

/// Returns the only entry of an archive.
fn entry(exchange: Exchange) -> Value {
    let transcript = Transcript { exchanges: vec![exchange] };
    let har = Har::of([(7, &transcript)], &redactor(), |_| BASE.to_owned());
    serde_json::to_value(har).unwrap()["log"]["entries"][0].take()
}

#[test]
fn an_exchange_is_an_entry_of_its_hop_and_refresh() {
    let entry = entry(exchange(Request::default(), replied(201, &[("location", "/next")], b"")));
    assert_eq!((&entry["_hop"], &entry["_refresh"]), (&json!("federated-auth"), &json!(7)));
    assert_eq!((&entry["startedDateTime"], &entry["time"]), (&json!("2026-11-23T10:07:55.120Z"), &json!(1.834)));
    assert_eq!(entry["timings"], json!({"send": 0.0, "wait": 1.834, "receive": 0.0}));
    assert_eq!((&entry["response"]["status"], &entry["response"]["redirectURL"]), (&json!(201), &json!("/next")));
    assert!(entry["response"].get("_error").is_none() && entry["request"].get("postData").is_none());
}

#[test]
fn without_a_reply_there_is_the_reason_as_browsers_write_it() {
    let mut pending = exchange(Request::default(), Outcome::Pending);
    pending.took = None;
    for (exchange, reason, time) in [
        (exchange(Request::default(), Outcome::Failed("reset, token=s3cr3t".to_owned())), "reset, token=tok_", 1.834),
        (pending, "no reply yet", 0.0),
    ] {
        let entry = entry(exchange);
        let response = &entry["response"];
        assert_eq!((&response["status"], &entry["time"]), (&json!(0), &json!(time)));
        let error = response["_error"].as_str().unwrap();
        assert!(error.starts_with(reason) && !error.contains("s3cr3t"), "{error}");
        assert_eq!(response["content"], json!({"size": 0, "mimeType": "x-unknown"}));
        assert_eq!((&response["headersSize"], &response["bodySize"]), (&json!(-1), &json!(-1)));
    }
}

#[test]
fn entries_stand_in_the_order_in_which_they_began() {
    let at = |milliseconds, began| {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds);
        Exchange { began, at, ..exchange(Request::default(), Outcome::Pending) }
    };
    let [one, other] = [vec![at(5, 3), at(7, 9)], vec![at(5, 1), at(6, 6)]].map(|exchanges| Transcript { exchanges });
    let har = Har::of([(1, &one), (2, &other)], &redactor(), |_| String::new());
    let order: Vec<u64> = har.log.entries.iter().map(|entry| entry.refresh).collect();
    assert_eq!(order, [2, 1, 2, 1]);
}

#[test]
fn a_url_is_made_of_the_base_the_path_and_the_query() {
    let request = Request {
        path: "/a/b".to_owned(),
        query: "c=d%20e&f&g=h+i&&=j&k=%zz%4%+1&token=".to_owned(),
        ..Request::default()
    };
    let request = entry(exchange(request, Outcome::Pending))["request"].take();
    assert_eq!(request["url"], format!("{BASE}/a/b?c=d%20e&f&g=h+i&=j&k=%zz%4%+1&token="));
    let expected = [("c", "d e"), ("f", ""), ("g", "h i"), ("", "j"), ("k", "%zz%4% 1"), ("token", "")];
    assert_eq!(request["queryString"], json!(expected.map(|(name, value)| json!({"name": name, "value": value}))));
}

#[test]
fn a_secret_has_one_pseudonym_wherever_it_stands() {
    let token = "s3cr3t/t+k=n";
    let request = Request {
        path: "/tokens/s3cr3t%2Ft+k=n".to_owned(),
        query: "token=s3cr3t%2Ft%2Bk%3Dn".to_owned(),
        headers: vec![("referer".to_owned(), format!("https://shop.example/?t={token}"))],
        body: Body::new(json!({"token": token}).to_string().into()),
        ..Request::default()
    };
    let pseudonym = redactor().pseudonym(token, crate::transcript::SecretKind::Token);
    let request = entry(exchange(request, Outcome::Pending))["request"].take();
    assert_eq!(request["url"], format!("{BASE}/tokens/{pseudonym}?token={pseudonym}"));
    assert_eq!(request["queryString"][0]["value"], *pseudonym);
    assert_eq!(request["headers"][0]["value"], format!("https://shop.example/?t={pseudonym}"));
    assert_eq!(request["postData"]["text"], json!({ "token": pseudonym }).to_string());
}

#[test]
fn a_header_that_carries_secrets_is_hidden_as_a_whole() {
    let secret = [("x-api-key", "s3cr3t"), ("accept", "text/html")];
    let headers = entry(exchange(Request::default(), replied(200, &secret, b"")))["response"]["headers"].take();
    assert!(headers[0]["value"].as_str().unwrap().starts_with("sec_"), "{headers}");
    assert_eq!(headers[1], json!({"name": "accept", "value": "text/html"}));
}

#[test]
fn a_body_that_is_not_json_or_not_even_text_is_shown_as_far_as_it_can_be_read() {
    for (body, expected) in [
        (b"<html>token=s3cr3t</html>".as_slice(), "<html>token=tok_"),
        (b"\xff\xfe\0binary", "\u{fffd}\u{fffd}\\u{0}binary"),
        (b"{\"token\":\"s3cr3t\"", "{\"token\":\"tok_"),
    ] {
        let body_of = |entry: &mut Value| entry["response"]["content"].take();
        let content =
            body_of(&mut entry(exchange(Request::default(), replied(200, &[("content-type", "text/x")], body))));
        let text = content["text"].as_str().unwrap();
        assert!(text.starts_with(expected) && !text.contains("s3cr3t"), "{text}");
        assert_eq!((&content["size"], &content["mimeType"]), (&json!(body.len()), &json!("text/x")));
        let request = Request { body: Body::new(bytes::Bytes::copy_from_slice(body)), ..Request::default() };
        let request = entry(exchange(request, Outcome::Pending))["request"].take();
        assert_eq!((&request["postData"]["text"], &request["postData"]["mimeType"]), (&json!(text), &json!("")));
        assert_eq!(request["bodySize"], json!(body.len()));
    }
}

/// Writes a text as Base64, of either alphabet, without padding.
fn base64(text: &str, signs: &[u8]) -> String {
    let digit = |sextet: u32| match u8::try_from(sextet).unwrap() {
        sextet @ 0..26 => b'A' + sextet,
        sextet @ 26..52 => b'a' + sextet - 26,
        sextet @ 52..62 => b'0' + sextet - 52,
        sextet => signs[usize::from(sextet) - 62],
    };
    let group = |three: &[u8]| {
        let bits = three.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        (0..=three.len()).map(move |at| char::from(digit((bits >> (18 - 6 * at)) & 63))).collect::<String>()
    };
    text.as_bytes().chunks(3).map(group).collect()
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        let _ = write!(escaped, "%{byte:02X}");
        escaped
    })
}

/// Returns a refresh that carries secrets wherever they can stand.
fn carrying([token, fingerprint, key]: [&str; 3]) -> Transcript {
    let header = |name: &str, value: String| (name.to_owned(), value);
    let body = json!({
        "token": token,
        "deploymentKey": key,
        "fingerprint": fingerprint,
        "note": format!("{token}, {key} and {fingerprint}"),
        "nested": json!({"token": token, "list": [key]}).to_string(),
        token: true,
    });
    let request = Request {
        method: "POST".to_owned(),
        path: format!("/keys/{}/{}", percent(key), percent(fingerprint)),
        query: format!(
            "token={}&fingerprint={}&a={}&{}",
            percent(token),
            percent(fingerprint),
            percent(key),
            percent(key)
        ),
        headers: vec![
            header("authorization", format!("Bearer {token}")),
            header("proxy-authorization", format!("Basic {}", base64(&format!("user:{token}"), b"+/"))),
            header("cookie", format!("t={token}")),
            header("referer", format!("https://shop.example/?t={}&k={}", percent(token), percent(key))),
            header("x-debug", format!("{} {}", base64(&format!("a{fingerprint}b"), b"-_"), base64(key, b"+/"))),
        ],
        body: Body::new(body.to_string().into()),
    };
    let reply = Reply {
        status: 200,
        headers: vec![header("location", format!("/next?token={}", percent(token))), header("x-echo", key.to_owned())],
        body: Body::new(format!("<html>{token} {key} {}</html>", percent(fingerprint)).into()),
    };
    let failed = Outcome::Failed(format!("no answer to {token} of {key}"));
    Transcript { exchanges: vec![exchange(request.clone(), Outcome::Replied(reply)), exchange(request, failed)] }
}

/// Returns every way in which a secret may be written, with Base64 from wherever it may have begun.
fn written(secret: &str) -> Vec<String> {
    let quoted = json!(secret).to_string();
    let mut ways = vec![
        secret.to_owned(),
        percent(secret),
        percent(secret).to_lowercase(),
        quoted[1..quoted.len() - 1].to_owned(),
    ];
    for signs in [b"+/", b"-_"] {
        for before in ["", "a", "ab"] {
            let encoded = base64(&format!("{before}{secret}"), signs);
            // The first and last digits depend on what stands around it too.
            ways.push(encoded[if before.is_empty() { 0 } else { 4 }..encoded.len() - 1].to_owned());
        }
    }
    ways
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/har.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_secret_is_in_the_archive_however_it_is_written(secrets in prop::array::uniform3("[!-~é]{12,40}")) {
        let transcript = carrying([&secrets[0], &secrets[1], &secrets[2]]);
        let har = Har::of([(1, &transcript)], &redactor(), |_| BASE.to_owned());
        let value = serde_json::to_value(&har).unwrap();
        let mut texts = vec![serde_json::to_string(&har).unwrap()];
        collect(&value, &mut texts);
        for way in secrets.iter().flat_map(|secret| written(secret)) {
            for text in &texts {
                prop_assert!(!text.contains(&way), "{way} in {text}");
            }
        }
    }
}

/// Collects the texts of a value as they read.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => members.values().for_each(|member| collect(member, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
