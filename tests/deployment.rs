//! A deployment in another process: hopcheck's own simulator, of which the run knows only what the deployment file says.
//!
//! All four services are real and only the edge is seen, as with any deployment that customers call.

mod support;

use std::time::Duration;

use hopcheck::participants::{Grant, TokenKey};
use serde_json::{Value, json};
use support::{DIAGRAM, Ended, Folder, Program, Running, until};
use time::OffsetDateTime;

#[test]
fn a_deployment_that_conforms_is_seen_at_its_edge_and_nowhere_else() {
    let simulator = Simulator::starts();
    let ended = simulator.verify(FILE, &[]).with(0);
    assert!(ended.stdout.contains("\nedge only: 4 of 26 arrows: 4 on the wire, 0 inferred\n"), "{}", ended.stdout);
    let last = [
        "· FlexWebchatOrchestratorService: not seen from here",
        "· FederatedAuthService: not seen from here",
        "· ScopedAuthService: not seen from here",
        "✓ Starship: nothing wrong in what was seen of it",
        "conforms, as far as it was seen\n",
    ];
    assert!(ended.stdout.ends_with(&last.join("\n")), "{}", ended.stdout);
    let report = simulator.report();
    let conforming: Vec<u64> = report.arrows().filter(|arrow| arrow["verdict"] == "conforms").map(number).collect();
    assert_eq!(conforming, [1, 14, 20, 26]);
    let others = || report.arrows().filter(|arrow| !conforming.contains(&number(arrow)));
    assert!(others().all(|arrow| arrow["evidence"] == "none" && arrow["asserted_by"] == json!([])), "{report:?}");
    // Arrow 3 is about what no scenario can get at from outside.
    assert!(others().all(|arrow| arrow["verdict"] == "not_observed" || number(arrow) == 3), "{report:?}");
    let counts = ["errors", "deviating", "not_run", "waived", "not_ended", "should_findings"];
    assert!(counts.iter().all(|count| report.0["summary"][count] == 0), "{}", report.0["summary"]);
}

#[test]
fn what_the_file_neither_gives_nor_waives_leaves_a_strict_run_incomplete() {
    let simulator = Simulator::starts();
    let lacking = FILE.replace("expired = ", "#");
    let ended = simulator.verify(&lacking, &["invalid-token", "--strict"]).with(3);
    let report = simulator.report();
    let not_run: Vec<_> =
        report.scenarios_that("not_run").map(|it| (it["address"].clone(), it["reason"].clone())).collect();
    assert_eq!(
        json!(not_run),
        json!([["invalid-token/kinds:1", "the deployment file gives no `expired` token under [tokens]"]])
    );
    let told = "– 1 scenario does not apply to what this deployment declares (-v names them)\n    \
                1 more: the deployment file gives no `expired` token under [tokens]\n";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    // A waiver holds for what could be played, too.
    for file in [lacking.as_str(), FILE] {
        let waiving = ["invalid-token", "-v", "--waive", "invalid-token/kinds:1=tokens never expire"];
        let ended = simulator.verify(file, &waiving).with(0);
        let told = "– 1 scenario does not count: waived\n    tokens never expire\n      invalid-token/kinds:1\n";
        assert!(ended.stdout.contains(told), "{}", ended.stdout);
    }
}

#[test]
fn a_contract_that_is_not_kept_is_a_finding_at_its_arrow() {
    let simulator = Simulator::starts();
    let stated = FILE.replace("invalid_token_code = 45775", "invalid_token_code = 1");
    let ended = simulator.verify(&stated, &["invalid-token/refused", "valid", "invalid-fingerprint"]).with(1);
    let report = simulator.report();
    let findings: Vec<&Value> = report.scenarios_that("deviates").map(|scenario| &scenario["findings"]).collect();
    let finding = json!([{
        "arrow": 26, "severity": "must", "drawn": { "line": 60, "words": "code: invalid_token_code" },
        "defect": "wrong_value", "subject": "member `code`",
        "expected": "1 (`invalid_token_code` as stated for this deployment)", "observed": "45775", "hint": null,
        "participant": "Starship", "real": true, "follows_from": null,
    }]);
    assert_eq!(findings, [&finding]);
    assert!(ended.stdout.contains("\n  deviating: 26\n"), "{}", ended.stdout);
    let status = FILE.replace("refused = 403", "refused = 401");
    simulator.verify(&status, &["invalid-fingerprint/refused"]).with(1);
    let report = simulator.report();
    let findings: Vec<&Value> = report.scenarios_that("deviates").map(|scenario| &scenario["findings"][0]).collect();
    assert_eq!(findings.len(), 1);
    assert_eq!((&findings[0]["arrow"], &findings[0]["subject"]), (&json!(20), &json!("status")));
}

