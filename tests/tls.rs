//! Deployments that are called with TLS: whom hopcheck trusts, what it shows, what it says where either is refused, and the
//! simulator that speaks TLS itself.

mod support;

use hopcheck::protocol::{Feature, Participant};
use hopcheck::topology::{Patience, Plan, System, Wish};
use hopcheck::wire::Identity;
use support::{Authority, Ended, Folder, Pair, Program, Running, Terms, TlsServer, ask, free_address, start_with};

/// Scenarios that a URL and two keys are enough for.
const DRAWN: [&str; 5] = ["feature-on", "feature-off", "valid", "invalid-fingerprint", "invalid-token/refused"];
/// What the address has that every server here listens at.
const HOST: &str = "127.0.0.1";

#[test]
fn a_private_ca_is_trusted_where_it_is_stated() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issues_for(HOST), &Terms::default());
    let ended = stage.verify(&server, "ca = \"ca.pem\"", &DRAWN).with(0);
    assert!(ended.stdout.contains("\nedge only: 4 of 26 arrows: 4 on the wire"), "{}", ended.stdout);
    assert!(server.spoken().iter().all(|protocol| protocol == "h2"), "{:?}", server.spoken());
}

#[test]
fn without_its_ca_a_server_is_not_trusted_and_a_way_out_is_told() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issues_for(HOST), &Terms::default());
    let cannot_reach = |tls: &str, reason: &str, hint: &str| {
        let expected = format!(
            "error: failed to reach the edge at {}: no connection: {reason}\nhint: nothing was judged; {hint}\n",
            server.url()
        );
        assert_eq!(stage.verify(&server, tls, &[]).with(3).stderr, expected);
    };
    let untrusted = "the server's certificate is not trusted: nobody who is trusted here issued it";
    let hint = "`ca` under [tls] of a deployment file names the certificates to trust, such as a private CA's";
    cannot_reach("", untrusted, hint);
    // One of the same name has another key.
    for other in ["of another name", NAME] {
        stage.folder.write("other.pem", &Authority::called(other).certificate);
        let hint = "`ca` under [tls] has to hold the certificate of whoever issued the server's";
        cannot_reach("ca = \"other.pem\"", untrusted, hint);
    }
    assert_eq!(server.spoken(), [""; 0]);
}

#[test]
fn what_the_machine_trusts_is_trusted_unless_a_ca_is_stated() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issues_for(HOST), &Terms::default());
    stage.program(&server, "", &["valid/new-token"]).knowing("SSL_CERT_FILE", "ca.pem").ends().with(0);
    stage.folder.write("other.pem", &Authority::called("another").certificate);
    let stated = stage.program(&server, "ca = \"other.pem\"", &["valid/new-token"]);
    stated.knowing("SSL_CERT_FILE", "ca.pem").ends().with(3);
}

#[test]
fn a_machine_that_trusts_nobody_can_call_what_needs_no_trust() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issues_for(HOST), &Terms::default());
    let nobody = |program: Program| program.knowing("SSL_CERT_FILE", "nowhere.pem").knowing("SSL_CERT_DIR", "nowhere");
    let ended = nobody(stage.program(&server, "", &[])).ends().with(2);
    assert!(
        ended.stderr.starts_with("error: failed to find certificates that this machine trusts"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("\nhint: `ca` under [tls] of a deployment file names those"), "{}", ended.stderr);
    nobody(stage.program(&server, "ca = \"ca.pem\"", &["valid/new-token"])).ends().with(0);
    let plain = ["verify", "--url", &stage.edge(), "--key-on", "CV-feature-on", "valid/new-token"];
    nobody(Program::new(plain)).ends().with(0);
    nobody(Program::new(["verify", "valid/new-token"])).ends().with(0);
}

#[test]
fn a_certificate_for_another_host_is_refused_and_both_are_named() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issues_for("flex.example.com"), &Terms::default());
    let ended = stage.verify(&server, "ca = \"ca.pem\"", &[]).with(3);
    let told = "the server's certificate is for flex.example.com, not for 127.0.0.1\nhint: nothing was judged; `insecure = true`";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    stage.verify(&server, "insecure = true", &["valid/new-token"]).with(0);
}

