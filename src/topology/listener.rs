//! The accept loop: serves one address until it is stopped, and lets a call be broken off without an answer.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::line::Line;
use super::tap::{BrokenOff, name_peer};

/// How long to wait before accepting again when the system has no room for another connection.
const PAUSE_WHEN_FULL: Duration = Duration::from_millis(20);

/// Binds an address. Port 0 takes any free port.
pub(super) async fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// Serves the listener until `stopped` turns true.
pub(super) async fn serve<S, F>(listener: TcpListener, answer: S, mut stopped: watch::Receiver<bool>)
where
    S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Response<Body>, BrokenOff>> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE_WHEN_FULL).await;
            continue;
        };
        let answer = answer.clone();
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            let line = Line::new(stream);
            let held = line.clone();
            let service = service_fn(move |mut request| {
                name_peer(&mut request, peer);
                let (answered, line) = (answer(request), held.clone());
                async move { answered.await.inspect_err(|broken: &BrokenOff| line.is_left_with(&broken.last_words)) }
            });
            let builder = Builder::new(TokioExecutor::new());
            let connection = builder.serve_connection(TokioIo::new(line.clone()), service);
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
        });
    }
}
