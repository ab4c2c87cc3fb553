//! The HTTP client of the customer and of our participants: no redirects, no retries, no proxy unless asked, and a
//! deadline that covers the last byte.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;

use super::deployment::Tls;
use super::tap::recorded_headers;
use crate::transcript::{self, Outcome, Reply};

/// How much of a reply is read: far more than any of this flow has, and little enough to read many at once.
pub(super) const MOST_REPLY_BYTES: usize = 256 << 10;

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file that `[tls]` names cannot be read.
    #[error("failed to read {} of [tls]: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// What `[tls]` names is no certificate or key.
    #[error("failed to use [tls]: {0}")]
    Unusable(String),
}

/// Makes the client that calls a deployment: each call on a connection of its own, because one kept from the call before
/// may be closed by the deployment just as it is used again, which would look like a call that failed.
pub(super) fn client(tls: &Tls) -> Result<reqwest::Client, ClientError> {
    build(builder().pool_max_idle_per_host(0), tls)
}

/// Makes the client with which our participants call each other in this process.
pub(super) fn local_client() -> Result<reqwest::Client, ClientError> {
    build(builder(), &Tls::default())
}

fn builder() -> reqwest::ClientBuilder {
    // Only the first call in a process installs the provider; a later one finds it there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(Policy::none()).retry(reqwest::retry::never())
}

fn build(mut builder: reqwest::ClientBuilder, tls: &Tls) -> Result<reqwest::Client, ClientError> {
    let read = |path: &Path| fs::read(path).map_err(|error| ClientError::Unreadable { path: path.to_owned(), error });
    let unusable = |error: reqwest::Error| ClientError::Unusable(reason(&error));
    if let Some(path) = &tls.ca {
        let certificates = reqwest::Certificate::from_pem_bundle(&read(path)?).map_err(unusable)?;
        builder = builder.tls_certs_only(certificates);
    }
    if let (Some(certificate), Some(key)) = (&tls.client_certificate, &tls.client_key) {
        let pem = [read(certificate)?, b"\n".to_vec(), read(key)?].concat();
        builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(unusable)?);
    }
    if tls.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder.build().map_err(unusable)
}

/// Sends a request and reads the whole reply within the deadline.
pub(super) async fn exchange(request: reqwest::RequestBuilder, deadline: Duration) -> Outcome {
    match tokio::time::timeout(deadline, replied(request)).await {
        Ok(Ok(reply)) => Outcome::Replied(reply),
        Ok(Err(reason)) => Outcome::Failed(reason),
        Err(_) => Outcome::Failed(format!("no complete reply within {deadline:?}")),
    }
}

async fn replied(request: reqwest::RequestBuilder) -> Result<Reply, String> {
    let mut response = request.send().await.map_err(|error| reason(&error))?;
    let status = response.status().as_u16();
    let headers = recorded_headers(response.headers());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len() + chunk.len() > MOST_REPLY_BYTES {
            return Err(format!("a reply of more than {MOST_REPLY_BYTES} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body: transcript::Body::new(Bytes::from(body)) })
}

/// Returns what went wrong in words that a user knows; the errors' own text hides the cause.
pub(super) fn reason(error: &(dyn Error + 'static)) -> String {
    let causes = causes_of(error);
    let detail = causes.last().map(ToString::to_string).unwrap_or_default();
    if let Some(error) = causes.iter().find_map(|cause| cause.downcast_ref::<reqwest::Error>()) {
        if error.is_connect() {
            return format!("no connection: {detail}");
        }
        if error.is_timeout() {
            return format!("timed out: {detail}");
        }
    }
    let told = causes.iter().rev().find_map(|cause| {
        let of_system = cause.downcast_ref::<io::Error>().and_then(|error| in_words_of_system(error.kind()));
        of_system.or_else(|| cause.downcast_ref::<hyper::Error>().and_then(in_words_of_http)).map(str::to_owned)
    });
    told.unwrap_or_else(|| format!("no reply that can be read: {detail}"))
}

/// Returns the error itself and what caused it, innermost last.
fn causes_of<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut last = error;
    while let Some(cause) = last.source() {
        causes.push(cause);
        last = cause;
    }
    causes
}

fn in_words_of_system(kind: io::ErrorKind) -> Option<&'static str> {
    if matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) {
        Some("the connection was reset before the reply was complete")
    } else if kind == io::ErrorKind::UnexpectedEof {
        Some("the connection was closed before the reply was as long as announced")
    } else {
        None
    }
}

fn in_words_of_http(error: &hyper::Error) -> Option<&'static str> {
    if error.is_parse_too_large() {
        Some("the reply has too many headers, or too large ones")
    } else if error.is_parse() {
        Some("what came back is not HTTP")
    } else if error.is_incomplete_message() {
        Some("the connection was closed before the reply was complete")
    } else if error.to_string().starts_with("received unexpected message") {
        Some("something came back before anything was asked")
    } else {
        None
    }
}
