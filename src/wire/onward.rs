//! Where a call is handed on to: a router in this process, or an address elsewhere.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use hyper::{Request, Response};
use tower::ServiceExt;

use super::client::Caller;
use super::connection::BrokenOff;
use super::message::{MOST_REQUEST_BYTES, collected, end_to_end, plain};

/// Where a tap hands its calls on to.
#[derive(Debug, Clone)]
pub(crate) enum Onward {
    /// Our own participant, in this process.
    Here(Router),
    /// A real participant, or a stand-in, by its base URL.
    There(Caller, String),
}

impl Onward {
    /// Hands a request on and returns the answer.
    pub(super) async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, BrokenOff> {
        match self {
            Self::Here(router) => {
                let (mut head, body) = request.into_parts();
                let body = collected(body, MOST_REQUEST_BYTES).await?;
                let body = plain(&mut head.headers, body, MOST_REQUEST_BYTES);
                let request = Request::from_parts(head, Body::from(body));
                let response: Result<_, Infallible> = router.clone().oneshot(request).await;
                response.map_err(|never| match never {})
            }
            Self::There(caller, base) => forward(caller, base, request).await,
        }
    }
}

async fn forward(caller: &Caller, base: &str, request: Request<Body>) -> Result<Response<Body>, BrokenOff> {
    let (head, body) = request.into_parts();
    let address = format!("{base}{}", head.uri.path_and_query().map_or("/", |path| path.as_str()));
    let body = collected(body, MOST_REQUEST_BYTES).await?;
    let answer = caller
        .request(head.method, address)
        .headers(end_to_end(&head.headers))
        .body(body)
        .send()
        .await
        .map_err(|error| BrokenOff::because(caller.reason(&error)))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = end_to_end(answer.headers());
    *response.body_mut() = Body::new(reqwest::Body::from(answer));
    Ok(response)
}
