//! Interference: where a participant that differs from the reference on purpose changes what it sends, before a tap
//! records it. Nothing here says in what it differs.

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request as Incoming;
use axum::middleware::{Next, from_fn};
use axum::response::Response as Outgoing;
use bytes::Bytes;
use futures::stream;
use hyper::header::CONTENT_LENGTH;
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

    /// Returns whether [`call`](Self::call) may change anything.
    fn changes_calls(&self) -> bool {
        true
    }

    /// Returns what the callee on a hop takes a request for, which was recorded as it came.
    fn hear(&self, hop: Hop, request: Request<Bytes>) -> Request<Bytes> {
        let _ = hop;
        request
    }

    /// Returns what the callee on a hop answers a request with, in place of the reference's answer.
    fn answer(&self, hop: Hop, request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Bytes>;

    /// Returns how answers are sent.
    fn manner(&self) -> Manner {
        Manner::default()
    }
}

/// How answers are sent, whatever they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// How long each is kept back.
    pub delay: Duration,
    /// Whether bodies come in pieces whose number is not announced.
    pub in_pieces: bool,
    /// Whether the names of headers are written `Like-This`.
    pub title_case_headers: bool,
}

/// What is sent in place of a request.
#[derive(Debug)]
pub enum Sent {
    /// This.
    Once(Request<Bytes>),
    /// One and then the other, whose answer counts.
    Both(Box<[Request<Bytes>; 2]>),
    /// Nothing: the caller goes on as if it had been answered so.
    Nothing(Response<Bytes>),
}

/// Returns a participant's router that answers as the interference says.
pub(crate) fn interfered(router: Router, hop: Hop, interference: Arc<dyn Interference>) -> Router {
    router.layer(from_fn(move |request: Incoming, next: Next| {
        let interference = Arc::clone(&interference);
        async move {
            let (head, body) = request.into_parts();
            let Ok(body) = to_bytes(body, MOST_BYTES).await else { return too_large() };
            let request = Request::from_parts(head, body);
            let understood = interference.hear(hop, request.clone());
            let (head, body) = next.run(understood.map(Body::from)).await.into_parts();
            let Ok(body) = to_bytes(body, MOST_BYTES).await else { return too_large() };
            let answer = interference.answer(hop, &request, Response::from_parts(head, body));
            let manner = interference.manner();
            if !manner.delay.is_zero() {
                tokio::time::sleep(manner.delay).await;
            }
            if manner.in_pieces { in_pieces(answer) } else { answer.map(Body::from) }
        }
    }))
}

fn in_pieces(answer: Response<Bytes>) -> Outgoing {
    let (mut head, body) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    let pieces: Vec<Result<Bytes, Infallible>> =
        body.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Response::from_parts(head, Body::from_stream(stream::iter(pieces)))
}

fn too_large() -> Outgoing {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    answer
}
