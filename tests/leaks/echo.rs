//! A deployment that gives back what it was sent, each time somewhere else and written otherwise.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::searcher::forms;
use crate::support::success;

/// What a first token begins with.
pub(crate) const TOKEN: &str = "tKn9wQz7-canary-token";
/// How many ways there are to give something back.
pub(crate) const WAYS: usize = 13;

/// The deployment, for as long as the test runs.
#[derive(Debug)]
pub(crate) struct Echo {
    url: String,
    echoed: Arc<AtomicUsize>,
}

impl Echo {
    /// Listens on a free port. From this refresh on, none is answered any more.
    pub(crate) fn silent_after(refreshes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let url = format!("http://{}", listener.local_addr().unwrap_or_else(|error| panic!("{error}")));
        let echoed = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&echoed);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                // Whoever asked may have gone away.
                thread::spawn(move || attend(stream, &counted, refreshes).unwrap_or_default());
            }
        });
        Self { url, echoed }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns how many refreshes it was asked for.
    pub(crate) fn echoed(&self) -> usize {
        self.echoed.load(Ordering::Relaxed)
    }
}

fn attend(mut stream: TcpStream, echoed: &AtomicUsize, refreshes: usize) -> std::io::Result<()> {
    let (head, body) = read(&mut stream)?;
    if head.starts_with("OPTIONS ") {
        return reply(&mut stream, "204 No Content", "", "");
    }
    if head.starts_with("POST /V2/Webchat/Token HTTP") {
        return reply(&mut stream, "200 OK", "", &success(TOKEN));
    }
    let number = echoed.fetch_add(1, Ordering::Relaxed);
    if number >= refreshes {
        return std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ());
    }
    let json: Value = serde_json::from_str(&body).unwrap_or_default();
    let sent = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
            .unwrap_or_default()
    };
    let secrets = [sent("token"), sent("deploymentKey"), header("x-api-key"), header("authorization")];
    let said = secrets.iter().filter(|secret| !secret.is_empty()).cloned().collect::<Vec<_>>();
    let (status, headers, body) = answer(number % WAYS, &said, &body);
    reply(&mut stream, &status, &headers, &body)
}

/// Returns the status, the headers and the body that give this back.
fn answer(way: usize, secrets: &[String], body: &str) -> (String, String, String) {
    let first = secrets.first().cloned().unwrap_or_default();
    let all = |change: &dyn Fn(&String) -> String| secrets.iter().map(change).collect::<Vec<_>>().join(" and ");
    let form = |name: &str| {
        all(&|secret| {
            let of_name = forms(secret).into_iter().filter(|form| form.name == name);
            of_name.map(|form| form.written).collect::<Vec<_>>().join(" or ")
        })
    };
    let refused = |message: String| {
        let body = serde_json::json!({ "valid": false, "code": 45775, "message": message });
        ("403 Forbidden".to_owned(), String::new(), body.to_string())
    };
    let plain = |secret: &String| secret.clone();
    match way {
        0 => refused(format!("no token {}", all(&plain))),
        1 => refused(format!("x{}", form("in Base64"))),
        2 => refused(form("in Base64 for URLs")),
        3 => refused(form("percent-encoded")),
        4 => refused(form("in hexadecimal")),
        5 => refused(all(&|secret| format!("{} or {}", secret.to_uppercase(), secret.to_lowercase()))),
        6 => refused(all(&|secret| format!("it begins with {}, with x{}", &secret[..8], &secret[..secret.len() - 1]))),
        7 => {
            let headers = format!(
                "access-control-allow-origin: {first}\r\nx-echo: {}\r\nlocation: /refused?why={first}\r\nset-cookie: {first}\r\n",
                all(&plain)
            );
            ("302 Found".to_owned(), headers, "{}".to_owned())
        }
        8 => {
            let members = secrets.iter().map(|secret| (secret.clone(), Value::from(body)));
            ("200 OK".to_owned(), String::new(), Value::Object(members.collect()).to_string())
        }
        9 => ("500 Internal Server Error".to_owned(), String::new(), format!("<pre>panicked at {}</pre>", all(&plain))),
        10 => {
            let escaped = form("escaped for JSON").replace('"', "");
            (
                "200 OK".to_owned(),
                String::new(),
                format!("{{\"roles\":[\"{escaped}\"],\"identity\":[],\"code\":{escaped:?}}}"),
            )
        }
        11 => (format!("403 {first}"), format!("{first} broken header\r\n"), String::new()),
        _ => {
            let roles = serde_json::json!({
                "expiration": first, "identity": first, "roles": [secrets], "token": { "value": [secrets] },
            });
            ("200 OK".to_owned(), String::new(), roles.to_string())
        }
    }
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\naccess-control-allow-methods: POST\r\n\
         access-control-allow-headers: *\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

fn read(stream: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body)?;
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}
