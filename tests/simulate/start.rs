//! How the simulator is started: whom it plays, where, and what it prints.

use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Folder, ON, Program, Simulator, client, exchange, send};

#[test]
fn a_port_that_is_taken_names_the_flag_that_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for service in ["starship", "orchestrator", "federated-auth", "scoped-auth"] {
        let ended = simulate(&["--any-port", "--listen", &format!("{service}={address}")]);
        assert!(ended.contains(&format!("failed to listen on {address} for ")), "{ended}");
        assert!(ended.contains(&format!("hint: --listen {service}=IP:PORT chooses another address")), "{ended}");
        assert!(ended.contains("--any-port any free one"), "{ended}");
    }
    let ended = simulate(&["--any-port", "--admin", &address]);
    assert!(ended.contains(&format!("failed to listen on {address} for the admin API")), "{ended}");
    assert!(ended.contains("hint: --admin IP:PORT chooses another address"), "{ended}");
}

#[test]
fn whoever_is_asked_for_is_played_and_nobody_else() {
    for (arguments, played) in [
        (&[] as &[&str], &["admin", "federated-auth", "orchestrator", "scoped-auth", "starship"] as &[&str]),
        (&["--only", "scoped-auth"], &["admin", "scoped-auth"]),
        (&["--only", "federated-auth,scoped-auth"], &["admin", "federated-auth", "scoped-auth"]),
        (&["--only", "federated-auth", "--only", "scoped-auth"], &["admin", "federated-auth", "scoped-auth"]),
        (&["--except", "starship"], &["admin", "federated-auth", "orchestrator", "scoped-auth"]),
        (&["--except", "starship,orchestrator,federated-auth"], &["admin", "scoped-auth"]),
        (&["--only", "starship", "--upstream", "starship=http://127.0.0.1:1"], &["admin", "starship"]),
        (
            &["--except", "orchestrator", "--upstream", "starship=http://127.0.0.1:1"],
            &["admin", "federated-auth", "scoped-auth", "starship"],
        ),
    ] {
        let simulator = Simulator::starts(arguments);
        assert_eq!(simulator.played(), played, "{arguments:?}");
        let ready = simulator.get("/ready").with(200).json();
        for (service, shown) in ready["participants"].as_object().unwrap() {
            let is_played = played.contains(&service.as_str());
            assert_eq!(shown["played"], is_played, "{arguments:?} {service}");
            assert!(!is_played || shown["address"] == simulator.url(service), "{shown}");
        }
    }
}

#[test]
fn whoever_has_to_call_somebody_who_is_not_played_is_told_where() {
    for (arguments, complaint) in [
        (&["--only", "starship"] as &[&str], "hint: --upstream starship=URL says where it is"),
        (&["--except", "orchestrator"], "hint: --upstream starship=URL says where it is"),
        (&["--except", "scoped-auth"], "hint: --upstream federated-auth=URL says where it is"),
        (&["--only", "starship", "--except", "scoped-auth"], "cannot be used with"),
        (&["--except", "starship,orchestrator,federated-auth,scoped-auth"], "no service is left to be played"),
        (&["--only", "customer"], "`customer` is no participant"),
        (&["--upstream", "scoped-auth=http://127.0.0.1:1"], "ScopedAuth calls nobody"),
        (&["--upstream", "starship=127.0.0.1:1"], "expected SERVICE=URL"),
        (
            &["--upstream", "starship=http://me:pw@127.0.0.1:1"],
            "expected a URL without credentials, query and fragment",
        ),
        (&["--upstream", "starship=http://127.0.0.1:1/?a=b"], "expected a URL without credentials, query and fragment"),
        (
            &["--upstream", "starship=http://127.0.0.1:1", "--upstream", "starship=http://127.0.0.1:2"],
            "--upstream starship=… is given twice",
        ),
        (
            &["--listen", "starship=127.0.0.1:0", "--listen", "starship=127.0.0.1:0"],
            "--listen starship=… is given twice",
        ),
        (&["--listen", "starship=localhost:80"], "expected SERVICE=IP:PORT"),
        (&["--admin", "localhost:80"], "expected IP:PORT, such as 127.0.0.1:7005"),
        (&["--only", "scoped-auth", "--listen", "starship=127.0.0.1:0"], "is for a service that is not played"),
        (
            &["--only", "scoped-auth", "--upstream", "starship=http://127.0.0.1:1"],
            "is for a service that is not played",
        ),
        (
            &["--upstream", "starship=http://127.0.0.1:1", "--listen", "orchestrator=127.0.0.1:0"],
            "is for a service that is not played",
        ),
    ] {
        let ended = simulate(&[&["--any-port"], arguments].concat());
        assert!(ended.contains(complaint), "{arguments:?}: {ended}");
    }
}

