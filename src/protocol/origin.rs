//! Origins of pages, as browsers write them.

use reqwest::Url;

/// What a browser calls the origin of a page that has none of its own: one in a sandbox, or a file.
pub const OPAQUE_ORIGIN: &str = "null";

/// Returns whether a text is an origin as browsers write it: scheme, host, and the port unless it is the scheme's own. They
/// compare letter by letter, so that nothing else is ever equal to the origin of a page.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let Ok(url) = Url::parse(text) else { return false };
    match url.origin() {
        // No host has an asterisk in it, though a URL may.
        origin if origin.is_tuple() => origin.ascii_serialization() == text && !text.contains('*'),
        // Browsers have schemes of their own, such as that of an app.
        _ => {
            let is_bare = host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
            url.scheme() == scheme && is_bare && !host.is_empty()
        }
    }
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
            "file:///x",
            "//shop.example.com",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
