//! One client: what it subscribed to, what waits for it, whether its connect is held, and when it expires.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::bayeux::channel;

/// An event on its way to one client, with the label that its sender gave it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// `{"channel":…,"data":…}`, written once for all who get it.
    pub(crate) json: Arc<str>,
    /// Tells the events of one fake apart.
    pub(crate) label: u64,
}

/// A client, from its handshake to its disconnect or expiry.
#[derive(Debug)]
pub(crate) struct Session {
    /// Whose client it is. Bayeux does not look into it.
    pub(crate) owner: String,
    /// The cookie `BAYEUX_BROWSER` that it was made with.
    pub(crate) browser: String,
    pub(crate) subscriptions: BTreeSet<String>,
    pub(crate) queue: Vec<Event>,
    /// Labels of the events in the last answers, until the next connect shows that they arrived.
    pub(crate) unacknowledged: Vec<u64>,
    /// Whether it has connected before: only then a connect is held.
    pub(crate) connected: bool,
    pub(crate) held: Option<Held>,
    /// When it expires, unless it is heard of before; `None` while a connect is held.
    pub(crate) expires: Option<Duration>,
    /// Counts its connects, so that a later one is told from an earlier one.
    pub(crate) connects: u64,
}

/// A connect that waits for an event.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) number: u64,
    pub(crate) deadline: Duration,
}

impl Session {
    pub(crate) fn new(owner: String, browser: String) -> Self {
        Self {
            owner,
            browser,
            subscriptions: BTreeSet::new(),
            queue: Vec::new(),
            unacknowledged: Vec::new(),
            connected: false,
            held: None,
            expires: None,
            connects: 0,
        }
    }

    pub(crate) fn covers(&self, name: &str) -> bool {
        self.subscriptions.iter().any(|pattern| channel::matches(pattern, name))
    }

    /// The events that go with the next answer. They count as arrived when the client connects again.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        let events = std::mem::take(&mut self.queue);
        self.unacknowledged.extend(events.iter().map(|event| event.label));
        events
    }
}
