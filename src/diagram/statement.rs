//! A statement: one line of a diagram, told apart by its keyword or its connector.
//!
//! It knows words and where they stand; what they mean together is for [`Parser`](super::parser::Parser).

use super::{connector, declaration::Declaration, keyword, label::Label, source::Source, span::Span};
use crate::diagnostic::Diagnostic;

/// What one statement says.
#[derive(Debug)]
pub(super) enum Statement<'t> {
    /// `participant X as Name`, `actor X`, `create participant X`.
    Declare(Declaration<'t>),
    /// `A ->> B : label`.
    Arrow { from: Span<'t>, to: Span<'t>, label: Label, activation: Option<Activation> },
    /// `activate X`.
    Activate(Span<'t>),
    /// `deactivate X`.
    Deactivate(Span<'t>),
    /// `destroy X`.
    Destroy(Span<'t>),
    /// A note, link or other remark about lifelines, which it draws if they are not yet there.
    Remark(Vec<Span<'t>>),
    /// The beginning of something that `end` ends, by its keyword.
    Open { keyword: &'static str, label: Span<'t> },
    /// The next section of something already begun, by its keyword.
    Section { keyword: &'static str, label: Span<'t> },
    /// `end`.
    End,
    /// A title or another statement that says nothing about arrows.
    Silent,
}

/// The `+` or `-` behind a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// The lifeline that is reached begins to act.
    Begins,
    /// The lifeline that is left ceases to act.
    Ends,
}

impl<'t> Statement<'t> {
    pub(super) fn read(piece: Span<'t>, source: &Source<'_>) -> Result<Self, Diagnostic> {
        if piece.text.starts_with("%%{") {
            return Err(source
                .complain(piece.range(), "a directive is never closed")
                .expected("expected `}%%` behind it"));
        }
        let Some(keyword) = keyword::leading(piece.text) else { return arrow(piece, source) };
        let rest = piece.from(keyword.len());
        Ok(match keyword {
            "participant" | "actor" => Self::Declare(Declaration::read(keyword, rest, source)?),
            "create" => Self::Declare(created(rest, source)?),
            "activate" => Self::Activate(id(rest, source)?),
            "deactivate" => Self::Deactivate(id(rest, source)?),
            "destroy" => Self::Destroy(id(rest, source)?),
            "note" => note(rest, source)?,
            "link" | "links" | "properties" | "details" => Self::Remark(vec![about(rest, source)?]),
            "box" | "opt" | "alt" | "loop" | "par" | "par_over" | "critical" | "break" | "rect" => {
                Self::Open { keyword, label: rest.trim() }
            }
            "else" | "and" | "option" => Self::Section { keyword, label: rest.trim() },
            "end" => end(rest, source)?,
            "autonumber" => autonumber(rest, source)?,
            "accTitle" | "accDescr" if !rest.text.trim_start().starts_with([':', '{']) => {
                let complaint = source.complain(piece.range(), format!("`{keyword}` says nothing"));
                return Err(complaint.expected("expected `:` and a text"));
            }
            "sequenceDiagram" => {
                return Err(source.complain(piece.range(), "a second diagram begins").expected("expected one diagram"));
            }
            _ => Self::Silent,
        })
    }
}

fn arrow<'t>(piece: Span<'t>, source: &Source<'_>) -> Result<Statement<'t>, Diagnostic> {
    let connector = connector::find(piece.text).ok_or_else(|| unknown(piece, source))?;
    let from = piece.until(connector.start).trim();
    let from = from.text.strip_suffix("()").map_or(from, |id| from.until(id.len()).trim());
    let behind = piece.from(connector.end).trim();
    let (skipped, activation) = match behind.text.as_bytes() {
        [b'+', ..] => (1, Some(Activation::Begins)),
        [b'-', ..] => (1, Some(Activation::Ends)),
        [b'(', b')', ..] => (2, None),
        _ => (0, None),
    };
    let behind = behind.from(skipped);
    if let Some(second) = connector::find(behind.text) {
        let complaint = source.complain(behind.slice(second).range(), "a second arrow in one statement");
        return Err(complaint.expected("expected `:` and a label before it"));
    }
    let colon = behind.text.find(':').unwrap_or(behind.text.len());
    let to = behind.until(colon).trim();
    for (lifeline, place) in [(from, piece.slice(connector.clone())), (to, behind.until(1))] {
        if lifeline.is_empty() {
            let complaint = source.complain(place.range(), "an arrow between fewer than two participants");
            return Err(complaint.expected("expected a participant on each side, as in `A ->> B : label`"));
        }
        if let Some(at) = lifeline.text.find(['<', '>', ',', '+']) {
            let complaint = source.complain(lifeline.slice(at..at + 1).range(), "not a participant or an arrow");
            return Err(complaint.expected("expected an arrow such as `->>` between two participants"));
        }
    }
    if colon == behind.text.len() {
        return Err(source.complain(behind.end().range(), "an arrow without a label").expected("expected `: label`"));
    }
    Ok(Statement::Arrow { from, to, label: Label::new(behind.from(colon + 1)), activation })
}

/// Complains about a statement without keyword or connector.
fn unknown(piece: Span<'_>, source: &Source<'_>) -> Diagnostic {
    if let Some(parser) = like_a_connector(piece) {
        let complaint = source.complain(parser.range(), format!("`{}` is not an arrow", parser.text));
        return complaint.expected("expected an arrow such as `->>` or `-->>`");
    }
    let word = piece.first_word();
    let complaint = source.complain(word.range(), format!("`{}` begins no statement", word.text));
    let complaint = complaint.expected("expected a keyword, or an arrow such as `A ->> B : label`");
    match keyword::meant(word.text.trim_end_matches(':')) {
        Some(keyword) => complaint.hint(format!("did you mean `{keyword}`?")),
        None => complaint,
    }
}

/// Returns what stands where a connector should: two or more characters of those that connectors are drawn with.
fn like_a_connector(piece: Span<'_>) -> Option<Span<'_>> {
    let drawn = |c: char| matches!(c, '-' | '=' | '<' | '>' | '~' | '|');
    let head = piece.until(piece.text.find(':')?);
    let start = head.text.find(drawn)?;
    let rest = head.from(start);
    let parser = rest.until(rest.text.find(|c| !drawn(c)).unwrap_or(rest.text.len()));
    (parser.text.len() > 1).then_some(parser)
}

fn created<'t>(rest: Span<'t>, source: &Source<'_>) -> Result<Declaration<'t>, Diagnostic> {
    let rest = rest.trim();
    if let Some(keyword @ ("participant" | "actor")) = keyword::leading(rest.text) {
        return Declaration::read(keyword, rest.from(keyword.len()), source);
    }
    let complaint = source.complain(rest.first_word().range(), "`create` creates nothing");
    Err(complaint.expected("expected `participant` or `actor`"))
}

/// Reads the one id that a statement is about; a comment may stand behind it.
fn id<'t>(rest: Span<'t>, source: &Source<'_>) -> Result<Span<'t>, Diagnostic> {
    let id = uncommented(rest).trim();
    if id.is_empty() {
        return Err(source.complain(rest.end().range(), "no participant is named").expected("expected a participant"));
    }
    Ok(id)
}

fn note<'t>(rest: Span<'t>, source: &Source<'_>) -> Result<Statement<'t>, Diagnostic> {
    let rest = rest.trim();
    let place = rest.first_word();
    let behind = rest.from(place.text.len()).trim();
    let sided = ["left", "right"].iter().any(|side| side.eq_ignore_ascii_case(place.text));
    let of = behind.first_word();
    let about_whom = if sided && of.text.eq_ignore_ascii_case("of") {
        behind.from(of.text.len())
    } else if place.text.eq_ignore_ascii_case("over") {
        behind
    } else {
        let complaint = source.complain(place.range(), "a note without a place");
        return Err(complaint.expected("expected `left of`, `right of` or `over`"));
    };
    let lifelines = about(about_whom, source)?;
    let mut at = 0;
    let mut ids = Vec::new();
    for part in lifelines.text.split(',') {
        ids.push(id(lifelines.slice(at..at + part.len()), source)?);
        at += part.len() + 1;
    }
    Ok(Statement::Remark(ids))
}

/// Reads whom a remark of the form `A: text` is about.
fn about<'t>(rest: Span<'t>, source: &Source<'_>) -> Result<Span<'t>, Diagnostic> {
    match rest.text.find(':') {
        Some(colon) => id(rest.until(colon), source),
        None => Err(source.complain(rest.end().range(), "a remark without a text").expected("expected `: text`")),
    }
}

fn end<'t>(rest: Span<'t>, source: &Source<'_>) -> Result<Statement<'t>, Diagnostic> {
    let behind = uncommented(rest).trim();
    if behind.is_empty() {
        return Ok(Statement::End);
    }
    Err(source.complain(behind.range(), "there is more behind `end`").expected("expected the end of the line"))
}

fn autonumber<'t>(rest: Span<'t>, source: &Source<'_>) -> Result<Statement<'t>, Diagnostic> {
    let rest = uncommented(rest).trim();
    let words: Vec<&str> = rest.text.split_whitespace().collect();
    let numbers = words.len() <= 2 && words.iter().all(|word| word.chars().all(|c| c.is_ascii_digit() || c == '.'));
    if numbers || matches!(words[..], [off] if off.eq_ignore_ascii_case("off")) {
        return Ok(Statement::Silent);
    }
    let complaint = source.complain(rest.range(), "`autonumber` cannot count like this");
    Err(complaint.expected("expected a start and a step, `off`, or nothing"))
}

fn uncommented(span: Span<'_>) -> Span<'_> {
    span.until(span.text.find("%%").unwrap_or(span.text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, (usize, String)> {
        let source = Source::new("d", text);
        match Statement::read(source.span(), &source) {
            Ok(Statement::Arrow { from, to, label, activation }) => {
                Ok(format!("{}|{}|{}|{activation:?}", from.text, to.text, label.plain()))
            }
            Ok(statement) => Ok(format!("{statement:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()),
            Err(diagnostic) => Err((diagnostic.column(), diagnostic.message().to_owned())),
        }
    }

    #[test]
    fn arrows_have_two_ends_a_label_and_perhaps_an_activation() {
        assert_eq!(read("C ->> F : a <br/>b").as_deref(), Ok("C|F|a b|None"));
        assert_eq!(read("A->>+B:x").as_deref(), Ok("A|B|x|Some(Begins)"));
        assert_eq!(read("A -->> - B: x: y").as_deref(), Ok("A|B|x: y|Some(Ends)"));
        assert_eq!(read("A ()->>() B:").as_deref(), Ok("A|B||None"));
        assert_eq!(read("my svc <<-->> é-b: x").as_deref(), Ok("my svc|é-b|x|None"));
    }

    #[test]
    fn a_broken_arrow_is_pointed_at() {
        let message = |text| read(text).unwrap_err();
        assert_eq!(message("A ->> B"), (8, "an arrow without a label".into()));
        assert_eq!(message("->> B: x"), (1, "an arrow between fewer than two participants".into()));
        assert_eq!(message("A ->> : x").1, "an arrow between fewer than two participants");
        assert_eq!(message("A ->> B ->> C: x"), (9, "a second arrow in one statement".into()));
        assert_eq!(message("A ->>> B: x"), (6, "not a participant or an arrow".into()));
        assert_eq!(message("A => B: x"), (3, "`=>` is not an arrow".into()));
        assert_eq!(message("A and B: x"), (1, "`A` begins no statement".into()));
    }

    #[test]
    fn keywords_say_what_a_statement_is() {
        for (text, kind) in [
            ("participant A", "Declare"),
            ("create actor A", "Declare"),
            ("activate A %% now", "Activate"),
            ("deactivate A", "Deactivate"),
            ("destroy A", "Destroy"),
            ("Note over A , B: x -> y", "Remark"),
            ("note RIGHT of A: x", "Remark"),
            ("links A: {}", "Remark"),
            ("rect rgb(0, 0, 0)", "Open"),
            ("else", "Section"),
            ("end %% of all", "End"),
            ("autonumber 10 1.5", "Silent"),
            ("autonumber off", "Silent"),
            ("title A ->> B", "Silent"),
            ("accDescr: x", "Silent"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(kind), "{text}");
        }
    }

    #[test]
    fn a_broken_statement_is_pointed_at() {
        for (text, column) in [
            ("activate", 9),
            ("create A", 8),
            ("note A: x", 6),
            ("note left A: x", 6),
            ("note over A", 12),
            ("note over A,: x", 13),
            ("link A", 7),
            ("end of x", 5),
            ("autonumber x", 12),
            ("accTitle x", 1),
            ("sequenceDiagram", 1),
            ("%%{init: x", 1),
        ] {
            assert_eq!(read(text).map_err(|(column, _)| column), Err(column), "{text}");
        }
    }
}
