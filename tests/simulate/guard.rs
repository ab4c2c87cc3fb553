//! Who may use the admin API, and with what.

use serde_json::Value;

use crate::support::{Folder, Program, Simulator, client, send};

#[test]
fn a_page_of_another_site_may_not_use_it() {
    let simulator = Simulator::starts(&[]);
    let own = simulator.url("admin");
    for (origin, status) in [
        (&*own, 200),
        ("https://evil.example", 403),
        ("http://127.0.0.1", 403),
        (&*simulator.url("starship"), 403),
        ("null", 403),
    ] {
        for path in ["/accounts", "/health", "/events", "/nothing"] {
            let request = simulator.api("GET", path).header("origin", origin);
            if path == "/events" && status == 200 {
                continue;
            }
            let status = if path == "/nothing" && status == 200 { 404 } else { status };
            let answer = send(request).with(status);
            assert!(status == 200 || !answer.text_of("error").is_empty(), "{origin}");
        }
    }
}

#[test]
fn a_name_that_leads_here_from_elsewhere_may_not_be_used() {
    let simulator = Simulator::starts(&[]);
    let port = simulator.url("admin").rsplit_once(':').unwrap().1.to_owned();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("evil.example:{port}"), 403),
        (format!("10.0.0.7:{port}"), 403),
        ("evil.example".to_owned(), 403),
    ] {
        let answer = send(simulator.api("GET", "/accounts").header("host", &host)).with(status);
        assert!(status == 200 || answer.text_of("hint").contains("127.0.0.1"), "{host}: {}", answer.text);
    }
}

#[test]
fn an_address_that_is_not_of_this_machine_alone_needs_the_token_that_is_printed_once() {
    let simulator = Simulator::starts(&["--admin", "0.0.0.0:0"]);
    let printed = simulator.stdout();
    let page = printed.lines().find(|line| line.starts_with("live page and admin API")).unwrap();
    let (page, token) = page.split_once("/#token=").unwrap();
    assert!(page.contains("http://0.0.0.0:") && token.len() == 32, "{page} {token}");
    assert_eq!(printed.matches(token).count(), 1, "{printed}");
    assert!(!simulator.stderr().contains(token) && !simulator.folder().read("ready.json").contains(token));
    for path in ["/health", "/accounts", "/events", "/nothing"] {
        let refused = simulator.get(path).with(401);
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        assert!(refused.text_of("hint").contains("HOPCHECK_ADMIN_TOKEN") && !refused.text.contains(token));
        for wrong in ["", "wrong", &token[1..], &token.to_uppercase()] {
            send(simulator.api("GET", path).bearer_auth(wrong)).with(401);
        }
        send(simulator.api("GET", path).header("authorization", format!("Basic {token}"))).with(401);
    }
    let simulator = simulator.with_token(token);
    simulator.get("/accounts").with(200);
    send(simulator.api("GET", "/accounts").header("host", "simulator.example")).with(200);
    send(simulator.api("GET", "/accounts").header("origin", "https://evil.example")).with(403);
    // The page holds nothing that would have to be guarded, and asks for the token itself.
    send(client().get(simulator.url("admin") + "/")).with(200);
}

#[test]
fn a_token_of_ones_own_is_needed_everywhere_and_printed_nowhere() {
    for admin in ["0.0.0.0:0", "127.0.0.1:0"] {
        let own = ("HOPCHECK_ADMIN_TOKEN", "canary-of-my-own");
        let simulator = Simulator::within(Folder::new(), &["--admin", admin], &[own]);
        simulator.get("/accounts").with(401);
        let simulator = simulator.with_token(own.1);
        simulator.get("/accounts").with(200);
        let ended = simulator.ends("TERM").with(0);
        assert!(!(ended.stdout + &ended.stderr).contains("canary"));
    }
}

#[test]
fn a_token_that_is_soon_guessed_is_refused() {
    let program = Program::new(["simulate", "--any-port"]).knowing("HOPCHECK_ADMIN_TOKEN", "t");
    let ended = program.ends().with(2);
    assert!(ended.stderr.contains("fewer than 12 characters"), "{}", ended.stderr);
}

#[test]
fn no_answer_is_for_pages_of_other_sites_or_taken_for_what_it_is_not() {
    let simulator = Simulator::starts(&[]);
    for path in ["/accounts", "/nothing", "/refreshes"] {
        let answer = simulator.get(path);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["cross-origin-resource-policy"], "same-origin", "{path}");
    }
}

#[test]
fn services_take_no_notice_of_any_of_it() {
    let simulator = Simulator::starts(&["--admin", "0.0.0.0:0"]);
    let answer = simulator.first_refresh("CV-feature-on").with(200).json();
    assert_ne!(answer["token"], Value::Null);
    let ended = Program::new(["simulate", "--any-port", "--admin", "localhost:0"]).ends().with(2);
    assert!(ended.stderr.contains("--admin"), "{}", ended.stderr);
}
