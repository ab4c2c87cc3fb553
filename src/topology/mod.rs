//! Who plays whom: plans it, starts our participants, wires them to the real ones and stops everything. Judges nothing.

mod accounts;
mod command;
mod contract;
mod foreign_tokens;
mod limited_calls;
mod minting;
mod plan;
mod stand_ins;
mod system;
mod tokens;
mod unmet;
mod view;

pub use accounts::{AccountInPlay, Change, Origins, Wish};
pub use command::end_commands;
pub use minting::{Minted, MintedToken};
pub use plan::{Patience, Plan, Recording, StartError, Supply};
pub use system::{Open, System};
pub use tokens::{FirstToken, TokenState, first_token_in, tampered, without_token};
pub use unmet::Unmet;
pub use view::View;
