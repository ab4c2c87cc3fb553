//! A refusal: why a participant does not do what it is asked, and the one way in which it says so.
//!
//! No message holds anything that was received.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::token::CannotMint;
use crate::protocol::{Code, Participant, Refusal};

/// Why a participant does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("There is nothing at this path")]
    NoSuchPath,
    #[error("This path does not take this method")]
    NoSuchMethod,
    #[error("The content type must be application/json")]
    NotDeclaredJson,
    #[error("The body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("{0}")]
    Malformed(String),
    #[error("No account has this deployment key")]
    UnknownDeploymentKey,
    #[error("The page's origin may not use this deployment key")]
    OriginNotAllowed,
    #[error("The account has no address configuration")]
    NoAddress,
    /// Arrow 23, with `invalid_token_code`.
    #[error("The token is invalid or has expired")]
    InvalidToken(Code),
    /// Arrow 17, with `new_code_indicates_fingerprint_invalid`.
    #[error("The token belongs to another client")]
    InvalidFingerprint(Code),
    #[error("{callee} {failure}")]
    Downstream { callee: Participant, failure: Failure },
    #[error("No token could be made: {0}")]
    NoTokenMade(#[from] CannotMint),
}

/// Why there is no reply of the participant downstream to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("could not be reached")]
    Unreachable,
    #[error("did not answer in time")]
    TimedOut,
    #[error("gave an answer that cannot be used")]
    Unusable,
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath | Self::UnknownDeploymentKey | Self::NoAddress => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotDeclaredJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::OriginNotAllowed | Self::InvalidToken(_) | Self::InvalidFingerprint(_) => StatusCode::FORBIDDEN,
            Self::Downstream { failure: Failure::TimedOut, .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Downstream { failure: Failure::Unreachable | Failure::Unusable, .. } => StatusCode::BAD_GATEWAY,
            Self::NoTokenMade(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::NoSuchPath
            | Self::NoSuchMethod
            | Self::NotDeclaredJson
            | Self::TooLarge { .. }
            | Self::Malformed(_) => Code::MALFORMED,
            Self::UnknownDeploymentKey => Code::UNKNOWN_DEPLOYMENT_KEY,
            Self::OriginNotAllowed => Code::ORIGIN_NOT_ALLOWED,
            Self::NoAddress => Code::NO_ADDRESS,
            Self::InvalidToken(code) | Self::InvalidFingerprint(code) => *code,
            Self::Downstream { .. } | Self::NoTokenMade(_) => Code::INTERNAL_FAILURE,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status(), Json(Refusal::new(self.code(), self.to_string()))).into_response()
    }
}

/// Answers a request to a path that the participant does not serve.
pub(super) async fn no_such_path() -> Refused {
    Refused::NoSuchPath
}

/// Answers a request by a method that the path does not take. The router adds the `Allow` header.
pub(super) async fn no_such_method() -> Refused {
    Refused::NoSuchMethod
}
