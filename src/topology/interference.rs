//! Interference: where a participant that differs from the reference on purpose changes what it sends, before a tap
//! records it. Nothing here says in what it differs.

use std::fmt::Debug;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request as Incoming;
use axum::middleware::{Next, from_fn};
use axum::response::Response as Outgoing;
use bytes::Bytes;
use hyper::{Request, Response, StatusCode};

use crate::protocol::Hop;

/// More than any of our participants answers.
const MOST_BYTES: usize = 16 << 20;

/// What participants of ours do differently from the reference.
pub trait Interference: Debug + Send + Sync {
    /// Says what the caller on a hop sends in place of a request of the reference.
    fn call(&self, hop: Hop, request: Request<Bytes>) -> Sent {
        let _ = hop;
        Sent::Once(request)
    }

    /// Returns what the callee on a hop answers a request with, in place of the reference's answer.
    fn answer(&self, hop: Hop, request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Body>;
}

/// What is sent in place of a request.
#[derive(Debug)]
pub enum Sent {
    /// This.
    Once(Request<Bytes>),
    /// One and then the other, whose answer counts.
    Both(Request<Bytes>, Request<Bytes>),
    /// Nothing: the caller goes on as if it had been answered so.
    Nothing(Response<Bytes>),
}

/// Returns a participant's router that answers as the interference says.
pub(super) fn interfered(router: Router, hop: Hop, interference: Arc<dyn Interference>) -> Router {
    router.layer(from_fn(move |request: Incoming, next: Next| {
        let interference = Arc::clone(&interference);
        async move {
            let (head, body) = request.into_parts();
            let Ok(body) = to_bytes(body, MOST_BYTES).await else { return too_large() };
            let request = Request::from_parts(head.clone(), body.clone());
            let answer = next.run(Incoming::from_parts(head, Body::from(body))).await;
            let (head, body) = answer.into_parts();
            let Ok(body) = to_bytes(body, MOST_BYTES).await else { return too_large() };
            interference.answer(hop, &request, Response::from_parts(head, body))
        }
    }))
}

fn too_large() -> Outgoing {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    answer
}
