//! The participant downstream of another, as the other calls it: one bounded exchange, never repeated.
//!
//! What the reply means is judged by the caller.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal::{Failure, Refused};
use super::whole_body::{Incomplete, read_whole};
use crate::protocol::{Participant, REQUEST_ID_HEADER, Route};

/// Where the next participant is, and how long it may take. Arrow 1, as Starship forwards it, and arrows 5 to 8 are sent
/// there.
#[derive(Debug, Clone)]
pub struct Downstream {
    /// Who is called.
    pub participant: Participant,
    /// The URL before which nothing of the flow's paths stands, such as `http://127.0.0.1:7003`.
    pub base: String,
    /// The client that calls it. It should follow no redirects and repeat no request.
    pub http: Client,
    /// How long connecting, the headers and the whole body of the reply may take together.
    pub deadline: Duration,
}

impl Downstream {
    /// The size of the largest reply that is read, in bytes.
    pub const REPLY_LIMIT: usize = 1024 * 1024;

    /// Sends a JSON body on behalf of whoever sent these headers, under the name that the request has if it has
    /// one, and returns the reply.
    pub(super) async fn ask(
        &self,
        (route, path): (&Route, &str),
        body: &impl Serialize,
        on_behalf_of: &HeaderMap,
    ) -> Result<Reply, Refused> {
        let method = Method::from_bytes(route.method.as_bytes()).unwrap_or(Method::POST);
        let request = self.request(method, path).json(body);
        let request = match on_behalf_of.get(REQUEST_ID_HEADER) {
            Some(id) => request.header(REQUEST_ID_HEADER, id),
            None => request,
        };
        self.send(request).await
    }

    /// Begins a request to a path, which may have a query.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base.trim_end_matches('/')))
    }

    /// Sends a request once and returns the reply, whatever it says.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Reply, Refused> {
        let callee = self.participant;
        let outcome = tokio::time::timeout(self.deadline, exchange(request)).await;
        match outcome.unwrap_or(Err(Failure::TimedOut)) {
            Ok((status, headers, body)) => Ok(Reply { callee, status, headers, body }),
            Err(failure) => Err(Refused::Downstream { callee, failure }),
        }
    }
}

async fn exchange(request: RequestBuilder) -> Result<(StatusCode, HeaderMap, Bytes), Failure> {
    let response = request.send().await.map_err(|error| failure_of(&error))?;
    let (parts, body) = axum::http::Response::<reqwest::Body>::from(response).into_parts();
    match read_whole(body, Downstream::REPLY_LIMIT).await {
        Ok(body) => Ok((parts.status, parts.headers, body)),
        Err(Incomplete::TooLarge | Incomplete::BrokenOff) => Err(Failure::Unusable),
    }
}

fn failure_of(error: &reqwest::Error) -> Failure {
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable }
}

/// What the participant downstream answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) callee: Participant,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    /// Reads the body of a reply that answers the question: a success, or a refusal of this very request.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        if !self.status.is_success() && !self.status.is_client_error() {
            return Err(self.unusable());
        }
        serde_json::from_slice(&self.body).ok().ok_or_else(|| self.unusable())
    }

    /// Returns the refusal of whoever cannot go on with this reply. A timeout further downstream remains one.
    pub(super) fn unusable(&self) -> Refused {
        let timed_out = self.status == StatusCode::GATEWAY_TIMEOUT;
        let failure = if timed_out { Failure::TimedOut } else { Failure::Unusable };
        Refused::Downstream { callee: self.callee, failure }
    }
}

