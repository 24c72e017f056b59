//! The events that injected faults hold.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::delivery::push_faults::PushFault;
use crate::engine::log::timeline::Notified;

/// The events that are on their way to nobody yet, because of an injected fault.
#[derive(Debug, Default)]
pub(crate) struct Withheld {
    /// With the moments at which they are published.
    pub(super) delayed: Vec<(Duration, Notified)>,
    /// By user, the event that is published after the next one.
    pub(super) reordered: BTreeMap<String, Notified>,
    /// By user, the events that go with the answer to a subscribe.
    pub(super) on_subscribe: BTreeMap<String, Vec<Notified>>,
}

impl Withheld {
    /// The held events: the user's id, the fault and the channel. Events that wait for something that did not come are
    /// first.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&str, PushFault, &str)> {
        self.all().filter_map(|notified| {
            let Notified { to, fault, channel, .. } = notified;
            Some((to.as_deref().unwrap_or_default(), (*fault)?, channel.as_str()))
        })
    }

    /// Tells if the notification of that number is held.
    pub(crate) fn has(&self, number: u64) -> bool {
        self.all().any(|notified| notified.number == Some(number))
    }

    fn all(&self) -> impl Iterator<Item = &Notified> {
        let reordered = self.reordered.values();
        let on_subscribe = self.on_subscribe.values().flatten();
        let delayed = self.delayed.iter().map(|(_, notified)| notified);
        reordered.chain(on_subscribe).chain(delayed)
    }

    /// The moment at which the next delayed event is published.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.delayed.iter().map(|(at, _)| *at).min()
    }
}
