//! Services in processes of their own, as real ones are, and the addresses they are found at.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use hopcheck::protocol::Participant;
use serde_json::Value;

use super::{Folder, Program, Running, until};

/// Starts one service with the accounts of the folder, and returns where it is.
pub(crate) fn start(folder: &Folder, service: Participant, calls: Option<&str>) -> (Running, String) {
    let upstream = calls.map(|url| format!("{}={url}", service.key()));
    let more = upstream.iter().flat_map(|upstream| ["--upstream", upstream]);
    let codes = ["--invalid-token-code", "61001", "--fingerprint-invalid-code", "61002"];
    let only = ["--accounts", "accounts.toml", "--only", service.key()];
    let (running, addresses) = start_with(folder, only.into_iter().chain(codes).chain(more));
    (running, addresses[service.key()].as_str().unwrap_or_default().to_owned())
}

/// Starts the simulator with these arguments, and returns where its services are.
pub(crate) fn start_with(folder: &Folder, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> (Running, Value) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let ready = format!("ready-{}.json", NEXT.fetch_add(1, Ordering::Relaxed));
    let program = Program::new(["simulate", "--any-port", "--ready-file", &ready]).within(folder);
    let mut running = arguments.into_iter().fold(program, Program::and).starts();
    let addresses = until("the simulator", || {
        assert!(!running.has_ended(), "the simulator ended");
        serde_json::from_str(&folder.try_read(&ready)?).ok()
    });
    (running, addresses)
}

/// Returns an address that is free, and stays so: it lies below the ports that systems hand out for port 0.
pub(crate) fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 100).unwrap_or_default() * 100;
    let candidates = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed));
    let mut addresses = candidates.map(|port| format!("127.0.0.1:{port}"));
    addresses.find(|address| TcpListener::bind(address.as_str()).is_ok()).unwrap_or_default()
}
