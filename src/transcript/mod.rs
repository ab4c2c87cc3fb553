//! What did happen: exchanges as a tap recorded them, gathered into the transcript of each refresh.
//!
//! Does no I/O: taps make exchanges, the journal sorts them, and the redactor is the one way from here to any output.

mod claims;
mod correlation;
mod exchange;
mod har;
mod journal;
mod recorded_body;
mod redaction;

pub use claims::{claims, payload};
pub use correlation::{Keys, Purpose};
pub use exchange::{Exchange, Outcome, Reply, Request, Transcript};
pub use har::Har;
pub use journal::{Call, CallId, ExchangeId, Journal, Unattended, Witness};
pub use recorded_body::Body;
pub use redaction::{Redactor, SecretKind};
