//! The progress of a check, on a terminal.

use gws_sms_fake::_cli_internals::report::text::count;
use gws_sms_fake::contract::Progress;

use crate::terminal_line::TerminalLine;

/// A line that says how far a check is.
pub(crate) struct ProgressLine {
    line: TerminalLine,
    files: u64,
    messages: u64,
}

impl Default for ProgressLine {
    fn default() -> Self {
        Self { line: TerminalLine::of_work(), files: 0, messages: 0 }
    }
}

impl ProgressLine {
    pub(crate) fn update(&mut self, progress: &Progress) {
        match progress {
            Progress::File(_) => self.files += 1,
            Progress::Messages(messages) => self.messages = *messages,
            _ => {}
        }
        let Self { line, files, messages } = self;
        line.set(|| format!("{}, {}", counted(*files, "file"), counted(*messages, "message")));
    }

    /// Does something that writes, so that what it writes and the line do not mix.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.line.aside(write)
    }

    pub(crate) fn ends(&self) {
        self.line.end();
    }
}

fn counted(number: u64, noun: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), noun)
}
