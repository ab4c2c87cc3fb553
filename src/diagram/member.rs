//! A member of a body: where it stands, and the value drawn for it.

use super::{name::Name, value_type::Type};

/// A leaf of a drawn body; members of nested objects are leaves of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The keys that lead to the member, such as `auth_account`, `account_id`.
    pub path: Vec<String>,
    /// What is drawn as its value.
    pub value: Value,
    /// Whether it may be absent: `identity?: name`.
    pub optional: bool,
}

/// What is drawn as the value of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A value that stands for itself: `true`, `"text"`, `42`.
    Literal(serde_json::Value),
    /// A name that stands for a value.
    Name(Name),
    /// A type, such as `string`: any value of it will do.
    Type(Type),
    /// A list of objects, each with these members: `[{name: role}]`.
    Objects(Vec<Member>),
}

impl Member {
    /// Returns the JSON pointer of the member, such as `/auth_account/account_id`.
    pub fn pointer(&self) -> String {
        self.path.iter().flat_map(|key| ["/".to_owned(), key.replace('~', "~0").replace('/', "~1")]).collect()
    }

    /// Returns the name drawn as the value, unless a literal is drawn.
    pub fn name(&self) -> Option<&Name> {
        match &self.value {
            Value::Name(name) => Some(name),
            Value::Literal(_) | Value::Type(_) | Value::Objects(_) => None,
        }
    }

    /// Returns the last key as a name, which says what a value is for where only its type is drawn.
    pub fn called(&self) -> Name {
        Name::new(self.path.last().map_or("", String::as_str))
    }

    /// Tells whether one of the two members is the other, or holds it.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.path.iter().zip(&other.path).all(|(mine, theirs)| mine == theirs)
    }
}

impl Value {
    /// Reads a value as drawn: what JSON understands is a literal, a word for a type is one, everything else is a name.
    pub fn new(drawn: &str) -> Self {
        let drawn = drawn.trim();
        if let Some(drawn) = Type::read(drawn) {
            return Self::Type(drawn);
        }
        if let Ok(literal) = serde_json::from_str(drawn) {
            return Self::Literal(literal);
        }
        if let Some(quoted) = ['"', '\''].into_iter().find_map(|quote| within(drawn, quote)) {
            return Self::Literal(serde_json::Value::String(quoted.to_owned()));
        }
        match drawn.to_ascii_lowercase().as_str() {
            "true" => Self::Literal(true.into()),
            "false" => Self::Literal(false.into()),
            "null" => Self::Literal(serde_json::Value::Null),
            _ => Self::Name(Name::new(drawn)),
        }
    }
}

fn within(drawn: &str, quote: char) -> Option<&str> {
    drawn.strip_prefix(quote)?.strip_suffix(quote)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_json_understands_is_a_literal_and_keeps_its_type() {
        let literals = [
            ("true", json!(true)),
            ("False", json!(false)),
            ("null", json!(null)),
            ("42", json!(42)),
            ("4.5", json!(4.5)),
            ("\"42\"", json!("42")),
            ("'it is'", json!("it is")),
            ("[\"a\", 1]", json!(["a", 1])),
        ];
        for (drawn, value) in literals {
            assert_eq!(Value::new(drawn), Value::Literal(value), "{drawn}");
        }
    }

    #[test]
    fn everything_else_is_a_name() {
        for drawn in ["token", "<date_time>", "random unique ID", "truer", "42nd", "\"open", "'", "[role]"] {
            assert_eq!(Value::new(drawn), Value::Name(Name::new(drawn)), "{drawn}");
        }
    }

    #[test]
    fn a_pointer_escapes_what_json_pointers_escape() {
        let path = vec!["a/b".to_owned(), "c~d".to_owned()];
        assert_eq!(Member { path, value: Value::new("x"), optional: false }.pointer(), "/a~1b/c~0d");
    }
}
