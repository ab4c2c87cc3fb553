//! The participants: reference implementations of the four services, one file each, all of the same shape:
//! a state with public fields, and `router(state)`, which serves the participant's paths.
//!
//! They know the protocol and nothing else: neither the diagram nor a verdict, so that implementation and expectation
//! can disagree. They bind no port, print nothing and read no environment; whoever mounts them does.
//!
//! ```
//! use axum::body::Body;
//! use axum::http::{Request, StatusCode};
//! use hopcheck::participants::{ScopedAuth, TokenKey, scoped_auth};
//! use hopcheck::protocol::VALIDATE_TOKEN;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let router = scoped_auth::router(ScopedAuth::new(TokenKey::generate()));
//! let question = Request::post(VALIDATE_TOKEN)
//!     .header("content-type", "application/json")
//!     .body(Body::from(r#"{"token": "made by somebody else"}"#))?;
//!
//! let answer = router.oneshot(question).await?;
//! assert_eq!(answer.status(), StatusCode::OK);
//! let answer = axum::body::to_bytes(answer.into_body(), 1024).await?;
//! assert_eq!(answer, r#"{"authorized":false,"message":"token_validation_failed"}"#);
//! # Ok(())
//! # }
//! ```

// The blank lines keep the order in which a refresh reaches them.
pub mod starship;

pub mod orchestrator;

pub mod federated_auth;

pub mod scoped_auth;

mod accounts;
mod fingerprint;
mod token;

mod adopted_tokens;
mod downstream;
mod forwarded_headers;
mod members;
mod refusal;
mod request_body;
mod routing;
mod signed_text;
mod unique_id;
mod whole_body;

#[cfg(test)]
mod testing;

pub use accounts::{AccountBook, AccountRefused};
pub use adopted_tokens::AdoptedTokens;
pub use downstream::Downstream;
pub use federated_auth::{FederatedAuth, RefusalCodes, Renewal};
pub use fingerprint::FingerprintKey;
pub use forwarded_headers::TrustedPeers;
pub use orchestrator::Orchestrator;
pub use scoped_auth::ScopedAuth;
pub use starship::Starship;
pub use token::{CannotMint, Claims, Grant, InvalidToken, TokenKey};
