//! Who may use the admin API: from this machine, whoever is no page of another site; from elsewhere, who has the token.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::api::Problem;

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
    let headers = request.headers();
    let refusal = match &token {
        Some(token) if presented(headers).as_ref() != Some(token) => Some(unauthorized()),
        // A page of another site must not be able to use what listens on its reader's machine, by whatever name.
        None if !is_of_this_machine(headers) => Some(
            Problem::new(StatusCode::FORBIDDEN, "the host is none of this machine")
                .hint("call it by its address, such as http://127.0.0.1:7005")
                .into_response(),
        ),
        _ if is_of_another_site(headers) => {
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

fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return true };
    is_loopback(host_of(host))
}

fn is_of_another_site(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let own = headers.get(HOST).map(HeaderValue::as_bytes);
    let site = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, site)| site.as_bytes());
    site != own
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
            let headers = [(HOST, HeaderValue::from_static(host))].into_iter().collect();
            assert_eq!(is_of_this_machine(&headers), expected, "{host}");
        }
    }

    #[test]
    fn a_page_is_of_another_site_unless_it_was_loaded_from_here() {
        for (origin, expected) in [
            ("http://127.0.0.1:7005", false),
            ("http://127.0.0.1:7001", true),
            ("https://evil.example", true),
            ("null", true),
        ] {
            let host = (HOST, HeaderValue::from_static("127.0.0.1:7005"));
            let headers = [host, (ORIGIN, HeaderValue::from_static(origin))].into_iter().collect();
            assert_eq!(is_of_another_site(&headers), expected, "{origin}");
        }
        assert!(!is_of_another_site(&HeaderMap::new()));
    }
}