#[test]
fn two_simulators_share_the_services() {
    let inner = Simulator::starts(&["--only", "federated-auth,scoped-auth"]);
    let upstream = format!("orchestrator={}", inner.url("federated-auth"));
    let outer = Simulator::starts(&["--except", "federated-auth,scoped-auth", "--upstream", &upstream]);
    outer.first_refresh(ON.1).with(200);
    let hops = |simulator: &Simulator| {
        let refresh = simulator.newest();
        assert_eq!((&refresh["outcome"], &refresh["account"]), (&json!("refreshed"), &json!(ON.0)));
        assert!(exchange(&refresh, "federated-auth").is_some(), "both see the hop between them");
        refresh["exchanges"].as_array().unwrap().len()
    };
    assert_eq!((hops(&outer), hops(&inner)), (3, 2));
    // The outer one can put trouble on the way to a service that it does not play.
    outer.fault(&json!({ "hop": "federated-auth", "fault": "resets" }));
    let create = client().post(format!("{}/V2/Webchat/Token", outer.url("starship")));
    assert_eq!(send(create.json(&json!({ "deploymentKey": ON.1 }))).refusal(), (502, 45774));
}

#[test]
fn the_commands_that_are_printed_work_when_they_are_pasted() {
    let has_curl = Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success());
    for (arguments, member) in [
        (&[] as &[&str], "token"),
        (&["--only", "federated-auth,scoped-auth"], "token"),
        (&["--only", "scoped-auth"], "authorized"),
    ] {
        let simulator = Simulator::starts(arguments);
        let printed = simulator.stdout();
        let commands = &printed[printed.find("TOKEN=$(").unwrap()..printed.find("\nCtrl-C stops.").unwrap()];
        assert_eq!(commands.trim().lines().count(), 2, "{printed}");
        if has_curl {
            let output = Command::new("sh").args(["-c", commands]).output().unwrap();
            let reply: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            assert!(reply[member].is_string() || reply[member] == true, "{arguments:?}: {output:?}\n{printed}");
            assert_eq!(simulator.refreshes().len(), 1, "{arguments:?}");
        }
    }
}

#[test]
fn whoever_gave_a_token_is_told_that_it_is_needed_and_not_what_it_is() {
    let given = [("HOPCHECK_ADMIN_TOKEN", "a-token-of-ours")];
    let printed = Simulator::within(Folder::new(), &[], &given).stdout();
    assert!(printed.contains("/  needs the token in HOPCHECK_ADMIN_TOKEN\n"), "{printed}");
    assert!(!printed.contains("a-token-of-ours"), "{printed}");
}

#[test]
fn what_a_neighbour_has_to_know_is_printed() {
    let simulator = Simulator::starts(&["--only", "federated-auth,scoped-auth"]);
    let printed = simulator.stdout();
    for service in ["federated-auth", "scoped-auth"] {
        let variable = service.replace('-', "_").to_uppercase();
        assert!(printed.contains(&format!("\nexport {variable}_URL={}\n", simulator.url(service))), "{printed}");
    }
    assert!(printed.contains(&format!("{}/\n", simulator.url("admin"))), "{printed}");
    assert!(!printed.contains("STARSHIP") && !printed.contains("CV-"), "{printed}");
}

/// Returns what is complained of by a simulator that cannot be started.
fn simulate(arguments: &[&str]) -> String {
    Program::new(["simulate"].iter().chain(arguments)).ends().with(2).stderr
}
