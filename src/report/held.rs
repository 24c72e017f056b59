//! Events that did not arrive: those that faults still hold when a test ends, and where lost ones went.

use crate::bayeux::exchange::Loss;
use crate::fault::{EventFault, Fault};

/// An event that a fault holds when the test ends.
pub(crate) struct Held {
    pub(crate) user_name: String,
    pub(crate) fault: Fault,
    pub(crate) channel: String,
}

impl Held {
    /// Whether the fault waits for something that a client or the test was to do: a moment may lie behind the end.
    pub(crate) fn waits(&self) -> bool {
        !matches!(self.fault, Fault::Event(EventFault::Delay(_)))
    }

    pub(crate) fn in_words(&self) -> String {
        let Self { user_name, fault, channel } = self;
        let name = fault.as_str();
        let missing = match fault {
            Fault::Event(EventFault::Reorder) => "no event came behind it; publish another one",
            Fault::Event(EventFault::OnSubscribe) => "no client subscribed behind it",
            _ => "its moment has not come",
        };
        format!(
            "gws.user(\"{user_name}\").faults().{name}(..) still holds an event on {channel}: {missing}"
        )
    }
}

/// Where an event has gone that reaches its client no more.
pub(crate) fn loss(how: Loss) -> &'static str {
    match how {
        Loss::Unwritten(_) => "with an answer that its client did not take",
        Loss::Expired => "with its client, which expired",
        Loss::Disconnected => "with its client, which was disconnected",
        Loss::Forgotten => "with its client, which was forgotten",
        Loss::QueueFull => "since as many as may wait for its client waited already",
    }
}
