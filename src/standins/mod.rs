//! Stand-ins: scripted doubles of the services, stub and spy, which answer what the diagram draws.
//!
//! They never ask a reference participant: what they expect, what they answer and when is read from the labels. They bind
//! no port either: the topology mounts those of a scenario, and you mount yours on a [`wiremock::MockServer`] of your own,
//! one server for each stand-in.
//!
//! Here a test of your own `FederatedAuth` needs a `ScopedAuth` that finds the fingerprint invalid:
//!
//! ```
//! use hopcheck::standins;
//! use wiremock::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! let server = MockServer::start().await;
//! let scoped_auth = standins::scoped_auth().refuses_fingerprint().mount(&server).await?;
//!
//! // Your FederatedAuth would call it, as arrow 6 draws it.
//! let http = reqwest::Client::builder().no_proxy().build()?;
//! let validate = format!("{}/v1/ScopedAuthTokens/validate", server.uri());
//! let question = serde_json::json!({"token": "t", "fingerprint": "of another browser"});
//! let verdict = http.post(&validate).json(&question).send().await?;
//! assert_eq!(verdict.text().await?, r#"{"authorized":false,"message":"fingerprint_validation_failed"}"#);
//! assert_eq!(scoped_auth.received()[0].arrow, 6);
//!
//! // What the diagram does not draw is neither answered nor forgotten.
//! let verdict = http.post(&validate).json(&serde_json::json!({"token": "t"})).send().await?;
//! assert_eq!(verdict.status(), 501);
//! assert!(scoped_auth.unexpected()[0].to_string().contains("`fingerprint` is missing"));
//! # Ok(())
//! # }
//! ```
//!
//! A name in a reply has a value of its kind: a date time in the future, an identity that nobody had before, the account
//! that the request is about. [`Script::with`] gives it another. Another diagram than the built-in one is followed with
//! [`Script::drawn_in`].
//!
//! [`mappings()`] writes the same stubs down for WireMock, the Java program.

mod branch;
mod cannot_stand_in;
mod exchange;
mod expectation;
mod mapping;
mod script;
mod standin;
mod unexpected;
mod values;

pub use cannot_stand_in::CannotStandIn;
pub use mapping::{Mapping, mappings};
pub use script::{Refresher, Script, Validator};
pub use standin::{Received, StandIn};
pub use unexpected::{Expected, Unexpected};

use crate::protocol::Participant;

/// Returns a stand-in for the Orchestrator, still to be told what to do.
pub fn orchestrator() -> Refresher {
    Refresher(Participant::Orchestrator)
}

/// Returns a stand-in for `FederatedAuth`, still to be told what to do.
pub fn federated_auth() -> Refresher {
    Refresher(Participant::FederatedAuth)
}

/// Returns a stand-in for `ScopedAuth`, still to be told what to do.
pub fn scoped_auth() -> Validator {
    Validator(Participant::ScopedAuth)
}