#[test]
fn a_wrong_key_is_never_green() {
    let simulator = Simulator::starts();
    let wrong = FILE.replace("${KEY_ON}", "canary-key-of-nobody");
    let ended = simulator.verify(&wrong, &["valid", "feature-on"]).with(3);
    assert!(
        ended.stderr.contains("no first token: Starship answered 404 \"No account has this deployment key\""),
        "{}",
        ended.stderr
    );
    let swapped =
        FILE.replace("${KEY_ON}", "${KEY}").replace("${KEY_OFF}", "${KEY_ON}").replace("${KEY}", "${KEY_OFF}");
    let stated = swapped.replace("account_sid = \"AC00000000000000000000000000000001\"\n", "");
    simulator.verify(&stated, &["invalid-fingerprint/refused"]).with(1);
}

#[test]
fn a_url_and_two_keys_are_enough() {
    let simulator = Simulator::starts();
    let keys = ["--key-on", "canary-key-on", "--key-off", "canary-key-off"];
    let drawn = ["feature-on", "feature-off", "valid", "invalid-fingerprint", "invalid-token/refused"];
    let verify = ["verify", "--url", &simulator.edge];
    let ended = Program::new(verify.iter().chain(&keys).chain(&drawn)).within(&simulator.folder).ends().with(0);
    assert!(ended.stdout.contains("\nedge only: 4 of 26 arrows: "), "{}", ended.stdout);
    holds_no_secret(&ended);
    let known = Program::new(["verify", "--url", &simulator.edge, "valid/new-token"]).within(&simulator.folder);
    known.knowing("HOPCHECK_KEY_ON", "canary-key-on").ends().with(0);
    let wrong = ["verify", "--url", &simulator.edge, "--key-on", "canary-key-of-nobody", "valid"];
    holds_no_secret(&Program::new(wrong).within(&simulator.folder).ends().with(3));
}

#[test]
fn tokens_may_stand_in_the_file() {
    let simulator = Simulator::starts();
    // Only without a fingerprint: a token of the file cannot be bound to the browser that a scenario makes up.
    let given = FILE.replace("[tokens]\n", "[tokens]\nsource = \"static\"\nvalid = \"${VALID_TOKEN}\"\n");
    let scenarios = ["-v", "feature-off", "invalid-token/refused"];
    let ended = simulator.verify(&given, &scenarios).with(0);
    assert!(ended.stdout.contains("✓ feature-off/new-token"), "{}", ended.stdout);
    // What stands there is presented, whatever it is.
    simulator.verify(&given.replace("${VALID_TOKEN}", "${API_KEY}"), &["feature-off/new-token"]).with(1);
}

#[cfg(unix)]
#[test]
fn tokens_may_be_printed_by_a_command() {
    let simulator = Simulator::starts();
    simulator.folder.write("token.sh", TOKEN_COMMAND);
    let address = simulator.edge.trim_start_matches("http://").replace(':', "/");
    let printed = FILE.replace(
        "[tokens]\n",
        &format!("[tokens]\nsource = \"command\"\ncommand = [\"bash\", \"token.sh\", \"{address}\"]\n"),
    );
    let scenarios = ["-v", "valid", "invalid-fingerprint/refused", "invalid-token/refused", "feature-off"];
    let ended = simulator.verify(&printed, &scenarios).with(0);
    assert!(ended.stdout.contains("✓ valid/new-token"), "{}", ended.stdout);
    let failing = printed.replace("\"token.sh\"", "\"-c\", \"exit 7\"");
    let ended = simulator.verify(&failing, &["valid/new-token"]).with(3);
    assert!(ended.stderr.contains("the command `bash` of [tokens] ended with exit status: 7"), "{}", ended.stderr);
}

