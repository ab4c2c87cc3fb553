//! A drawn value: what stands behind the colon of a member, and whether all of it is understood.

use super::{
    member::{Member, Value},
    name::Name,
    scan::{bracketed, items},
    value_type::{Type, is_ellipsis},
};

/// How deep lists of objects are read.
const DEEPEST: usize = 4;

/// A value as drawn.
#[derive(Debug)]
pub(super) struct DrawnValue {
    /// What it is: one value, or the members of an object.
    pub(super) is: Drawn,
    /// Whether it says of itself that it may be absent: `string?`.
    pub(super) optional: bool,
    /// Whether a part of it is not understood, and so not checked.
    pub(super) unread: bool,
}

/// What a drawn value is.
#[derive(Debug)]
pub(super) enum Drawn {
    Value(Value),
    Object(Vec<Member>),
}

/// The members of an object in a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) members: Vec<Member>,
    /// Whether a part of it is not understood.
    pub(super) unread: bool,
}

/// Reads the body of an object that stands in this many lists.
pub(super) type ReadItem = fn(&str, usize) -> Item;

impl DrawnValue {
    /// Reads a value; it stands in this many lists of objects, which are read by `item`.
    pub(super) fn read(drawn: &str, depth: usize, item: ReadItem) -> Self {
        let (drawn, optional) = without_optional(drawn);
        if let Some(members) = shorthand(drawn) {
            return Self { is: Drawn::Object(members), optional, unread: false };
        }
        let (value, unread) = value(drawn, depth, item);
        Self { is: Drawn::Value(value), optional, unread }
    }
}

fn value(drawn: &str, depth: usize, item: ReadItem) -> (Value, bool) {
    if let Some(list) = objects(drawn, depth, item) {
        return list;
    }
    match Value::new(drawn) {
        Value::Name(name) if is_name(drawn) => (Value::Name(name), false),
        Value::Name(_) => {
            let list = drawn.starts_with('[') && bracketed(drawn) == Some(drawn.len());
            let any = if list { Type::List(Box::new(Type::Any)) } else { Type::Any };
            (Value::Type(any), true)
        }
        other @ (Value::Literal(_) | Value::Type(_) | Value::Objects(_)) => (other, false),
    }
}

/// Reads `[{name: role}]`; items such as `...` say that there may be more of the same.
fn objects(drawn: &str, depth: usize, item: ReadItem) -> Option<(Value, bool)> {
    let inner = drawn.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let inner = inner.or_else(|| drawn.strip_suffix("[]").filter(|item| item.starts_with('{')))?.trim();
    let mut items = items(inner).into_iter().filter(|item| !item.is_empty() && !is_ellipsis(item));
    let first = items.next().filter(|item| item.starts_with('{'))?;
    if depth >= DEEPEST || serde_json::from_str::<serde_json::Value>(drawn).is_ok() {
        return None;
    }
    let read = item(first, depth + 1);
    let alike = items.all(|other| item(other, depth + 1).members == read.members);
    if !alike {
        return Some((Value::Type(Type::List(Box::new(Type::Object))), true));
    }
    Some((Value::Objects(read.members), read.unread))
}

/// Reads `<account_id, account_sid>`, by which some draw an object.
fn shorthand(drawn: &str) -> Option<Vec<Member>> {
    let inner = drawn.strip_prefix('<')?.strip_suffix('>')?;
    let names = items(inner);
    let plain = names.len() > 1 && names.iter().all(|name| is_key(name));
    let member =
        |name: &&str| Member { path: vec![(*name).to_owned()], value: Value::Name(Name::new(name)), optional: false };
    plain.then(|| names.iter().map(member).collect())
}

/// Returns a value without the words by which it says that it may be absent.
fn without_optional(drawn: &str) -> (&str, bool) {
    let mut drawn = drawn.trim();
    let mut optional = false;
    for word in ["(optional)", "| undefined", "|undefined", "?"] {
        if let Some(rest) = drawn.strip_suffix(word).filter(|rest| !rest.trim().is_empty()) {
            (drawn, optional) = (rest.trim(), true);
        }
    }
    (drawn, optional)
}

/// Tells whether a word can be the name of a member as it stands.
pub(super) fn is_key(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@'))
}

/// Tells whether words can be a name that stands for a value, as `random unique ID`, `<token>` and `[role]` are.
fn is_name(drawn: &str) -> bool {
    let drawn = drawn.trim();
    let angled = drawn.strip_prefix('<').unwrap_or(drawn);
    let angled = angled.strip_suffix('>').unwrap_or(angled);
    let listed = angled.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let listed = listed.or_else(|| angled.strip_suffix("[]")).unwrap_or(angled);
    let of_names = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '-' | '.' | '$' | '/' | ',');
    listed.chars().all(of_names) && listed.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::drawn_body::Body, *};

    fn read(drawn: &str) -> (Value, bool, bool) {
        let read = DrawnValue::read(drawn, 0, Body::item);
        match read.is {
            Drawn::Value(value) => (value, read.optional, read.unread),
            Drawn::Object(members) => (Value::Objects(members), read.optional, read.unread),
        }
    }

    fn name(text: &str) -> Value {
        Value::Name(Name::new(text))
    }

    fn member(key: &str, value: Value) -> Member {
        Member { path: vec![key.to_owned()], value, optional: false }
    }

    #[test]
    fn names_literals_and_types_are_told_apart() {
        assert_eq!(read("random unique ID"), (name("random unique ID"), false, false));
        assert_eq!(read("<generated_finger_print"), (name("generated_finger_print"), false, false));
        assert_eq!(read("'abc'"), (Value::Literal(json!("abc")), false, false));
        assert_eq!(read("string"), (Value::Type(Type::Text), false, false));
        assert_eq!(read("[role, other]"), (name("[role, other]"), false, false));
    }

    #[test]
    fn a_value_may_say_that_it_is_optional() {
        for drawn in ["token?", "token (optional)", "token | undefined"] {
            assert_eq!(read(drawn), (name("token"), true, false), "{drawn}");
        }
        assert_eq!(read("string?"), (Value::Type(Type::Text), true, false));
    }

    #[test]
    fn a_list_of_objects_has_their_members() {
        let roles = Value::Objects(vec![member("name", name("role"))]);
        for drawn in ["[{name: role}]", "[{name: role}, ...]", "[{name: role}, {name: role}]", "{name: role}[]"] {
            assert_eq!(read(drawn), (roles.clone(), false, false), "{drawn}");
        }
        let mixed = Value::Type(Type::List(Box::new(Type::Object)));
        assert_eq!(read("[{name: role}, {other}]"), (mixed, false, true));
        assert!(read("[{name: role, ...}]").2);
        assert_eq!(read("<id, sid>").0, Value::Objects(vec![member("id", name("id")), member("sid", name("sid"))]));
    }

    #[test]
    fn what_is_not_understood_is_any_value_and_said() {
        for drawn in ["a + b", "date_time (UTC)", "x ? y : z", "\"open", "'", "a = b", "list of {name}"] {
            assert_eq!(read(drawn), (Value::Type(Type::Any), false, true), "{drawn}");
        }
        assert!(read(&"[{a:".repeat(50_000)).2);
        let nested = format!("{}b{}", "[{a:".repeat(30), "}]".repeat(30));
        assert!(read(&nested).2);
    }
}
