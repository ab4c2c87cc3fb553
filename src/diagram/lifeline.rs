//! A lifeline: a box at the top of the diagram, from which arrows leave and which they reach.

/// A participant as the diagram declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifeline {
    /// The short word that arrows use.
    pub id: String,
    /// The name in the box; the id, where none is given.
    pub name: String,
    /// Whether it is drawn as a person.
    pub actor: bool,
    /// Whether it is a client: a person, or what only stands between a person and whom it calls, such as a browser.
    pub client: bool,
    /// The line of the file it first appears on, from 1.
    pub line: usize,
}
