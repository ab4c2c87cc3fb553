//! Why a request to the admin API is not answered as it wished, and the one way in which that is said.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Why a request is not answered as it wished.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    told: Told,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Told {
    error: String,
    hint: String,
}

/// What to do, where nothing better is known.
const READ_ON: &str = "GET /api/openapi.json describes what there is and what it takes";

impl Problem {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, told: Told { error: error.into(), hint: READ_ON.to_owned() } }
    }

    pub(super) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.told.hint = hint.into();
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.told)).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

/// A JSON body; what cannot be read is a problem like any other.
#[derive(Debug, FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub(super) struct Read<T>(pub(super) T);

/// The parameters of a query.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(super) struct Asked<T>(pub(super) T);

/// What the path names.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(super) struct Named<T>(pub(super) T);

pub(super) async fn no_such_path() -> Problem {
    Problem::not_found("there is nothing at this path")
}

pub(super) async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
}
