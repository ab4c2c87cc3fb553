//! Assignments: `req.body.token=name`, `res.body={…}` and bare `{…}` in a label, read into the members of a body.

use super::{
    drawn_body::{Body, begins_member},
    drawn_value::{Drawn, DrawnValue},
    label::Label,
    member::Member,
    scan::{bracketed, value_length},
    value_type::is_ellipsis,
    warning::{Warning, not_checked, unread},
};

/// What a label says of a body.
#[derive(Debug, Default)]
pub(super) struct Assignments {
    /// The members that are drawn.
    pub(super) members: Vec<Member>,
    /// Whether there may be others: `...`.
    pub(super) open: bool,
    /// What was odd, and what is not checked.
    pub(super) warnings: Vec<Warning>,
}

/// A part of a message, as a label names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `req.body`, `res.body`.
    Body,
    /// A header, the query, a status: nothing checks these.
    Other,
}

const SIDES: [&str; 6] = ["request.", "req.", "response.", "resp.", "res.", "reply."];
const BODIES: [&str; 3] = ["body", "payload", "json"];
const OTHERS: [&str; 10] =
    ["headers", "header", "query", "params", "param", "cookies", "cookie", "statuscode", "status", "path"];

/// Returns the part that a text begins with, and the length of its name.
fn part_at(text: &str) -> Option<(Part, usize)> {
    let side = SIDES.into_iter().find(|side| begins(text, side))?;
    let behind = &text[side.len()..];
    let bodies = BODIES.into_iter().map(|word| (word, Part::Body));
    let (word, part) =
        bodies.chain(OTHERS.into_iter().map(|word| (word, Part::Other))).find(|(word, _)| begins(behind, word))?;
    let ends = !behind[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ends.then_some((part, side.len() + word.len()))
}

/// Returns the first part that a text names, and where.
pub(super) fn find_part(text: &str) -> Option<(usize, Part)> {
    let starts = text.match_indices(['r', 'R']).map(|(at, _)| at);
    let whole = |at: &usize| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    starts.filter(whole).find_map(|at| part_at(&text[at..]).map(|(part, _)| (at, part)))
}

impl Assignments {
    /// Reads what stands in a label from byte `at` on.
    pub(super) fn read(label: &Label, at: usize) -> Self {
        let mut reader = Reader { label, at, bodies: 0, read: Self::default() };
        reader.run();
        if reader.bodies > 1 {
            let text = label.text();
            reader.read.members.clear();
            reader.read.open = true;
            reader.read.warnings.push(not_checked(label.span(at..text.trim_end().len()), &text[at..]));
        }
        reader.read
    }
}

struct Reader<'l> {
    label: &'l Label,
    at: usize,
    /// How many bodies stand there as a whole: of several, nobody knows which is meant.
    bodies: usize,
    read: Assignments,
}

