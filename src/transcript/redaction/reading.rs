//! A text as it may be read, with where each byte of it stands in the text that is shown. Knows no secret and no encoding.

use std::ops::Range;

/// The bytes of a text, each with what it was written as.
#[derive(Debug, Default)]
pub(super) struct Reading {
    bytes: Vec<u8>,
    from: Vec<Range<usize>>,
}

impl Reading {
    /// Reads a text as it stands.
    pub(super) fn of(text: &[u8]) -> Self {
        Self { bytes: text.to_vec(), from: (0..text.len()).map(|at| at..at + 1).collect() }
    }

    /// Adds a byte, which was written as this.
    pub(super) fn push(&mut self, byte: u8, from: Range<usize>) {
        self.bytes.push(byte);
        self.from.push(from);
    }

    /// Takes the last bytes away, as many as these, and returns where they stood.
    pub(super) fn pop(&mut self, count: usize) -> Range<usize> {
        let rest = self.bytes.len().saturating_sub(count);
        let from = self.origin(rest..self.bytes.len());
        self.bytes.truncate(rest);
        self.from.truncate(rest);
        from
    }

    /// Returns the bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns where a part of it stands.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        let of = |at: usize| self.from.get(at).cloned().unwrap_or_default();
        if range.is_empty() { 0..0 } else { of(range.start).start..of(range.end - 1).end }
    }
}
