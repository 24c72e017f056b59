//! The settings of a fake's control endpoint.

use std::time::Duration;

/// The control endpoint of a fake.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) enum Endpoint {
    /// Without further fakes: that of one that was asked for itself.
    Alone,
    Keeping {
        /// The largest number of fakes at a time.
        most: usize,
        /// The time, in real time, after which an unused fake ends.
        unused_for: Duration,
    },
}

/// The control endpoint that is asked for, if it is.
#[derive(Clone, Default)]
pub(super) struct EndpointSettings {
    pub(super) control: Option<Endpoint>,
    /// The name of the fake in reports.
    pub(super) name: Option<String>,
}

impl EndpointSettings {
    /// Returns what a report calls the fake in place of a line of a test.
    pub(super) fn started_at(&self, url: &str) -> Option<String> {
        self.control?;
        Some(match &self.name {
            None => url.to_owned(),
            Some(name) => format!("{url} for {name:?}"),
        })
    }
}