impl Reader<'_> {
    fn run(&mut self) {
        loop {
            self.skip(|c| c.is_whitespace() || matches!(c, ',' | ';' | '&'));
            let rest = &self.label.text()[self.at..];
            match (rest.chars().next(), part_at(rest)) {
                (None, _) => return,
                (Some('{'), _) => self.body(Vec::new()),
                (Some('}'), _) => return self.too_many_braces(),
                (Some('['), _) if bracketed(rest).is_some() => self.list(),
                (Some(_), Some((Part::Body, length))) => self.assignment(length),
                (Some(_), None) if self.bodies == 1 && begins_member(rest) => self.resumed_body(),
                (Some(_), Some((Part::Other, _)) | None) => self.words(),
            }
        }
    }

    fn body(&mut self, path: Vec<String>) {
        self.bodies += usize::from(path.is_empty());
        let body = Body::read(self.label, self.at, path);
        self.at = body.end;
        self.read.open |= body.open;
        self.read.members.extend(body.members);
        self.read.warnings.extend(body.warnings);
    }

    /// What follows a body like members of it belongs to it: a brace was closed too early.
    fn resumed_body(&mut self) {
        let span = self.label.span(self.at..self.at + 1);
        let warning = Warning::new(span, "a closing brace too early", "expected the end of the label");
        self.read.warnings.push(warning.hint("what follows is read as members of the same body"));
        let body = Body::resumed(self.label, self.at);
        self.at = body.end;
        self.read.open |= body.open;
        self.read.members.extend(body.members);
        self.read.warnings.extend(body.warnings);
    }

    /// A body that is a list has no members to look for.
    fn list(&mut self) {
        let length = bracketed(&self.label.text()[self.at..]).unwrap_or(1);
        self.bodies += 1;
        self.not_checked(length);
    }

    /// Reads `req.body.a.b=value`, `req.body["a"]=value` and `req.body={…}`.
    fn assignment(&mut self, length: usize) {
        let start = self.at;
        self.at += length;
        let rest = &self.label.text()[self.at..];
        let keys = &rest[..rest.find(is_key_end).unwrap_or(rest.len())];
        self.at += keys.len();
        let path: Vec<String> =
            keys.split(['.', '[', ']', '"', '\'']).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        let behind = self.label.text()[self.at..].trim_start_matches([' ', '\t']);
        let optional = behind.starts_with('?');
        let behind = behind.strip_prefix('?').unwrap_or(behind).trim_start_matches([' ', '\t']);
        let value = behind.strip_prefix(['=', ':']).map_or("", |value| value.trim_start_matches([' ', '\t']));
        if value.starts_with('{') {
            self.at = self.label.text().len() - value.len();
            return self.body(path);
        }
        let end = find_part(value).map_or(value.len(), |(next, _)| next);
        let length = value_length(&value[..end], &[',', '\n'], |_| false);
        let drawn = value[..length].trim().trim_end_matches(['&', ';', '+']).trim_end();
        self.at = if value.is_empty() {
            self.label.text().len() - behind.len()
        } else {
            self.label.text().len() - value.len() + length
        };
        self.member(start, path, optional, drawn);
    }

    fn member(&mut self, start: usize, path: Vec<String>, optional: bool, drawn: &str) {
        let words = self.label.text()[start..self.at].trim_end().to_owned();
        let warn = |read: &mut Assignments, label: &Label| {
            read.warnings.push(not_checked(label.span(start..start + words.len()), &words));
        };
        let Some(key) = path.last() else {
            // A name for the whole body, such as `req.body=the_form`.
            self.read.open = true;
            return warn(&mut self.read, self.label);
        };
        let read = DrawnValue::read(if drawn.is_empty() { key } else { drawn }, 0, Body::item);
        if read.unread {
            warn(&mut self.read, self.label);
        }
        let optional = optional || read.optional;
        match read.is {
            Drawn::Value(value) => self.read.members.push(Member { path, value, optional }),
            Drawn::Object(members) => {
                let outer = |member: Member| Member { path: [path.clone(), member.path].concat(), ..member };
                self.read.members.extend(members.into_iter().map(outer));
            }
        }
    }

    /// Passes over words up to the end of the line or the next part; an ellipsis says that there is more.
    fn words(&mut self) {
        let rest = &self.label.text()[self.at..];
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let next = find_part(&rest[first..]).map_or(rest.len(), |(next, _)| first + next);
        let brace = rest.find(['{', '}']).filter(|at| *at > 0 && part_at(rest).is_none()).unwrap_or(rest.len());
        let line = rest.find('\n').unwrap_or(rest.len());
        let length = next.min(line).min(brace);
        if is_ellipsis(&rest[..length]) {
            self.read.open = true;
            return self.not_checked(length);
        }
        let words = rest[..length].trim_end();
        self.read.warnings.push(unread(self.label.span(self.at..self.at + words.len()), words));
        self.at += length;
    }

    fn too_many_braces(&mut self) {
        let rest = self.label.text()[self.at..].trim_end();
        let warning = Warning::new(
            self.label.span(self.at..self.at + rest.len()),
            "a closing brace too many",
            "expected the end of the label",
        );
        self.read.warnings.push(warning.hint("the label is read as if it ended before it"));
    }

    fn not_checked(&mut self, length: usize) {
        let words = self.label.text()[self.at..self.at + length].trim_end();
        let warning = not_checked(self.label.span(self.at..self.at + words.len()), words);
        self.read.open = true;
        self.read.warnings.push(warning);
        self.at += length;
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        let rest = &self.label.text()[self.at..];
        self.at += rest.find(|c| !skipped(c)).unwrap_or(rest.len());
    }
}

