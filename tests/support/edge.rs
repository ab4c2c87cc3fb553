//! An edge that lets itself be reached and then never answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// Answers `OPTIONS`, which hopcheck asks with whether anybody is there, gives one first token, and leaves every other
/// request unanswered.
#[derive(Debug)]
pub(crate) struct StubbornEdge {
    address: SocketAddr,
    asked: Receiver<TcpStream>,
}

impl StubbornEdge {
    /// Listens on a free port for as long as the test runs.
    pub(crate) fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let (tell, asked) = channel();
        let generous = Arc::new(AtomicBool::new(true));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                let generous = Arc::clone(&generous);
                thread::spawn(move || answer(stream, &tell, &generous));
            }
        });
        Self { address, asked }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for a request that is left unanswered, and returns its connection, which breaks when it is dropped.
    pub(crate) fn left_unanswered(&self) -> TcpStream {
        self.asked.recv_timeout(Duration::from_mins(1)).unwrap_or_else(|error| panic!("nobody asked: {error}"))
    }
}

fn answer(mut stream: TcpStream, tell: &Sender<TcpStream>, generous: &AtomicBool) {
    let mut asked = Vec::new();
    let mut byte = [0];
    while matches!(stream.read(&mut byte), Ok(1)) {
        asked.push(byte[0]);
        if !asked.ends_with(b"\r\n\r\n") {
            continue;
        }
        if asked.starts_with(b"POST /V2/Webchat/Token HTTP") && generous.swap(false, Ordering::Relaxed) {
            // It may have gone already.
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"token\":\"t\"}");
            return;
        }
        if !asked.starts_with(b"OPTIONS") {
            // Nobody may be waiting for it any more.
            let _ = tell.send(stream);
            return;
        }
        asked.clear();
        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
    }
}
