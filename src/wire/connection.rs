//! The connection: one accepted connection, which can still be written on and reset once its HTTP has been given up.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How long a peer may take to read the last words.
const LONGEST: Duration = Duration::from_secs(10);

/// What is written on a connection in place of an answer, and how the connection ends then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LastWords {
    /// As they are, HTTP or not.
    pub(crate) bytes: Bytes,
    /// Whether the connection is reset (RST) instead of closed (FIN).
    pub(crate) resets: bool,
}

/// A connection, shared by the HTTP server and whoever ends it otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    stream: Arc<TcpStream>,
    left_with: Arc<Mutex<Option<LastWords>>>,
    /// Whether TLS lies over it. What were last words is noise then, and TLS itself may not take its leave either.
    under_tls: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream: Arc::new(stream), left_with: Arc::default(), under_tls: false }
    }

    /// Keeps last words, and what TLS would say in their place, from being written; it still ends as they say.
    pub(crate) fn under_tls(self) -> Self {
        Self { under_tls: true, ..self }
    }

    /// Keeps what is to be said once the HTTP on this connection has been given up.
    pub(crate) fn is_left_with(&self, words: &LastWords) {
        *self.left_with.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.clone());
    }

    fn has_fallen_silent(&self) -> bool {
        self.under_tls && self.left_with.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Writes the last words, if any. The connection ends as they say as soon as nobody holds the connection any more.
    pub(crate) async fn say_last_words(&self) {
        let words = self.left_with.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
        // A peer that has gone away needs no words, and one that does not read them gets no more of them.
        if !self.under_tls {
            let _ = tokio::time::timeout(LONGEST, self.write(&words.bytes)).await;
        }
        if words.resets {
            let _ = self.stream.set_zero_linger();
        }
    }

    async fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read_buf(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|_| ())),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.has_fallen_silent() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.has_fallen_silent() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Leaves it to the end of the last holder: dropping the stream closes it.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The connection ends without a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct BrokenOff {
    pub(super) reason: String,
    /// What is still written before it ends, and how it ends.
    pub(super) last_words: LastWords,
}

impl BrokenOff {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), last_words: LastWords::default() }
    }
}
