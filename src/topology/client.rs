//! The HTTP client of the customer and of our participants: no redirects, no retries, no proxy unless asked, and a
//! deadline that covers the last byte.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;

use super::deployment::Tls;
use super::tap::{MOST_BODY_BYTES, recorded_headers};
use crate::transcript::{self, Outcome, Reply};

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

/// A longer body may be refused before it is read, which spoils the connection for whoever uses it next.
const MOST_BYTES_ON_A_KEPT_CONNECTION: usize = 16 << 10;

/// How a deployment is called: over connections that are kept for the next call, or over one for this call alone.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    keeping: reqwest::Client,
    single: reqwest::Client,
}

impl Clients {
    /// Makes the clients that trust, and are trusted, as `[tls]` says.
    pub(super) fn of(tls: &Tls) -> Result<Self, ClientError> {
        Ok(Self { keeping: client(tls, 256)?, single: client(tls, 0)? })
    }

    /// Returns the client for a call with a body of this length.
    pub(super) fn for_body(&self, length: usize) -> &reqwest::Client {
        if length > MOST_BYTES_ON_A_KEPT_CONNECTION { &self.single } else { &self.keeping }
    }
}

fn client(tls: &Tls, kept_per_host: usize) -> Result<reqwest::Client, ClientError> {
    // Only the first call in a process installs the provider; a later one finds it there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = |path: &Path| fs::read(path).map_err(|error| ClientError::Unreadable { path: path.to_owned(), error });
    let unusable = |error: reqwest::Error| ClientError::Unusable(reason(&error));
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(kept_per_host);
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
        if body.len() + chunk.len() > MOST_BODY_BYTES {
            return Err(format!("a reply of more than {MOST_BODY_BYTES} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body: transcript::Body::new(Bytes::from(body)) })
}

/// Returns what went wrong in words: the innermost causes, which reqwest's own text hides.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    let detail = causes.last().cloned().unwrap_or_else(|| error.to_string());
    if error.is_connect() {
        format!("no connection: {detail}")
    } else if error.is_timeout() {
        format!("timed out: {detail}")
    } else {
        detail
    }
}
