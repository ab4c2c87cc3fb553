//! A complaint about a place in a text that a user wrote.
//!
//! It owns the one line it quotes, so it outlives the text. It does not say whether it is an error or a warning: whoever
//! prints it does, in front of it.

use std::{error::Error, fmt, ops::Range};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// The width in characters that a quoted line and what is said beside it are cut to, around the place.
const WIDTH: usize = 140;

/// A message, the line it is about with carets under the place, what was expected there, and perhaps a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic(Box<Complaint>);

/// What a diagnostic consists of; apart, so that a `Result` with a diagnostic stays small.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Complaint {
    file: String,
    quoted: String,
    line: usize,
    column: usize,
    width: usize,
    message: String,
    expected: Option<String>,
    hint: Option<String>,
}

impl Diagnostic {
    /// Returns a complaint about the bytes `span` of `text`; a span that reaches outside or into a character is clamped.
    pub fn at(file: impl Into<String>, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let (before, after) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = after.find('\n').map_or(text.len(), |newline| start + newline);
        let within = span.start.saturating_sub(line_start)..span.end.saturating_sub(line_start);
        let number = before.matches('\n').count() + 1;
        Self::on_line(file, number, text.get(line_start..line_end).unwrap_or_default(), within, message)
    }

    /// Returns a complaint about the bytes `span` of one line, whose number the caller knows.
    pub(crate) fn on_line(
        file: impl Into<String>,
        number: usize,
        line: &str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let start = line.floor_char_boundary(span.start);
        let end = line.ceil_char_boundary(span.end.clamp(start, line.len()));
        let count = |text: &str| text.trim_start_matches('\u{feff}').chars().count();
        let before = count(&line[..start]);
        Self(Box::new(Complaint {
            file: file.into(),
            quoted: line.trim_start_matches('\u{feff}').to_owned(),
            line: number,
            column: before + 1,
            width: count(&line[..end]).saturating_sub(before).max(1),
            message: clipped(message.into()),
            expected: None,
            hint: None,
        }))
    }

    /// Says beside the carets what was expected there.
    #[must_use]
    pub fn expected(mut self, label: impl Into<String>) -> Self {
        self.0.expected = Some(label.into());
        self
    }

    /// Says on a line of its own what can be done.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Hides what stands between quotes in the quoted line, for lines that may hold a secret.
    ///
    /// A line whose quotes do not pair is exactly the line a user mistyped: there, everything after the first `=` is
    /// hidden, or all of it.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.0.quoted = mask(&self.0.quoted);
        self
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// Returns the column of the place in characters, from 1.
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// Returns the file as it was named.
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// Returns what is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the line as it can be shown, and the bytes of it that the carets go under.
    fn shown(&self) -> (String, Range<usize>) {
        let mut line: Vec<char> = self.0.quoted.chars().map(visible).collect();
        // The caret of a place after the last character needs a character to stand under.
        line.resize(line.len().max(self.0.column), ' ');
        let (before, after) = line.split_at(self.0.column - 1);
        let bytes = |chars: &[char]| chars.iter().map(|c| c.len_utf8()).sum::<usize>();
        let start = bytes(before);
        let end = start + bytes(&after[..self.0.width.min(after.len())]);
        (line.iter().collect(), start..end)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, place) = self.shown();
        let carets = AnnotationKind::Primary.span(place).label(self.0.expected.as_deref().map(printable));
        let mut report = Level::ERROR
            .no_name()
            .primary_title(printable(&self.0.message))
            .element(Snippet::source(line).path(printable(&self.0.file)).line_start(self.0.line).annotation(carets));
        if let Some(hint) = &self.0.hint {
            report = report.element(Level::HELP.with_name("hint").message(printable(hint)));
        }
        f.write_str(&Renderer::plain().term_width(WIDTH).render(&[report]))
    }
}

impl Error for Diagnostic {}

/// Cuts a message that quotes more than anyone reads.
fn clipped(mut message: String) -> String {
    if let Some((at, _)) = message.char_indices().nth(2 * WIDTH) {
        message.truncate(at);
        message.push('…');
    }
    message
}

fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Replaces a character that a terminal would obey by one that it shows; one by one, so that columns stay.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        _ => character,
    }
}

