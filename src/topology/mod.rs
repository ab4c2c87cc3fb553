//! Who plays whom: reads what is declared, starts our participants, wires them to the real ones and stops everything.
//!
//! The only place that binds a port, and port 0 unless told otherwise. Judges nothing.

mod accounts;
mod accounts_file;
mod client;
mod command;
mod contract;
pub mod deployment;
mod draft;
mod fault;
mod fault_rules;
mod fault_words;
mod foreign_tokens;
mod identity;
mod interference;
mod line;
mod listener;
mod minting;
mod pace;
mod plan;
mod reason;
mod request_id;
mod stand_ins;
mod system;
mod tap;
mod tokens;
mod toml_text;
mod turns;
mod view;

pub use accounts::{AccountInPlay, Change, Origins, Unmet, Wish};
pub use accounts_file::{AccountsFile, BUILT_IN_ACCOUNTS, is_token_ttl, read_accounts};
pub use client::{ClientError, Unreached, is_of_gateway};
pub use deployment::Deployment;
pub use draft::{Draft, Filling, Gap, NoDraft, Piece};
pub use fault::{Fault, Hold, Latency};
pub use fault_rules::{FaultRule, FaultRules, Matching, RuleInForce, RuleRefused};
pub use fault_words::{FAULT_HEADER, FaultWords, NoFault};
pub use identity::{Identity, Part, PemFault};
pub use interference::{Interference, Manner, Sent};
pub use listener::Reserved;
pub use minting::{Minted, MintedToken};
pub use plan::{Patience, Plan, Recording, StartError, Supply};
pub use system::{Open, System};
pub use tokens::{FirstToken, TokenState, first_token_in, tampered, without_token};
pub(crate) use toml_text::{Document, Entry, Leaf, Section};
pub use toml_text::{is_origin, parse_duration};
pub use view::View;