#[test]
fn an_expired_certificate_is_refused_with_its_day() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issued_long_ago_for(HOST), &Terms::default());
    let ended = stage.verify(&server, "ca = \"ca.pem\"", &[]).with(3);
    assert!(ended.stderr.contains("the server's certificate expired on 2020-01-02\n"), "{}", ended.stderr);
    stage.verify(&server, "ca = \"ca.pem\"\ninsecure = true", &["valid/new-token"]).with(0);
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_wants_one() {
    let stage = Stage::new();
    let (known, unknown) =
        (stage.authority.issues_for("customer"), Authority::called("another").issues_for("customer"));
    for (name, pair) in [("known", &known), ("unknown", &unknown)] {
        stage.folder.write(&format!("{name}.pem"), &pair.certificate);
        stage.folder.write(&format!("{name}.key"), &pair.key);
    }
    let shows =
        |name: &str| format!("ca = \"ca.pem\"\nclient_certificate = \"{name}.pem\"\nclient_key = \"{name}.key\"");
    for old in [false, true] {
        let terms = Terms { callers_of: Some(&stage.authority), old, ..Terms::default() };
        let server = stage.serves(&stage.authority.issues_for(HOST), &terms);
        stage.verify(&server, &shows("known"), &DRAWN).with(0);
        let ended = stage.verify(&server, "ca = \"ca.pem\"", &[]).with(3);
        let told = "`client_certificate` and `client_key` under [tls] of a deployment file show one\n";
        assert!(ended.stderr.ends_with(told), "{}", ended.stderr);
        let ended = stage.verify(&server, &shows("unknown"), &[]).with(3);
        let told = "`client_certificate` under [tls] has to be issued by whom the server trusts\n";
        assert!(ended.stderr.ends_with(told), "{}", ended.stderr);
        // With TLS 1.3, the server's words may be lost with the connection.
        let why = "no connection: the server does not trust the client certificate\n";
        assert!(!old || ended.stderr.contains(why), "{}", ended.stderr);
    }
}

#[test]
fn a_server_that_speaks_only_one_version_of_http_is_spoken_to_in_it() {
    let stage = Stage::new();
    for protocol in ["h2", "http/1.1"] {
        let terms = Terms { protocols: &[protocol], ..Terms::default() };
        let server = stage.serves(&stage.authority.issues_for(HOST), &terms);
        stage.verify(&server, "ca = \"ca.pem\"", &DRAWN).with(0);
        let spoken = server.spoken();
        assert!(spoken.len() > 20 && spoken.iter().all(|spoken| spoken == protocol), "{spoken:?}");
    }
}

