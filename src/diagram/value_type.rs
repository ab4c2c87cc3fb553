//! A type drawn in the place of a value: `string`, `number[]`, `true | false`. It is no name, so it binds nothing.

use std::fmt;

use serde_json::Value as Json;

/// The type of a value, as far as a label draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Whatever there is: `any`, `*`, `...`.
    Any,
    /// A text: `string`.
    Text,
    /// A number: `number`, `integer`.
    Number,
    /// `true` or `false`: `boolean`.
    Boolean,
    /// An object with members that are not drawn: `object`, `{}`.
    Object,
    /// A list of values of one type: `string[]`, `[string]`, `array`.
    List(Box<Type>),
    /// This value: an alternative such as `null` in `string | null`.
    Just(Json),
    /// One of several: `string | number`.
    OneOf(Vec<Type>),
}

/// How deep a type is read: nobody draws a list of lists of lists of lists.
const DEEPEST: usize = 4;

impl Type {
    /// Reads a type word as drawn; `None` when it is none.
    pub(super) fn read(drawn: &str) -> Option<Self> {
        Self::at_depth(drawn, 0)
    }

    fn at_depth(drawn: &str, depth: usize) -> Option<Self> {
        let drawn = drawn.trim();
        let bare = drawn.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(drawn).trim();
        let lower = bare.to_lowercase();
        let list = |item: &str| Some(Self::List(Box::new(Self::at_depth(item, depth + 1)?)));
        if depth > DEEPEST {
            return None;
        }
        if bare.contains('|') {
            return bare
                .split('|')
                .map(|part| Self::alternative(part, depth + 1))
                .collect::<Option<_>>()
                .map(Self::OneOf);
        }
        if let Some(item) = bare.strip_suffix("[]").filter(|item| !item.is_empty()) {
            return list(item);
        }
        if let Some(inner) = bare.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            let items: Vec<&str> = inner.split(',').map(str::trim).filter(|item| !is_ellipsis(item)).collect();
            return match items[..] {
                [] | [""] => Some(Self::List(Box::new(Self::Any))),
                [item] => list(item),
                _ => None,
            };
        }
        for (before, after) in [("array<", ">"), ("list<", ">"), ("array of ", ""), ("list of ", "")] {
            if let Some(item) = lower.strip_prefix(before).and_then(|item| item.strip_suffix(after)) {
                return list(item).or_else(|| list(item.strip_suffix('s')?));
            }
        }
        Some(match lower.as_str() {
            "string" | "str" | "text" | "uuid" | "guid" => Self::Text,
            "number" | "num" | "int" | "integer" | "float" | "double" | "long" | "decimal" => Self::Number,
            "boolean" | "bool" => Self::Boolean,
            "object" | "obj" | "map" | "dict" | "json" | "{}" => Self::Object,
            "array" | "list" => Self::List(Box::new(Self::Any)),
            "any" | "unknown" | "mixed" | "*" => Self::Any,
            _ if is_ellipsis(bare) => Self::Any,
            _ => return None,
        })
    }

    fn alternative(drawn: &str, depth: usize) -> Option<Self> {
        let drawn = drawn.trim();
        let quoted = drawn.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\''));
        let literal = || serde_json::from_str(&drawn.to_lowercase()).or_else(|_| serde_json::from_str(drawn)).ok();
        Self::at_depth(drawn, depth).or_else(|| quoted.map(Json::from).or_else(literal).map(Self::Just))
    }

    /// Tells whether a value is of the type.
    pub fn holds(&self, value: &Json) -> bool {
        match self {
            Self::Any => true,
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Object => value.is_object(),
            Self::List(item) => value.as_array().is_some_and(|items| items.iter().all(|value| item.holds(value))),
            Self::Just(only) => only == value,
            Self::OneOf(types) => types.iter().any(|one| one.holds(value)),
        }
    }

    /// Returns a value of the type other than a text, which depends on what it is for; `None` where a text will do.
    pub fn sample(&self) -> Option<Json> {
        match self {
            Self::Any | Self::Text => None,
            Self::Number => Some(1.into()),
            Self::Boolean => Some(true.into()),
            Self::Object => Some(Json::Object(serde_json::Map::new())),
            Self::List(item) if **item == Self::Any => Some(Json::Array(Vec::new())),
            Self::List(item) => Some(Json::Array(vec![item.sample().unwrap_or_else(|| "some_text".into())])),
            Self::Just(only) => Some(only.clone()),
            Self::OneOf(types) => types.first().and_then(Self::sample),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("a value"),
            Self::Text => f.write_str("a text"),
            Self::Number => f.write_str("a number"),
            Self::Boolean => f.write_str("true or false"),
            Self::Object => f.write_str("an object"),
            Self::List(item) if **item == Self::Any => f.write_str("a list"),
            Self::List(item) => write!(f, "a list, each item of it {item}"),
            Self::Just(only) => write!(f, "{only}"),
            Self::OneOf(types) => {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                f.write_str(&types.join(" or "))
            }
        }
    }
}

/// Tells whether a word stands for what is not drawn: `...` or `…`.
pub(super) fn is_ellipsis(word: &str) -> bool {
    let word = word.trim();
    word == "…" || (word.len() > 1 && word.bytes().all(|byte| byte == b'.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_words_for_types_are_types() {
        for (drawn, shown) in [
            ("string", "a text"),
            ("<String>", "a text"),
            ("any", "a value"),
            ("*", "a value"),
            ("...", "a value"),
            ("…", "a value"),
            ("integer", "a number"),
            ("boolean", "true or false"),
            ("string[]", "a list, each item of it a text"),
            ("[string]", "a list, each item of it a text"),
            ("[string, ...]", "a list, each item of it a text"),
            ("Array<number>", "a list, each item of it a number"),
            ("list of strings", "a list, each item of it a text"),
            ("[]", "a list"),
            ("[...]", "a list"),
            ("array", "a list"),
            ("string | null", "a text or null"),
            ("true|false", "true or false"),
            ("'a' | \"b\" | 3", "\"a\" or \"b\" or 3"),
        ] {
            assert_eq!(Type::read(drawn).map(|it| it.to_string()).as_deref(), Some(shown), "{drawn}");
        }
    }

    #[test]
    fn names_are_no_types() {
        for drawn in ["token", "date_time", "random unique ID", "grants_array", "[role]", "a | b", "strings_of", ""] {
            assert_eq!(Type::read(drawn), None, "{drawn}");
        }
        assert_eq!(Type::read(&"[".repeat(10_000)), None);
        assert_eq!(Type::read(&"[]".repeat(10_000)), None);
    }

    #[test]
    fn a_value_is_of_a_type_or_not() {
        let holds = |drawn: &str, value| Type::read(drawn).is_some_and(|it| it.holds(&value));
        assert!(holds("string", json!("")) && !holds("string", json!(7)));
        assert!(holds("string[]", json!(["a"])) && !holds("string[]", json!([7])) && !holds("string[]", json!("a")));
        assert!(holds("string|null", json!(null)) && !holds("string|null", json!(true)));
        assert!(holds("any", json!(null)) && holds("object", json!({"a": 1})));
    }
}
