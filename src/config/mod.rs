//! What users write: the deployment file, the accounts file, and the TOML text of both with complaints that point into it.
//!
//! Reads text that it is given: it opens no file and knows no socket.

mod accounts_file;
pub mod deployment;
mod short_form;
mod toml_text;

pub use accounts_file::{AccountsFile, BUILT_IN_ACCOUNTS, is_token_ttl, read_accounts};
pub use deployment::Deployment;
pub use short_form::ShortFormError;
pub(crate) use toml_text::{Document, Entry, Leaf, Section};
pub use toml_text::{is_origin, parse_duration};
