//! A fake whose timeline a test follows while it grows.

use std::sync::mpsc::{Receiver, channel};

use gws_sms_fake::{Builder, FakeGws};

use crate::raw::WATCHDOG;

/// The lines of a timeline, as they are completed.
pub struct Lines(Receiver<String>);

impl Lines {
    /// Returns the next line.
    #[track_caller]
    pub fn next(&self) -> String {
        self.0.recv_timeout(WATCHDOG).expect("a line of the timeline")
    }

    /// Waits for a line that has that text.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        while !self.0.recv_timeout(WATCHDOG).expect(text).contains(text) {}
    }

    /// Waits for a line that ends with that text.
    #[track_caller]
    pub fn wait_for_end(&self, text: &str) {
        while !self.0.recv_timeout(WATCHDOG).expect(text).ends_with(text) {}
    }
}

/// Starts a fake, and returns it with the lines of its timeline.
pub fn watched(builder: Builder) -> (FakeGws, Lines) {
    let (sender, lines) = channel();
    let watch = move |line: &str| {
        // A test that has seen enough listens no longer.
        let _ = sender.send(line.to_owned());
    };
    (builder.watch(watch).start(), Lines(lines))
}
