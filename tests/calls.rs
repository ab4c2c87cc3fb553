//! How a deployment is called: through a proxy where that is asked for, with the headers that its file states, and no faster
//! and no more at once than it allows.

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use support::{
    Authority, Ended, Folder, Harmed, HostileEdge, Program, Relay, Running, Terms, TlsServer, answer, free_address,
    start_with, success,
};

/// Scenarios that a URL and two keys are enough for.
const DRAWN: [&str; 5] = ["feature-on", "feature-off", "valid", "invalid-fingerprint", "invalid-token/refused"];
/// What the credentials of a proxy are in a URL, and as it gets them.
const CREDENTIALS: (&str, &str) = ("user:canary-password", "Basic dXNlcjpjYW5hcnktcGFzc3dvcmQ=");

#[test]
fn a_proxy_carries_every_request_where_the_environment_is_to_be_asked() {
    let stage = Stage::new();
    let proxy = Relay::proxy();
    stage.calls(&[OPT_IN]).knowing("HTTP_PROXY", &proxy.url()).ends().with(0);
    let heads = proxy.heads();
    let absolute = |path: &str| format!(" http://{}{path} HTTP/1.1\r\n", stage.edge);
    assert!(heads[0].starts_with(&format!("OPTIONS{}", absolute("/"))), "{heads:?}");
    let refreshes = format!("POST{}", absolute("/V2/Webchat/Token/Refresh"));
    assert!(heads.iter().filter(|head| head.starts_with(&refreshes)).count() > 10, "{heads:?}");
    assert!(heads.iter().all(|head| head.contains(&format!(" http://{}/", stage.edge))), "{heads:?}");
}

#[test]
fn a_proxy_of_the_environment_changes_nothing_unasked_or_where_it_is_not_for_the_host() {
    let stage = Stage::new();
    let proxy = Relay::proxy();
    let all = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let knowing = |program: Program| all.iter().fold(program, |program, name| program.knowing(name, &proxy.url()));
    knowing(stage.calls(&[])).ends().with(0);
    knowing(Program::new(["verify", "valid"])).ends().with(0);
    knowing(stage.calls(&[OPT_IN])).knowing("NO_PROXY", "flex.example.com,127.0.0.0/8").ends().with(0);
    stage.calls(&[OPT_IN]).knowing("HTTPS_PROXY", &proxy.url()).ends().with(0);
    stage.calls(&[OPT_IN]).ends().with(0);
    assert_eq!(proxy.heads(), [""; 0]);
}

#[test]
fn a_proxy_tunnels_what_is_called_with_tls() {
    let stage = Stage::new();
    let (server, url) = stage.secured();
    let proxy = Relay::proxy();
    let file = edge_only(&url, "[tls]\nca = \"ca.pem\"\n[proxy]\nfrom_environment = true\n");
    stage.judges(&file, &DRAWN).knowing("https_proxy", &proxy.address()).ends().with(0);
    let connect = format!("CONNECT {} HTTP/1.1\r\n", url.trim_start_matches("https://"));
    let heads = proxy.heads();
    assert!(heads.len() > 20 && heads.iter().all(|head| head.starts_with(&connect)), "{heads:?}");
    assert_eq!(server.spoken().len(), heads.len());
    let directly = file.replace("true", "false").replace("real = false", "real = true");
    stage.judges(&directly, &["valid/new-token"]).knowing("https_proxy", &proxy.address()).ends().with(0);
    assert_eq!(proxy.heads().len(), heads.len());
}