/// Hides quoted text, keeping the width of the line.
fn mask(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut quote = None;
    let mut quotes = 0_usize;
    let mut escaped = false;
    let mut first = false;
    for character in line.chars() {
        match quote {
            None => {
                if matches!(character, '"' | '\'') {
                    (quote, first) = (Some(character), true);
                    quotes += 1;
                }
                masked.push(character);
            }
            Some(open) if character == open && !escaped => {
                quote = None;
                masked.push(character);
            }
            Some(open) => {
                escaped = open == '"' && character == '\\' && !escaped;
                masked.push(if first { '…' } else { ' ' });
                first = false;
            }
        }
    }
    // Adjacent quotes (`"""`) mean a text of several lines, whose pairs cannot be told from one of them.
    if quote.is_none() && quotes > 0 && !line.contains("\"\"\"") && !line.contains("'''") {
        return masked;
    }
    let keep = line.find('=').map_or(0, |equals| equals + 1);
    let hidden = line[keep..].chars().enumerate().map(|(index, _)| if index == 0 { '…' } else { ' ' });
    line[..keep].chars().chain(hidden).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    use super::*;

    #[test]
    fn reads_like_a_message_of_rustc() {
        let diagnostic = Diagnostic::at("a.toml", "one\ntwo = 2x\n", 10..12, "not a number")
            .expected("expected a number")
            .hint("write 2");
        assert_eq!(
            diagnostic.to_string(),
            "not a number\n --> a.toml:2:7\n  |\n2 | two = 2x\n  |       ^^ expected a number\n  |\n  = hint: write 2"
        );
        assert_eq!((diagnostic.line(), diagnostic.column()), (2, 7));
    }

    #[test]
    fn a_place_after_the_last_character_has_a_caret() {
        let text = Diagnostic::at("a", "ab\n", 2..2, "cut").expected("expected more").to_string();
        assert!(text.contains("1 | ab \n  |   ^ expected more"), "{text}");
    }

    #[test]
    fn terminal_escapes_and_reversed_text_are_shown_not_obeyed() {
        let hostile = "a\u{1b}[31mred\u{9b}1m\u{202e}\u{7f}\r";
        let diagnostic = Diagnostic::at(hostile, hostile, 0..1, hostile).expected(hostile).hint(hostile);
        let text = diagnostic.to_string();
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert!(text.contains("a␛[31mred"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place_and_keeps_its_column() {
        let line = format!("{}HERE{}", "é".repeat(5_000), "z".repeat(5_000));
        let diagnostic = Diagnostic::at("a", &line, 10_000..10_004, "long").expected("this");
        let text = diagnostic.to_string();
        assert_eq!(diagnostic.column(), 5_001);
        assert!(text.contains("a:1:5001"), "{text}");
        let rows: Vec<&str> = text.lines().collect();
        let at = |row: &str, what: char| row.chars().position(|c| c == what);
        assert_eq!(at(rows[3], 'H'), at(rows[4], '^'), "{text}");
        assert!(rows[3].chars().count() <= WIDTH, "{text}");
    }

    #[test]
    fn a_message_that_quotes_too_much_is_cut() {
        assert_eq!(Diagnostic::at("a", "b", 0..1, "é".repeat(9_999)).message().chars().count(), 2 * WIDTH + 1);
    }

    #[test]
    fn a_masked_line_hides_what_stands_between_quotes() {
        let shown = |line: &str| Diagnostic::at("a", line, 0..1, "m").masked().0.quoted;
        assert_eq!(shown(r#"key = "s3cret" # x"#), r#"key = "…     " # x"#);
        assert_eq!(shown(r#"key = "a\"b", c = 'd'"#), r#"key = "…   ", c = '…'"#);
        assert_eq!(shown(r#"key = "s3cret"#).trim_end(), "key =…");
        assert_eq!(shown("key = s3cret").trim_end(), "key =…");
        assert_eq!(shown("s3cret of a long text").trim_end(), "…");
        assert_eq!(shown(r#"key = """s3cret"#).trim_end(), "key =…");
    }

    #[test]
    fn a_byte_order_mark_does_not_move_the_column() {
        assert_eq!(Diagnostic::at("a", "\u{feff}abc", 3..4, "m").column(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            // Found once, tried first ever after.
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/diagnostic.txt"))),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_span_of_no_text_panics(text in "\\PC*|[\\s\\S]*", start in 0_usize..200, end in 0_usize..200) {
            let diagnostic = Diagnostic::at("file", &text, start..end, "message").expected("label").hint("hint");
            prop_assert!(diagnostic.to_string().contains("message"));
            prop_assert!(!diagnostic.masked().to_string().is_empty());
        }
    }
}
