//! Who plays whom: plans it, starts our participants, wires them to the real ones and stops everything. Judges nothing.

mod accounts;
mod apart;
mod command;
mod contract;
mod foreign_tokens;
mod limited_calls;
mod minting;
mod no_first_token;
mod ours;
mod plan;
mod stand_ins;
mod system;
mod tokens;
mod unmet;
mod view;
mod vouching;

pub use accounts::{AccountInPlay, Change, Origins, Wish};
pub use command::end_commands;
pub use minting::{Minted, MintedToken};
pub use no_first_token::{uncalled, what_to_do, without_token};
pub use plan::{Patience, Plan, Recording, StartError, Supply};
pub use system::{Open, System};
pub use tokens::{FirstToken, TokenState, tampered};
pub use unmet::Unmet;
pub use view::View;