#[test]
fn the_credentials_of_a_proxy_are_sent_to_it_and_never_told() {
    let stage = Stage::new();
    let (_server, secure) = stage.secured();
    let proxy = Relay::proxy_for(CREDENTIALS.1);
    let file = |url: &str| edge_only(url, "[tls]\nca = \"ca.pem\"\n[proxy]\nfrom_environment = true\n");
    for url in [&stage.url(), &secure] {
        let known = format!("http://{}@{}", CREDENTIALS.0, proxy.address());
        untold(stage.judges(&file(url), &["valid"]).knowing("ALL_PROXY", &known).ends()).with(0);
        let wrong = known.replace("user:", "other:");
        let ended = untold(stage.judges(&file(url), &["valid"]).knowing("ALL_PROXY", &wrong).ends()).with(3);
        let told = format!("failed to reach the edge at {url}: the proxy at {} wants credentials\n", proxy.address());
        assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    }
    assert!(proxy.heads().iter().all(|head| head.contains("uthorization: Basic ")), "{:?}", proxy.heads());
    // Not even where an edge that got hold of them sends them back.
    let edge = HostileEdge::that(Harmed::Refreshes, |stream| {
        answer(stream, "", format!("{{\"got\":[\"{}\",\"{}\"]}}", CREDENTIALS.0, CREDENTIALS.1))
    });
    let known = format!("http://{}@{}", CREDENTIALS.0, proxy.address());
    let ended = untold(stage.judges(&file(&edge.url()), &["valid/new-token"]).knowing("ALL_PROXY", &known).ends());
    assert!(ended.with(1).stdout.contains("\"got\""));
}

#[test]
fn a_proxy_that_is_no_use_is_told_from_the_edge() {
    let stage = Stage::new();
    let proxy = Relay::proxy();
    let nobody = format!("https://{}", free_address());
    let file = |url: &str| edge_only(url, "[proxy]\nfrom_environment = true\n");
    for (url, proxy, told) in [
        (stage.url(), "http://127.0.0.1:1", "no connection to the proxy at 127.0.0.1:1: ".to_owned()),
        (nobody.clone(), "http://127.0.0.1:1", "no connection to the proxy at 127.0.0.1:1: ".to_owned()),
        (nobody, &proxy.url(), format!("the proxy at {} could not, or would not, connect to it\n", proxy.address())),
    ] {
        let ended = stage.judges(&file(&url), &[]).knowing("ALL_PROXY", proxy).ends().with(3);
        assert!(ended.stderr.contains(&format!("failed to reach the edge at {url}: {told}")), "{}", ended.stderr);
        assert!(ended.stderr.contains("\nhint: nothing was judged; HTTPS_PROXY, HTTP_PROXY or"), "{}", ended.stderr);
    }
}

#[test]
fn what_a_proxy_answers_itself_is_told_as_its_own() {
    let stage = Stage::new();
    for (answer, told) in [
        (
            "HTTP/1.1 403 Forbidden\r\nx-squid-error: ERR_ACCESS_DENIED 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "the proxy at {} did not hand it on, and answered 403 itself\n",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "status 502, from there or from the proxy at {}\n",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "The answer may be the proxy's at {}\n",
        ),
    ] {
        let proxy = Relay::proxy_answering(answer);
        let file = edge_only(&stage.url(), "[proxy]\nfrom_environment = true\n");
        let program = stage.judges(&file, &["--ready-within", "200ms"]).knowing("ALL_PROXY", &proxy.url());
        let ended = program.ends().with(3);
        assert!(ended.stderr.contains(&told.replace("{}", &proxy.address())), "{}", ended.stderr);
    }
}

#[test]
fn only_a_real_service_in_the_middle_is_called_through_the_proxy() {
    let middle = Middle::new();
    let proxy = Relay::proxy();
    let file = middle.file(&format!("http://{}", middle.real), "[proxy]\nfrom_environment = true\n");
    let ended = middle.judges(&file).knowing("HTTP_PROXY", &proxy.url()).ends().with(0);
    assert!(ended.stdout.contains("26 of 26 arrows: 17 on the wire"), "{}", ended.stdout);
    let heads = proxy.heads();
    assert!(heads.len() > 50, "{heads:?}");
    assert!(heads.iter().all(|head| head.contains(&format!(" http://{}/", middle.real))), "{heads:?}");
}

#[test]
fn every_request_to_the_edge_carries_the_headers_of_the_file_and_nobody_tells_them() {
    let stage = Stage::new();
    let relay = Relay::before(&stage.edge);
    for (contract, code) in [("", 0), ("[contract]\ninvalid_token_code = 1\n", 1)] {
        let file = edge_only(&relay.url(), &format!("{HEADERS}{contract}"));
        let program = stage.judges(&file, &DRAWN).and("--report").and("json=report.json");
        untold(knowing_headers(program).ends()).with(code);
        assert!(!stage.folder.read("report.json").contains("canary"));
    }
    carried(&relay);
}

