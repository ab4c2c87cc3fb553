//! Who may use the admin API: from this machine, whoever is no page of another site; from elsewhere, who has the token.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// What lets somebody use the admin API from another machine. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

impl AdminToken {
    /// Takes this text for the token. Only its hash is kept, so that comparing takes the same time whatever is presented.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text.trim()).into())
    }

    /// Returns whether an admin API at this address needs a token.
    pub fn is_needed_at(address: SocketAddr) -> bool {
        !address.ip().is_loopback()
    }
}

/// Lets a request pass, or says why not.
pub(super) async fn guard(State(token): State<Option<AdminToken>>, request: Request, next: Next) -> Response {
    let refusal = match &token {
        Some(token) if presented(request.headers()).as_ref() != Some(token) => Some(unauthorized()),
        // A page of another site must not be able to use what listens on its reader's machine, by whatever name.
        None if !is_for_this_machine(&request) => Some(
            Problem::new(StatusCode::FORBIDDEN, "the host is none of this machine")
                .hint("call it by its address, such as http://127.0.0.1:7005")
                .into_response(),
        ),
        _ if is_of_another_site(&request) => {
            let problem = Problem::new(StatusCode::FORBIDDEN, "a page of another site may not use this API");
            Some(problem.hint("open the page that is served beside it, or call it from a program").into_response())
        }
        _ => None,
    };
    match refusal {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

fn presented(headers: &HeaderMap) -> Option<AdminToken> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| AdminToken::new(token))
}

fn unauthorized() -> Response {
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "this API needs its token").hint(
        "send `authorization: Bearer TOKEN`; the token was printed when the simulator started, or is HOPCHECK_ADMIN_TOKEN",
    );
    let mut response = problem.into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn is_for_this_machine<B>(request: &Request<B>) -> bool {
    called(request).all(|called| called.is_some_and(|authority| is_loopback(host_of(authority))))
}

fn is_of_another_site<B>(request: &Request<B>) -> bool {
    let Some(origin) = request.headers().get(ORIGIN) else { return false };
    let site = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, site)| site);
    site.is_none() || !called(request).any(|called| called == site)
}

/// Returns by what names the request is for whoever it reached: that of its target, which HTTP/2 has in place of a header,
/// and those of its headers. One that cannot be read is none.
fn called<B>(request: &Request<B>) -> impl Iterator<Item = Option<&str>> {
    let target = request.uri().authority().map(|authority| Some(authority.as_str()));
    target.into_iter().chain(request.headers().get_all(HOST).iter().map(|host| host.to_str().ok()))
}

fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_this_machine_is_known_by_its_name_or_address() {
        for (host, expected) in [
            ("127.0.0.1:7005", true),
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("[::1]:7005", true),
            ("127.8.9.1", true),
            ("evil.example:7005", false),
            ("127.0.0.1.evil.example", false),
            ("10.0.0.7:7005", false),
        ] {
            assert_eq!(is_for_this_machine(&request("/", &[("host", host)])), expected, "{host}");
            // As HTTP/2 says it, and as whoever takes this for a proxy does.
            let target = format!("http://{host}/");
            assert_eq!(is_for_this_machine(&request(&target, &[])), expected, "{host}");
            assert_eq!(is_for_this_machine(&request(&target, &[("host", "localhost")])), expected, "{host}");
            assert_eq!(
                is_for_this_machine(&request("/", &[("host", "localhost"), ("host", host)])),
                expected,
                "{host}"
            );
        }
        assert!(is_for_this_machine(&request("/", &[])));
        assert!(!is_for_this_machine(&request("/", &[("host", "é")])));
    }

    #[test]
    fn a_page_is_of_another_site_unless_it_was_loaded_from_here() {
        for (origin, expected) in [
            ("http://127.0.0.1:7005", false),
            ("http://127.0.0.1:7001", true),
            ("https://evil.example", true),
            ("null", true),
        ] {
            let by_header = request("/", &[("host", "127.0.0.1:7005"), ("origin", origin)]);
            let by_target = request("http://127.0.0.1:7005/", &[("origin", origin)]);
            assert_eq!([by_header, by_target].map(|it| is_of_another_site(&it)), [expected; 2], "{origin}");
        }
        assert!(!is_of_another_site(&request("/", &[])));
        assert!(is_of_another_site(&request("/", &[("origin", "null")])));
    }

    fn request(target: &str, headers: &[(&str, &str)]) -> Request<()> {
        let request = Request::builder().uri(target);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(()).unwrap()
    }
}
