//! A declaration: the statement that draws the box of a lifeline.

use super::{drawn_body::Body, keyword, label::Label, member::Value, source::Source, span::Span};
use crate::diagnostic::Diagnostic;

/// What `participant X as Name` or `actor X@{ "type": "actor" }` says.
#[derive(Debug)]
pub(super) struct Declaration<'t> {
    pub(super) id: Span<'t>,
    pub(super) name: Option<String>,
    pub(super) actor: bool,
}

impl<'t> Declaration<'t> {
    pub(super) fn read(keyword: &str, rest: Span<'t>, source: &Source<'_>) -> Result<Self, Diagnostic> {
        let rest = rest.trim();
        let (head, behind, config) = match rest.text.find("@{") {
            Some(at) => {
                let close = rest.text[at..].find('}').map(|close| at + close + 1).ok_or_else(|| {
                    source.complain(rest.from(at).range(), "a configuration is never closed").expected("expected `}`")
                })?;
                (rest.until(at), rest.from(close), Some(rest.slice(at + 1..close)))
            }
            None => match alias_at(rest.text) {
                Some(at) => (rest.until(at), rest.from(at), None),
                None => (rest, rest.end(), None),
            },
        };
        let id = head.until(head.text.find(" %%").unwrap_or(head.text.len())).trim();
        if id.is_empty() {
            return Err(source.complain(head.range(), "no participant is named").expected("expected an id"));
        }
        if let Some(at) = id.text.find(['<', '>', ':', ',']) {
            let complaint = source.complain(id.slice(at..at + 1).range(), "not the id of a participant");
            return Err(complaint.expected("expected `as`, or the end of the line"));
        }
        let (alias, kind) = config.map_or((None, None), configured);
        let name = alias_of(behind.trim(), source)?.or(alias);
        let actor = kind.map_or(keyword == "actor", |kind| kind == "actor");
        Ok(Self { id, name, actor })
    }
}

/// Returns where `as` stands between an id and a name.
fn alias_at(text: &str) -> Option<usize> {
    text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at).find(|at| {
        let word = text[*at..].trim_start();
        let behind = word.get(..2).filter(|word| word.eq_ignore_ascii_case("as")).map(|_| &word[2..]);
        behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(char::is_whitespace))
    })
}

fn alias_of(behind: Span<'_>, source: &Source<'_>) -> Result<Option<String>, Diagnostic> {
    let word = behind.first_word();
    if behind.is_empty() || behind.text.starts_with("%%") {
        return Ok(None);
    }
    let name = Label::new(behind.from(word.text.len())).plain();
    if !word.text.eq_ignore_ascii_case("as") || name.is_empty() {
        let complaint = source.complain(behind.range(), "a participant without its name");
        let complaint = complaint.expected("expected `as` and a name");
        return Err(match keyword::nearest(word.text, ["as"]) {
            Some(_) if !name.is_empty() => complaint.hint("did you mean `as`?"),
            Some(_) | None => complaint,
        });
    }
    Ok(Some(name))
}

/// Reads the alias and the type from `{ "type": "actor", "alias": "Name" }`.
fn configured(config: Span<'_>) -> (Option<String>, Option<String>) {
    let members = Body::read(&Label::new(config), 0, Vec::new()).members;
    let text = |key: &str| {
        let member = members.iter().find(|member| member.path == [key])?;
        match &member.value {
            Value::Literal(literal) => literal.as_str().map(str::to_owned),
            Value::Name(name) => Some(name.text.clone()),
            Value::Type(_) | Value::Objects(_) => None,
        }
    };
    (text("alias"), text("type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(keyword: &str, text: &str) -> Result<(String, Option<String>, bool), (usize, String)> {
        let source = Source::new("d", text);
        Declaration::read(keyword, source.span(), &source)
            .map(|declared| (declared.id.text.to_owned(), declared.name, declared.actor))
            .map_err(|diagnostic| (diagnostic.column(), diagnostic.message().to_owned()))
    }

    #[test]
    fn an_id_may_have_a_name() {
        assert_eq!(read("participant", " A").unwrap(), ("A".into(), None, false));
        assert_eq!(read("actor", "A as Alice<br/>B").unwrap(), ("A".into(), Some("Alice B".into()), true));
        assert_eq!(read("participant", "my-svc  AS  x as y").unwrap(), ("my-svc".into(), Some("x as y".into()), false));
        assert_eq!(read("participant", "A %% first").unwrap(), ("A".into(), None, false));
    }

    #[test]
    fn an_id_may_have_a_configuration() {
        let alias = |text| read("participant", text).unwrap();
        assert_eq!(alias(r#"A@{ "type": "actor" }"#), ("A".into(), None, true));
        assert_eq!(alias(r#"A@{ "type": "queue", "alias": "B" }"#), ("A".into(), Some("B".into()), false));
        assert_eq!(alias("A@{ type: queue } as C"), ("A".into(), Some("C".into()), false));
    }

    #[test]
    fn a_broken_declaration_is_pointed_at() {
        for (text, column) in
            [("", 1), ("A@{ x", 2), ("A as", 3), ("A@{} sa B", 6), ("A, B", 2), ("A : B", 3), ("@{}", 1)]
        {
            assert_eq!(read("participant", text).map_err(|(column, _)| column), Err(column), "{text}");
        }
    }
}