#[test]
fn a_real_service_in_the_middle_gets_the_headers_of_the_file_through_its_tap() {
    let middle = Middle::new();
    let relay = Relay::before(&middle.real);
    let file = middle.file(&relay.url(), HEADERS);
    let program = middle.judges(&file).and("--report").and("json=report.json");
    untold(knowing_headers(program).ends()).with(0);
    assert!(!middle.folder.read("report.json").contains("canary"));
    carried(&relay);
}

#[test]
fn a_header_that_comes_back_in_a_reply_is_not_told() {
    let edge = HostileEdge::that(Harmed::Refreshes, |stream| {
        let body = success("tok").replace('{', "{\"you_sent\":[\"canary-api-key\",\"Bearer canary-token\"],");
        answer(stream, "x-you-sent: canary-api-key\r\n", body.replace("\"roles\"", "\"role\""))
    });
    let folder = Folder::new().with("deployment.toml", &edge_only(&edge.url(), HEADERS));
    let verify = ["verify", "--deployment", "deployment.toml", "valid/new-token", "--report", "json=report.json"];
    let ended = untold(knowing_headers(Program::new(verify).within(&folder)).ends()).with(1);
    assert!(ended.stdout.contains("you_sent"), "{}", ended.stdout);
    assert!(!folder.read("report.json").contains("canary"));
}

#[test]
fn no_more_scenarios_are_under_way_than_the_file_allows_and_as_many_as_it_does() {
    for (limits, more, most) in [
        ("[limits]\nconcurrency = 1\n", &[] as &[&str], 1),
        ("[limits]\nconcurrency = 3\n", &[], 3),
        ("[limits]\nconcurrency = 3\n", &["--jobs", "2"], 2),
        ("[limits]\nconcurrency = 2\n", &["--jobs", "4"], 4),
    ] {
        let crowd = Arc::new(Crowd::of(most));
        let counting = Arc::clone(&crowd);
        let edge = HostileEdge::that(Harmed::Refreshes, move |stream| {
            counting.pass();
            answer(stream, "", success("tok"))
        });
        let folder = Folder::new().with("deployment.toml", &edge_only(&edge.url(), limits));
        let verify = ["verify", "--deployment", "deployment.toml", "feature-on", "feature-off", "valid"];
        Program::new(verify.iter().chain(more)).within(&folder).ends();
        assert!(edge.harmed() > 10, "{}", edge.harmed());
        assert_eq!(crowd.most(), most, "{limits}{more:?}");
    }
}

#[test]
fn requests_keep_the_pace_that_the_file_states() {
    let stage = Stage::new();
    let relay = Relay::before(&stage.edge);
    let file = edge_only(&relay.url(), "[limits]\nrequests_per_second = 2\n");
    let since = Instant::now();
    stage.judges(&file, &["valid/new-token"]).ends().with(0);
    let waits = u32::try_from(relay.heads().len()).unwrap_or_default().saturating_sub(1);
    assert!(waits > 3, "{waits}");
    // However slow the machine is, it cannot take less.
    assert!(since.elapsed() >= waits * Duration::from_millis(500), "{waits} waits took {:?}", since.elapsed());
}

const OPT_IN: &str = "--proxy-from-environment";

const HEADERS: &str = "[headers]\nx-api-key = \"${API_KEY}\"\nauthorization = \"Bearer ${TOKEN}\"\n";

fn knowing_headers(program: Program) -> Program {
    program.knowing("API_KEY", "canary-api-key").knowing("TOKEN", "canary-token")
}

/// Holds that every request carried both headers, once.
fn carried(relay: &Relay) {
    let heads = relay.heads();
    let once = |head: &str, line: &str| head.matches(line).count() == 1;
    let both = |head: &String| {
        once(head, "x-api-key: canary-api-key\r\n") && once(head, "authorization: Bearer canary-token\r\n")
    };
    assert!(heads.len() > 20 && heads.iter().all(both), "{heads:?}");
    let methods: BTreeSet<&str> = heads.iter().filter_map(|head| head.split(' ').next()).collect();
    assert!(methods.contains("OPTIONS") && methods.contains("POST"), "{methods:?}");
}

