//! Events that did not arrive: those that faults still hold when a test ends, and where lost ones went.

use crate::bayeux::io::Loss;
use crate::engine::delivery::push_faults::{EventFault, PushFault};

/// An event that a fault holds when the test ends.
pub(crate) struct UndeliveredEvent {
    pub(crate) user_name: String,
    pub(crate) fault: PushFault,
    pub(crate) channel: String,
}

impl UndeliveredEvent {
    /// Tells if the fault waits for an action of a client or the test. One that waits for a moment does not count: the
    /// moment may lie after the end.
    pub(crate) fn waits(&self) -> bool {
        !matches!(self.fault, PushFault::Event(EventFault::Delay(_)))
    }

    pub(crate) fn in_words(&self) -> String {
        let Self { user_name, fault, channel } = self;
        let name = fault.as_str();
        let missing = match fault {
            PushFault::Event(EventFault::Reorder) => "no event followed it; publish another one",
            PushFault::Event(EventFault::OnSubscribe) => "no client subscribed after it",
            _ => "the delay has not elapsed",
        };
        format!(
            "gws.user(\"{user_name}\").push_faults().{name}(..) still holds an event on {channel}: {missing}"
        )
    }
}

/// The way in which an event was lost, in words.
pub(crate) fn loss(how: Loss) -> &'static str {
    match how {
        Loss::Unwritten(_) => "with an answer that its client did not take",
        Loss::Expired => "with its client, which expired",
        Loss::Disconnected => "with its client, which was disconnected",
        Loss::Forgotten => "with its client, which was forgotten",
        Loss::QueueFull => "since as many as may wait for its client waited already",
    }
}
