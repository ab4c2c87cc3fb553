//! The text of a TOML file that a user wrote: its syntax, its sections and values, and complaints that point into it.
//!
//! Knows no key of any file. Does no I/O and asks for the environment only where it was given a way to.
//!
//! # Implementation Rationale
//!
//! Files are read from toml's tree with its spans, not through serde's `Deserialize`: a derived reader quotes the value in
//! its messages, which may be a secret, loses places in untagged enums, and names an unknown key only within prose.

mod account;
mod document;
mod duration;
mod expansion;
mod quotable;
mod sensitive;
mod suggestion;
mod table;
mod text;

pub use account::is_origin;
pub(crate) use document::Document;
pub use duration::parse as parse_duration;
pub(crate) use quotable::Leaf;
pub use sensitive::Sensitive;
pub(crate) use table::{Entry, Section};
pub(crate) use text::Text;
