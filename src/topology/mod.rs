//! Who plays whom: reads what is declared, starts our participants, wires them to the real ones and stops everything.
//!
//! The only place that binds a port, and port 0 unless told otherwise. Judges nothing.

mod accounts;
mod accounts_file;
mod client;
pub mod deployment;
mod fault;
mod identity;
mod line;
mod listener;
mod pace;
mod plan;
mod reason;
mod system;
mod tap;
mod tokens;
mod toml_text;
mod turns;
mod view;

pub use accounts::{AccountInPlay, Change, Origins, Unmet, Wish};
pub use accounts_file::{AccountsFile, BUILT_IN_ACCOUNTS, read_accounts};
pub use client::ClientError;
pub use deployment::Deployment;
pub use fault::{Fault, Hold, Latency};
pub use identity::{Identity, Part, PemFault};
pub use plan::{Patience, Plan, StartError};
pub use system::{Open, System, Unreached};
pub use tokens::{FirstToken, TokenState, first_token_in, tampered, without_token};
pub use toml_text::parse_duration;
pub use view::View;
