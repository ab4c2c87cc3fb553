//! The program against deployments that do harm: each harm costs the scenarios that meet it and nothing else, is told in
//! words, and leaves reports that can be read.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use support::{Folder, Harmed, HostileEdge, OtherHost, Program, announce, answer, flood, hold, reset, success};

/// A scenario that meets the harm.
const HARMED: &str = "valid/new-token";
/// One that does not.
const UNHARMED: &str = "origins/preflight";

#[test]
fn a_byte_a_second() {
    let drip = |stream: &mut TcpStream| {
        announce(stream, "", 1000)?;
        (0..1000).try_for_each(|_| {
            stream.write_all(b"{")?;
            thread::sleep(Duration::from_secs(1));
            Ok(())
        })
    };
    harmed_by(drip).finds("no complete reply within 1s");
}

#[test]
fn a_head_a_byte_a_second() {
    let drip = |stream: &mut TcpStream| {
        b"HTTP/1.1 200 OK\r\n".iter().try_for_each(|byte| {
            stream.write_all(&[*byte])?;
            thread::sleep(Duration::from_secs(1));
            Ok(())
        })
    };
    harmed_by(drip).finds("no complete reply within 1s");
}

#[test]
fn no_answer() {
    harmed_by(hold).finds("no complete reply within 1s");
}

#[test]
fn a_closed_connection() {
    harmed_by(|_| Ok(())).finds("the connection was closed before the reply was complete");
}

#[test]
fn a_reset() {
    harmed_by(|stream| reset(stream)).finds("the connection was reset before the reply was complete");
}

#[test]
fn a_reset_in_the_middle_of_the_body() {
    let harm = |stream: &mut TcpStream| {
        announce(stream, "", 1000)?;
        stream.write_all(b"{\"token\":")?;
        thread::sleep(Duration::from_millis(50));
        reset(stream)
    };
    harmed_by(harm).finds("the connection was reset before the reply was complete");
}

#[test]
fn a_body_shorter_than_announced() {
    let harm = |stream: &mut TcpStream| {
        let body = success("tok-short");
        announce(stream, "", body.len() + 1)?;
        stream.write_all(body.as_bytes())
    };
    harmed_by(harm).finds("the connection was closed before the reply was as long as announced");
}

#[test]
fn a_body_longer_than_announced() {
    let harm = |stream: &mut TcpStream| {
        let body = success("tok-long");
        announce(stream, "", body.len() / 2)?;
        stream.write_all(body.as_bytes())
    };
    harmed_by(harm).finds(", observed 200 with {\"expiration\"");
}

#[test]
fn ten_thousand_headers() {
    let harm = |stream: &mut TcpStream| {
        let headers = "x-another: header\r\n".repeat(10_000);
        answer(stream, &headers, success("tok-headers"))
    };
    harmed_by(harm).finds("the reply has too many headers, or too large ones");
}

#[test]
fn a_header_that_never_ends() {
    let harm = |stream: &mut TcpStream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
        flood(stream, &vec![b'x'; 65_536])
    };
    harmed_by(harm).finds("the reply has too many headers, or too large ones");
}

#[test]
fn a_hundred_megabytes() {
    harmed_by(hundred_megabytes).finds("a reply of more than 262144 bytes");
}

#[test]
fn a_body_that_never_ends() {
    let harm = |stream: &mut TcpStream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
        flood(stream, &[b"ffff\r\n", &vec![b' '; 65_535][..], b"\r\n"].concat())
    };
    harmed_by(harm).finds("a reply of more than 262144 bytes");
}

#[test]
fn chunks_that_are_none() {
    let harm = |stream: &mut TcpStream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffffffff\r\n{}\r\n")
    };
    harmed_by(harm).finds("no reply that can be read");
}

