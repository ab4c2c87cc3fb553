//! A message at one end of a hop: read whole within bounds, and told as it is recorded. Hands nothing on.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use hyper::{Request, Response};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::call_failure::reason;
use super::connection::BrokenOff;
use super::content_encoding::{meant, unpacked};
use crate::transcript::{self, Reply};

/// How much of a reply is read: far more than any of this flow has, and little enough to read many at once.
pub(super) const MOST_REPLY_BYTES: usize = 256 << 10;
/// How much of a request's body a tap takes; more breaks the call off.
pub(super) const MOST_REQUEST_BYTES: usize = 4 << 20;
/// How much of one is read where the router behind refuses it for its size; more breaks the call off.
const MOST_READ_BYTES: usize = 64 << 20;

/// Reads a request to its end before anybody answers it: a caller that is answered while it still sends may lose the
/// answer with the connection. What is more than a tap takes is read and left out: every router refuses less than that.
pub(super) async fn with_whole_body<B>(request: Request<B>) -> Result<Request<Body>, BrokenOff>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let mut room = Held(None);
    let mut body = std::pin::pin!(Limited::new(body, MOST_READ_BYTES));
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BrokenOff::because(reason(&*error)))?;
        let piece = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        let rest = MOST_REQUEST_BYTES - kept.len();
        let piece = piece.get(..rest).unwrap_or(piece);
        room.grow_to(kept.len() + piece.len())?;
        kept.extend_from_slice(piece);
    }
    let mut request = Request::from_parts(head, Body::from(kept.freeze()));
    request.extensions_mut().insert(std::sync::Arc::new(room));
    Ok(request)
}

/// As much of all requests together is held at once; whoever sends more has to send it later.
const MOST_HELD_KIB: usize = 256 << 10;

/// What is left of that.
static ROOM_KIB: Semaphore = Semaphore::const_new(MOST_HELD_KIB);

/// The room that a body takes, until this is dropped.
#[derive(Debug)]
pub(super) struct Held(Option<SemaphorePermit<'static>>);

/// Reads a request's body within its own bounds, and those of all that are read at once.
pub(super) async fn collected_within_bounds<B>(body: B) -> Result<(Bytes, Held), BrokenOff>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut held = Held(None);
    let mut body = std::pin::pin!(Limited::new(body, MOST_REQUEST_BYTES));
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken_off(&*error, MOST_REQUEST_BYTES))?;
        let piece = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
        held.grow_to(kept.len() + piece.len())?;
        kept.extend_from_slice(piece);
    }
    Ok((kept.freeze(), held))
}

impl Held {
    fn grow_to(&mut self, bytes: usize) -> Result<(), BrokenOff> {
        let has = self.0.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = u32::try_from(bytes.div_ceil(1 << 10).saturating_sub(has)).unwrap_or(u32::MAX);
        let full = |_| BrokenOff::because("more requests at once than there is room for");
        let permit = ROOM_KIB.try_acquire_many(more).map_err(full)?;
        match &mut self.0 {
            Some(held) => held.merge(permit),
            None => self.0 = Some(permit),
        }
        Ok(())
    }
}

fn broken_off(error: &(dyn std::error::Error + Send + Sync + 'static), most: usize) -> BrokenOff {
    if error.is::<LengthLimitError>() {
        BrokenOff::because(format!("a body of more than {most} bytes"))
    } else {
        BrokenOff::because(reason(error))
    }
}

pub(super) async fn collected<B>(body: B, most: usize) -> Result<Bytes, BrokenOff>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Box::pin(Limited::new(body, most).collect()).await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| broken_off(&*error, most))
}

/// Returns the headers that are not about one connection alone. What a tap was told to expect has come by then.
pub(super) fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const PER_CONNECTION: [&str; 10] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let mut kept = headers.clone();
    let listed = headers.get_all("connection").into_iter().filter_map(|value| value.to_str().ok());
    for name in listed.flat_map(|value| value.split(',')).map(str::trim).chain(PER_CONNECTION) {
        kept.remove(name);
    }
    kept
}

/// Takes a body out of its encodings, for one of ours, who knows none. What cannot be taken out stays as it is.
pub(super) fn plain(headers: &mut HeaderMap, body: Bytes, most: usize) -> Bytes {
    match unpacked(headers, &body, most) {
        Ok(Some(said)) => {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
            said
        }
        Ok(None) | Err(_) => body,
    }
}

pub(super) fn recorded_request(head: &hyper::http::request::Parts, body: Bytes) -> transcript::Request {
    transcript::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: recorded_headers(&head.headers),
        body: meant(&head.headers, body, MOST_REQUEST_BYTES),
    }
}

pub(super) async fn recorded_reply(response: Response<Body>) -> Result<(Response<()>, Bytes, Reply), BrokenOff> {
    let (head, body) = response.into_parts();
    let body = collected(body, MOST_REPLY_BYTES).await?;
    let reply = Reply {
        status: head.status.as_u16(),
        headers: recorded_headers(&head.headers),
        body: meant(&head.headers, body.clone(), MOST_REPLY_BYTES),
    };
    Ok((Response::from_parts(head, ()), body, reply))
}

/// Returns the headers as recorded; bytes that are not UTF-8 become replacement characters.
pub(super) fn recorded_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_take_no_more_room_together_than_there_is() {
        let body = || http_body_util::Full::new(Bytes::from(vec![b'x'; MOST_REQUEST_BYTES]));
        let mut held = Vec::new();
        let refused = loop {
            match collected_within_bounds(body()).await {
                Ok((_, room)) => held.push(room),
                Err(refused) => break refused,
            }
        };
        assert_eq!(refused.to_string(), "more requests at once than there is room for");
        assert!(held.len() <= MOST_HELD_KIB / (MOST_REQUEST_BYTES >> 10) && held.len() > 10, "{}", held.len());
        held.pop();
        assert!(collected_within_bounds(body()).await.is_ok());
    }
}