/// Hands the reply on: its status, content type and body as they came, and no other header.
impl IntoResponse for Reply {
    fn into_response(mut self) -> Response {
        let mut response = (self.status, self.body).into_response();
        response.headers_mut().remove(CONTENT_TYPE);
        if let Some(content_type) = self.headers.remove(CONTENT_TYPE) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use wiremock::MockServer;

    use super::super::testing::client;
    use super::*;

    #[tokio::test]
    async fn a_reply_arrives_as_it_was_sent() {
        let base = serve(|stream| write(stream, "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok")).await;
        let reply = ask(&downstream(base), &HeaderMap::new()).await.unwrap();
        assert_eq!((reply.status, &reply.body[..]), (StatusCode::CREATED, &b"ok"[..]));
    }

    #[tokio::test]
    async fn the_name_of_a_request_is_handed_on_and_nothing_else_of_it() {
        let server = MockServer::start().await;
        let mut caller = HeaderMap::new();
        for (name, value) in [(REQUEST_ID_HEADER, "r-1"), ("authorization", "Bearer s3cr3t")] {
            caller.insert(name, HeaderValue::from_static(value));
        }
        for (on_behalf_of, expected) in [(caller, Some("r-1")), (HeaderMap::new(), None)] {
            let _ = ask(&downstream(server.uri()), &on_behalf_of).await;
            let received = server.received_requests().await.unwrap().pop().unwrap();
            assert_eq!(received.headers.get(REQUEST_ID_HEADER).map(|id| id.to_str().unwrap()), expected);
            assert_eq!(received.headers.get("authorization"), None);
        }
    }

    #[tokio::test]
    async fn a_closed_port_cannot_be_reached() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(failure_from(downstream(format!("http://{port}"))).await, Failure::Unreachable);
    }

    #[tokio::test]
    async fn a_base_that_is_no_url_cannot_be_reached() {
        assert_eq!(failure_from(downstream("nowhere".to_owned())).await, Failure::Unreachable);
    }

    #[tokio::test]
    async fn silence_is_not_waited_for_beyond_the_deadline() {
        let base = serve(|stream| async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
        .await;
        assert_eq!(failure_from(impatient(base)).await, Failure::TimedOut);
    }

    #[tokio::test]
    async fn a_slow_drip_does_not_outlast_the_deadline() {
        let base = serve(|mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
            let mut clock = tokio::time::interval(Duration::from_millis(10));
            while stream.write_all(b"x").await.is_ok() {
                clock.tick().await;
            }
        })
        .await;
        assert_eq!(failure_from(impatient(base)).await, Failure::TimedOut);
    }

    #[tokio::test]
    async fn an_endless_body_is_cut_off() {
        let base = serve(|mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        })
        .await;
        assert_eq!(failure_from(downstream(base)).await, Failure::Unusable);
    }

    #[tokio::test]
    async fn a_body_shorter_than_announced_is_unusable() {
        let base = serve(|stream| write(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}")).await;
        assert_eq!(failure_from(downstream(base)).await, Failure::Unusable);
    }

    #[tokio::test]
    async fn a_connection_closed_without_a_word_cannot_be_used() {
        let base = serve(|stream| write(stream, "")).await;
        assert_eq!(failure_from(downstream(base)).await, Failure::Unreachable);
    }

    fn downstream(base: String) -> Downstream {
        Downstream { participant: Participant::ScopedAuth, base, http: client(), deadline: Duration::from_secs(5) }
    }

    async fn ask(downstream: &Downstream, on_behalf_of: &HeaderMap) -> Result<Reply, Refused> {
        downstream.ask((&Route::post("/path"), "/path"), &json!({}), on_behalf_of).await
    }

    fn impatient(base: String) -> Downstream {
        Downstream { deadline: Duration::from_millis(100), ..downstream(base) }
    }

    async fn failure_from(downstream: Downstream) -> Failure {
        match ask(&downstream, &HeaderMap::new()).await {
            Err(Refused::Downstream { callee: Participant::ScopedAuth, failure }) => failure,
            other => panic!("{other:?}"),
        }
    }

    async fn write(mut stream: TcpStream, text: &'static str) {
        let _ = stream.write_all(text.as_bytes()).await;
    }

    /// Serves one connection: reads its request, then lets `answer` write what it likes.
    async fn serve<A: Future<Output = ()> + Send + 'static>(
        answer: impl FnOnce(TcpStream) -> A + Send + 'static,
    ) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            answer(stream).await;
        });
        format!("http://{address}")
    }
}
