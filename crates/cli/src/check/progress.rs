//! What is shown on a terminal while a check takes its time.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use gws_sms_fake::contract::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over before is not worth showing.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// A line that says how far a check is; none where there is no terminal, or before a second has passed.
pub(crate) struct ProgressLine {
    began: Instant,
    bar: ProgressBar,
    shown: bool,
    files: u64,
    messages: u64,
}

impl Default for ProgressLine {
    fn default() -> Self {
        let bar = ProgressBar::hidden();
        Self { began: Instant::now(), bar, shown: false, files: 0, messages: 0 }
    }
}

impl ProgressLine {
    pub(crate) fn update(&mut self, progress: &Progress) {
        match progress {
            Progress::File(_) => self.files += 1,
            Progress::Messages(messages) => self.messages = *messages,
            _ => {}
        }
        if !self.shown && self.began.elapsed() >= SHOWN_AFTER && stderr().is_terminal() {
            self.shown = true;
            let style = ProgressStyle::with_template("{spinner} {msg}  {elapsed}");
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if self.shown {
            self.bar.set_message(format!("{} files, {} messages", self.files, self.messages));
            self.bar.tick();
        }
    }

    /// Does something that writes, so that what it writes and the line do not mix.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(crate) fn ends(&self) {
        self.bar.finish_and_clear();
    }
}
