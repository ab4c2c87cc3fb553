//! What is printed: results to standard output, complaints to standard error, coloured only where that is wanted.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::transcript::Redactor;

static LOST: AtomicBool = AtomicBool::new(false);

/// Prints text to standard output. A reader that went away, as `head` does, is no error.
pub(super) fn print(text: &str) {
    let mut stdout = anstream::stdout().lock();
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
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints a complaint to standard error.
pub(super) fn complain(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr().lock(), "{style}error:{style:#} {message}");
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
