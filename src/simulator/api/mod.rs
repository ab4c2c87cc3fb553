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

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub(super) use problem::Problem;

use super::guard::{AdminToken, guard};
use super::{Parts, Simulator};

/// Returns the admin API and the page of a simulator.
pub(super) fn router(simulator: Simulator, token: Option<AdminToken>) -> Router {
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
    page::router().nest("/api", api).fallback(problem::no_such_path)
}

impl Simulator {
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
    use crate::simulator::{counts, shown};

    #[test]
    fn what_is_answered_is_what_the_examples_of_the_document_say() {
        let document: Value = serde_json::from_str(include_str!("../openapi.json")).unwrap();
        let examples = |name: &str| document["components"]["schemas"][name]["examples"].as_array().unwrap().clone();
        let kinds: [(&str, fn(Value) -> Value); 13] = [
            ("Problem", rewritten::<problem::Told>),
            ("Health", rewritten::<description::Health>),
            ("Ready", rewritten::<description::Ready>),
            ("Diagram", rewritten::<description::DiagramShown>),
            ("Account", rewritten::<accounts::AccountShown>),
            ("Token", rewritten::<tokens::TokenShown>),
            ("Fault", rewritten::<faults::FaultShown>),
            ("Summary", rewritten::<shown::SummaryShown>),
            ("Refresh", rewritten::<shown::RefreshShown>),
            ("Listed", rewritten::<refreshes::Listed>),
            ("Verdict", rewritten::<verdict::VerdictShown>),
            ("Reset", rewritten::<reset::ResetShown>),
            ("Counts", rewritten::<counts::Counted>),
        ];
        for (name, rewritten) in kinds {
            for example in examples(name) {
                assert_eq!(rewritten(example.clone()), example, "{name}");
            }
        }
    }

    fn rewritten<T: DeserializeOwned + Serialize>(example: Value) -> Value {
        serde_json::to_value(serde_json::from_value::<T>(example).unwrap()).unwrap()
    }
}
