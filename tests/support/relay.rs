//! A relay that hands on what it is asked, and remembers how it was asked: before one address, or as a proxy.

use std::io::{Error, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A relay, for as long as the test runs. Each connection carries one request, or a tunnel.
#[derive(Debug)]
pub(crate) struct Relay {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

/// Where a relay hands a request on to.
#[derive(Debug, Clone)]
enum Onward {
    /// Always here.
    To(String),
    /// Always here, without the headers of this name, in lower case.
    Without(&'static str, String),
    /// Wherever the request says, provided that it carries this as its credentials.
    Asked(Option<String>),
    /// Nowhere: this is the answer to everything.
    Nowhere(&'static str),
}

impl Relay {
    /// Stands before an address.
    pub(crate) fn before(address: &str) -> Self {
        Self::of(Onward::To(address.to_owned()))
    }

    /// Stands before an address and keeps a header, named in lower case, to itself.
    pub(crate) fn forgetting(header: &'static str, address: &str) -> Self {
        Self::of(Onward::Without(header, address.to_owned()))
    }

    /// Is a proxy, which tunnels what it is asked to with `CONNECT` and forwards everything else.
    pub(crate) fn proxy() -> Self {
        Self::of(Onward::Asked(None))
    }

    /// Is a proxy that wants `Proxy-Authorization` to be this.
    pub(crate) fn proxy_for(credentials: &str) -> Self {
        Self::of(Onward::Asked(Some(credentials.to_owned())))
    }

    /// Is a proxy that answers everything itself.
    pub(crate) fn proxy_answering(answer: &'static str) -> Self {
        Self::of(Onward::Nowhere(answer))
    }

    fn of(onward: Onward) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (onward, heard) = (onward.clone(), Arc::clone(&heard));
                // Either side may hang up whenever it likes.
                thread::spawn(move || relay(stream, &onward, &heard).unwrap_or_default());
            }
        });
        Self { address, heads }
    }

    /// Returns host and port.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the line and headers of every request so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn relay(mut stream: TcpStream, onward: &Onward, heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let behind = match onward {
        Onward::To(address) => {
            let mut behind = TcpStream::connect(address)?;
            behind.write_all(head.as_bytes())?;
            behind
        }
        Onward::Without(header, address) => {
            let mut behind = TcpStream::connect(address)?;
            let is_kept = |line: &&str| !line.to_ascii_lowercase().starts_with(&format!("{header}:"));
            behind.write_all(head.split_inclusive("\r\n").filter(is_kept).collect::<String>().as_bytes())?;
            behind
        }
        Onward::Asked(Some(credentials)) if !head.contains(&format!("uthorization: {credentials}\r\n")) => {
            return stream.write_all(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Onward::Nowhere(answer) => return stream.write_all(answer.as_bytes()),
        Onward::Asked(_) => {
            let Some(behind) = asked(&mut stream, &head)? else { return Ok(()) };
            behind
        }
    };
    let (mut back, mut forth) = (behind.try_clone()?, stream.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut back, &mut forth);
        let _ = forth.shutdown(Shutdown::Write);
    });
    let mut behind = behind;
    std::io::copy(&mut stream, &mut behind)?;
    behind.shutdown(Shutdown::Write)
}

/// Connects to where a proxy is asked to, and begins what follows; nothing where nobody is there.
fn asked(stream: &mut TcpStream, head: &str) -> std::io::Result<Option<TcpStream>> {
    if let Some(target) = head.strip_prefix("CONNECT ") {
        let Ok(behind) = TcpStream::connect(target.split(' ').next().unwrap_or_default()) else {
            stream.write_all(b"HTTP/1.1 502 Nobody there\r\ncontent-length: 0\r\n\r\n")?;
            return Ok(None);
        };
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        return Ok(Some(behind));
    }
    let (method, target) = head.split_once(" http://").ok_or(Error::other("no absolute form"))?;
    let (host, path) = target.split_once('/').ok_or(Error::other("no path"))?;
    let mut behind = TcpStream::connect(host)?;
    behind.write_all(format!("{method} /{path}").as_bytes())?;
    Ok(Some(behind))
}
