//! `NO_PROXY`: the hosts that are called directly, as curl takes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// What `NO_PROXY` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NoProxy {
    /// Whether it is `*` and nothing else; in a list, that is the name of no host.
    all: bool,
    /// Domains and addresses, with or without the length of a prefix.
    listed: Vec<String>,
}

impl NoProxy {
    /// Reads a list whose entries are separated by commas, blanks or both.
    pub(super) fn read(text: &str) -> Self {
        let entries = text.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
        Self { all: text == "*", listed: entries.map(str::to_owned).collect() }
    }

    /// Returns whether the host of this URL is called directly, on whatever port.
    pub(super) fn covers(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let listed = |matches: &dyn Fn(&str) -> bool| self.all || self.listed.iter().any(|entry| matches(entry));
        match bare.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => listed(&|entry| is_in_network_4(address, entry)),
            Ok(IpAddr::V6(address)) => listed(&|entry| is_in_network_6(address, entry)),
            Err(_) => listed(&|entry| is_in_domain(host, entry)),
        }
    }
}

/// Returns whether a host is the domain or lies under it. A dot before or behind either says nothing.
fn is_in_domain(host: &str, domain: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase();
    !domain.is_empty() && host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in_network_4(address: Ipv4Addr, network: &str) -> bool {
    let (base, length) = prefix_of(network);
    let Ok(base) = base.parse::<Ipv4Addr>() else { return false };
    match length.unwrap_or(0) {
        0 => address == base,
        length @ 1..=32 => (address.to_bits() ^ base.to_bits()) >> (32 - length) == 0,
        _ => false,
    }
}

fn is_in_network_6(address: Ipv6Addr, network: &str) -> bool {
    let (base, length) = prefix_of(network);
    let Ok(base) = base.parse::<Ipv6Addr>() else { return false };
    match length.unwrap_or(0) {
        0 => address == base,
        length @ 1..=128 => (address.to_bits() ^ base.to_bits()) >> (128 - length) == 0,
        _ => false,
    }
}

/// Returns an address and the length of its prefix. One that is no number is as good as none, and so is 0.
fn prefix_of(network: &str) -> (&str, Option<u32>) {
    let (base, length) = network.split_once('/').map_or((network, None), |(base, length)| (base, Some(length)));
    (base, length.map(|length| length.parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_covered_as_curl_covers_them() {
        for (list, host, expected) in [
            ("*", "flex.example", true),
            ("*", "[::1]", true),
            ("a.example,*", "flex.example", false),
            ("*.example", "flex.example", false),
            ("example", "flex.example", true),
            (".example", "flex.example", true),
            (".flex.example", "flex.example", true),
            ("FLEX.example.", "flex.example", true),
            ("flex.example", "flex.example.", true),
            ("lex.example", "flex.example", false),
            ("b.example flex.example", "a.flex.example", true),
            ("b.example,\t , flex.example", "flex.example", true),
            ("flex.example:8080", "flex.example", false),
            (".", "flex.example", false),
            ("", "flex.example", false),
            ("10.0.0.0/8,::1", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.0/33", "10.0.0.0", false),
            ("10.1.2.3/0", "10.1.2.4", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("2.3", "10.1.2.3", false),
            ("10.0.0.0/8,::1", "[::1]", true),
            ("[::1]", "[::1]", false),
            ("fe80::/10", "[fe80::1]", true),
            ("2001:db8::/32", "[2001:db9::1]", false),
            ("0:0:0:0:0:0:0:1", "[::1]", true),
        ] {
            let url = Url::parse(&format!("http://{host}:8080/x")).unwrap();
            assert_eq!(NoProxy::read(list).covers(&url), expected, "{list} {host}");
        }
    }
}
