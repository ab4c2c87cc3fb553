//! How far a run has got: a bar on standard error, and only where that is a terminal.

use std::borrow::Cow;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that shows how much of something is done.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Begins at none of this many.
    pub(super) fn of(all: usize, what: &'static str) -> Self {
        // It hides itself where standard error is no terminal.
        let all = u64::try_from(all).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} {prefix}, {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        Self(bar)
    }

    /// Shows how many are done, and what there is to say.
    pub(super) fn shows(&self, done: usize, message: impl Into<Cow<'static, str>>) {
        self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        self.0.set_message(message);
    }

    /// Is away while something else is printed.
    pub(super) fn steps_aside(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    /// Goes away.
    pub(super) fn ends(&self) {
        self.0.finish_and_clear();
    }
}
