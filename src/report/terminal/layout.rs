//! The shape of the text: its styles and its width. Lines are broken between words, and never within one.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter, WrapAlgorithm};

/// The width that a terminal has at least, in columns.
const WIDTH: usize = 80;

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const OPEN: Style = AnsiColor::Yellow.on_default();
pub(super) const QUIET: Style = Style::new().dimmed();
pub(super) const STRONG: Style = Style::new().bold();

/// Returns a text in a style. What a style says is always said in words or signs as well.
pub(super) fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Returns lines of a text behind an indent, each with its end. A word that is longer than a line stays whole.
pub(super) fn wrapped(text: &str, first: &str, others: &str) -> String {
    let options = Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(others)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(text, options) + "\n"
}

/// Returns lines of a text behind a label, all of it in one column.
pub(super) fn labelled(label: &str, text: &str) -> String {
    wrapped(text, &format!("    {label:9} "), &" ".repeat(14))
}

/// Returns a sign and its words in a style, and lines of a text behind them.
pub(super) fn signed(style: Style, sign: &str, text: &str) -> String {
    let lines = wrapped(text, &format!("{sign} "), "    ");
    lines.strip_prefix(sign).map_or(lines.clone(), |rest| painted(style, sign) + rest)
}

/// Returns the line, or as much of its beginning as fits.
pub(super) fn shortened(line: &str) -> String {
    if textwrap::core::display_width(line) <= WIDTH {
        return line.to_owned();
    }
    let mut short = String::new();
    for c in line.chars() {
        if textwrap::core::display_width(&short) + 2 > WIDTH {
            break;
        }
        short.push(c);
    }
    short + "…"
}

/// Returns a count with what is counted, in the singular or the plural.
pub(super) fn counted(count: usize, one: &str, more: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_only() {
        let words = "a-word-with-hyphens ".repeat(9);
        let lines = labelled("expected", &words);
        assert!(lines.lines().count() > 2 && lines.lines().all(|line| line.len() <= WIDTH), "{lines}");
        assert_eq!(lines.split_whitespace().filter(|word| *word == "a-word-with-hyphens").count(), 9, "{lines}");
        let long = "x".repeat(200);
        assert!(labelled("expected", &format!("a {long} b")).contains(&long));
    }

    #[test]
    fn a_line_that_is_too_long_shows_its_beginning() {
        let short = shortened(&"é".repeat(100));
        assert_eq!((short.chars().count(), short.ends_with('…')), (WIDTH, true), "{short}");
        assert_eq!(shortened("fits"), "fits");
    }
}
