//! A block: arrows drawn under a condition.

use super::condition::Condition;

/// A section of the diagram that applies only under its condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The keyword it is drawn with.
    pub kind: BlockKind,
    /// The label as drawn.
    pub label: String,
    /// The line of the file it begins on, from 1.
    pub line: usize,
    /// When it applies, apart from what the blocks around it say; none where its label is no condition that is known.
    pub condition: Option<Condition>,
    /// The innermost block around it, an index into [`Diagram::blocks`](super::Diagram::blocks).
    pub parent: Option<usize>,
    /// The number of the last arrow drawn before the block ends.
    pub(super) last: usize,
    /// Whether the condition of it, or of a block around it, is not known, so that all in it is prose.
    pub(super) prose: bool,
}

impl Block {
    /// Tells whether nothing in the block is demanded, since nobody can tell when it applies.
    pub fn is_prose(&self) -> bool {
        self.prose
    }
}

/// The keyword of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// `opt`: applies or does not.
    Opt,
    /// `alt`: the first of several alternatives.
    Alt,
    /// `else`: an alternative where none before it applies.
    Else,
    /// `break`: applies instead of everything after it.
    Break,
    /// `option` of a `critical`.
    Option,
}
