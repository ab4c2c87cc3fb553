//! What each command prints, word for word: exit code, standard output and standard error in one snapshot.

mod support;

use std::net::TcpListener;

use support::{Authority, Ended, Folder, Program, diagram_with, snapshot};

#[test]
fn every_command_explains_itself() {
    hopcheck(&["--help"]).is("help");
    hopcheck(&["verify", "--help"]).is("help-verify");
    hopcheck(&["probe", "--help"]).is("help-probe");
    hopcheck(&["lint", "--help"]).is("help-lint");
    hopcheck(&["list", "--help"]).is("help-list");
    hopcheck(&["simulate", "--help"]).is("help-simulate");
    hopcheck(&["init", "--help"]).is("help-init");
    hopcheck(&["export", "--help"]).is("help-export");
    hopcheck(&["export", "wiremock", "--help"]).is("help-export-wiremock");
}

#[test]
fn nothing_asked_is_answered_with_what_can_be_asked() {
    hopcheck(&[]).is("error-no-command");
    hopcheck(&["verfy"]).is("error-unknown-command");
}

#[test]
fn its_version_is_that_of_the_package() {
    let ended = hopcheck(&["--version"]).ends().with(0);
    assert_eq!(ended.stdout, format!("hopcheck {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_references_conform_on_every_arrow() {
    hopcheck(&["verify"]).is("verify");
}

#[test]
fn an_address_picks_what_lies_under_it() {
    hopcheck(&["verify", "invalid-token/kinds", "valid/new-token"]).is("verify-address");
}

#[test]
fn the_shipped_diagram_has_three_odd_labels() {
    let ended = hopcheck(&["lint"]).ends().with(1);
    assert_eq!(ended.stdout.matches("  --> webchat-refresh-token.mmd:").count(), 3);
    compare("lint", &ended);
}

#[test]
fn what_does_not_fit_the_diagram_is_complained_about() {
    let inserted = diagram_with(17, "    FWO ->> FAS", "    FWO ->> FWO : Counts the refresh\n    FWO ->> FAS");
    hopcheck(&["lint", "--diagram", "changed.mmd"]).knowing("changed.mmd", &inserted).is("lint-inserted-arrow");
    let own = "Feature: Own\n  @id:own/one\n  Scenario: one\n    Given a cat\n    Then Starship purrs\n";
    hopcheck(&["lint", "--with-features", "own"]).knowing("own/own.feature", own).is("lint-undefined-steps");
}

#[test]
fn everything_there_is_can_be_listed() {
    hopcheck(&["list", "scenarios"]).is("list-scenarios");
    hopcheck(&["list", "steps"]).is("list-steps");
    hopcheck(&["list", "arrows"]).is("list-arrows");
    hopcheck(&["list", "topologies"]).is("list-topologies");
    hopcheck(&["list", "arrow"]).is("error-list-what");
}

#[test]
fn a_deployment_file_is_written_once() {
    let written = hopcheck(&["init"]);
    let folder = written.folder;
    compare("init", &Program::new(["init"]).within(&folder).ends());
    assert!(folder.read("deployment.toml").contains("[participants.starship]"));
    compare("init-again", &Program::new(["init"]).within(&folder).ends());
    folder.write("deployment.toml", "");
    Program::new(["init", "--force"]).within(&folder).ends().with(0);
    assert!(folder.read("deployment.toml").contains("[participants.starship]"));
    compare("error-init-folder", &Program::new(["init", "nowhere/deployment.toml"]).within(&folder).ends());
}

#[test]
fn a_member_drawn_on_arrow_14_is_missed_there() {
    let diagram = diagram_with(35, "token:<token>}", "token:<token>, region:some_region}");
    let verify = ["verify", "--diagram", "changed.mmd", "valid", "feature-off", "invalid-token/refused"];
    hopcheck(&verify).knowing("changed.mmd", &diagram).is("verify-new-member");
}

#[test]
fn another_path_drawn_on_arrow_5_is_missed_there() {
    let diagram = diagram_with(17, "/v1/Accounts", "/v2/Accounts");
    let verify = ["verify", "--diagram", "changed.mmd", "feature-on", "feature-off"];
    hopcheck(&verify).knowing("changed.mmd", &diagram).is("verify-other-path");
}

#[test]
fn a_stand_in_says_what_it_expected_instead() {
    let diagram = diagram_with(19, "ScopedAuthTokens/validate", "ScopedAuthTokens/check");
    let verify = ["verify", "--diagram", "changed.mmd", "alone/federated-auth"];
    hopcheck(&verify).knowing("changed.mmd", &diagram).is("verify-stand-in");
}

#[test]
fn an_arrow_drawn_before_arrow_5_is_missed_and_moves_those_behind_it() {
    let diagram = diagram_with(17, "    FWO ->> FAS", "    FWO ->> FAS : POST /v1/Refreshes/count\n    FWO ->> FAS");
    let verify = ["verify", "--diagram", "changed.mmd", "feature-on", "valid"];
    hopcheck(&verify).knowing("changed.mmd", &diagram).is("verify-inserted-arrow");
}

#[test]
fn a_diagram_that_cannot_be_read_is_shown_where() {
    let broken = diagram_with(16, "opt Feature is on", "optt Feature is on");
    hopcheck(&["verify", "--diagram", "changed.mmd"]).knowing("changed.mmd", &broken).is("error-diagram-statement");
    hopcheck(&["lint", "--diagram", "changed.mmd"]).knowing("changed.mmd", &broken).is("error-lint-diagram");
    hopcheck(&["list", "arrows", "--diagram", "nowhere.mmd"]).is("error-diagram-missing");
}

#[test]
fn a_deployment_file_that_cannot_be_used_is_shown_where() {
    let verify = ["verify", "--deployment", "deployment.toml"];
    hopcheck(&verify).is("error-deployment-missing");
    let unknown = DEPLOYMENT.replace("url =", "ulr =");
    hopcheck(&verify).knowing("deployment.toml", &unknown).is("error-deployment-unknown-key");
    let unset = DEPLOYMENT.replace("CV-secret", "${NO_SUCH_VARIABLE}");
    hopcheck(&verify).knowing("deployment.toml", &unset).is("error-deployment-unset-variable");
    hopcheck(&verify).knowing("deployment.toml", "[participants\n").is("error-deployment-no-toml");
    let unwired = DEPLOYMENT.replace("[participants.orchestrator]\nreal = true\n", "");
    hopcheck(&verify).knowing("deployment.toml", &unwired).is("error-deployment-unwired");
}

#[test]
fn certificates_that_cannot_be_used_are_told_with_their_key_and_file() {
    let [one, other] = ["one", "other"].map(|host| Authority::called("An authority").issues_for(host));
    let verify = |tls: &str| {
        let file = format!("{}[tls]\n{tls}\n", DEPLOYMENT.replace("http:", "https:"));
        let call = hopcheck(&["verify", "--deployment", "deployment.toml"]).knowing("deployment.toml", &file);
        call.knowing("one.pem", &one.certificate).knowing("one.key", &one.key).knowing("other.key", &other.key)
    };
    verify("ca = \"nowhere.pem\"").is("error-tls-ca-missing");
    verify("ca = \"deployment.toml\"").is("error-tls-ca-no-pem");
    verify("client_certificate = \"one.key\"\nclient_key = \"one.key\"").is("error-tls-no-certificate");
    verify("client_certificate = \"one.pem\"\nclient_key = \"one.pem\"").is("error-tls-no-key");
    verify("client_certificate = \"one.pem\"\nclient_key = \"other.key\"").is("error-tls-other-key");
    let encrypted = one.key.replace(" PRIVATE", " ENCRYPTED PRIVATE");
    let call = verify("client_certificate = \"one.pem\"\nclient_key = \"encrypted.key\"");
    call.knowing("encrypted.key", &encrypted).is("error-tls-encrypted-key");
    let Call { program, folder: _folder } = verify("ca = \"${CA}\"");
    compare("error-tls-secret-path", &program.knowing("CA", "CV-secret/ca.pem").ends());
}

#[test]
fn a_simulator_that_cannot_speak_tls_says_which_file_is_why() {
    let [one, other] = ["one", "other"].map(|host| Authority::called("An authority").issues_for(host));
    let simulate = |certificate: &str, key: &str| {
        let call = hopcheck(&["simulate", "--tls-certificate", certificate, "--tls-key", key]);
        call.knowing("one.pem", &one.certificate).knowing("one.key", &one.key).knowing("other.key", &other.key)
    };
    simulate("nowhere.pem", "one.key").is("error-simulate-tls-missing");
    simulate("one.key", "one.key").is("error-simulate-tls-no-certificate");
    simulate("one.pem", "other.key").is("error-simulate-tls-other-key");
    hopcheck(&["simulate", "--tls-key", "one.key"]).is("error-simulate-tls-half");
}

#[test]
fn a_variable_that_names_no_proxy_is_named() {
    let verify = ["verify", "--url", "http://127.0.0.1:1", "--key-on", "CV-secret", "--proxy-from-environment"];
    let ended = hopcheck(&verify).program.knowing("HTTP_PROXY", "socks5://CV-secret").ends();
    compare("error-proxy-variable", &ended);
    let file = format!("{DEPLOYMENT}\n[proxy]\nfrom_environment = true\n");
    let call = hopcheck(&["verify", "--deployment", "deployment.toml"]).knowing("deployment.toml", &file);
    let Call { program, folder: _folder } = call;
    compare("error-proxy-file", &program.knowing("https_proxy", "CV-secret:port").ends());
}

#[test]
fn the_acao_rule_is_the_diagrams() {
    let other_value = diagram_with(34, "sets to *", "sets to null");
    let judged = hopcheck(&["verify", "--diagram", "changed.mmd", "valid/acao"]).knowing("changed.mmd", &other_value);
    judged.is("verify-other-acao");
}

#[test]
fn words_of_a_label_that_nothing_checks_leave_the_run_incomplete() {
    let with_query = diagram_with(19, "ScopedAuthTokens/validate ", "ScopedAuthTokens/validate?x=1 ");
    let verify = ["verify", "--diagram", "changed.mmd", "valid/new-token"];
    hopcheck(&verify).knowing("changed.mmd", &with_query).is("verify-unchecked-words");
}

#[test]
fn a_deployment_is_explained_without_being_run() {
    let explain = ["verify", "--explain", "--deployment", "deployment.toml"];
    let only_one_is_real = include_str!("../fixtures/deployments/federated-auth.toml");
    hopcheck(&explain).knowing("deployment.toml", only_one_is_real).is("explain-federated-auth");
    hopcheck(&explain).knowing("deployment.toml", DEPLOYMENT).is("explain-edge");
}

#[test]
fn a_deployment_that_cannot_be_reached_is_no_deviation() {
    hopcheck(&["verify", "--deployment", "deployment.toml"])
        .knowing("deployment.toml", DEPLOYMENT)
        .is("error-unreachable");
    hopcheck(&["verify", "--url", "http://127.0.0.1:1", "--key-on", "CV-secret"]).is("error-unreachable-url");
}

#[test]
fn a_url_needs_a_key_and_a_key_needs_a_url() {
    hopcheck(&["verify", "--url", "http://127.0.0.1:1"]).is("error-url-without-key");
    hopcheck(&["verify", "--key-on", "CV-secret"]).is("error-key-without-url");
    hopcheck(&["verify", "--url", "flex.example.com", "--key-on", "CV-secret"]).is("error-no-url");
}

#[test]
fn a_taken_port_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("starship={}", taken.local_addr().unwrap());
    hopcheck(&["simulate", "--listen", &listen]).is("error-taken-port");
    hopcheck(&["simulate", "--listen", "customer=127.0.0.1:7001"]).is("error-listen-for-nobody");
}

#[test]
fn accounts_that_cannot_be_used_are_shown_where() {
    hopcheck(&["simulate", "--accounts", "accounts.toml"]).is("error-accounts-missing");
    let accounts = "[[accounts]]\naccount_sid = \"AC1\"\ndeployment_keys = [\"CV-secret\"]\nfeature = \"on\"\n";
    hopcheck(&["simulate", "--accounts", "accounts.toml"]).knowing("accounts.toml", accounts).is("error-accounts-sid");
}

#[test]
fn a_selection_of_nothing_has_an_exit_code_of_its_own() {
    hopcheck(&["verify", "--tags", "@no-such-tag"]).is("verify-nothing");
    hopcheck(&["verify", "valid", "--tags", "@impatient"]).is("verify-nothing-in-common");
}

#[test]
fn a_selection_that_cannot_be_understood_is_answered_with_what_can() {
    hopcheck(&["verify", "invalid-fingerprnt"]).is("error-address-near");
    hopcheck(&["verify", "weather"]).is("error-address-far");
    hopcheck(&["verify", "--tags", "beyond-the-diagram"]).is("error-tags");
}

#[test]
fn a_value_that_cannot_be_one_is_answered_with_what_can() {
    hopcheck(&["verify", "--timeout", "10"]).is("error-duration");
    hopcheck(&["verify", "--report", "html=out.html"]).is("error-report-format");
    hopcheck(&["verify", "--waive", "valid"]).is("error-waiver");
    hopcheck(&["verify", "--jobs", "0"]).is("error-jobs");
}

#[test]
fn a_step_that_is_not_defined_cannot_be_judged() {
    let own = "Feature: Own\n\n  @id:own/purr\n  Scenario: A cat purrs\n    Given an account with the feature on\n    \
               And a customer with a valid token\n    When the customer refreshes the tokn\n    \
               Then Starship answers the Customer as arrow 14 draws it\n";
    let verify = ["verify", "--with-features", "own", "own", "valid"];
    hopcheck(&verify).knowing("own/own.feature", own).is("verify-undefined-step");
}

#[test]
fn own_features_may_stand_alone() {
    let own = "Feature: Own\n\n  Scenario: A token is refreshed\n    Given an account with the feature on\n    \
               And a customer with a valid token\n    When the customer refreshes the token\n    \
               Then Starship answers the Customer as arrow 14 draws it\n";
    hopcheck(&["verify", "--features", "own"]).knowing("own/own.feature", own).is("verify-own-features");
    let both = ["verify", "--features", "own", "--with-features", "own"];
    hopcheck(&both).knowing("own/own.feature", own).is("error-features-twice");
}

#[test]
fn a_feature_file_that_would_lose_a_scenario_is_shown_where() {
    let verify = ["verify", "--with-features", "own"];
    let no_gherkin = "Feature: Own\n\n  Scenario: s\n    Given a cat\n    Whence it came\n";
    hopcheck(&verify).knowing("own/own.feature", no_gherkin).is("error-feature-no-gherkin");
    let misspelt = "Feature: Own\n\n  Scenaro: s\n    Given a cat\n";
    hopcheck(&verify).knowing("own/own.feature", misspelt).is("error-feature-misspelt-keyword");
    let taken = "Feature: Own\n\n  @id:valid/new-token\n  Scenario: s\n    Given a cat\n";
    hopcheck(&verify).knowing("own/own.feature", taken).is("error-feature-taken-address");
    hopcheck(&verify).knowing("own/readme.txt", "").is("error-features-none");
    hopcheck(&verify).is("error-features-missing");
}

#[test]
fn how_much_is_told_and_in_which_colours_can_be_chosen() {
    let verify = |options: &[&str]| {
        let all = ["verify", "valid"].iter().chain(options);
        Program::new(all).knowing("CLICOLOR_FORCE", "1").ends().with(0).stdout
    };
    assert_eq!(verify(&["-q", "--color", "never"]), "conforms\n");
    assert_eq!(verify(&["-q", "--color", "always"]), "\u{1b}[32mconforms\u{1b}[0m\n");
    assert_eq!(verify(&["-q"]), "\u{1b}[32mconforms\u{1b}[0m\n");
    let all = verify(&["-v", "--color", "never"]);
    assert!(all.contains("\n  ✓ valid/new-token  The customer gets a new token"), "{all}");
    assert!(!verify(&["--color", "never"]).contains("valid/new-token"));
}

#[test]
fn a_report_that_cannot_be_written_is_no_verdict() {
    hopcheck(&["verify", "--report", "junit=nowhere/out.xml", "valid"]).is("error-report-path");
}

#[test]
fn stand_ins_are_written_down_for_wiremock() {
    let call = hopcheck(&["export", "wiremock", "--out", "out"]);
    let folder = call.folder;
    compare("export-wiremock", &call.program.ends());
    snapshot("wiremock-arrow-5", &folder.read("out/federated-auth/refreshes/mappings/arrow-5.json"));
    snapshot("wiremock-arrow-8", &folder.read("out/scoped-auth/refuses-token/mappings/arrow-8.json"));
    snapshot("wiremock-not-drawn", &folder.read("out/scoped-auth/authorizes/mappings/not-drawn.json"));
    snapshot("wiremock-readme", &folder.read("out/README.md"));

    // What hopcheck wrote it may replace, and it clears away what is no longer drawn.
    let inserted = diagram_with(17, "    FWO ->> FAS", "    FWO ->> FWO : Counts the refresh\n    FWO ->> FAS");
    folder.write("changed.mmd", &inserted);
    let changed = ["export", "wiremock", "--out", "out", "--diagram", "changed.mmd", "--with", "grants_array=[\"a\"]"];
    let again = Program::new(changed).within(&folder).ends().with(0);
    let removed = "removed out/scoped-auth/refuses-token/mappings/arrow-8.json, which is no longer drawn\n";
    assert!(again.stdout.contains(removed), "{}", again.stdout);
    assert_eq!(folder.try_read("out/scoped-auth/refuses-token/mappings/arrow-8.json"), None);
    assert!(folder.read("out/federated-auth/refreshes/mappings/arrow-6.json").contains("\"a\""));
}

#[test]
fn what_somebody_else_wrote_is_not_replaced_unasked() {
    let call = hopcheck(&["export", "wiremock", "--out", "."]);
    let foreign = ["README.md", "scoped-auth/authorizes/mappings/arrow-6.json"];
    for file in foreign {
        call.folder.write(file, "{}");
    }
    call.folder.write("scoped-auth/authorizes/mappings/own.json", "{}");
    let folder = call.folder;
    compare("error-export-foreign", &call.program.ends());
    assert!(foreign.iter().all(|file| folder.read(file) == "{}"));
    assert_eq!(folder.try_read("scoped-auth/authorizes/mappings/arrow-8.json"), None);
    Program::new(["export", "wiremock", "--out", ".", "--force"]).within(&folder).ends().with(0);
    assert!(foreign.iter().all(|file| folder.read(file) != "{}"));
    assert_eq!(folder.read("scoped-auth/authorizes/mappings/own.json"), "{}");
}

#[test]
fn an_export_that_cannot_be_made_is_answered_with_what_can() {
    let export = ["export", "wiremock", "--out", "out"];
    hopcheck(&[&export[..], &["--with", "grants=1"]].concat()).is("error-export-name");
    hopcheck(&[&export[..], &["--with", "grants"]].concat()).is("error-export-with");
    let nothing = "sequenceDiagram\nA ->> B : POST /x\n";
    hopcheck(&[&export[..], &["--diagram", "d.mmd"]].concat()).knowing("d.mmd", nothing).is("error-export-nothing");
    hopcheck(&export).knowing("out", "a file").is("error-export-folder");
}

const DEPLOYMENT: &str = "\
[participants.starship]
url = \"http://127.0.0.1:1\"
[participants.orchestrator]
real = true
[participants.federated-auth]
real = true
[participants.scoped-auth]
real = true

[accounts.feature-on]
deployment_key = \"CV-secret\"
";

/// The program with arguments, about to be run in a folder of its own.
struct Call {
    program: Program,
    folder: Folder,
}

fn hopcheck(arguments: &[&str]) -> Call {
    let folder = Folder::new();
    Call { program: Program::new(arguments).within(&folder), folder }
}

impl Call {
    /// Puts a file into the folder.
    fn knowing(self, file: &str, text: &str) -> Self {
        self.folder.write(file, text);
        self
    }

    fn ends(self) -> Ended {
        self.program.ends()
    }

    /// Compares how it ends with the accepted ending of this name.
    fn is(self, name: &str) {
        compare(name, &self.program.ends());
    }
}

fn compare(name: &str, ended: &Ended) {
    let Ended { code, stdout, stderr } = ended;
    assert!(!format!("{stdout}{stderr}").contains("CV-secret"), "{stdout}{stderr}");
    let code = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
    snapshot(&format!("command-{name}"), &format!("exit code: {code}\n----- stdout\n{stdout}----- stderr\n{stderr}"));
}