/// Asks the edge for a token with nothing but a shell. What it is told comes from hopcheck.
const TOKEN_COMMAND: &str = r#"
body="{\"deploymentKey\":\"$HOPCHECK_DEPLOYMENT_KEY\"}"
exec 3<>"/dev/tcp/$1"
printf 'POST /V2/Webchat/Token HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n' >&3
printf 'user-agent: %s\r\naccept-language: %s\r\n' "$HOPCHECK_USER_AGENT" "$HOPCHECK_ACCEPT_LANGUAGE" >&3
printf 'content-type: application/json\r\ncontent-length: %s\r\n\r\n%s' "${#body}" "$body" >&3
sed -n 's/.*"token":"\([^"]*\)".*/\1/p' <&3
"#;

/// What must never be read in what the program writes.
const SIGNING_KEY: &str = "canary-signing-key-0123456789";
const KEYS: [(&str, &str); 7] = [
    ("KEY_ON", "canary-key-on"),
    ("KEY_LOW", "canary-key-low"),
    ("KEY_HIGH", "canary-key-high"),
    ("KEY_SOME", "canary-key-some"),
    ("KEY_SECOND", "canary-key-second"),
    ("KEY_OFF", "canary-key-off"),
    ("KEY_OTHER", "canary-key-other"),
];

/// The accounts that tokens are minted for.
const FIRST: &str = "AC00000000000000000000000000000001";
const OFF: &str = "AC00000000000000000000000000000005";

/// What the simulator knows.
const ACCOUNTS: &str = r#"
signing_key = "canary-signing-key-0123456789"

[[accounts]]
account_sid = "AC00000000000000000000000000000001"
address_sid = "AD00000000000000000000000000000001"
deployment_keys = ["canary-key-on"]
feature = "on"
grants = ["chat", "video"]

[[accounts]]
account_sid = "AC00000000000000000000000000000002"
address_sid = "AD00000000000000000000000000000002"
deployment_keys = ["canary-key-low"]
feature = "on"
fingerprint_sensitivity = "low"

[[accounts]]
account_sid = "AC00000000000000000000000000000003"
address_sid = "AD00000000000000000000000000000003"
deployment_keys = ["canary-key-high"]
feature = "on"
fingerprint_sensitivity = "high"

[[accounts]]
account_sid = "AC00000000000000000000000000000004"
address_sid = "AD00000000000000000000000000000004"
deployment_keys = ["canary-key-some"]
feature = "on"
allowed_origins = ["https://first.example.com", "https://shop.example.com"]

[[accounts]]
account_sid = "AC00000000000000000000000000000007"
address_sid = "AD00000000000000000000000000000007"
deployment_keys = ["canary-key-second"]
feature = "on"

[[accounts]]
account_sid = "AC00000000000000000000000000000005"
address_sid = "AD00000000000000000000000000000005"
deployment_keys = ["canary-key-off"]
feature = "off"

[[accounts]]
account_sid = "AC00000000000000000000000000000006"
address_sid = "AD00000000000000000000000000000006"
deployment_keys = ["canary-key-other"]
feature = "off"
"#;

/// What the run knows.
const FILE: &str = r#"
[participants.starship]
url = "${EDGE_URL}"
[participants.orchestrator]
real = true
[participants.federated-auth]
real = true
[participants.scoped-auth]
real = true

[accounts.feature-on]
deployment_key = "${KEY_ON}"
account_sid = "AC00000000000000000000000000000001"
allowed_origins = []
fingerprint_sensitivity = "medium"
roles = ["chat", "video"]
[accounts.feature-on-low]
deployment_key = "${KEY_LOW}"
fingerprint_sensitivity = "low"
[accounts.feature-on-high]
deployment_key = "${KEY_HIGH}"
fingerprint_sensitivity = "high"
[accounts.feature-on-some-origins]
deployment_key = "${KEY_SOME}"
allowed_origins = ["https://first.example.com", "https://shop.example.com"]
[accounts.feature-on-second]
deployment_key = "${KEY_SECOND}"
fingerprint_sensitivity = "medium"
[accounts.feature-off]
deployment_key = "${KEY_OFF}"
[accounts.other]
feature = "off"
deployment_key = "${KEY_OTHER}"

[tokens]
expired = "${EXPIRED_TOKEN}"

[contract]
invalid_token_code = 45775
fingerprint_invalid_code = 45779
token_rotation = "required"
forwarded_for = true
[contract.status]
refreshed = 200
refused = 403

