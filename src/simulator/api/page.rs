//! The live page: HTML, CSS and the modules of its JavaScript, from the program itself and nowhere else.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str, &str); 9] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/page.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("../page/page.css")),
    ("/page.js", JAVASCRIPT, include_str!("../page/page.js")),
    ("/admin.js", JAVASCRIPT, include_str!("../page/admin.js")),
    ("/controls.js", JAVASCRIPT, include_str!("../page/controls.js")),
    ("/details.js", JAVASCRIPT, include_str!("../page/details.js")),
    ("/diagram.js", JAVASCRIPT, include_str!("../page/diagram.js")),
    ("/layout.js", JAVASCRIPT, include_str!("../page/layout.js")),
    ("/dom.js", JAVASCRIPT, include_str!("../page/dom.js")),
];

/// What the page may load and run: what comes from here, so that text from the network can never become a program.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves the page's files.
pub(super) fn router() -> Router {
    FILES
        .into_iter()
        .fold(Router::new(), |router, (path, kind, text)| router.route(path, get(async move || file(kind, text))))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    for (name, value) in [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
