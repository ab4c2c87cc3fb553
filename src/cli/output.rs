//! What is printed: results to standard output, complaints to standard error, coloured only where that is wanted.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

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

/// How far something has got, shown on standard error where that is a terminal.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Shows nothing done yet of so many.
    pub(super) fn of(all: usize, what: &'static str) -> Self {
        let bar = ProgressBar::new(u64::try_from(all).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} {elapsed} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        Self(bar)
    }

    /// Shows one more done, this one.
    pub(super) fn advance(&self, name: &str) {
        self.0.set_message(name.to_owned());
        self.0.inc(1);
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
