//! The simulator as its users use it: through the program, over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod accounts_file;
mod at_once;
mod events;
mod fault_kinds;
mod faults;
mod guard;
mod input;
mod journal;
mod judged;
mod reset;
mod secrets;
mod start;
mod tokens;
mod upstream;
