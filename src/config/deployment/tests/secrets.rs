//! Secrets are kept for redaction and show nowhere, neither in `Debug` nor in complaints.

use super::super::*;
use super::{EDGE, environment};

/// What a secret is in these tests.
const CANARY: &str = "s3cret-canary";

#[test]
fn what_came_from_the_environment_or_is_secret_by_its_place_is_remembered_but_for_addresses() {
    let text = r#"
        [participants.starship]
        url = "${EDGE_URL}"
        [participants.orchestrator]
        listen = "${LISTEN}"
        [accounts.feature-on]
        deployment_key = "literal-key"
        account_sid = "${SID}"
        origin = "https://plain.example.com"
        roles = ["role-${ROLE}", "plain"]
        [tokens]
        expired = "literal-token"
        [headers]
        authorization = "Bearer ${TOKEN}"
        x = "$${LITERAL}"
        [limits]
        timeout = "${TIMEOUT}"
        "#;
    let value = |name: &str| match name {
        "TIMEOUT" => "3s".to_owned(),
        "LISTEN" => "127.0.0.1:7002".to_owned(),
        "SID" => "AC0123456789abcdef0123456789abcdef".to_owned(),
        _ => environment(name),
    };
    let deployment =
        Deployment::read("d.toml", text, &|name| Some(value(name))).unwrap_or_else(|error| panic!("{error}"));
    let secrets: Vec<&str> = deployment.secrets().iter().map(Sensitive::expose).collect();
    assert_eq!(
        secrets,
        [
            "127.0.0.1:7002",
            "literal-key",
            "AC0123456789abcdef0123456789abcdef",
            "role-value-of-ROLE",
            "value-of-ROLE",
            "literal-token",
            "value-of-TOKEN",
            "Bearer value-of-TOKEN",
            "${LITERAL}"
        ]
    );
}

#[test]
fn debug_output_shows_no_value() {
    let values = r#"
        [accounts.x]
        deployment_key = "${S}"
        feature = "on"
        roles = ["${S}"]
        [tokens]
        source = "command"
        command = "${S} ${S}"
        valid = "${S}"
        expired = { x = "${S}" }
        [contract]
        invalid_token_code = "${S}"
        codes.no_address = "${S}"
        [tls]
        ca = "${S}"
        [headers]
        x = "${S}"
        [toggle]
        on = ["${S}"]
        off = "${S}"
        [not_applicable]
        address = "${S}"
        "#;
    let text = EDGE.replace("https://flex.example.com", "https://${S}.example.com") + values;
    let deployment = Deployment::read("d.toml", &text, &|_| Some(CANARY.to_owned()));
    let deployment = deployment.unwrap_or_else(|error| panic!("{error}"));
    for shown in [format!("{deployment:?}"), format!("{deployment:#?}")] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    assert!(deployment.secrets().contains(&Sensitive::new(CANARY)));
}

/// Every place of the format that can hold a text, with something wrong before, at or behind it on the same line.
#[test]
fn complaints_show_no_secret() {
    let edge = "participants.federated-auth.url = 'http://10.0.0.7'\n\
                participants.scoped-auth.real = true\n\
                accounts.shop = { deployment_key = 'k-shop', feature = 'on' }\n";
    let broken = [
        "accounts.x = { deployment_key = 's3cret-canary', featur = 'on' }",
        "accounts.x = { deployment_key = 's3cret-canary', feature = 'maybe' }",
        "accounts.x = { deploymentkey = 's3cret-canary' }",
        "accounts.x = 's3cret-canary'",
        "account.x.deployment_key = 's3cret-canary'",
        "tokens = { source = 'static', vaild = 's3cret-canary' }",
        "tokens = { source = 'static', valid = { nobody = 's3cret-canary' } }",
        "tokens = { command = 's3cret-canary' }",
        "tokens = { source = 'command', command = 's3cret-canary | sh' }",
        "tokens.valid = ['s3cret-canary']",
        "headers.x = \"s3cret-canary\\n\"",
        "headers.host = 's3cret-canary'",
        "headers.'a b' = 's3cret-canary'",
        "headers = ['s3cret-canary']",
        "toggle = { on = 's3cret-canary' }",
        "tls.client_key_password = 's3cret-canary'",
        "tls.client_key = 's3cret-canary'",
        "participants.starship.url = 'https://u:s3cret-canary@flex.example.com'",
        "participants.starship.url = 'https://flex.example.com?key=s3cret-canary'",
        "participants.starship.token = 's3cret-canary'",
        "participants.starship.url = '${S}'",
        "participants.starship = { url = 'http://10.0.0.1', tap = '${S}' }",
        "participants.starship.listen = '${S}'",
        "participants.starship.real = '${S}'",
        "accounts.x = { deployment_key = 's3cret-canary${UNSET}' }",
        "accounts.x = { deployment_key = 's3cret-canary${' }",
        "accounts.x = { deployment_key = \"\"\"\ns3cret-canary${UNSET}\"\"\" }",
        "accounts.x = { deployment_key = 'k', feature = '${S}' }",
        "accounts.x = { deployment_key = 'k', feature = 'on', account_sid = '${S}' }",
        "accounts.x = { deployment_key = 'k', feature = 'on', origin = '${S}' }",
        "limits.timeout = '${S}'",
        "contract.token_rotation = '${S}'",
        "contract = { invalid_token_code = '${S}', fingerprint_invalid_code = '${S}' }",
        "tokens.source = '${S}'",
        "headers.x = \"${S}\\n\"",
        "headers.x = s3cret-canary # 'x'",
        "headers.x = 's3cret-canary",
    ];
    for line in broken {
        let edge = if line.starts_with("participants") { "" } else { edge };
        let text = format!("{edge}{line}\n");
        let error = Deployment::read("d.toml", &text, &|name| (name == "S").then(|| CANARY.to_owned())).unwrap_err();
        assert!(!error.to_string().contains(CANARY), "{line}\n{error}");
        assert!(!format!("{error:?}").contains(CANARY), "{line}\n{error:?}");
    }
}
