//! A member of a body: where it stands, and the value drawn for it.

use super::{
    name::{Name, is_account_placeholder},
    value_type::Type,
};

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

    /// Returns the member with a name in place of a value that can only be an example of it, as where a whole body is drawn
    /// in JSON: an account SID, a moment, a number that identifies something, a list of grants or roles.
    pub(super) fn without_example(self) -> Self {
        let key = self.path.last().map_or("", String::as_str);
        let name = match &self.value {
            Value::Literal(serde_json::Value::String(text)) if is_account_placeholder(text) => text.clone(),
            Value::Literal(serde_json::Value::String(text)) if begins_with_date_time(text) => "date_time".to_owned(),
            Value::Literal(serde_json::Value::String(text)) if is_uuid(text) => "random unique ID".to_owned(),
            Value::Literal(serde_json::Value::String(text)) if is_cut_short(text) => key.to_owned(),
            Value::Literal(serde_json::Value::Number(_)) if key.to_ascii_lowercase().ends_with("id") => key.to_owned(),
            Value::Literal(serde_json::Value::Array(_)) if ["grants", "roles"].contains(&key) => {
                "grants_array".to_owned()
            }
            Value::Literal(_) | Value::Name(_) | Value::Type(_) | Value::Objects(_) => return self,
        };
        Self { value: Value::Name(Name::new(&name)), ..self }
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

/// Tells whether a text begins as `2026-01-01T00:00` does.
fn begins_with_date_time(text: &str) -> bool {
    let shape = "0000-00-00T00:00";
    let is_like = |(drawn, shape): (char, char)| if shape == '0' { drawn.is_ascii_digit() } else { drawn == shape };
    text.chars().count() >= shape.len() && text.chars().zip(shape.chars()).all(is_like)
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Tells whether the rest of a text is left to the reader: `eyJhbGciOi...`.
fn is_cut_short(text: &str) -> bool {
    text.ends_with("...") || text.ends_with('…')
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
    fn an_example_stands_for_others_of_its_kind() {
        for (key, drawn, name) in [
            ("account_sid", "\"ACXXXXX\"", "ACXXXXX"),
            ("expiration", "\"2026-01-01T00:00:00Z\"", "date_time"),
            ("identity", "\"b1946ac9-2492-4d23-a8a0-000000000000\"", "random unique ID"),
            ("token", "\"eyJhbGciOi...\"", "token"),
            ("account_id", "1", "account_id"),
            ("roles", "[\"chat\"]", "grants_array"),
        ] {
            let member = Member { path: vec![key.to_owned()], value: Value::new(drawn), optional: false };
            assert_eq!(member.without_example().value, Value::Name(Name::new(name)), "{key}: {drawn}");
        }
        for (key, drawn) in [("code", "45775"), ("valid", "false"), ("message", "\"no\""), ("list", "[\"chat\"]")] {
            let member = Member { path: vec![key.to_owned()], value: Value::new(drawn), optional: false };
            assert_eq!(member.clone().without_example(), member);
        }
    }

    #[test]
    fn a_pointer_escapes_what_json_pointers_escape() {
        let path = vec!["a/b".to_owned(), "c~d".to_owned()];
        assert_eq!(Member { path, value: Value::new("x"), optional: false }.pointer(), "/a~1b/c~0d");
    }
}
