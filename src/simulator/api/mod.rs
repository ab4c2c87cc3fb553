//! The admin API, and the live page beside it: what they serve under which path.

mod accounts;
mod description;
mod events;
mod faults;
mod guard;
mod page;
mod problem;
mod refreshes;
mod reset;
mod tokens;
mod verdict;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};

pub use guard::AdminToken;

use guard::guard;

use crate::simulator::running::{Parts, Simulator};

/// Returns the admin API and the page of a simulator.
fn router(simulator: Simulator, token: Option<AdminToken>) -> Router {
    let api = Router::new()
        .route("/health", get(description::health))
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
    page::router().nest("/api", api).fallback(problem::no_such_path).layer(map_response(shielded))
}

/// Keeps an answer from being taken for what it is not, and from being used by pages of other sites.
async fn shielded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

impl Simulator {
    /// Serves the admin API and the live page at an address, and returns the address.
    ///
    /// Whoever is to be let in from elsewhere than this machine needs the token.
    pub async fn serve_admin(&self, address: SocketAddr, token: Option<AdminToken>) -> io::Result<SocketAddr> {
        self.0.system.serve_beside(address, router(self.clone(), token)).await
    }

    fn parts(&self) -> &Parts {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::*;
    use crate::simulator::{metrics, views};

    #[test]
    fn what_is_answered_is_what_the_examples_of_the_document_say() {
        for_examples_of::<problem::Told>("Problem");
        for_examples_of::<description::Health>("Health");
        for_examples_of::<description::Ready>("Ready");
        for_examples_of::<description::DiagramView>("Diagram");
        for_examples_of::<accounts::AccountView>("Account");
        for_examples_of::<tokens::TokenView>("Token");
        for_examples_of::<faults::FaultView>("Fault");
        for_examples_of::<views::SummaryView>("Summary");
        for_examples_of::<views::RefreshView>("Refresh");
        for_examples_of::<refreshes::Listed>("Listed");
        for_examples_of::<verdict::VerdictView>("Verdict");
        for_examples_of::<reset::ResetView>("Reset");
        for_examples_of::<metrics::MetricsView>("Counts");
    }

    /// Makes sure that every example of a schema has what this type has, and nothing else.
    fn for_examples_of<T: DeserializeOwned + Serialize>(name: &str) {
        let document: Value = serde_json::from_str(include_str!("../openapi.json")).unwrap();
        let examples = document["components"]["schemas"][name]["examples"].as_array().unwrap();
        for example in examples {
            let read: T = serde_json::from_value(example.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), *example, "{name}");
        }
        assert!(!examples.is_empty(), "{name}");
    }
}