#[test]
fn plain_http_and_tls_are_told_apart() {
    let stage = Stage::new();
    let server = stage.serves(&stage.authority.issues_for(HOST), &Terms::default());
    let keys = ["--key-on", "CV-feature-on"];
    let plainly = server.url().replace("https:", "http:");
    let ended = Program::new(["verify", "--url", &plainly].iter().chain(&keys)).ends().with(3);
    assert!(
        ended
            .stderr
            .ends_with("what came back is not HTTP\nhint: nothing was judged; does it speak https instead of http?\n"),
        "{}",
        ended.stderr
    );
    let securely = stage.edge().replace("http:", "https:");
    let ended = Program::new(["verify", "--url", &securely].iter().chain(&keys)).ends().with(3);
    assert!(
        ended.stderr.ends_with(
            "what answers there does not speak TLS\nhint: nothing was judged; does it speak http instead of https?\n"
        ),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_real_service_in_the_middle_is_called_with_tls_through_the_tap() {
    let authority = Authority::called(NAME);
    let folder = Folder::new().with("ca.pem", &authority.certificate);
    let scoped_auth = free_address();
    let upstream = format!("federated-auth=http://{scoped_auth}");
    let (_running, addresses) = start_with(&folder, ["--only", "federated-auth", "--upstream", &upstream]);
    let real = addresses["federated-auth"].as_str().unwrap_or_default();
    let server = TlsServer::before(address_of(real), &authority.issues_for(HOST), &Terms::default());
    let file = format!(
        "[participants]\nfederated-auth.url = \"{}\"\nscoped-auth.listen = \"{scoped_auth}\"\n[tls]\n",
        server.url()
    );
    folder.write("deployment.toml", &(file.clone() + "ca = \"ca.pem\"\n"));
    let verify = ["verify", "--deployment", "deployment.toml", "--tags", "not @impatient"];
    let ended = Program::new(verify).within(&folder).ends().with(0);
    assert!(ended.stdout.contains("26 of 26 arrows: 17 on the wire"), "{}", ended.stdout);
    assert!(server.spoken().len() > 50 && server.spoken().iter().all(|protocol| protocol == "h2"));
    folder.write("deployment.toml", &file);
    let ended = Program::new(verify).within(&folder).ends().with(3);
    let told = format!(
        "error: failed to reach the real FederatedAuth at {}: no connection: the server's certificate is not trusted",
        server.url()
    );
    assert!(ended.stderr.starts_with(&told), "{}", ended.stderr);
}

#[test]
fn a_simulator_with_a_certificate_speaks_tls_at_every_address() {
    let folder = Folder::new();
    let authority = Authority::called(NAME);
    let Pair { certificate, key } = authority.issues_for(HOST);
    let folder =
        folder.with("server.pem", &certificate).with("server.key", &key).with("ca.pem", &authority.certificate);
    let (_running, addresses) = start_with(&folder, ["--tls-certificate", "server.pem", "--tls-key", "server.key"]);
    for service in Participant::SERVICES {
        let address = addresses[service.key()].as_str().unwrap_or_default();
        assert!(address.starts_with("https://127.0.0.1:"), "{addresses}");
    }
    let edge = addresses["starship"].as_str().unwrap_or_default();
    folder.write("deployment.toml", &edge_only(edge, "ca = \"ca.pem\""));
    let verify = ["verify", "--deployment", "deployment.toml"];
    Program::new(verify.iter().chain(&DRAWN)).within(&folder).ends().with(0);
    // It speaks HTTP/1.1 to whom speaks no more, and nothing without TLS.
    for offered in [&["http/1.1"] as &[&str], &[]] {
        let (agreed, answer) = ask(address_of(edge), &authority, offered);
        assert_eq!(agreed.as_deref(), offered.first().copied());
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
    let plainly = edge.replace("https:", "http:");
    let ended = Program::new(["verify", "--url", &plainly, "--key-on", "CV-feature-on"]).ends().with(3);
    assert!(ended.stderr.contains("what came back is not HTTP"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_system_within_this_process_speaks_tls_as_well() {
    let Pair { certificate, key } = Authority::called(NAME).issues_for(HOST);
    let identity = Identity::read(certificate.as_bytes(), key.as_bytes()).unwrap_or_else(|error| panic!("{error:?}"));
    let plan = Plan { identity: Some(identity), ..Plan::embedded(Patience::Usual) };
    let system = System::start(plan).await.unwrap_or_else(|error| panic!("{error}"));
    let account =
        system.account(Wish::with_feature(Feature::On), &[], None).unwrap_or_else(|error| panic!("{error:?}"));
    let created = system.create_token(&account, &[]).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(system.first_token_in(&created).is_ok(), "{created:?}");
    assert!(system.address(Participant::ScopedAuth).is_some_and(|address| address.starts_with("https://")));
}

/// What the authority of a stage is called.
const NAME: &str = "An authority that nobody knows";

/// The four services in a process of their own, and whoever issues certificates for them.
struct Stage {
    folder: Folder,
    authority: Authority,
    edge: String,
    _running: Running,
}

impl Stage {
    fn new() -> Self {
        let authority = Authority::called(NAME);
        let folder = Folder::new().with("ca.pem", &authority.certificate);
        let (running, addresses) = start_with(&folder, [""; 0]);
        let edge = addresses["starship"].as_str().unwrap_or_default().to_owned();
        Self { folder, authority, edge, _running: running }
    }

    fn edge(&self) -> String {
        self.edge.clone()
    }

    /// Starts a TLS server before the edge.
    fn serves(&self, shows: &Pair, terms: &Terms<'_>) -> TlsServer {
        TlsServer::before(address_of(&self.edge), shows, terms)
    }

    /// Judges the edge behind a server, with this under `[tls]`.
    fn verify(&self, server: &TlsServer, tls: &str, more: &[&str]) -> Ended {
        self.program(server, tls, more).ends()
    }

    fn program(&self, server: &TlsServer, tls: &str, more: &[&str]) -> Program {
        self.folder.write("deployment.toml", &edge_only(&server.url(), tls));
        let verify = ["verify", "--deployment", "deployment.toml"];
        Program::new(verify.iter().chain(more)).within(&self.folder)
    }
}

/// Returns a deployment of which the edge alone is seen, with the accounts of the simulator.
fn edge_only(url: &str, tls: &str) -> String {
    format!(
        "[participants]\nstarship.url = \"{url}\"\norchestrator.real = true\nfederated-auth.real = true\n\
         scoped-auth.real = true\n[accounts]\nfeature-on.deployment_key = \"CV-feature-on\"\n\
         feature-off.deployment_key = \"CV-feature-off\"\n[tls]\n{tls}\n"
    )
}

fn address_of(url: &str) -> &str {
    url.trim_start_matches("http://").trim_start_matches("https://")
}