fn begins(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn is_key_end(character: char) -> bool {
    character.is_whitespace() || matches!(character, '=' | ':' | ',' | '{' | '?' | '&')
}

#[cfg(test)]
mod tests {
    use super::{
        super::{member::Value, span::Span, value_type::Type},
        *,
    };

    /// Reads a label, and shows its members, whether there may be others, and the warnings.
    fn read(text: &str) -> (String, bool, Vec<String>) {
        let read = Assignments::read(&Label::new(Span { text, start: 0 }), 0);
        let shown = |member: &Member| {
            let optional = if member.optional { "?" } else { "" };
            match &member.value {
                Value::Name(name) => format!("{}{optional}:{name}", member.pointer()),
                other @ (Value::Literal(_) | Value::Type(Type::Any | _) | Value::Objects(_)) => {
                    format!("{}{optional}:{other:?}", member.pointer())
                }
            }
        };
        let members: Vec<String> = read.members.iter().map(shown).collect();
        (members.join(" "), read.open, read.warnings.into_iter().map(|warning| warning.message).collect())
    }

    #[test]
    fn parts_are_found_as_whole_words() {
        assert_eq!(part_at("req.body.a"), Some((Part::Body, 8)));
        assert_eq!(part_at("Res.Header.X"), Some((Part::Other, 10)));
        assert_eq!(["body.a", "req.bodyguard", "res", "are.body"].map(part_at), [None; 4]);
        assert_eq!(find_part("x.req.body then (res.body=y"), Some((17, Part::Body)));
    }

    #[test]
    fn members_are_assigned_in_many_ways() {
        let plain = |text| {
            let (members, open, warnings) = read(text);
            assert!(!open && warnings.is_empty(), "{text} {warnings:?}");
            members
        };
        assert_eq!(plain("req.body.a=b c <br/>req.body.d.e : f"), "/a:b c /d/e:f");
        assert_eq!(plain("req.body.a=b, req.body.c=d & req.body.e=f"), "/a:b /c:d /e:f");
        assert_eq!(plain("req.body.a?=b req.body.c req.body[\"d\"]=e"), "/a?:b /c:c /d:e");
        assert_eq!(plain("res.body={a: b, c?: d}"), "/a:b /c?:d");
        assert_eq!(plain("res.body: {a}"), "/a:a");
        assert_eq!(plain("req.body.a=<b, c>"), "/a/b:b /a/c:c");
        assert_eq!(plain("request.body.a = <b"), "/a:b");
    }

    #[test]
    fn what_is_not_checked_is_said() {
        let said = |text| read(text).2.len();
        assert_eq!(read("req.body.a=b\n..."), ("/a:b".into(), true, vec!["`...` is no plain member or value".into()]));
        assert_eq!(read("res.body={a}<br/>res.header.ACAO='*'").2, ["`res.header.ACAO='*'` is not understood"]);
        assert_eq!((read("[{a}]").0.as_str(), said("[{a}]")), ("", 1));
        assert_eq!((read("{a} or {b}").0.as_str(), said("{a} or {b}")), ("", 2));
        assert_eq!((read("req.body.").0.as_str(), said("req.body.")), ("", 1));
        assert_eq!((read("req.body=the_form").0.as_str(), said("req.body=the_form")), ("", 1));
        assert_eq!(read("{a}, b: c, d: {e}").0, "/a:a /b:c /d/e:e");
        assert_eq!(read("{a}, b: c}").2, ["a closing brace too early"]);
        assert_eq!(read("{a}, b: c").2, ["a closing brace too early"]);
        assert_eq!((said("{a}}"), said("{a} then"), said("req.query.a=b req.body.c=d")), (1, 1, 1));
    }
}
