//! A label: the words on an arrow, with line breaks made plain and every byte still in its place.

use std::ops::Range;

use super::span::Span;

/// The text of a label, in which each `<br/>` is a newline and spaces, so that offsets into it are offsets into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    text: String,
    start: usize,
}

impl Label {
    pub(super) fn new(span: Span<'_>) -> Self {
        let span = without_wrap(span.trim());
        let mut text = String::with_capacity(span.text.len());
        let mut rest = span.text;
        while let Some(open) = rest.find('<') {
            let (before, tag) = rest.split_at(open);
            let length = line_break(tag);
            text.push_str(before);
            text.push_str(if length == 0 { "<" } else { "\n" });
            text.extend(std::iter::repeat_n(' ', length.saturating_sub(1)));
            rest = &tag[length.max(1)..];
        }
        text.push_str(rest);
        Self { text, start: span.start }
    }

    /// Returns the words with single spaces between them.
    pub(super) fn plain(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns the label with its line breaks as newlines; byte offsets count from its start.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns where in the file some bytes of the label stand.
    pub(super) fn span(&self, range: Range<usize>) -> Range<usize> {
        self.start + range.start..self.start + range.end
    }
}

/// Returns the length of the `<br>`, `<br/>` or `<br />` that a text begins with, or 0.
fn line_break(text: &str) -> usize {
    let Some(rest) = text.get(..3).filter(|tag| tag.eq_ignore_ascii_case("<br")).map(|_| &text[3..]) else { return 0 };
    let rest = rest.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    rest.strip_prefix('>').map_or(0, |after| text.len() - after.len())
}

/// Drops the `wrap:` or `nowrap:` by which Mermaid is told how to set a text.
fn without_wrap(span: Span<'_>) -> Span<'_> {
    for prefix in [":nowrap:", "nowrap:", ":wrap:", "wrap:"] {
        if span.text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
            return span.from(prefix.len()).trim();
        }
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Label {
        Label::new(Span { text, start: 0 })
    }

    #[test]
    fn line_breaks_become_spaces_without_moving_anything() {
        for text in ["a <br/>b", "a <br>b", "a <BR />b", "a <br \t/>b"] {
            assert_eq!(label(text).plain(), "a b", "{text}");
            assert_eq!(label(text).text().len(), text.len());
            assert_eq!(label(text).text().find('b'), text.rfind('b'));
        }
    }

    #[test]
    fn other_angle_brackets_stay() {
        for text in ["<date_time>", "a < b", "<", "<brand>", "<br", "<é"] {
            assert_eq!(label(text).plain(), text);
        }
    }

    #[test]
    fn a_note_on_wrapping_is_no_part_of_the_label() {
        assert_eq!(label(" wrap: POST /x").plain(), "POST /x");
        assert_eq!(label(":nowrap:POST /x").plain(), "POST /x");
        assert_eq!(label("wrap: POST /x").span(0..4), 6..10);
    }
}
