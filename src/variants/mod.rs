//! The conforming variants: participants that differ from the reference in what the diagram leaves open, by which it is
//! shown that the suite does not cry wolf.
//!
//! They play the real participants of every topology, and the same scenarios have to find nothing wrong with them.

mod catalogue;
mod deployed;
mod opaque;
mod topology;
mod variant;
mod wording;

pub use catalogue::catalogue;
pub use deployed::{Alarm, NoVariant, try_variant};
pub use topology::Topology;
pub use variant::Variant;
