//! A quote: words of the diagram and where they stand, for whoever is held to them.

use serde::{Deserialize, Serialize};

use super::arrow::Arrow;
use super::block::Block;
use super::member::{Member, Value};

/// Words that are drawn. Only a diagram makes them: what quotes nothing drawn cannot be said to break it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quote {
    /// The line of the file that they stand on, from 1.
    pub line: usize,
    /// The words.
    pub words: String,
}

impl Arrow {
    /// Quotes the whole label.
    pub fn quote(&self) -> Quote {
        Quote { line: self.line, words: self.text.clone() }
    }

    /// Quotes a member that is drawn on the arrow.
    pub fn quote_member(&self, member: &Member) -> Quote {
        let value = match &member.value {
            Value::Literal(literal) => literal.to_string(),
            Value::Name(name) => name.text.clone(),
        };
        Quote { line: self.line, words: format!("{}: {value}", member.path.join(".")) }
    }
}

impl Block {
    /// Quotes the condition that the block is drawn under.
    pub fn quote(&self) -> Quote {
        Quote { line: self.line, words: self.label.clone() }
    }
}
