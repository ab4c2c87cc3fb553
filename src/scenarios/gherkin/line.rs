//! A line of a feature file, and what can be read from it alone: tags, cells, the language.

use std::ops::Range;

/// A line, without what ends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: &'t str,
}

/// A part of a line that stands for itself, and where it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) place: Range<usize>,
}

/// Returns the lines of a text.
pub(super) fn lines_of(text: &str) -> Vec<Line<'_>> {
    text.lines().enumerate().map(|(index, text)| Line { number: index + 1, text }).collect()
}

impl<'t> Line<'t> {
    /// Returns its text without what surrounds it.
    pub(super) fn content(self) -> &'t str {
        self.text.trim()
    }

    /// Returns its text without its indentation. A keyword may end with a space, and so may a line.
    pub(super) fn unindented(self) -> &'t str {
        self.text.trim_start()
    }

    /// Returns how many bytes it is indented by.
    pub(super) fn indentation(self) -> usize {
        self.text.len() - self.unindented().len()
    }

    /// Returns where its content stands.
    pub(super) fn place(self) -> Range<usize> {
        self.indentation()..self.indentation() + self.content().len()
    }

    /// Returns the language that a comment names.
    pub(super) fn language(self) -> Option<Part> {
        let rest = self.content().strip_prefix('#')?.trim_start().strip_prefix("language")?;
        let code = rest.trim_start().strip_prefix(':')?.trim();
        let is_code = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == '_');
        let end = self.place().end;
        is_code.then(|| Part { text: code.to_owned(), place: end - code.len()..end })
    }

    /// Returns its tags, without their @, or the place of one with a blank in it.
    pub(super) fn tags(self) -> Result<Vec<Part>, Range<usize>> {
        let mut tags = Vec::new();
        let mut at = 0;
        let text = &self.text[..comment_in(self.text)];
        for item in text.split('@') {
            let (start, name) = (at, item.trim());
            at += item.len() + 1;
            if name.is_empty() {
                continue;
            }
            let place = start.saturating_sub(1)..start + item.trim_end().len();
            if item.trim_end().contains(char::is_whitespace) {
                return Err(place);
            }
            tags.push(Part { text: name.to_owned(), place });
        }
        Ok(tags)
    }

    /// Returns its cells, each between two `|`. In a cell `\n` is a new line, `\|` and `\\` are what follows the
    /// backslash, and any other backslash is itself. What stands behind the last `|` is no cell.
    pub(super) fn cells(self) -> Vec<Part> {
        let mut cells = Vec::new();
        let mut cell: Option<(usize, String)> = None;
        let mut characters = self.text.char_indices();
        while let Some((at, character)) = characters.next() {
            match (character, &mut cell) {
                ('|', _) => {
                    let begun = cell.replace((at + 1, String::new()));
                    cells.extend(begun.map(|(start, text)| trimmed(&text, start..at, self.text)));
                }
                ('\\', Some((_, text))) => match characters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, escaped @ ('|' | '\\'))) => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => text.push('\\'),
                },
                (character, Some((_, text))) => text.push(character),
                (_, None) => {}
            }
        }
        cells
    }

    /// Returns whether it has something behind its last `|` that is no comment, so that it is taken for a cell.
    pub(super) fn has_open_cell(self) -> bool {
        let rest = self.content().rsplit('|').next().unwrap_or_default().trim();
        !rest.is_empty() && !rest.starts_with('#')
    }
}

/// Returns where the comment behind tags begins.
fn comment_in(text: &str) -> usize {
    let is_after_blank = |at: &usize| text[..*at].ends_with(char::is_whitespace);
    text.match_indices('#').map(|(at, _)| at).find(is_after_blank).unwrap_or(text.len())
}

/// Returns a cell without the blanks around it; new lines that somebody wrote as `\n` stay.
fn trimmed(text: &str, place: Range<usize>, line: &str) -> Part {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{a0}');
    let written = &line[place.clone()];
    let start = place.start + written.len() - written.trim_start().len();
    let place = start..(start + written.trim().len()).max(start);
    Part { text: text.trim_matches(is_blank).to_owned(), place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_gherkin_takes_them() {
        for (line, expected) in [
            ("| a | b |", &["a", "b"][..]),
            ("  |a||  c  |", &["a", "", "c"]),
            (r"| https://a\d+.ex | C:\temp\pages |", &[r"https://a\d+.ex", r"C:\temp\pages"]),
            (r"| a\|b | a\\b | a\nb | \\\\ |", &["a|b", r"a\b", "a\nb", r"\\"]),
            (r"| a\\| b |", &[r"a\", "b"]),
            (r"|\n|", &["\n"]),
            ("| a | # what is said of it", &["a"]),
            ("| a | b", &["a"]),
            ("|", &[]),
        ] {
            let cells: Vec<String> = Line { number: 1, text: line }.cells().into_iter().map(|cell| cell.text).collect();
            assert_eq!(cells, expected, "{line}");
        }
        let line = Line { number: 1, text: " | ä | b c | " };
        assert_eq!(line.cells().into_iter().map(|cell| &line.text[cell.place]).collect::<Vec<_>>(), ["ä", "b c"]);
    }

    #[test]
    fn tags_are_as_gherkin_takes_them() {
        let tags = |text| Line { number: 1, text }.tags().map(|tags| tags.into_iter().map(|tag| tag.text).collect());
        assert_eq!(tags("  @a @id:b/c @ä"), Ok(vec!["a".to_owned(), "id:b/c".to_owned(), "ä".to_owned()]));
        assert_eq!(tags("@a@b   #@c"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(tags("@a#b"), Ok(vec!["a#b".to_owned()]));
        assert_eq!(tags(" @a @b c @d"), Err(4..8));
    }

    #[test]
    fn a_language_is_named_by_a_comment() {
        let language = |text| Line { number: 1, text }.language().map(|part| part.text);
        for text in ["# language: de", "#language:de", "  #  language :  de  "] {
            assert_eq!(language(text), Some("de".to_owned()), "{text}");
        }
        for text in ["# language de", "# language: German please", "language: de", "# the language: de"] {
            assert_eq!(language(text), None, "{text}");
        }
    }
}
