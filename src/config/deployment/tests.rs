//! The whole format, read and refused; and that nothing secret ever shows.

mod participants;
mod secrets;
mod sections;

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::protocol::{Codes, Feature, FingerprintSensitivity, Token, TokenRotation};

/// Four real services behind their edge, and one account.
pub(super) const EDGE: &str = r#"[participants]
starship.url = "https://flex.example.com"
orchestrator.real = true
federated-auth.real = true
scoped-auth.real = true
[accounts.feature-on]
deployment_key = "CV-on"
"#;

/// An environment in which every name has a value.
pub(super) fn environment(name: &str) -> String {
    if name.ends_with("URL") { "https://flex.example.com".to_owned() } else { format!("value-of-{name}") }
}

pub(super) fn read(text: &str) -> Deployment {
    Deployment::read("d.toml", text, &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns what is wrong with a file: the place, the message, what stands beside the carets, and the hint.
fn refused(text: &str) -> [String; 4] {
    let empty = |name: &str| (name == "EMPTY").then(String::new);
    let error = Deployment::read("d.toml", text, &empty).expect_err(text);
    let shown = error.to_string();
    let behind = |mark: &str| shown.lines().find_map(|line| line.split_once(mark)).map_or("", |(_, rest)| rest);
    [
        behind("--> d.toml:").to_owned(),
        shown.lines().next().unwrap_or_default().to_owned(),
        behind("^ ").to_owned(),
        behind("= hint: ").to_owned(),
    ]
}

#[test]
fn a_complaint_shows_the_place_what_was_expected_and_a_way_out() {
    for (text, shown) in [
        (
            "[participants.starship]\nurll = \"https://flex.example.com\"\n".to_owned(),
            r#"no key in [participants.starship] is called `urll`
 --> d.toml:2:1
  |
2 | urll = "************************"
  | ^^^^ expected url, tap, listen or real
  |
  = hint: did you mean `url`?"#,
        ),
        (
            "[participants.starship]\nurl = \"https://${HOST}/webchat\"\n".to_owned(),
            r#"the environment has no `HOST`
 --> d.toml:2:16
  |
2 | url = "https://${HOST}/webchat"
  |                ^^^^^^^
  |
  = hint: set it: `export HOST=…`, or write `$${` for the characters themselves"#,
        ),
        (
            "[participants.starship]\nurl = \"https://flex.example.com\"\n".to_owned(),
            r#"Starship is real and calls Orchestrator, which hopcheck plays at an address that nobody knows
 --> d.toml:2:7
  |
2 | url = "https://flex.example.com"
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = hint: add `listen` to [participants.orchestrator], or `real = true` there if the real one runs behind Starship"#,
        ),
        (
            format!("{EDGE}[accounts.feature-off]\ndeployment_key = \"CV-on\"\n"),
            r#"`feature-on` and `feature-off` have the same deployment key
 --> d.toml:9:18
  |
9 | deployment_key = "*****"
  |                  ^^^^^^^
  |
  = hint: give each account its own, or leave one of the two out"#,
        ),
        (
            format!("{EDGE}[limits]\ntimeout = 10\n"),
            r#"`timeout` is a number
 --> d.toml:9:11
  |
9 | timeout = 10
  |           ^^ expected a duration in quotes, such as "10s""#,
        ),
    ] {
        let error = Deployment::read("d.toml", &text, &|_| None).unwrap_err();
        assert_eq!(error.to_string(), shown);
    }
}

#[test]
fn a_file_states_everything() {
    let deployment = read(
        r#"
        [participants]
        starship = { url = "https://flex.example.com/webchat", real = true }
        orchestrator.real = true
        federated-auth = { url = "http://10.0.0.7:8080", tap = "127.0.0.1:7003" }
        scoped-auth.listen = "127.0.0.1:7004"
        [accounts.shop]
        deployment_key = "CV-shop"
        feature = "off"
        account_sid = "AC0123456789abcdef0123456789abcdef"
        origin = "https://shop.example.com"
        allowed_origins = ["https://shop.example.com"]
        fingerprint_sensitivity = "high"
        roles = ["chat", "video"]
        [accounts.feature-on-2]
        deployment_key = "CV-on"
        origin = "https://any.example.com"
        allowed_origins = []
        [tokens]
        source = "command"
        command = "print-token  --fresh"
        valid = { shop = "tok-shop" }
        expired = "tok-old"
        [contract]
        invalid_token_code = 45_775
        fingerprint_invalid_code = "F-1"
        token_rotation = "required"
        forwarded_for = true
        status = { refreshed = 200, refused = [401, 403], token_refused = 401 }
        codes.no_address = "none"
        [limits]
        timeout = "500ms"
        requests_per_second = 20
        concurrency = 4
        [tls]
        ca = "ca.pem"
        client_certificate = "client.pem"
        client_key = "client.key"
        insecure = true
        [headers]
        X-Api-Key = "s3cret"
        [toggle]
        on = ["feature", "on please"]
        off = "feature off"
        [not_applicable]
        "feature-off" = "cannot be switched off"
        "#,
    );
    let participants: Vec<_> = deployment.participants.values().map(|declared| format!("{declared:?}")).collect();
    assert_eq!(participants, ["Reachable", "Behind", "Reachable behind a tap", "Ours at an address"]);
    let [shop, on] = &deployment.accounts[..] else { panic!("{deployment:?}") };
    assert_eq!((shop.name.as_str(), shop.feature), ("shop", Feature::Off));
    assert_eq!(shop.fingerprint_sensitivity, Some(FingerprintSensitivity::High));
    assert_eq!(shop.roles, Some(vec!["chat".to_owned(), "video".to_owned()]));
    assert_eq!((on.name.as_str(), on.feature, &on.roles), ("feature-on-2", Feature::On, &None));
    let TokenSource::Command(command) = &deployment.tokens.source else { panic!("{deployment:?}") };
    assert_eq!((command.program.as_str(), &command.arguments[..]), ("print-token", &["--fresh".to_owned()][..]));
    assert_eq!(deployment.tokens.valid.of("shop").map(Token::expose), Some("tok-shop"));
    assert_eq!(deployment.tokens.valid.of("feature-on-2"), None);
    assert_eq!(deployment.tokens.expired.of("feature-on-2").map(Token::expose), Some("tok-old"));
    assert_eq!(deployment.contract.invalid_token_code, Some(json!(45775)));
    assert_eq!(deployment.contract.fingerprint_invalid_code, Some(json!("F-1")));
    assert_eq!(deployment.contract.token_rotation, TokenRotation::Required);
    assert!(deployment.contract.forwarded_for);
    assert_eq!(deployment.contract.status.token_refused, [401]);
    assert_eq!(deployment.contract.status.fingerprint_refused, [401, 403]);
    assert_eq!(deployment.contract.codes, Codes { no_address: Some(json!("none")), ..Codes::default() });
    assert_eq!(deployment.limits.timeout, Duration::from_millis(500));
    assert_eq!(deployment.limits.concurrency.get(), 4);
    assert!(deployment.tls.insecure);
    assert_eq!(deployment.headers, [("x-api-key".to_owned(), Sensitive::new("s3cret"))]);
    assert_eq!(deployment.toggle.map(|toggle| toggle.on.arguments), Some(vec!["on please".to_owned()]));
    assert_eq!(deployment.not_applicable[0].reason, "cannot be switched off");
}

#[test]
fn what_is_not_stated_is_as_usual() {
    let deployment = read(EDGE);
    assert_eq!(deployment.tokens, Tokens::default());
    assert_eq!(deployment.contract, Contract::default());
    assert_eq!(deployment.contract.codes.no_address, None);
    assert_eq!(deployment.tls, Tls::default());
    assert_eq!((deployment.limits.timeout, deployment.limits.requests_per_second), (Duration::from_secs(10), None));
    assert_eq!(deployment.limits.concurrency.get(), 8);
    let local = read(&EDGE.replace("https://flex.example.com", "http://[::1]:8080"));
    assert_eq!(local.limits.concurrency.get(), 64);
}

#[test]
fn accounts_headers_and_waivers_keep_the_order_of_the_file() {
    let deployment = read(&format!(
        "{EDGE}[accounts.feature-off]\ndeployment_key = 'b'\n[accounts.feature-on-a]\ndeployment_key = 'c'\n\
         [headers]\nz = '1'\na = '2'\n[not_applicable]\nz = 'x'\na = 'y'\n"
    ));
    let accounts: Vec<_> = deployment.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(accounts, ["feature-on", "feature-off", "feature-on-a"]);
    let headers: Vec<_> = deployment.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(headers, ["z", "a"]);
    let waivers: Vec<_> = deployment.not_applicable.iter().map(|waiver| waiver.address.as_str()).collect();
    assert_eq!(waivers, ["z", "a"]);
}

#[test]
fn the_files_that_come_with_hopcheck_can_be_read() {
    for (file, text) in [
        ("template.toml", TEMPLATE),
        ("edge.toml", include_str!("../../../fixtures/deployments/edge.toml")),
        ("federated-auth.toml", include_str!("../../../fixtures/deployments/federated-auth.toml")),
    ] {
        let read = Deployment::read(file, text, &|name| Some(environment(name)));
        assert!(read.is_ok(), "{}", read.unwrap_err());
    }
}

#[test]
fn the_template_reads_with_every_line_it_only_shows() {
    let text: String = TEMPLATE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') && !rest.is_empty() => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect::<String>()
        .replace("source = \"create\"", "source = \"command\"")
        .replace("origin = \"https", "origin= \"https");
    let read = Deployment::read("template.toml", &text, &|name| Some(environment(name)));
    assert!(read.is_ok(), "{}", read.unwrap_err());
}

#[test]
fn the_template_names_every_key() {
    let keys = [
        &KEYS[..],
        &super::participants::KEYS,
        &accounts::KEYS,
        &tokens::KEYS,
        &contract::KEYS,
        &answers::STATUS_KEYS,
        &answers::CODE_KEYS,
        &limits::KEYS,
        &headers::TLS_KEYS,
        &command::TOGGLE_KEYS,
    ];
    for key in keys.into_iter().flatten() {
        let is_named = TEMPLATE
            .lines()
            .map(|line| line.trim_start_matches(['#', ' ']))
            .any(|line| line.starts_with(&format!("{key} ")) || line.starts_with('[') && line.contains(key));
        assert!(is_named, "{key}");
    }
}