#[test]
fn a_packed_bomb() {
    // Nothing here unpacks it, so how it goes on makes no difference.
    let harm = |stream: &mut TcpStream| {
        let bomb =
            [&b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a"[..], &[0; 1000]];
        answer(stream, "content-encoding: gzip\r\n", bomb.concat())
    };
    let harmed = harmed_by(harm).finds("content encoding: expected none, as none was asked for, observed gzip");
    assert!(harmed.finding("reply").contains("expected `{expiration: <date_time>,"));
}

#[test]
fn redirects() {
    let other = OtherHost::listen();
    let elsewhere = other.url();
    let own = HostileEdge::that(Harmed::Refreshes, |stream| redirect(stream, "/V2/Webchat/Token/Refresh"));
    let led_away = HostileEdge::that(Harmed::Refreshes, move |stream| redirect(stream, &elsewhere));
    for edge in [own, led_away] {
        Harm::of(&edge).finds(", observed 307 with an empty body");
        assert_eq!(edge.harmed(), 1, "the redirect was followed");
    }
    assert!(!other.was_visited());
}

#[test]
fn bytes_that_are_no_text() {
    harmed_by(|stream| answer(stream, "", b"{\"token\":\"\xff\xfe\"}")).finds("(it is not UTF-8)");
}

#[test]
fn nul_bytes() {
    harmed_by(|stream| answer(stream, "", b"{\"token\":\"a\0b\"}")).finds("(it has a NUL byte in it)");
}

#[test]
fn a_nul_within_a_token_is_remarked_and_no_more() {
    let harmed = harmed_by(|stream| answer(stream, "", success(r"tok-\u0000")));
    let remark = harmed.finding("member `token`");
    assert!(remark.contains("a text without control characters") && remark.contains("should"), "{remark}");
}

#[test]
fn a_drawn_member_twice_deviates() {
    let harm = |stream: &mut TcpStream| {
        let body = success("tok-twice").replace(r#""token""#, r#""token":"tok-another-one","token""#);
        answer(stream, "", body)
    };
    harmed_by(harm).finds("member `token`: expected at most once, observed more than once");
}

#[test]
fn a_member_that_is_drawn_nowhere_twice_is_remarked_and_no_more() {
    let harm = |stream: &mut TcpStream| answer(stream, "", success("tok-twice").replace('{', r#"{"x":1,"x":2,"#));
    let remark = harmed_by(harm).finding("member `x`");
    assert!(remark.contains("at most once") && remark.contains("should"), "{remark}");
}

#[test]
fn a_thousand_levels() {
    let harm = |stream: &mut TcpStream| answer(stream, "", format!("{}{}", "[".repeat(1000), "]".repeat(1000)));
    harmed_by(harm).finds("(it is nested more than 127 levels deep)");
}

#[test]
fn a_hundred_thousand_values() {
    let harm = |stream: &mut TcpStream| answer(stream, "", format!("{{\"a\":[{}0]}}", "0,".repeat(100_000)));
    harmed_by(harm).finds("(it holds more than 10000 values)");
}

#[test]
fn a_web_page() {
    let harm = |stream: &mut TcpStream| answer(stream, "", "<html><script>alert(1)</script></html>");
    harmed_by(harm).finds(", observed 200 with <html><script>");
}

#[test]
fn what_steers_a_terminal() {
    let steering = "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{8}\r\n";
    let escaped = "\\u001b[2J";
    harmed_by(move |stream| answer(stream, "", steering)).finds(r", observed 200 with \u{1b}[2J");
    let harmed = harmed_by(move |stream| {
        let body =
            success("tok-x").replace(r#""roles":["#, &format!(r#""{escaped}":"{escaped}","roles":["{escaped}","#));
        answer(stream, "", body)
    });
    assert!(harmed.stdout.contains(r"\u{1b}") || harmed.report.contains(r"\\u{1b}"), "{}", harmed.report);
    harmed_by(move |stream| answer(stream, &format!("x: {steering}"), "{}")).finds("what came back is not HTTP");
}

#[test]
fn an_answer_before_the_request_is_read() {
    // Whether the answer is read or lost with the connection is a matter of luck; neither is a token.
    let edge = HostileEdge::that(Harmed::Everything, |stream| answer(stream, "", b"{}"));
    let ended = verify(&edge, &[HARMED]).1.with(3);
    let told = ["no first token", "failed to reach the edge"].map(|words| ended.stderr.contains(words));
    assert!(told.contains(&true), "{ended:?}");
}

#[test]
fn garbage() {
    harmed_by(|stream| stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n")).finds("what came back is not HTTP");
    harmed_by(|stream| stream.write_all(b"\x16\x03\x01\0\x05hello\0\0\0")).finds("what came back is not HTTP");
}

#[test]
fn an_edge_that_speaks_no_http_at_all_cannot_be_judged() {
    let edge = HostileEdge::that(Harmed::Everything, |stream| {
        stream.read_exact(&mut [0; 10])?;
        stream.write_all(b"\x1b[31m nothing\r\n\r\n")
    });
    let (_, ended) = verify(&edge, &[HARMED]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("failed to reach the edge"), "{}", ended.stderr);
    assert!(ended.stderr.contains("what came back is not HTTP"), "{}", ended.stderr);
}

#[test]
fn first_tokens_that_are_none_cannot_be_judged() {
    let edge = HostileEdge::that(Harmed::Tokens, |stream| answer(stream, "", b"{\"token\":\"\xff\"}"));
    let (_, ended) = verify(&edge, &[HARMED, UNHARMED]);
    assert_eq!(ended.code, Some(3));
    let reason = "no first token: Starship answered 200 and no JSON (application/json, 13 bytes): it is not UTF-8";
    assert!(ended.stderr.contains(reason), "{}", ended.stderr);
}

#[test]
fn a_flood_of_interim_answers() {
    let harm = |stream: &mut TcpStream| flood(stream, &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1000));
    harmed_by(harm).finds("no complete reply within 1s");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_bounded_however_much_is_sent_to_however_many() {
    let edge = HostileEdge::that(Harmed::Refreshes, hundred_megabytes);
    let folder = Folder::new();
    let arguments = ["verify", "--url", &edge.url(), "--key-on", "CV-on", "--key-off", "CV-off", "--timeout", "2s"];
    let mut running = Program::new(arguments).within(&folder).starts();
    let mut most = 0;
    while !running.has_ended() {
        most = running.most_memory().max(most);
        thread::sleep(Duration::from_millis(2));
    }
    let ended = running.ends().with(1);
    assert!(edge.harmed() > 50, "{ended:?}");
    // About half of it is the program itself, unoptimised.
    assert!((1..128 << 20).contains(&most), "{} MB", most >> 20);
}

fn hundred_megabytes(stream: &mut TcpStream) -> std::io::Result<()> {
    announce(stream, "", 100 << 20)?;
    (0..100).try_for_each(|_| stream.write_all(&vec![b' '; 1 << 20]))
}

fn redirect(stream: &mut TcpStream, to: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(head.as_bytes())
}

/// What one harm did.
struct Harm {
    stdout: String,
    report: String,
    scenario: Value,
}

/// Verifies a deployment that does this harm to whoever refreshes a token.
fn harmed_by(harm: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Harm {
    Harm::of(&HostileEdge::that(Harmed::Refreshes, harm))
}

impl Harm {
    fn of(edge: &HostileEdge) -> Self {
        let (report, ended) = verify(edge, &[HARMED, UNHARMED]);
        assert_eq!(scenario(&report, UNHARMED)["outcome"], "passed", "{}", ended.stdout);
        let scenario = scenario(&report, HARMED).clone();
        let expected = i32::from(scenario["outcome"] == "deviates");
        assert_eq!(ended.code, Some(expected), "{}", ended.stdout);
        assert!(edge.harmed() > 0);
        Self { stdout: ended.stdout, report: report.to_string(), scenario }
    }

    /// Holds that the scenario deviates, and says so in these words.
    fn finds(self, words: &str) -> Self {
        assert_eq!(self.scenario["outcome"], "deviates", "{}", self.stdout);
        let told = self.findings().any(|finding| finding.contains(words));
        assert!(told, "{words}: {}", self.scenario["findings"]);
        self
    }

    /// Returns the finding about this subject.
    fn finding(&self, subject: &str) -> String {
        let found = self.findings().find(|finding| finding.contains(&format!(" {subject}:")));
        found.unwrap_or_else(|| panic!("{subject}: {}", self.scenario))
    }

    fn findings(&self) -> impl Iterator<Item = String> {
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        self.scenario["findings"].as_array().into_iter().flatten().map(move |finding| {
            let [severity, subject, expected, observed] =
                ["severity", "subject", "expected", "observed"].map(|name| text(finding, name));
            format!("{severity} {subject}: expected {expected}, observed {observed}")
        })
    }
}

/// Runs the program; returns its JSON report, having read the other one and looked for what steers terminals.
fn verify(edge: &HostileEdge, addresses: &[&str]) -> (Value, support::Ended) {
    let folder = Folder::new();
    let url = edge.url();
    let arguments = ["verify", "--url", &url, "--key-on", "CV-on", "--key-off", "CV-off", "--timeout", "1s"];
    let reports = ["--report", "json=report.json", "--report", "junit=report.xml"];
    let ended = Program::new(arguments.iter().chain(&reports).chain(addresses)).within(&folder).ends();
    let (json, xml) = (folder.read("report.json"), folder.read("report.xml"));
    for (sink, text) in
        [("stdout", &ended.stdout), ("stderr", &ended.stderr), ("report.json", &json), ("report.xml", &xml)]
    {
        let steers = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(steers), "{sink}: {text:?}");
    }
    support::junit(&xml);
    (serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}")), ended)
}

fn scenario<'r>(report: &'r Value, address: &str) -> &'r Value {
    let mut scenarios = report["scenarios"].as_array().into_iter().flatten();
    scenarios.find(|scenario| scenario["address"] == address).unwrap_or(&Value::Null)
}
