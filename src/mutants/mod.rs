//! The mutants: participants wrong on purpose, each in one way, by which the suite's power to fail is measured.
//!
//! They follow from the diagram: what is drawn on an arrow is left out, changed or mixed up, and what a participant does
//! by itself is skipped or done by halves. A mutant is killed when a scenario deviates at the arrow that it touches.

mod catalogue;
mod equivalents;
mod kill_matrix;
mod runner;
mod trial;

// The mutants themselves, by what is wrong.
mod acao_rule;
mod comparisons;
mod forwarding;
mod internal_actions;
mod members;
mod refusals;
mod stale_values;
mod token_validation;
mod whole_messages;

// What all of them are made of.
mod drawn_reply;
mod memory;
mod message;
mod mutant;
mod recognition;
mod wrong_values;

pub use catalogue::catalogue;
pub use equivalents::{Equivalents, built_in_equivalents};
pub use kill_matrix::{KillMatrix, Row, Score};
pub use mutant::Mutant;
pub use runner::{CannotTry, MutantRunner};
pub use trial::{Evidence, Fate, Trial, Vantage};
