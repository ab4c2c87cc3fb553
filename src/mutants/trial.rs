//! A trial: one mutant, from where it is looked at, and what became of it.

use super::mutant::Mutant;
use crate::verdict::Finding;

/// From where mutants are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vantage {
    /// Every hop is recorded, as where hopcheck plays all four participants.
    Everywhere,
    /// Only the edge is, as with `verify --url`.
    Edge,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A scenario deviates at the arrow that the mutant touches, and blames the mutant alone; from the edge, at any arrow.
    Killed(Evidence),
    /// A scenario deviates at that arrow, and something is blamed on another participant.
    BlamedOnAnother(Evidence),
    /// Something deviates, but nothing at that arrow.
    KilledElsewhere(Evidence),
    /// Nothing deviates, and some scenario had not ended when its time was up.
    TimedOut,
    /// It never made a difference to any message.
    DidNotApply,
    /// It made a difference this many times, and nothing deviates.
    Survived(usize),
    /// It could not be tried.
    Failed(String),
}

/// What speaks against a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The address of the scenario that deviates; none where it was a call that belongs to no scenario.
    pub scenario: Option<String>,
    /// What it found.
    pub finding: Finding,
}

/// A mutant, and what became of it.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The mutant.
    pub mutant: Mutant,
    /// What became of it.
    pub fate: Fate,
}
