//! What a deployment file with its participants in order may not say besides.

use super::{EDGE, refused};

/// What comes after the participants and one account (from line 8), the place of the complaint, its message, what stands
/// beside the carets, and the hint.
const REFUSED: [(&str, &str, &str, &str, &str); 40] = [
    (
        "[accounts.shop]\ndeployment_key = \"CV-shop\"\n",
        "8:1",
        "[accounts.shop] does not say whether the feature is on",
        "",
        r#"add `feature = "on"` or "off", or begin the name with feature-on or feature-off"#,
    ),
    ("[accounts.feature-off]\n", "8:1", "[accounts.feature-off] has no `deployment_key`", "", ""),
    (
        "[accounts.feature-off]\ndeployment_key = \"CV-on\"\n",
        "9:18",
        "`feature-on` and `feature-off` have the same deployment key",
        "",
        "give each account its own, or leave one of the two out",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\nfeature = \"of\"\n",
        "10:11",
        "`feature` cannot be this",
        "expected on or off",
        "did you mean `off`?",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\naccount_sid = \"ACXXXXX\"\n",
        "10:15",
        "`account_sid` is no account SID",
        "expected AC and 32 hexadecimal digits in lower case",
        "",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\norigin = \"https://shop.example.com/\"\n",
        "10:10",
        "`origin` is no origin",
        "expected http:// or https://, a host, perhaps a port, and nothing behind",
        "",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\nallowed_origins = [\"*\"]\n",
        "10:20",
        "`allowed_origins` is no origin",
        "expected http:// or https://, a host, perhaps a port, and nothing behind",
        "an empty list allows any origin",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\norigin = \"https://a.example.com\"\nallowed_origins = [\"https://b.example.com\"]\n",
        "10:10",
        "the account's own `origin` is not among its `allowed_origins`",
        "",
        "add it there, or leave `origin` out: the first one that is allowed is then used",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\nfingerprint_sensitivity = \"hihg\"\n",
        "10:27",
        "`fingerprint_sensitivity` cannot be this",
        "expected low, medium or high",
        "did you mean `high`?",
    ),
    (
        "[accounts.feature-off]\ndeployment_key = \"k\"\nroles = \"chat\"\n",
        "10:9",
        "`roles` is a text",
        "expected a list of texts",
        "",
    ),
    (
        "[tokens]\nsource = \"comand\"\n",
        "9:10",
        "`source` cannot be this",
        "expected create, command or static",
        "did you mean `command`?",
    ),
    ("[tokens]\nsource = \"command\"\n", "8:1", "[tokens] has no `command`", "", ""),
    (
        "[tokens]\ncommand = \"print-token\"\n",
        "9:1",
        "this command would never run",
        "",
        r#"add `source = "command"`, or leave `command` out"#,
    ),
    (
        "[tokens]\nsource = \"command\"\ncommand = \"print-token | head\"\n",
        "10:11",
        "`command` is run without a shell, so quotes and other signs have no meaning",
        "",
        r#"write a list, such as ["sh", "-c", "…"]"#,
    ),
    (
        "[tokens]\nsource = \"command\"\ncommand = []\n",
        "10:11",
        "`command` is empty",
        "expected a program and its arguments",
        "",
    ),
    ("[tokens]\nsource = \"static\"\n", "8:1", "[tokens] has no `valid`", "", ""),
    (
        "[tokens]\nsource = \"static\"\nvalid = {}\n",
        "10:9",
        "the account `feature-on` has no valid token",
        "",
        "state one for each account, or choose another `source`",
    ),
    (
        "[tokens]\nvalid = { featureon = \"t\" }\n",
        "9:11",
        "no account is called `featureon`",
        "expected feature-on",
        "did you mean `feature-on`?",
    ),
    (
        "[contract]\ninvalid_token_code = 1\nfingerprint_invalid_code = \"1\"\n",
        "10:28",
        "an invalid fingerprint cannot have the code of an invalid token",
        "expected a code that differs from `invalid_token_code`",
        "",
    ),
    (
        "[contract]\ninvalid_token_code = 1.5\n",
        "9:22",
        "`invalid_token_code` is a fraction",
        "expected a whole number",
        "",
    ),
    (
        "[contract]\ntoken_rotation = \"always\"\n",
        "9:18",
        "`token_rotation` cannot be this",
        "expected any, required or forbidden",
        "",
    ),
    ("[contract]\nforwarded_for = \"yes\"\n", "9:17", "`forwarded_for` is a text", "expected true or false", ""),
    ("[contract.status]\nrefused = [401, 4030]\n", "9:17", "this is no HTTP status", "expected 100 to 599", ""),
    ("[contract.status]\nrefused = []\n", "9:11", "`refused` allows no status at all", "", "leave it out to allow any"),
    (
        "[contract.codes]\nno_adress = 1\n",
        "9:1",
        "no key in [contract.codes] is called `no_adress`",
        "expected malformed, origin_not_allowed, unknown_deployment_key, no_address or internal_failure",
        "did you mean `no_address`?",
    ),
    (
        "[limits]\ntimeout = \"0s\"\n",
        "9:11",
        "`timeout` is no duration",
        "expected a number above zero with its unit: ms, s, m or h",
        "",
    ),
    (
        "[limits]\ntimeout = 10\n",
        "9:11",
        "`timeout` is a number",
        r#"expected a duration in quotes, such as "10s""#,
        "",
    ),
    ("[limits]\nconcurrency = 0\n", "9:15", "`concurrency` is out of range", "expected 1 or more", ""),
    (
        "[limits]\nrequests_per_second = 99999999999999999999\n",
        "9:23",
        "`requests_per_second` is a number",
        "expected a smaller number",
        "",
    ),
    ("[tls]\nclient_key = \"client.key\"\n", "9:1", "`client_key` is of no use without `client_certificate`", "", ""),
    (
        "[tls]\nclient_certificate = \"client.pem\"\n",
        "9:1",
        "`client_certificate` is of no use without `client_key`",
        "",
        "",
    ),
    ("[headers]\n\"a b\" = \"x\"\n", "9:1", "`a b` is no name of a header", "", ""),
    ("[headers]\nx = \"a\\nb\"\n", "9:5", "`x` is no value of a header", "expected visible ASCII characters", ""),
    ("[headers]\nUser-Agent = \"me\"\n", "9:1", "hopcheck sets `user-agent` itself", "", "leave it out"),
    ("[toggle]\non = \"switch on\"\n", "8:1", "[toggle] has no `off`", "", ""),
    ("[not_applicable]\n\"feature-off\" = \" \"\n", "9:17", "`feature-off` is empty", "expected a text", ""),
    ("[not_applicable]\n\"\" = \"why\"\n", "9:1", "the address of the scenario is empty", "", ""),
    ("[limits]\ntimeout = \"10s\nconcurrency = 4\n", "9:15", "invalid basic string", r#"expected `"`"#, ""),
    ("[limits]\n[limits]\n", "9:2", "duplicate key", "", ""),
    ("[[accounts]]\n", "8:3", "duplicate key", "", ""),
];

#[test]
fn each_is_refused_at_its_place() {
    for (text, place, message, label, hint) in REFUSED {
        assert_eq!(refused(&format!("{EDGE}{text}")), [place, message, label, hint], "{text}");
    }
}