/// Holds that no secret is told.
fn untold(ended: Ended) -> Ended {
    let told = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!told.contains("canary") && !told.contains(CREDENTIALS.1.trim_start_matches("Basic ")), "{told}");
    ended
}

/// Those who are under way at a slow service, which lets nobody go before as many are as ever should be.
struct Crowd {
    expected: usize,
    state: Mutex<State>,
    is_full: Condvar,
}

#[derive(Default)]
struct State {
    under_way: usize,
    most: usize,
}

impl Crowd {
    fn of(expected: usize) -> Self {
        Self { expected, state: Mutex::default(), is_full: Condvar::new() }
    }

    fn pass(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.under_way += 1;
        state.most = state.most.max(state.under_way);
        self.is_full.notify_all();
        let full = self.is_full.wait_while(state, |state| state.most < self.expected);
        drop(full.unwrap_or_else(PoisonError::into_inner));
        // Slow enough that whoever does not wait for these would be seen beside them.
        thread::sleep(Duration::from_millis(100));
        self.state.lock().unwrap_or_else(PoisonError::into_inner).under_way -= 1;
    }

    fn most(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).most
    }
}

/// The four services in a process of their own.
struct Stage {
    folder: Folder,
    /// Host and port of the edge.
    edge: String,
    authority: Authority,
    _running: Running,
}

impl Stage {
    fn new() -> Self {
        let authority = Authority::called("An authority that nobody knows");
        let folder = Folder::new().with("ca.pem", &authority.certificate);
        let (running, addresses) = start_with(&folder, [""; 0]);
        let edge = addresses["starship"].as_str().unwrap_or_default().trim_start_matches("http://").to_owned();
        Self { folder, edge, authority, _running: running }
    }

    fn url(&self) -> String {
        format!("http://{}", self.edge)
    }

    /// Puts a TLS server before the edge.
    fn secured(&self) -> (TlsServer, String) {
        let server = TlsServer::before(&self.edge, &self.authority.issues_for("127.0.0.1"), &Terms::default());
        let url = server.url();
        (server, url)
    }

    /// Judges it by its URL and two keys.
    fn calls(&self, more: &[&str]) -> Program {
        let keys = ["--key-on", "CV-feature-on", "--key-off", "CV-feature-off"];
        Program::new(["verify", "--url", &self.url()].iter().chain(&keys).chain(&DRAWN).chain(more))
    }

    /// Judges what a file describes.
    fn judges(&self, file: &str, more: &[&str]) -> Program {
        self.folder.write("deployment.toml", file);
        let verify = ["verify", "--deployment", "deployment.toml"];
        Program::new(verify.iter().chain(more)).within(&self.folder)
    }
}

/// A real `FederatedAuth`, with hopcheck before and behind it.
struct Middle {
    folder: Folder,
    /// Its host and port.
    real: String,
    scoped_auth: String,
    _running: Running,
}

impl Middle {
    fn new() -> Self {
        let (folder, scoped_auth) = (Folder::new(), free_address());
        let upstream = format!("federated-auth=http://{scoped_auth}");
        let (running, addresses) = start_with(&folder, ["--only", "federated-auth", "--upstream", &upstream]);
        let real = addresses["federated-auth"].as_str().unwrap_or_default().trim_start_matches("http://").to_owned();
        Self { folder, real, scoped_auth, _running: running }
    }

    fn file(&self, url: &str, more: &str) -> String {
        let scoped_auth = &self.scoped_auth;
        format!("[participants]\nfederated-auth.url = \"{url}\"\nscoped-auth.listen = \"{scoped_auth}\"\n{more}")
    }

    fn judges(&self, file: &str) -> Program {
        self.folder.write("deployment.toml", file);
        Program::new(["verify", "--deployment", "deployment.toml", "--tags", "not @impatient"]).within(&self.folder)
    }
}

/// Returns a deployment of which the edge alone is seen, with the accounts of the simulator.
fn edge_only(url: &str, more: &str) -> String {
    format!(
        "[participants]\nstarship.url = \"{url}\"\norchestrator.real = true\nfederated-auth.real = true\n\
         scoped-auth.real = true\n[accounts]\nfeature-on.deployment_key = \"CV-feature-on\"\n\
         feature-off.deployment_key = \"CV-feature-off\"\n{more}"
    )
}
