//! A span: some words of a text, and where in the text they stand.

use std::ops::Range;

/// A slice of a text that remembers its offset, so that a complaint can point at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
}

impl Span<'_> {
    /// Returns the span of the bytes `range`, counted from the start of this one; empty when they are not characters.
    pub(super) fn slice(self, range: Range<usize>) -> Self {
        let start = self.start + range.start;
        Self { text: self.text.get(range).unwrap_or_default(), start }
    }

    /// Returns what stands from byte `at` on.
    pub(super) fn from(self, at: usize) -> Self {
        self.slice(at..self.text.len())
    }

    /// Returns what stands before byte `at`.
    pub(super) fn until(self, at: usize) -> Self {
        self.slice(0..at)
    }

    /// Returns the span without white space around it.
    pub(super) fn trim(self) -> Self {
        let from = self.text.len() - self.text.trim_start().len();
        self.slice(from..from.max(self.text.trim_end().len()))
    }

    /// Returns the span up to its first white space.
    pub(super) fn first_word(self) -> Self {
        self.until(self.text.find(char::is_whitespace).unwrap_or(self.text.len()))
    }

    /// Returns the empty span behind this one.
    pub(super) fn end(self) -> Self {
        self.from(self.text.len())
    }

    /// Returns the bytes of the text that the span covers.
    pub(super) fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Tells whether there are no words.
    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_phrase_knows_where_it_stands() {
        let text = "  opt  Feature is on ";
        let span = Span { text, start: 100 }.trim();
        assert_eq!((span.text, span.range()), ("opt  Feature is on", 102..120));
        assert_eq!(span.first_word().text, "opt");
        let label = span.from(3).trim();
        assert_eq!((label.text, label.start), ("Feature is on", 107));
        assert_eq!(label.end().range(), 120..120);
    }

    #[test]
    fn a_cut_inside_a_character_gives_an_empty_phrase() {
        assert!(Span { text: "é", start: 0 }.from(1).is_empty());
        assert!(Span { text: "   ", start: 0 }.trim().is_empty());
    }
}
