//! A line on a terminal that shows how far a command is.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The time after which a line is shown: shorter work needs none.
const SHOWN_AFTER: Duration = Duration::from_secs(1);
/// The interval at which a line shows that time passes while nothing else happens.
const TICK: Duration = Duration::from_millis(200);

/// A line on standard error; none where that is no terminal.
pub(crate) struct TerminalLine {
    began: Instant,
    bar: ProgressBar,
    shown: bool,
}

impl TerminalLine {
    /// A line of a command that does much in little time: it is shown when a second has passed.
    pub(crate) fn of_work() -> Self {
        Self { began: Instant::now(), bar: ProgressBar::hidden(), shown: false }
    }

    /// A line of a command that waits: it is shown at once, and shows that time passes.
    pub(crate) fn of_waiting() -> Self {
        let mut line = Self::of_work();
        if stderr().is_terminal() {
            line.show();
            line.bar.enable_steady_tick(TICK);
        }
        line
    }

    /// Sets the text of the line.
    pub(crate) fn set(&mut self, text: impl FnOnce() -> String) {
        if !self.shown && self.began.elapsed() >= SHOWN_AFTER && stderr().is_terminal() {
            self.show();
        }
        if self.shown {
            self.bar.set_message(text());
            self.bar.tick();
        }
    }

    fn show(&mut self) {
        self.shown = true;
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
    }

    /// Does something that writes, so that what it writes and the line do not mix.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
