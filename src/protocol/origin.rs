//! Origins of pages, as browsers write them.

use core::net::Ipv6Addr;

/// What a browser calls the origin of a page that has none of its own: one in a sandbox, or a file.
pub const OPAQUE_ORIGIN: &str = "null";

/// The ports that a scheme has unless another is named.
const OWN_PORTS: [(&str, u16); 5] = [("http", 80), ("https", 443), ("ws", 80), ("wss", 443), ("ftp", 21)];

/// Returns whether a text is an origin as browsers write it: scheme, host, and the port unless it is the scheme's own. They
/// compare letter by letter, so that nothing else is ever equal to the origin of a page.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    is_scheme(scheme) && is_host(host) && port.is_none_or(|port| is_port(scheme, port))
}

fn is_scheme(scheme: &str) -> bool {
    let is_of_scheme = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.chars().all(is_of_scheme)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|read| read.to_string() == address);
    }
    let is_of_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    !host.is_empty() && host.chars().all(is_of_host)
}

fn is_port(scheme: &str, port: &str) -> bool {
    let Ok(number) = port.parse::<u16>() else { return false };
    number.to_string() == port && !OWN_PORTS.contains(&(scheme, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_page_can_have_is_an_origin() {
        for origin in [
            "https://shop.example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:8044",
            "https://xn--mnchen-3ya.example",
            "capacitor://localhost",
            "chrome-extension://abcdefgh",
        ] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "",
            "*",
            "null",
            "shop.example.com",
            "\"*\"",
            "'https://shop.example.com'",
            "https://shop.example.com/",
            "https://shop.example.com:443",
            "https://Shop.example.com",
            "HTTPS://shop.example.com",
            "https://a.example,https://b.example",
            "https://a.example https://b.example",
            "https://*.example.com",
            "https://user@shop.example.com",
            "https://",
            "https://shop.example.com:x",
            "https://shop.example.com:0443",
            "https://[::0:1]",
            "file:///x",
            "//shop.example.com",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
