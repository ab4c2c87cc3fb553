//! What bounds the program: signals that end it whatever it does, and a machine that has few descriptors or a full disk.

#![cfg(unix)]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Folder, Program, StubbornEdge, until};

/// Longer than any end takes here, and far shorter than what was to be ended.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_signal_ends_every_command() {
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for (command, is_under_way) in [
            (&["simulate", "--any-port"] as &[&str], "live page"),
            (&["probe", "--cases", "100000"], "seed"),
            (&["mutants"], ""),
            (&["variants"], ""),
        ] {
            let folder = Folder::new();
            let [stdout, stderr] =
                ["stdout", "stderr"].map(|name| std::fs::File::create(folder.path().join(name)).unwrap());
            let running = Program::new(command).writing_to(stdout, stderr).starts();
            until("something is printed", || folder.read("stdout").contains(is_under_way).then_some(()));
            // Where nothing is printed, what it prepares may be over or not.
            std::thread::sleep(Duration::from_millis(300));
            let since = Instant::now();
            running.signal(signal);
            let ended = running.ends();
            assert_eq!(ended.code, Some(if command[0] == "simulate" { 0 } else { 3 }), "{command:?} {signal}");
            assert!(since.elapsed() < SOON, "{command:?} {signal}: {:?}", since.elapsed());
        }
    }
}

#[test]
fn what_heeds_no_signal_is_ended_all_the_same() {
    let folder = Folder::new();
    let made = Command::new("mkfifo").arg(folder.path().join("endless.mmd")).status();
    assert!(made.is_ok_and(|status| status.success()));
    // Nobody ever writes into it.
    let running = Program::new(["lint", "--diagram", "endless.mmd"]).within(&folder).starts();
    std::thread::sleep(Duration::from_millis(500));
    running.signal("TERM");
    let ended = running.ends().with(3);
    assert!(
        ended.stderr.contains("SIGTERM was received: stopped at once, before the command had ended"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_input_without_end_is_refused() {
    for arguments in [
        ["lint", "--diagram", "/dev/zero"],
        ["verify", "--deployment", "/dev/zero"],
        ["verify", "--baseline", "/dev/zero"],
        ["simulate", "--accounts", "/dev/zero"],
    ] {
        let ended = Program::new(arguments).ends().with(2);
        assert!(ended.stderr.contains("/dev/zero") && ended.stderr.contains("larger than"), "{}", ended.stderr);
    }
}

#[test]
fn a_machine_with_few_descriptors_is_no_deviation() {
    for few in ["256", "512"] {
        let ended = Program::after(&format!("ulimit -n {few}"), ["verify"]).ends();
        assert!(matches!(ended.code, Some(0 | 3)), "{few}: {}", ended.stdout);
        assert!(!ended.stdout.contains("✗ deviates"), "{few}: {}", ended.stdout);
    }
}

#[test]
fn a_disk_that_is_full_at_the_end_loses_neither_the_verdict_nor_what_was_there() {
    let folder = Folder::new();
    // As many blocks take the report that the run begins with, and not the one that it ends with.
    let full = "trap '' XFSZ && ulimit -f 64";
    let arguments = ["verify", "--report", "json=out.json"];
    let ended = Program::after(full, arguments).within(&folder).ends().with(2);
    assert!(ended.stdout.ends_with("conforms\n"), "{}", ended.stdout);
    assert!(ended.stderr.contains("failed to write the report out.json"), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&folder.read("out.json")).unwrap();
    assert_eq!(report["broken_off"], "the run did not end");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["out.json"], "nothing that is half written is left");
}

#[test]
fn a_second_signal_ends_at_once_and_says_what_is_left() {
    let edge = StubbornEdge::listen();
    let folder = Folder::new().with(
        "deployment.toml",
        &format!(
            "[participants]\nstarship.url = \"{}\"\norchestrator.real = true\nfederated-auth.real = true\n\
             scoped-auth.real = true\n[accounts.feature-on]\ndeployment_key = \"some-key\"\n\
             [toggle]\non = [\"sh\", \"-c\", \"echo on >> switched; sleep 25\"]\n\
             off = [\"sh\", \"-c\", \"echo off >> switched; sleep 25; echo late >> switched\"]\n",
            edge.url()
        ),
    );
    let running = Program::new(["verify", "--deployment", "deployment.toml", "feature-off"]).within(&folder).starts();
    until("the feature is being switched off", || folder.try_read("switched"));
    let since = Instant::now();
    running.signal("INT");
    // Some send a signal to a program and to its group: that is one.
    running.signal("INT");
    until("it is being switched back", || folder.read("switched").contains("on\n").then_some(()));
    std::thread::sleep(Duration::from_millis(300));
    running.signal("INT");
    let ended = running.ends().with(3);
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    let left = "the feature may not be as the deployment file states it\nhint: switch it back by hand\n";
    assert!(ended.stderr.ends_with(left), "{}", ended.stderr);
    assert_eq!(folder.read("switched"), "off\non\n");
}
