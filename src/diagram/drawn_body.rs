//! A drawn body: `{member: name, nested: {member}, ...}` read leniently into its leaf members.
//!
//! It is prose that resembles JSON and is not parsed as JSON: names stand bare, `=` stands for `:`, braces are forgotten.

use super::{
    label::Label,
    member::{Member, Value},
    name::Name,
    warning::Warning,
};

/// The members of a body, the byte of the label behind it, and what was odd about it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) members: Vec<Member>,
    pub(super) end: usize,
    pub(super) warnings: Vec<Warning>,
}

impl Body {
    /// Reads the body whose opening brace is byte `open` of the label, as the value of the member at `path`.
    pub(super) fn read(label: &Label, open: usize, path: Vec<String>) -> Self {
        let mut reader = Reader { label, at: open + 1, path, opened: vec![0], body: Vec::new(), warnings: Vec::new() };
        reader.run();
        Self { members: reader.body, end: reader.at, warnings: reader.warnings }
    }
}

struct Reader<'l> {
    label: &'l Label,
    at: usize,
    path: Vec<String>,
    /// For each open brace, how many keys of `path` it added. A stack and not recursion, since depth is up to the author.
    opened: Vec<usize>,
    body: Vec<Member>,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn run(&mut self) {
        while !self.opened.is_empty() {
            self.skip(|c| c.is_whitespace() || c == ',');
            match self.next() {
                None => return self.unclosed(),
                Some('}') => self.close(),
                Some('{') => self.open(None),
                Some(_) => self.member(),
            }
        }
    }

    fn member(&mut self) {
        let start = self.at;
        self.at += quoted(self.rest()).unwrap_or(0);
        self.skip(|c| !matches!(c, ':' | '=' | ',' | '{' | '}'));
        let key = unquoted(&self.label.text()[start..self.at]);
        if key.is_empty() {
            self.odd(start, self.at + 1, "a value without a member", "expected the name of a member", "");
        }
        match self.next() {
            Some(':' | '=') => {
                self.at += 1;
                self.skip(char::is_whitespace);
                match self.next() {
                    Some('{') => self.open(Some(key)),
                    Some(_) | None => self.value(key),
                }
            }
            Some('{') => self.open(Some(key)),
            // The shorthand `{account_id}` is a member with a name of the same words.
            Some(_) | None => {
                let value = Value::Name(Name::new(&key));
                self.push(key, value);
            }
        }
    }

    fn value(&mut self, key: String) {
        let start = self.at;
        self.at += value_length(self.rest(), &[',', '}']);
        let drawn = self.label.text()[start..self.at].trim();
        if drawn.is_empty() {
            let message = format!("no value is drawn for `{key}`");
            self.odd(start, start + 1, message, "expected a name or a value", "it is read as the name of the member");
            let value = Value::Name(Name::new(&key));
            return self.push(key, value);
        }
        let value = Value::new(drawn);
        self.push(key, value);
    }

    fn push(&mut self, key: String, value: Value) {
        if key.is_empty() {
            return;
        }
        let path: Vec<String> = self.path.iter().cloned().chain([key]).collect();
        self.body.push(Member { path, value });
    }

    fn open(&mut self, key: Option<String>) {
        self.at += 1;
        self.opened.push(key.iter().len());
        self.path.extend(key);
    }

    fn close(&mut self) {
        self.at += 1;
        let added = self.opened.pop().unwrap_or_default();
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
        let span = self.label.span(from..to);
        self.warnings.push(Warning { span, message: message.into(), expected, hint });
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

/// Returns how long the value is that a text begins with: up to one of `ends` that is neither quoted nor in a list.
pub(super) fn value_length(text: &str, ends: &[char]) -> usize {
    let quotes = quoted(text).unwrap_or(0);
    let mut from = quotes;
    loop {
        let Some(found) = text[from..].find(|c| c == '[' || ends.contains(&c)) else { return text.len() };
        let at = from + found;
        if !text[at..].starts_with('[') {
            return at;
        }
        from = text[at..].find(']').map_or(at + 1, |close| at + close + 1);
    }
}

/// Returns the length of the quoted text that a text begins with; `None` when it begins with none, or with half of one.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return Some(at + 1);
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

fn unquoted(key: &str) -> String {
    let key = key.split_whitespace().collect::<Vec<_>>().join(" ");
    let inner = ['"', '\''].into_iter().find_map(|quote| key.strip_prefix(quote)?.strip_suffix(quote));
    inner.map_or_else(|| key.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{super::span::Span, *};

    /// Reads a label that is a body and shows its members, and how many warnings it has.
    fn read(text: &str) -> (String, usize) {
        let body = Body::read(&Label::new(Span { text, start: 0 }), 0, Vec::new());
        let shown: Vec<String> = body
            .members
            .iter()
            .map(|member| match &member.value {
                Value::Literal(literal) => format!("{}={literal}", member.pointer()),
                Value::Name(name) => format!("{}:{name}", member.pointer()),
            })
            .collect();
        (shown.join(" "), body.warnings.len())
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
    }

    #[test]
    fn what_is_missing_is_read_as_meant_and_said() {
        assert_eq!(read("{a: x"), ("/a:x".into(), 1));
        assert_eq!(read("{a: {b: x"), ("/a/b:x".into(), 1));
        assert_eq!(read("{a: , b}"), ("/a:a /b:b".into(), 1));
        assert_eq!(read("{: x, b}"), ("/b:b".into(), 1));
        assert_eq!(read("{a {b}, c}"), ("/a/b:b /c:c".into(), 0));
        assert_eq!(read("{a: [x, b: y}"), ("/a:[x /b:y".into(), 0));
        assert_eq!(read("{}"), (String::new(), 0));
        assert_eq!(read("{{a}, b: {{c}, d}, e}"), ("/a:a /b/c:c /b/d:d /e:e".into(), 0));
    }

    #[test]
    fn depth_is_no_danger() {
        let (shown, odd) = read(&"{a:".repeat(20_000));
        assert_eq!((shown.len(), odd), ("/a".repeat(20_000).len() + 2, 2));
        assert_eq!(read(&"{".repeat(100_000)).1, 1);
    }
}
