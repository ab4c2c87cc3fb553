//! The source of a diagram: the text of a file with its line starts, from which every complaint is made.

use std::ops::Range;

use super::span::Span;
use crate::diagnostic::Diagnostic;

/// A file's name, its text, and where its lines begin.
#[derive(Debug)]
pub(super) struct Source<'t> {
    file: &'t str,
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, starts }
    }

    /// Returns the whole text.
    pub(super) fn span(&self) -> Span<'t> {
        Span { text: self.text, start: 0 }
    }

    /// Returns the number of the line that holds a byte, from 1.
    pub(super) fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }

    /// Returns a complaint about some bytes of the text.
    pub(super) fn complain(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        // The line is looked up and not counted anew, so that many complaints about a long text stay cheap.
        let number = self.line(span.start);
        let (start, line) = self.numbered(number);
        let within = span.start.saturating_sub(start)..span.end.saturating_sub(start);
        Diagnostic::on_line(self.file, number, line, within, message)
    }

    /// Returns a complaint about all that a line says.
    pub(super) fn whole_line(&self, number: usize, message: impl Into<String>) -> Diagnostic {
        let words = Span { text: self.numbered(number).1, start: 0 }.trim();
        Diagnostic::on_line(self.file, number, self.numbered(number).1, words.range(), message)
    }

    /// Returns where a line begins, and the line.
    fn numbered(&self, number: usize) -> (usize, &'t str) {
        let start = self.starts.get(number - 1).copied().unwrap_or_default();
        (start, self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one_and_a_newline_belongs_to_its_line() {
        let source = Source::new("a", "ab\r\nc\n");
        assert_eq!([0, 3, 4, 5, 6].map(|byte| source.line(byte)), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn a_complaint_is_the_same_as_one_made_from_the_whole_text() {
        let text = "one\r\ntwo é three\n";
        for start in 0..text.len() + 2 {
            let span = start..start + 3;
            assert_eq!(Source::new("a", text).complain(span.clone(), "m"), Diagnostic::at("a", text, span, "m"));
        }
    }
}
