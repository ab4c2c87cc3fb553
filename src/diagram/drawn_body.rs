//! A drawn body: `{member: name, nested: {member}, ...}` read leniently into its leaf members.
//!
//! It is prose that resembles JSON and is not parsed as JSON: names stand bare, `=` stands for `:`, braces are forgotten.

use super::{
    drawn_value::{Drawn, DrawnValue, Item, is_key},
    label::Label,
    member::{Member, Value},
    name::Name,
    scan::{quoted, value_length},
    span::Span,
    value_type::{Type, is_ellipsis},
    warning::{Warning, not_checked},
};

/// The members of a body, the byte of the label behind it, and what was odd about it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) members: Vec<Member>,
    pub(super) end: usize,
    /// Whether it says that there are more members than it draws: `...`.
    pub(super) open: bool,
    pub(super) warnings: Vec<Warning>,
}

impl Body {
    /// Reads the body whose opening brace is byte `open` of the label, as the value of the member at `path`.
    pub(super) fn read(label: &Label, open: usize, path: Vec<String>) -> Self {
        Reader::new(label, open, path, 0).run()
    }

    /// Reads members from byte `at` of the label on, where a body was closed too early.
    pub(super) fn resumed(label: &Label, at: usize) -> Self {
        let mut reader = Reader::new(label, at, Vec::new(), 0);
        reader.at = at;
        let mut body = reader.run();
        // That nothing closes it again goes without saying.
        body.warnings.retain(|warning| warning.span != label.span(body.end..body.end));
        body
    }

    /// Reads the body of an object that stands in this many lists.
    pub(super) fn item(text: &str, depth: usize) -> Item {
        let body = Reader::new(&Label::new(Span { text, start: 0 }), 0, Vec::new(), depth).run();
        Item { unread: !body.warnings.is_empty() || body.open, members: body.members }
    }
}

struct Reader<'l> {
    label: &'l Label,
    at: usize,
    path: Vec<String>,
    /// For each open brace, how many keys of `path` it added, and whether what is in it counts. A stack and not
    /// recursion, since depth is up to the author.
    opened: Vec<(usize, bool)>,
    body: Body,
    depth: usize,
}

/// How a member is called.
enum Key {
    Plain {
        path: Vec<String>,
        optional: bool,
    },
    /// Others that are not drawn.
    More,
    Odd,
}

impl<'l> Reader<'l> {
    fn new(label: &'l Label, open: usize, path: Vec<String>, depth: usize) -> Self {
        let body = Body { members: Vec::new(), end: 0, open: false, warnings: Vec::new() };
        Self { label, at: open + 1, path, opened: vec![(0, true)], body, depth }
    }

    fn run(mut self) -> Body {
        while !self.opened.is_empty() {
            self.skip(|c| c.is_whitespace() || matches!(c, ',' | ';'));
            match self.next() {
                None => self.unclosed(),
                Some('}') => self.close(),
                Some('{') => self.open(Vec::new(), true),
                Some(_) => self.member(),
            }
        }
        self.body.end = self.at;
        self.body
    }

    fn member(&mut self) {
        let start = self.at;
        self.at += quoted(self.rest()).unwrap_or(0);
        self.skip(|c| !matches!(c, ':' | '=' | ',' | '{' | '}' | '\n'));
        let key = Key::read(&self.label.text()[start..self.at]);
        self.skip_if_delimiter_follows();
        let drawn = start..self.at;
        match key {
            Key::More => {
                self.body.open = true;
                self.not_checked(drawn.start, drawn.end);
            }
            Key::Odd if drawn.is_empty() => {
                self.odd(start, start + 1, "a value without a member", "expected the name of a member", "");
            }
            Key::Odd => self.not_checked(drawn.start, drawn.end),
            Key::Plain { .. } => {}
        }
        match self.next() {
            Some(':' | '=') => {
                self.at += 1;
                self.skip(char::is_whitespace);
                match (self.next(), key) {
                    (Some('{'), Key::Plain { path, .. }) => self.open(path, true),
                    (Some('{'), Key::More | Key::Odd) => self.open(Vec::new(), false),
                    (Some(_) | None, key) => self.value(key),
                }
            }
            Some('{') => match key {
                Key::Plain { path, .. } => self.open(path, true),
                Key::More | Key::Odd => self.open(Vec::new(), false),
            },
            // The shorthand `{account_id}` is a member with a name of the same words.
            Some(_) | None => self.push(key, |name| Value::Name(Name::new(name))),
        }
    }

