//! A deployment that gives good first tokens and does harm to whoever refreshes one, on plain sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What it does with a connection on which a token is to be refreshed.
pub(crate) type Harm = dyn Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// Which requests it does harm to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harmed {
    /// Those that refresh a token. Browsers that ask whether they may, and first tokens, are answered well.
    Refreshes,
    /// Every one but those that ask whether anybody is there.
    Tokens,
    /// Every one.
    Everything,
}

/// A deployment that does harm, for as long as the test runs.
#[derive(Debug)]
pub(crate) struct HostileEdge {
    address: SocketAddr,
    harmed: Arc<AtomicUsize>,
}

impl HostileEdge {
    /// Listens on a free port.
    pub(crate) fn that(
        harmed: Harmed,
        harm: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let harm: Arc<Harm> = Arc::new(harm);
        let count = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (harm, count) = (Arc::clone(&harm), Arc::clone(&counted));
                // Whoever is harmed goes away, and what is written then cannot be.
                thread::spawn(move || attend(stream, harmed, &*harm, &count).unwrap_or_default());
            }
        });
        Self { address, harmed: count }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns how many requests it has done harm to.
    pub(crate) fn harmed(&self) -> usize {
        self.harmed.load(Ordering::Relaxed)
    }
}

/// A host that nobody should be led to.
#[derive(Debug)]
pub(crate) struct OtherHost(TcpListener);

impl OtherHost {
    /// Listens on a free port.
    pub(crate) fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        listener.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
        Self(listener)
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Returns whether anybody came.
    pub(crate) fn was_visited(&self) -> bool {
        match self.0.accept() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
            Ok(_) => true,
        }
    }
}

fn attend(mut stream: TcpStream, harmed: Harmed, harm: &Harm, count: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    if harmed == Harmed::Everything {
        count.fetch_add(1, Ordering::Relaxed);
        return harm(&mut stream);
    }
    let head = read_request(&mut stream)?;
    if head.starts_with("OPTIONS ") {
        return stream.write_all(
            b"HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\naccess-control-allow-methods: POST\r\n\
              access-control-allow-headers: content-type\r\nconnection: close\r\n\r\n",
        );
    }
    if harmed == Harmed::Refreshes && head.starts_with("POST /V2/Webchat/Token HTTP") {
        return answer(&mut stream, "", success("tok-good-first-one"));
    }
    count.fetch_add(1, Ordering::Relaxed);
    harm(&mut stream)
}

/// Returns the body of a success as the diagram draws it, unlike any before.
pub(crate) fn success(token: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        r#"{{"expiration":"2999-01-01T00:00:00Z","identity":"identity-{number}","roles":["chat:read"],"token":"{token}-{number}"}}"#
    )
}

/// Answers with 200, these headers, each with its line end, and this body.
pub(crate) fn answer(stream: &mut TcpStream, headers: &str, body: impl AsRef<[u8]>) -> std::io::Result<()> {
    announce(stream, headers, body.as_ref().len())?;
    stream.write_all(body.as_ref())
}

/// Writes the head of an answer with 200, these headers and this length of a body.
pub(crate) fn announce(stream: &mut TcpStream, headers: &str, length: usize) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\nconnection: close\r\n\
         {headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())
}

/// Writes as fast as it is read, until the reader goes away or a million pieces are written.
pub(crate) fn flood(stream: &mut TcpStream, piece: &[u8]) -> std::io::Result<()> {
    (0..1_000_000).try_for_each(|_| stream.write_all(piece))
}

/// Keeps the connection open and silent until the other side goes away.
pub(crate) fn hold(stream: &mut TcpStream) -> std::io::Result<()> {
    std::io::copy(stream, &mut std::io::sink()).map(|_| ())
}

/// Makes the connection end with a reset as soon as it is dropped.
pub(crate) fn reset(stream: &TcpStream) -> std::io::Result<()> {
    tokio::net::TcpSocket::from_std_stream(stream.try_clone()?).set_zero_linger()
}

/// Reads a request to the end of its body, and returns its head.
fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
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
    stream.read_exact(&mut vec![0; length.unwrap_or_default()])?;
    Ok(head)
}
