//! How much a fake takes, and for how long it waits.

use std::time::Duration;

/// How much of each a fake takes at most. What the push side holds stands in the product's options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of a body.
    pub(crate) body: usize,
    /// Bytes of a request line and its header fields.
    pub(crate) header: usize,
    /// Connections at a time.
    pub(crate) connections: usize,
    /// How long a client may pause, in real time, while it sends a request, a body or a handshake of TLS, and while it takes an
    /// answer.
    pub(crate) idle: Duration,
    /// Entries of the timeline, besides those that are never dropped.
    pub(crate) timeline: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            header: 8 * 1024,
            connections: 16 * 1024,
            idle: Duration::from_secs(30),
            timeline: 100_000,
        }
    }
}
