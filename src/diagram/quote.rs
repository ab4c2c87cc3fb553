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
        let optional = if member.optional { "?" } else { "" };
        let words = format!("{}{optional}: {}", member.path.join("."), drawn(&member.value));
        Quote { line: self.line, words }
    }
}

impl Block {
    /// Quotes the condition that the block is drawn under.
    pub fn quote(&self) -> Quote {
        Quote { line: self.line, words: self.label.clone() }
    }
}

fn drawn(value: &Value) -> String {
    match value {
        Value::Literal(literal) => literal.to_string(),
        Value::Name(name) => name.text.clone(),
        Value::Type(of_type) => of_type.to_string(),
        Value::Objects(members) => {
            let members = members.iter().map(|member| format!("{}: {}", member.path.join("."), drawn(&member.value)));
            format!("[{{{}}}]", members.collect::<Vec<_>>().join(", "))
        }
    }
}
