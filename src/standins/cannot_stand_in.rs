//! Why a stand-in cannot do what its script tells it.

use crate::diagnostic::Diagnostic;
use crate::protocol::Participant;

/// Why a stand-in cannot do what it is told.
#[derive(Debug, thiserror::Error)]
pub enum CannotStandIn {
    /// The built-in diagram cannot be read.
    #[error(transparent)]
    Diagram(#[from] Diagnostic),
    /// Nobody asks the participant anything.
    #[error("{file} draws no request to {}", participant.drawn_name())]
    NoRequest {
        /// The participant.
        participant: Participant,
        /// The diagram.
        file: String,
    },
    /// The participant is asked, and never answers in this way.
    #[error("{file} draws no complete reply with which {} {}", participant.drawn_name(), deed.replace('-', " the "))]
    NoReply {
        /// The participant.
        participant: Participant,
        /// What it was to do, such as `refuses-token`.
        deed: &'static str,
        /// The diagram.
        file: String,
    },
    /// A name got a value that stands in no reply.
    #[error("no reply draws a name `{name}`\nhint: the names are {drawn}")]
    NoName {
        /// The name.
        name: String,
        /// The names there are.
        drawn: String,
    },
    /// The number is no status of a final reply.
    #[error("{0} is no status: expected 200 to 599")]
    Status(u16),
    /// The name or the value cannot be those of a header.
    #[error("`{0}` and its value cannot be a header")]
    Header(String),
    /// A reply of one's own was given, and values for a drawn one too.
    #[error("a reply of your own takes neither names nor status nor headers\nhint: give them to the reply")]
    OwnReply,
}
