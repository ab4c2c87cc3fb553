//! What is printed: results to standard output, complaints to standard error, coloured only where that is wanted.

use std::io::Write;

/// Prints text to standard output. A reader that went away, as `head` does, is no error.
pub(super) fn print(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Prints a complaint to standard error.
pub(super) fn complain(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr().lock(), "{style}error:{style:#} {message}");
}
