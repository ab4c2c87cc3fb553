//! The headers that an edge carries on: those meant for the far end, and whom the request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};

/// The addresses a request came through, the client's first.
pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// The peers whose X-Forwarded-For is believed: it tells whose client sent arrow 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustedPeers {
    /// Those on this machine: a tap, a test, a proxy in front.
    #[default]
    Loopback,
    /// Every peer, known or not.
    Everyone,
    /// No peer.
    Nobody,
}

impl TrustedPeers {
    fn includes(self, peer: Option<IpAddr>) -> bool {
        match self {
            Self::Loopback => peer.is_some_and(|peer| peer.is_loopback()),
            Self::Everyone => true,
            Self::Nobody => false,
        }
    }
}

/// Drops the headers that concern one connection only, and those that describe how the body was sent on it.
pub(super) fn end_to_end(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let always = [
        CONNECTION,
        CONTENT_LENGTH,
        EXPECT,
        HOST,
        KEEP_ALIVE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        PROXY_CONNECTION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    for name in named.into_iter().chain(always) {
        headers.remove(name);
    }
}

/// Leaves X-Forwarded-For as a trusted peer sent it; otherwise sets it to the peer's address, if that is known.
pub(super) fn name_the_client(headers: &mut HeaderMap, extensions: &Extensions, trusted: TrustedPeers) {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    if trusted.includes(peer) && headers.contains_key(X_FORWARDED_FOR) {
        return;
    }
    headers.remove(X_FORWARDED_FOR);
    if let Some(address) = peer.and_then(|peer| HeaderValue::from_str(&peer.to_string()).ok()) {
        headers.insert(X_FORWARDED_FOR, address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_connection_names_stays_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-One"),
            ("connection", "x-two"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("keep-alive", "5"),
            ("transfer-encoding", "chunked"),
            ("host", "edge"),
            ("accept", "*/*"),
            ("x-three", "3"),
            ("x-three", "4"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        end_to_end(&mut headers);
        let left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["accept", "x-three"]);
        assert_eq!(headers.get_all("x-three").iter().count(), 2);
    }

    #[test]
    fn what_a_trusted_peer_says_stays() {
        assert_eq!(named(Some("127.0.0.1:9"), Some("192.0.2.1"), TrustedPeers::Loopback), ["192.0.2.1"]);
        assert_eq!(named(Some("[::ffff:127.0.0.1]:9"), Some("192.0.2.1"), TrustedPeers::Loopback), ["192.0.2.1"]);
        assert_eq!(named(Some("198.51.100.7:9"), Some("192.0.2.1"), TrustedPeers::Everyone), ["192.0.2.1"]);
        assert_eq!(named(None, Some("192.0.2.1"), TrustedPeers::Everyone), ["192.0.2.1"]);
    }

    #[test]
    fn what_another_peer_says_is_replaced_by_its_address() {
        assert_eq!(named(Some("198.51.100.7:9"), Some("192.0.2.1"), TrustedPeers::Loopback), ["198.51.100.7"]);
        assert_eq!(named(Some("127.0.0.1:9"), Some("192.0.2.1"), TrustedPeers::Nobody), ["127.0.0.1"]);
        assert_eq!(named(None, Some("192.0.2.1"), TrustedPeers::Loopback), [""; 0]);
    }

    #[test]
    fn a_peer_that_says_nothing_is_named() {
        assert_eq!(named(Some("127.0.0.1:9"), None, TrustedPeers::Loopback), ["127.0.0.1"]);
        assert_eq!(named(Some("[2001:db8::1]:9"), None, TrustedPeers::Everyone), ["2001:db8::1"]);
    }

    fn named(peer: Option<&str>, said: Option<&'static str>, trusted: TrustedPeers) -> Vec<String> {
        let mut extensions = Extensions::new();
        if let Some(peer) = peer {
            extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        }
        let mut headers = HeaderMap::new();
        if let Some(said) = said {
            headers.insert(X_FORWARDED_FOR, HeaderValue::from_static(said));
        }
        name_the_client(&mut headers, &extensions, trusted);
        headers.get_all(X_FORWARDED_FOR).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}
