//! A body, of a request or a reply: read to its end and not beyond a limit.

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Reads a body to its end, and not beyond the limit, whatever length it announces.
pub(super) async fn read_whole<B>(body: B, limit: usize) -> Result<Bytes, Incomplete>
where
    B: axum::body::HttpBody,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(Incomplete::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Incomplete::TooLarge),
        Err(_) => Err(Incomplete::BrokenOff),
    }
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Incomplete {
    TooLarge,
    BrokenOff,
}
