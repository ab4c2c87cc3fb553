//! Services that are called with TLS and are not played: whom the simulator trusts there, and what it says otherwise.

use serde_json::json;

use crate::support::{Authority, Folder, OFF, Pair, Program, Simulator, Terms, TlsServer, exchange, free_address};

const HOST: &str = "127.0.0.1";

#[test]
fn a_private_ca_is_trusted_where_it_is_named() {
    let authority = Authority::called("ours");
    let inner = Simulator::starts(&["--except", "starship"]);
    let secured = secured(&inner, &authority.issues_for(HOST));
    let refresh = |arguments: &[&str]| {
        let folder = Folder::new().with("ca.pem", &authority.certificate);
        let upstream = format!("starship={}", secured.url());
        let simulator =
            Simulator::within(folder, &[&["--only", "starship", "--upstream", &upstream], arguments].concat(), &[]);
        let answer = simulator.refresh(OFF.1, &inner.minted(&json!({ "account": OFF.0 })));
        let failure = exchange(&simulator.newest(), "orchestrator").unwrap()["failure"].clone();
        (answer.status, failure)
    };
    let (status, failure) = refresh(&[]);
    assert_eq!(status, 502);
    assert!(failure.as_str().unwrap().contains("the server's certificate is not trusted"), "{failure}");
    assert_eq!(refresh(&["--upstream-ca", "ca.pem"]), (200, json!(null)));
}

#[test]
fn a_ca_that_cannot_be_used_is_no_start() {
    let folder = Folder::new().with("empty.pem", "").with("ca.pem", &Authority::called("ours").certificate);
    let upstream = ["--only", "starship", "--upstream", "starship=https://127.0.0.1:1"];
    for (arguments, complaint) in [
        (&["--upstream-ca", "nowhere.pem"] as &[&str], "failed to read nowhere.pem, which --upstream-ca names: "),
        (
            &["--upstream-ca", "empty.pem"],
            "failed to use empty.pem, which --upstream-ca names: it holds no certificate",
        ),
    ] {
        let program = Program::new(["simulate", "--any-port"].iter().chain(&upstream).chain(arguments));
        let ended = program.within(&folder).ends().with(2).stderr;
        assert!(ended.contains(complaint), "{ended}");
    }
    let alone = Program::new(["simulate", "--any-port", "--upstream-ca", "ca.pem"]).within(&folder).ends().with(2);
    assert!(alone.stderr.contains("--upstream <SERVICE=URL>"), "{}", alone.stderr);
}

#[test]
fn a_request_that_goes_round_in_circles_is_answered() {
    let own = free_address();
    let (listen, upstream) = (format!("starship={own}"), format!("starship=http://{own}"));
    let simulator = Simulator::starts(&["--only", "starship", "--listen", &listen, "--upstream", &upstream]);
    let answer = simulator.refresh("some-key", "some-token");
    assert_eq!(answer.status, 508, "{}", answer.text);
    let answered = simulator.get("/refreshes?limit=1000").json();
    let refreshes = answered["refreshes"].as_array().unwrap();
    assert!(refreshes.len() < 100, "{}", refreshes.len());
}

/// Puts TLS before the Orchestrator of a simulator.
fn secured(simulator: &Simulator, shows: &Pair) -> TlsServer {
    let url = simulator.url("orchestrator");
    TlsServer::before(url.trim_start_matches("http://"), shows, &Terms::default())
}
