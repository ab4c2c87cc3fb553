//! How a message is carried and recorded: the accept loop, the clients, the taps between them, and trouble on purpose.
//!
//! The only place that binds a port. Knows hops and messages, and nobody who sends or answers them.

mod call_failure;
mod client;
mod connection;
mod content_encoding;
mod descriptors;
mod detour;
mod draft;
mod fault;
mod fault_rules;
mod fault_words;
mod faults;
mod interference;
mod listener;
mod lost_time;
mod message;
mod onward;
mod passages;
mod queue;
mod rate_limit;
mod request_id;
mod tap;
mod tls_identity;
mod trusted;

pub(crate) use client::{Caller, local_client};
pub use client::{ClientError, Unreached, is_of_gateway};
pub(crate) use descriptors::room_for_things_of;
pub use descriptors::{raise_descriptors, times_starved};
pub(crate) use detour::{Detour, Detours};
pub use draft::{Draft, Filling, Gap, NoDraft, Piece};
pub use fault::{Fault, Hold, Latency};
pub use fault_rules::{AccountLookup, FaultRule, FaultRules, Matching, RuleInForce, RuleRefused};
pub use fault_words::{FAULT_HEADER, FaultWords, NoFault};
pub(crate) use faults::Faults;
pub(crate) use interference::interfered;
pub use interference::{Interference, Manner, Sent};
pub use listener::Reserved;
pub(crate) use listener::{answering, bind, serve};
pub use lost_time::LostTime;
pub(crate) use onward::Onward;
pub(crate) use queue::Queue;
pub(crate) use rate_limit::RateLimit;
pub(crate) use request_id::{ensure_request_id, new_request_id};
pub(crate) use tap::Tap;
pub use tls_identity::{Identity, Part, PemFault};
