//! The admin API, and the live page beside it: what they serve under which path.

mod accounts;
mod description;
mod events;
mod faults;
mod page;
mod problem;
mod refreshes;
mod reset;
mod tokens;
mod verdict;

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

pub(super) use problem::Problem;

use super::guard::{AdminToken, guard};
use super::{Parts, Simulator};

/// Returns the admin API and the page of a simulator.
pub(super) fn router(simulator: Simulator, token: Option<AdminToken>) -> Router {
    let api = Router::new()
        .route("/health", get(health))
        .route("/ready", get(description::ready))
        .route("/diagram", get(description::diagram))
        .route("/openapi.json", get(description::openapi))
        .route("/accounts", get(accounts::list))
        .route("/accounts/{sid}", get(accounts::read).put(accounts::put).delete(accounts::delete))
        .route("/accounts/{sid}/feature", post(accounts::switch))
        .route("/tokens", post(tokens::mint))
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/faults/{id}", axum::routing::delete(faults::remove))
        .route("/refreshes", get(refreshes::list).delete(refreshes::clear))
        .route("/refreshes.har", get(refreshes::har))
        .route("/refreshes/{id}", get(refreshes::read))
        .route("/verdict", get(verdict::verdict))
        .route("/reset", post(reset::reset))
        .route("/events", get(events::events))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(from_fn_with_state(token, guard))
        .with_state(simulator);
    page::router().nest("/api", api).fallback(problem::no_such_path)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "up", "version": env!("CARGO_PKG_VERSION") }))
}

impl Simulator {
    fn parts(&self) -> &Parts {
        &self.0
    }
}
