//! A label: the words on an arrow as Mermaid draws them, with every byte still traceable to its place in the file.

use std::ops::Range;

use super::{entity::entity, span::Span};

/// The text of a label: each `<br/>` and each `\n` is a line break, each entity such as `#quot;` its character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    text: String,
    start: usize,
    /// Behind which bytes of the text how many bytes of the file were left out, in order.
    cuts: Vec<(usize, usize)>,
}

impl Label {
    pub(super) fn new(span: Span<'_>) -> Self {
        let span = without_wrap(span.trim());
        let mut label = Self { text: String::with_capacity(span.text.len()), start: span.start, cuts: Vec::new() };
        let mut rest = span.text;
        while let Some(at) = rest.find(['<', '\\', '#']) {
            let (before, special) = rest.split_at(at);
            label.text.push_str(before);
            let length = match special.as_bytes()[0] {
                b'<' => label.broken_by(line_break(special)),
                b'\\' => label.broken_by(escaped_break(special)),
                _ => label.decoded(special),
            };
            if length == 0 {
                label.text.push_str(&special[..1]);
            }
            rest = &special[length.max(1)..];
        }
        label.text.push_str(rest);
        label
    }

    /// Returns the label without quotes around all of it, if there are any.
    pub(super) fn unquoted(&self) -> Self {
        let inner = |quote: char| {
            let inner = self.text.strip_prefix(quote)?.trim_end().strip_suffix(quote)?;
            (!inner.contains(quote) || inner.starts_with(['{', '/'])).then_some(inner)
        };
        match ['"', '\''].into_iter().find_map(inner) {
            Some(inner) => self.slice(1..1 + inner.len()),
            None => self.clone(),
        }
    }

    /// Returns some bytes of the label as a label.
    fn slice(&self, range: Range<usize>) -> Self {
        let cuts = self.cuts.iter().filter(|(at, _)| *at > range.start);
        Self {
            text: self.text[range.clone()].to_owned(),
            start: self.place(range.start),
            cuts: cuts.map(|(at, cut)| (at - range.start, *cut)).collect(),
        }
    }

    /// Returns the words with single spaces between them.
    pub(super) fn plain(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns the label with its line breaks as newlines; [`span`](Self::span) says where its bytes come from.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns where in the file some bytes of the label stand.
    pub(super) fn span(&self, range: Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    fn place(&self, at: usize) -> usize {
        let cut: usize = self.cuts.iter().take_while(|(behind, _)| *behind <= at).map(|(_, cut)| cut).sum();
        self.start + at + cut
    }

    /// Appends a line break of some length, which is returned; none of length 0.
    fn broken_by(&mut self, length: usize) -> usize {
        if length > 0 {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', length - 1));
        }
        length
    }

    /// Appends the character of the entity that a text begins with, and returns the entity's length, or 0.
    fn decoded(&mut self, text: &str) -> usize {
        let Some((character, length)) = entity(text) else { return 0 };
        self.text.push(character);
        if length > character.len_utf8() {
            self.cuts.push((self.text.len(), length - character.len_utf8()));
        }
        length
    }
}

/// Returns the length of the `<br>`, `<br/>` or `<br />` that a text begins with, or 0.
fn line_break(text: &str) -> usize {
    let Some(rest) = text.get(..3).filter(|tag| tag.eq_ignore_ascii_case("<br")).map(|_| &text[3..]) else { return 0 };
    let rest = rest.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    rest.strip_prefix('>').map_or(0, |after| text.len() - after.len())
}

/// Returns the length of the `\n`, `\r` or `\t` that a text begins with, or 0. Mermaid draws it as it stands, but a line
/// break is what whoever wrote it meant.
fn escaped_break(text: &str) -> usize {
    if text[1..].starts_with(['n', 'r', 't']) { 2 } else { 0 }
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
        for text in ["a <br/>b", "a <br>b", "a <BR />b", "a <br \t/>b", "a \\nb", "a\\r\\nb", "a\\tb"] {
            assert_eq!(label(text).plain(), "a b", "{text}");
            assert_eq!(label(text).text().len(), text.len());
            assert_eq!(label(text).text().find('b'), text.rfind('b'));
        }
    }

    #[test]
    fn other_angle_brackets_and_backslashes_stay() {
        for text in ["<date_time>", "a < b", "<", "<brand>", "<br", "<é", "a\\b", "a \\", "\\é"] {
            assert_eq!(label(text).plain(), text);
        }
    }

    #[test]
    fn entities_are_the_characters_that_mermaid_draws() {
        let drawn = label("{a:#quot;b#quot;, c#58;#125;");
        assert_eq!(drawn.text(), "{a:\"b\", c:}");
        assert_eq!(drawn.span(0..1), 0..1);
        assert_eq!(drawn.span(3..6), 3..16);
        assert_eq!(drawn.span(10..11), 23..28);
        assert_eq!(label("#nothing; #x41; # a").text(), "#nothing; #x41; # a");
    }

    #[test]
    fn quotes_around_everything_are_no_part_of_it() {
        let quoted = label("\"POST /x\"");
        assert_eq!((quoted.unquoted().text(), quoted.unquoted().span(0..4)), ("POST /x", 1..5));
        assert_eq!(label("#quot;a#quot;").unquoted().span(0..1), 6..7);
        for text in ["\"a\" and \"b\"", "\"", "'a", ""] {
            assert_eq!(label(text).unquoted().text(), text);
        }
    }

    #[test]
    fn a_note_on_wrapping_is_no_part_of_the_label() {
        assert_eq!(label(" wrap: POST /x").plain(), "POST /x");
        assert_eq!(label(":nowrap:POST /x").plain(), "POST /x");
        assert_eq!(label("wrap: POST /x").span(0..4), 6..10);
    }
}
