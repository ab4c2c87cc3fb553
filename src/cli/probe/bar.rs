//! How far a run has got: a bar on standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that shows how many cases were played.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Begins at none of this many.
    pub(super) fn of(cases: u32) -> Self {
        // It hides itself where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(Some(u64::from(cases)), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} cases, {msg}") {
            bar.set_style(style);
        }
        bar.set_message("nothing broken");
        Self(bar)
    }

    /// Shows how many cases were played, and how many properties were broken in them.
    pub(super) fn shows(&self, (ran, broken): (u32, usize)) {
        self.0.set_position(u64::from(ran));
        match broken {
            0 => {}
            1 => self.0.set_message("1 property broken"),
            more => self.0.set_message(format!("{more} properties broken")),
        }
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
