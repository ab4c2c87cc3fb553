//! What is printed: results to standard output, complaints to standard error, coloured only where that is wanted.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};
use std::panic::{self, Location};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::Color;
use super::files;
use crate::transcript::Redactor;

static LOST: AtomicBool = AtomicBool::new(false);

/// Whether standard output holds a report, and nothing else may be on it.
static HOLDS_REPORT: AtomicBool = AtomicBool::new(false);

/// Colours what is printed from now on, or does not.
pub(super) fn colour(when: Color) {
    match when {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Returns whether a report's path means standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Keeps standard output for the report that goes there, if one does: what is printed goes to standard error.
pub(super) fn reports_to<'p>(paths: impl IntoIterator<Item = &'p Path>) {
    if paths.into_iter().any(is_stdout) {
        HOLDS_REPORT.store(true, Ordering::Relaxed);
    }
}

/// Writes a report to its file, or to standard output.
pub(super) fn write_report(path: &Path, text: &str) -> io::Result<()> {
    if is_stdout(path) {
        let mut stdout = io::stdout().lock();
        return stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }
    files::write(path, text)
}

/// Prints text to standard output. A reader that went away, as `head` does, is no error.
pub(super) fn print(text: &str) {
    if HOLDS_REPORT.load(Ordering::Relaxed) {
        let _ = anstream::stderr().lock().write_all(without_commands(text).as_bytes());
        return;
    }
    let mut stdout = anstream::stdout().lock();
    let text = without_commands(text);
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// Returns whether something that was printed did not arrive, as on a full disk.
pub(super) fn was_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Prints to standard error what the user may want to know while nothing else is printed.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", without_commands(text));
}

/// Prints a complaint to standard error.
pub(super) fn complain(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr().lock(), "{style}error:{style:#} {}", without_commands(message));
}

/// Returns a text in which no line is a command to the system that runs it: `##[…]` and `##vso[…]` anywhere, `::` at its
/// beginning. What comes from the network must not tell a build what to do.
pub(super) fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("##") && !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive(['\n', '\r']).map(|line| {
        let mut line = line.to_owned();
        let mut from = 0;
        while let Some(at) = line[from..].find("##").map(|at| from + at) {
            let rest = line[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c));
            if rest.starts_with('[') {
                line.replace_range(at + 1..at + 2, r"\u{23}");
            }
            from = at + 1;
        }
        let indent = line.len() - line.trim_start().len();
        if line[indent..].starts_with("::") {
            line.replace_range(indent + 1..indent + 2, r"\u{3a}");
        }
        line
    });
    Cow::Owned(lines.collect())
}

/// Redacts a text line by line, so that its hint stays on a line of its own.
pub(super) fn in_lines(text: &str, redactor: &Redactor) -> String {
    text.lines().map(|line| redactor.text(line)).collect::<Vec<_>>().join("\n")
}

/// Returns a word as a shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Says that hopcheck itself is at fault, and where. What a panic says of that is left out: it may quote a secret.
pub(super) fn tell_of_panics() {
    panic::set_hook(Box::new(|panic| complain(&own_fault(panic.location()))));
}

fn own_fault(location: Option<&Location<'_>>) -> String {
    let place = location.map_or_else(|| "a place that is not known".to_owned(), ToString::to_string);
    format!("hopcheck itself is at fault, at {place}\nhint: please report this, with the command that led there")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command_to_the_system_that_runs_it() {
        for (text, expected) in [
            ("##[error]x", r"#\u{23}[error]x"),
            (
                "a ##vso[task.setvariable variable=x]y\n###[b]",
                "a #\\u{23}vso[task.setvariable variable=x]y\n##\\u{23}[b]",
            ),
            ("a\n  ::set-output name=x::y", "a\n  :\\u{3a}set-output name=x::y"),
            ("## a heading\nstd::io, 127.0.0.1 and [::1]", "## a heading\nstd::io, 127.0.0.1 and [::1]"),
        ] {
            assert_eq!(without_commands(text), expected);
        }
    }

    #[test]
    fn a_fault_of_our_own_is_told_by_its_place_alone() {
        let told = own_fault(Some(Location::caller()));
        assert!(told.starts_with("hopcheck itself is at fault, at src/cli/output.rs:"), "{told}");
        assert_eq!(told.lines().count(), 2);
        assert!(own_fault(None).contains("a place that is not known"));
    }
}
