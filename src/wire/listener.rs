//! The accept loop: serves one address until it is stopped, and lets a call be broken off without an answer.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::connection::{BrokenOff, Connection};
use super::descriptors;
use super::message::with_whole_body;

/// How long to wait before accepting again when the system has no room for another connection.
const PAUSE_WHEN_FULL: Duration = Duration::from_millis(20);

/// How long the headers of a request may take, and a connection may wait for the next.
const LONGEST_HEADERS: Duration = Duration::from_mins(1);
/// How long it may take until TLS is agreed on.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// An address that is listened at.
pub(crate) struct Listener {
    tcp: TcpListener,
    /// What TLS is answered with; without it, none is spoken.
    acceptor: Option<TlsAcceptor>,
    /// Whether the names of headers are written `Like-This`.
    title_case_headers: bool,
}

impl Listener {
    /// Has it speak TLS, if there is something to answer with.
    pub(crate) fn with(self, acceptor: Option<TlsAcceptor>) -> Self {
        Self { acceptor, ..self }
    }

    /// Has the names of headers written `Like-This`, or in lower case.
    pub(crate) fn writing_headers(self, title_case_headers: bool) -> Self {
        Self { title_case_headers, ..self }
    }
}

/// Binds an address. Port 0 takes any free port.
pub(crate) async fn bind(address: SocketAddr) -> io::Result<(Listener, SocketAddr)> {
    let tcp = TcpListener::bind(address).await?;
    let bound = tcp.local_addr()?;
    Ok((Listener { tcp, acceptor: None, title_case_headers: false }, bound))
}

/// An address of this machine that is kept free for somebody who has to be told it beforehand, until this is dropped.
#[derive(Debug)]
pub struct Reserved(std::net::TcpListener);

impl Reserved {
    /// Keeps an address free.
    ///
    /// # Errors
    ///
    /// Returns why there is none.
    pub fn on_loopback() -> io::Result<Self> {
        std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(Self)
    }

    /// Returns the address.
    ///
    /// # Errors
    ///
    /// Returns why it is not known.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves the listener until `stopped` turns true.
pub(crate) async fn serve<S, F>(listener: Listener, answer: S, mut stopped: watch::Receiver<bool>)
where
    S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response<Body>, BrokenOff>> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            accepted = listener.tcp.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                descriptors::note(&error);
                tokio::time::sleep(PAUSE_WHEN_FULL).await;
                continue;
            }
        };
        let answer = answer.clone();
        let mut stopped = stopped.clone();
        let acceptor = listener.acceptor.clone();
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .title_case_headers(listener.title_case_headers)
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_HEADERS);
        tokio::spawn(async move {
            let line = Connection::new(stream);
            let Some(acceptor) = acceptor else {
                return attend(builder, line.clone(), line, peer, answer, stopped).await;
            };
            let line = line.under_tls();
            let secured = tokio::select! {
                secured = tokio::time::timeout(LONGEST_HANDSHAKE, acceptor.accept(line.clone())) => secured,
                _ = stopped.wait_for(|stopped| *stopped) => return,
            };
            // Whoever does not speak TLS, or does not trust the certificate, has been told so by TLS itself.
            if let Ok(Ok(stream)) = secured {
                attend(builder, stream, line, peer, answer, stopped).await;
            }
        });
    }
}

/// Answers each request with a router, once its body is there.
pub(crate) fn answering(router: Router) -> impl Fn(Request<Incoming>) -> Answering + Clone {
    move |request| {
        let router = router.clone();
        Box::pin(async move {
            let request = with_whole_body(request).await?;
            router.oneshot(request).await.map_err(|never| match never {})
        })
    }
}

pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, BrokenOff>> + Send>>;

/// Answers what comes on a connection until it ends. The line is what lies under the stream.
async fn attend<I, S, F>(
    builder: Builder<TokioExecutor>,
    stream: I,
    line: Connection,
    peer: SocketAddr,
    answer: S,
    mut stopped: watch::Receiver<bool>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response<Body>, BrokenOff>> + Send + 'static,
{
    let held = line.clone();
    let service = service_fn(move |mut request| {
        name_peer(&mut request, peer);
        let (answered, line) = (answer(request), held.clone());
        async move { answered.await.inspect_err(|broken: &BrokenOff| line.is_left_with(&broken.last_words)) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let has_ended = tokio::select! {
        _ = connection.as_mut() => true,
        _ = stopped.wait_for(|stopped| *stopped) => false,
    };
    if has_ended {
        line.say_last_words().await;
    } else {
        connection.as_mut().graceful_shutdown();
        // A call that never ends must not keep the process from ending.
        let _ = tokio::time::timeout(Duration::from_secs(1), connection).await;
    }
}

/// Tells a participant who called it.
fn name_peer<B>(request: &mut Request<B>, peer: SocketAddr) {
    request.extensions_mut().insert(ConnectInfo(peer));
}
