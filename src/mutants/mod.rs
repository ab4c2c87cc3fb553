//! The mutants: participants wrong on purpose, each in one way, by which the suite's power to fail is measured.
//!
//! They follow from the diagram: what is drawn on an arrow is left out, changed or mixed up, and what a participant does
//! by itself is skipped or done by halves. A mutant is killed when a scenario deviates at the arrow that it touches.

mod bench;
mod catalogue;
mod equivalents;
mod tally;

mod attributes;
mod behaviours;
mod drawn;
mod exchanges;
mod message;
mod mutant;
mod recognition;
mod repetition;
mod validation;
mod values;

pub use bench::{Bench, Evidence, Fate, NoBench, Trial, Vantage};
pub use catalogue::catalogue;
pub use equivalents::{Equivalents, built_in_equivalents};
pub use mutant::Mutant;
pub use tally::{Row, Score, Tally};