    /// Goes on to the colon of a key that stands on the line below it.
    fn skip_if_delimiter_follows(&mut self) {
        let below = self.rest().trim_start();
        if below.starts_with([':', '=']) {
            self.at = self.label.text().len() - below.len();
        }
    }

    fn value(&mut self, key: Key) {
        let start = self.at;
        self.at += value_length(self.rest(), &[',', '}'], begins_member);
        let drawn = self.label.text()[start..self.at].trim_end();
        let end = start + drawn.len();
        if drawn.is_empty() {
            if let Key::Plain { path, .. } = &key {
                let message = format!("no value is drawn for `{}`", path.join("."));
                self.odd(start, start + 1, message, "expected a name or a value", "any value will do");
            }
            return self.push(key, |_| Value::Type(Type::Any));
        }
        let read = DrawnValue::read(drawn, self.depth, Body::item);
        if read.unread {
            self.not_checked(start, end);
        }
        match (read.is, key) {
            (Drawn::Value(value), Key::Plain { path, optional }) => {
                self.push(Key::Plain { path, optional: optional || read.optional }, |_| value);
            }
            (Drawn::Object(members), Key::Plain { path, .. }) => {
                for member in members {
                    let path = path.iter().cloned().chain(member.path).collect();
                    self.push(Key::Plain { path, optional: read.optional }, |_| member.value);
                }
            }
            (Drawn::Value(_) | Drawn::Object(_), Key::More | Key::Odd) => {}
        }
    }

    fn push(&mut self, key: Key, value: impl FnOnce(&str) -> Value) {
        let Key::Plain { path, optional } = key else { return };
        if self.opened.iter().all(|(_, counts)| *counts) {
            let value = value(path.last().map_or("", String::as_str));
            let path = self.path.iter().cloned().chain(path).collect();
            self.body.members.push(Member { path, value, optional }.without_example());
        }
    }

    fn open(&mut self, keys: Vec<String>, counts: bool) {
        self.at += 1;
        self.opened.push((keys.len(), counts));
        self.path.extend(keys);
    }

    fn close(&mut self) {
        self.at += 1;
        let (added, _) = self.opened.pop().unwrap_or_default();
        self.path.truncate(self.path.len() - added);
    }

    fn unclosed(&mut self) {
        let missing = self.opened.len();
        let message = if missing == 1 {
            "a closing brace is missing".to_owned()
        } else {
            format!("{missing} closing braces are missing")
        };
        let end = self.label.text().trim_end().len();
        self.odd(end, end, message, "expected `}`", "the label is read as if it ended with it");
        self.opened.clear();
    }

    fn odd(&mut self, from: usize, to: usize, message: impl Into<String>, expected: &'static str, hint: &'static str) {
        let warning = Warning::new(self.label.span(from..to), message, expected);
        self.body.warnings.push(if hint.is_empty() { warning } else { warning.hint(hint) });
    }

    fn not_checked(&mut self, from: usize, to: usize) {
        let words = self.label.text()[from..to].trim_end();
        self.body.warnings.push(not_checked(self.label.span(from..from + words.len()), words));
    }

