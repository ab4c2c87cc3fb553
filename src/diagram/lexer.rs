//! The lexer: cuts a diagram into its statements, without the comments between them.

use super::{entity, keyword, span::Span};

/// Splits a diagram into statements: at line ends and semicolons, except in entities such as `#59;`.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    rest: Span<'t>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(diagram: Span<'t>) -> Self {
        Self { rest: diagram }
    }
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Span<'t>;

    fn next(&mut self) -> Option<Span<'t>> {
        loop {
            let start = self.rest.text.len() - self.rest.text.trim_start().len();
            let rest = self.rest.from(start);
            if rest.is_empty() {
                self.rest = rest;
                return None;
            }
            let (length, skipped) = extent(rest.text);
            self.rest = rest.from(skipped);
            let piece = rest.until(length).trim();
            if !piece.is_empty() {
                return Some(piece);
            }
        }
    }
}

/// Returns how many bytes the first statement has, and how many to skip to get behind it and its comment.
fn extent(text: &str) -> (usize, usize) {
    if text.starts_with("%%{") {
        // One that is never closed is a statement, so that it is complained about and hides nothing.
        return text.find("}%%").map_or_else(|| (line_length(text), line_length(text)), |close| (0, close + 3));
    }
    if text.starts_with("%%") {
        return (0, line_length(text));
    }
    let keyword = keyword::leading(text);
    if keyword == Some("accDescr") && text["accDescr".len()..].trim_start().starts_with('{') {
        let end = text.find('}').map_or(text.len(), |close| close + 1);
        return (end, end);
    }
    if matches!(keyword, Some("accDescr" | "accTitle")) {
        return (line_length(text), line_length(text));
    }
    let configured = matches!(keyword, Some("participant" | "actor" | "create"));
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '\n' | '\r' | ';' => return (at, at + 1),
            '#' => match entity::length(&text[at..]) {
                0 => return (at, at + line_length(&text[at..])),
                length => at += length,
            },
            // The configuration of a participant may go on for several lines.
            '@' if configured && text[at..].starts_with("@{") => {
                at += text[at..].find('}').map_or(1, |close| close + 1);
            }
            _ => at += character.len_utf8(),
        }
    }
    (text.len(), text.len())
}

fn line_length(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<&str> {
        Lexer::new(Span { text, start: 0 }).map(|piece| piece.text).collect()
    }

    #[test]
    fn statements_end_at_line_ends_and_semicolons() {
        assert_eq!(statements("a\r\n\n  b ; c;;d"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn comments_and_directives_are_no_statements() {
        assert_eq!(
            statements("%% x; y\na # x; y\n%%{init: {\n'a': 1}}%% b\n#x\n%%{open\nc"),
            ["a", "b", "%%{open", "c"]
        );
    }

    #[test]
    fn entities_are_text_and_no_separators() {
        assert_eq!(statements("a #59; b #quot;c#x"), ["a #59; b #quot;c"]);
        assert_eq!(statements("a#"), ["a"]);
    }

    #[test]
    fn what_may_go_on_for_several_lines_is_one_statement() {
        assert_eq!(statements("accDescr {a\nb; c} d\naccTitle: a; b"), ["accDescr {a\nb; c}", "d", "accTitle: a; b"]);
        assert_eq!(
            statements("participant A@{\n'type': 'x;y'\n} as B\nb"),
            ["participant A@{\n'type': 'x;y'\n} as B", "b"]
        );
        assert_eq!(statements("participant A@{ x\nb"), ["participant A@{ x", "b"]);
    }

    #[test]
    fn every_piece_knows_where_it_stands() {
        let text = " a ;\n %%x\n  b";
        let spans: Vec<_> = Lexer::new(Span { text, start: 0 }).map(Span::range).collect();
        assert_eq!(spans, [1..2, text.len() - 1..text.len()]);
    }
}