[headers]
x-api-key = "${API_KEY}"
"#;

/// The four services in a process of their own, which ends with the test.
struct Simulator {
    _running: Running,
    folder: Folder,
    edge: String,
}

impl Simulator {
    fn starts() -> Self {
        let folder = Folder::new().with("accounts.toml", ACCOUNTS);
        let simulate = ["simulate", "--any-port", "--accounts", "accounts.toml", "--ready-file", "ready.json"];
        let mut running = Program::new(simulate).within(&folder).starts();
        let ready = until("the simulator", || {
            assert!(!running.has_ended(), "the simulator ended");
            folder.try_read("ready.json")
        });
        let ready: Value = serde_json::from_str(&ready).unwrap_or_else(|error| panic!("{error}"));
        let edge = ready["starship"].as_str().unwrap_or_default().to_owned();
        Self { _running: running, folder, edge }
    }

    /// Judges it as a deployment file says, and makes sure that no secret is told.
    fn verify(&self, file: &str, more: &[&str]) -> Ended {
        self.folder.write("deployment.toml", file);
        let reports = ["--report", "json=report.json", "--report", "junit=report.xml"];
        let verify = ["verify", "--deployment", "deployment.toml"].iter().chain(&reports).chain(more);
        let mut program = Program::new(verify).within(&self.folder);
        let hour = Duration::from_hours(1);
        let tokens = [("EXPIRED_TOKEN", token(FIRST, 2 * hour)), ("VALID_TOKEN", token(OFF, Duration::ZERO))];
        for (name, key) in KEYS {
            program = program.knowing(name, key);
        }
        for (name, token) in &tokens {
            program = program.knowing(name, token);
        }
        let ended = program.knowing("EDGE_URL", &self.edge).knowing("API_KEY", "canary-api-key").ends();
        holds_no_secret(&ended);
        for report in ["report.json", "report.xml"] {
            let text = self.folder.read(report);
            assert!(!text.contains("canary") && !text.contains("eyJ"), "{report} tells a secret:\n{text}");
        }
        ended
    }

    fn report(&self) -> Report {
        Report(serde_json::from_str(&self.folder.read("report.json")).unwrap_or_else(|error| panic!("{error}")))
    }
}

/// The JSON report of the last run.
#[derive(Debug)]
struct Report(Value);

impl Report {
    fn arrows(&self) -> impl Iterator<Item = &Value> {
        self.0["arrows"].as_array().into_iter().flatten()
    }

    fn scenarios_that(&self, outcome: &str) -> impl Iterator<Item = &Value> {
        self.0["scenarios"].as_array().into_iter().flatten().filter(move |scenario| scenario["outcome"] == outcome)
    }
}

fn number(arrow: &Value) -> u64 {
    arrow["number"].as_u64().unwrap_or_default()
}

/// Every secret begins alike, and every token as signed ones do.
fn holds_no_secret(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains("canary") && !text.contains("eyJ"), "a secret is told:\n{text}");
    }
}

/// Returns a token of an account that begins to live this long ago and lives for an hour.
fn token(account: &str, ago: Duration) -> String {
    let account = account.parse().unwrap_or_else(|error| panic!("{error}"));
    let grant = Grant::new(account, vec!["chat".into()], Duration::from_hours(1));
    let minted =
        TokenKey::from_secret(SIGNING_KEY).mint(&Grant { issued_at: OffsetDateTime::now_utc() - ago, ..grant });
    minted.unwrap_or_else(|error| panic!("{error}")).token.expose().to_owned()
}

#[test]
fn a_report_is_written_over_nothing_that_the_run_reads() {
    let folder = Folder::new().with("d.mmd", DIAGRAM).with("b.toml", "");
    for (arguments, told) in [
        (["--diagram", "d.mmd", "--report", "json=./d.mmd"], "over the file that --diagram names"),
        (["--baseline", "b.toml", "--report", "junit=b.toml"], "over the file that --baseline names"),
        (["--report", "json=r", "--report", "junit=./r"], "two reports cannot be written to the same file"),
    ] {
        let ended = arguments.iter().fold(Program::new(["verify"]).within(&folder), Program::and).ends().with(2);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    assert_eq!((folder.read("d.mmd").as_str(), folder.read("b.toml").as_str()), (DIAGRAM, ""));
}