    fn rest(&self) -> &str {
        &self.label.text()[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        self.at += self.rest().find(|c| !skipped(c)).unwrap_or(self.rest().len());
    }
}

impl Key {
    /// Reads a key: `name`, `"any text"`, `outer.inner`, `name?` or `name (optional)`.
    fn read(drawn: &str) -> Self {
        let drawn = drawn.trim();
        let (bare, optional) = ["?", "(optional)", "[optional]"]
            .into_iter()
            .find_map(|word| drawn.strip_suffix(word))
            .map_or((drawn, false), |bare| (bare.trim(), true));
        let inner = ['"', '\''].into_iter().find_map(|quote| bare.strip_prefix(quote)?.strip_suffix(quote));
        let angled = bare.strip_prefix('<').and_then(|bare| bare.strip_suffix('>')).unwrap_or(bare);
        let parts: Vec<&str> = angled.split('.').collect();
        match inner {
            _ if is_ellipsis(drawn) || drawn.strip_prefix("...").is_some_and(is_key) => Self::More,
            Some(inner) if !inner.is_empty() => Self::Plain { path: vec![inner.to_owned()], optional },
            None if parts.iter().all(|part| is_key(part)) => {
                Self::Plain { path: parts.into_iter().map(str::to_owned).collect(), optional }
            }
            Some(_) | None => Self::Odd,
        }
    }
}

/// Tells whether a line begins with the key of a member.
pub(super) fn begins_member(line: &str) -> bool {
    let length = quoted(line).unwrap_or_else(|| line.find([':', '=', ',', '{', '}', '\n']).unwrap_or(line.len()));
    let (key, behind) = line.split_at(length);
    let plain = matches!(Key::read(key), Key::Plain { .. });
    plain && behind.trim_start_matches([' ', '?']).starts_with([':', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a label that is a body and shows its members, and how many warnings it has.
    fn read(text: &str) -> (String, usize) {
        let body = Body::read(&Label::new(Span { text, start: 0 }), 0, Vec::new());
        let shown: Vec<String> = body.members.iter().map(shown).collect();
        (shown.join(" "), body.warnings.len())
    }

    fn shown(member: &Member) -> String {
        let optional = if member.optional { "?" } else { "" };
        let pointer = format!("{}{optional}", member.pointer());
        match &member.value {
            Value::Literal(literal) => format!("{pointer}={literal}"),
            Value::Name(name) => format!("{pointer}:{name}"),
            Value::Type(drawn) => format!("{pointer} is {drawn}"),
            Value::Objects(members) => {
                let members: Vec<String> = members.iter().map(self::shown).collect();
                format!("{pointer}[{}]", members.join(" "))
            }
        }
    }

    #[test]
    fn nested_members_are_flattened_and_shorthand_names_itself() {
        let (shown, odd) = read("{ok: true, who: {id, <br/>sid : <account_sid>}, list=a list, s: \"x, }\"}");
        assert_eq!(shown, r#"/ok=true /who/id:id /who/sid:account_sid /list:a list /s="x, }""#);
        assert_eq!(odd, 0);
    }

    #[test]
    fn lists_keys_in_quotes_and_numbers_are_understood() {
        assert_eq!(
            read(r#"{"a b": [1, 2], c: [role, other], n: 4.5}"#),
            ("/a b=[1,2] /c:[role, other] /n=4.5".into(), 0)
        );
        assert_eq!(read("{a: [{b: c, d?: e}], f: g}"), ("/a[/b:c /d?:e] /f:g".into(), 0));
    }

    #[test]
    fn what_may_be_absent_says_so() {
        let expected = "/a?:x /b?:b /c?:y /d? is a text".to_owned();
        assert_eq!(read("{a?: x, b?, c (optional): y, d: string?}"), (expected, 0));
        assert_eq!(read("{\"a\"?: x}"), ("/a?:x".into(), 0));
    }

    #[test]
    fn lines_separate_members_where_commas_are_forgotten() {
        assert_eq!(read("{a: x<br/>b: y\\nc?: random<br/>id<br/>}"), ("/a:x /b:y /c?:random id".into(), 0));
        assert_eq!(read("{a<br/>b<br/>: c}"), ("/a:a /b:c".into(), 0));
    }

    #[test]
    fn an_object_may_stand_in_angle_brackets_or_dots() {
        assert_eq!(read("{a: <b, c>, d: <e>}"), ("/a/b:b /a/c:c /d:e".into(), 0));
        assert_eq!(read("{a.b: c}"), ("/a/b:c".into(), 0));
    }

    #[test]
    fn what_is_no_member_is_demanded_of_nobody_and_said() {
        assert_eq!(read("{a: x, ...}"), ("/a:x".into(), 1));
        assert_eq!(read("{a: x, …, ...rest}"), ("/a:x".into(), 2));
        assert_eq!(read("{some words in braces}"), (String::new(), 1));
        assert_eq!(read("{the answer: x, {odd key: {b}}, c}"), ("/c:c".into(), 2));
        assert_eq!(read("{a: b + c}"), ("/a is a value".into(), 1));
    }

    #[test]
    fn what_is_missing_is_read_as_meant_and_said() {
        assert_eq!(read("{a: x"), ("/a:x".into(), 1));
        assert_eq!(read("{a: {b: x"), ("/a/b:x".into(), 1));
        assert_eq!(read("{a: , b}"), ("/a is a value /b:b".into(), 1));
        assert_eq!(read("{: x, b}"), ("/b:b".into(), 1));
        assert_eq!(read("{a {b}, c}"), ("/a/b:b /c:c".into(), 0));
        assert_eq!(read("{a: [x, b: y}"), ("/a is a value /b:y".into(), 1));
        assert_eq!(read("{}"), (String::new(), 0));
        assert_eq!(read("{{a}, b: {{c}, d}, e}"), ("/a:a /b/c:c /b/d:d /e:e".into(), 0));
    }

    #[test]
    fn depth_is_no_danger() {
        let (shown, odd) = read(&"{a:".repeat(20_000));
        assert_eq!((shown.len(), odd), ("/a".repeat(20_000).len() + " is a value".len(), 2));
        assert_eq!(read(&"{".repeat(100_000)).1, 1);
    }
}
