//! Addresses for those that have to be known before anybody listens there.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Returns an address that is free, and stays so: it lies below the ports that systems hand out for port 0.
pub(crate) fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 100).unwrap_or_default() * 100;
    let candidates = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed));
    let mut addresses = candidates.map(|port| format!("127.0.0.1:{port}"));
    addresses.find(|address| TcpListener::bind(address.as_str()).is_ok()).unwrap_or_default()
}
