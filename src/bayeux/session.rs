//! One client: its subscriptions, its queued events, its held connect, and its expiry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::bayeux::channel;
use crate::bayeux::event::Event;
use crate::bayeux::extension::Acks;

/// A `clientId`, written once for all who speak of the client.
pub(crate) type ClientId = Arc<str>;

/// The transport of a client: the form of its requests and of their answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// POST.
    LongPolling,
    /// GET, answered with a script (JSONP).
    CallbackPolling,
}

/// The number of subscriptions that are remembered after a client has taken them back.
const MOST_UNSUBSCRIBED: usize = 16;

/// A client, from its handshake to its disconnect or expiry.
#[derive(Debug)]
pub(crate) struct Session {
    /// The user of the client. Bayeux does not look into the text.
    pub(crate) owner: Arc<str>,
    /// The cookie `BAYEUX_BROWSER` that it was made with.
    pub(crate) browser: String,
    /// The transport that it was made with: another one does not know it.
    pub(crate) transport: Transport,
    /// In order. They are those of the server's channels, so that very many clients have few.
    subscriptions: SmallVec<[Arc<str>; 1]>,
    /// The subscriptions that the client has cancelled.
    unsubscribed: Vec<Arc<str>>,
    pub(crate) queue: SmallVec<[Event; 1]>,
    /// Labels of the events in the last answers, until the next connect shows that they arrived.
    pub(crate) unacknowledged: Vec<u64>,
    /// The events that the client has not acknowledged, if it asked for the extension.
    pub(crate) acks: Option<Acks>,
    /// True if the client has connected before: only then a connect is held.
    pub(crate) connected: bool,
    /// The transport on which it was told the advice; `None`: the next connect tells it again.
    pub(crate) advised: Option<Transport>,
    /// The time for which the client announced in its last connect that it would stay away.
    pub(crate) interval: Duration,
    pub(crate) held: Option<HeldConnect>,
    /// The moment at which the client expires, unless it sends something before; `None` while a connect is held.
    pub(crate) expires: Option<Duration>,
    /// The moment at which the expiry was last set.
    scheduled: Duration,
    /// Counts its connects, so that a later one is told from an earlier one.
    pub(crate) connects: u64,
    /// Connects that are held no longer and have not learnt of it, by number.
    pub(crate) let_go: BTreeMap<u64, ReleaseReason>,
    /// The advice that a test has injected into the next answer to a connect.
    pub(crate) ordered: Option<InjectedAdvice>,
}

/// The reason why a connect is held no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseReason {
    /// The request with that label brought another connect, which took its place: HTTP 500 (wire).
    Superseded(u64),
    /// A test has ordered that it be answered so.
    Failed,
    /// A test has ordered that its connection be cut.
    Cut,
}

/// Advice that a test has ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectedAdvice {
    /// Not to connect again.
    None,
    /// To stay away for so long.
    Interval(Duration),
}

/// A connect that waits for an event.
#[derive(Clone, Debug)]
pub(crate) struct HeldConnect {
    pub(crate) number: u64,
    pub(crate) deadline: Duration,
}

impl Session {
    pub(crate) fn new(owner: Arc<str>, browser: String, transport: Transport) -> Self {
        Self {
            owner,
            browser,
            transport,
            subscriptions: SmallVec::new(),
            unsubscribed: Vec::new(),
            queue: SmallVec::new(),
            unacknowledged: Vec::new(),
            acks: None,
            connected: false,
            advised: None,
            interval: Duration::ZERO,
            held: None,
            expires: None,
            scheduled: Duration::ZERO,
            connects: 0,
            let_go: BTreeMap::new(),
            ordered: None,
        }
    }

    pub(crate) fn covers(&self, name: &str) -> bool {
        self.subscriptions().any(|pattern| channel::matches(pattern, name))
    }

    /// The channels and patterns that it has subscribed to, in order.
    pub(crate) fn subscriptions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.subscriptions.iter().map(|subscription| &**subscription)
    }

    pub(super) fn has_subscribed(&self, name: &str) -> bool {
        self.place_of(name).is_ok()
    }

    pub(super) fn subscribe(&mut self, channel: Arc<str>) {
        self.unsubscribed.retain(|other| *other != channel);
        if let Err(place) = self.place_of(&channel) {
            self.subscriptions.insert(place, channel);
        }
    }

    pub(super) fn unsubscribe(&mut self, name: &str) {
        if let Ok(place) = self.place_of(name) {
            if self.unsubscribed.len() == MOST_UNSUBSCRIBED {
                self.unsubscribed.remove(0);
            }
            self.unsubscribed.push(self.subscriptions.remove(place));
        }
    }

    /// Tells if the client had subscribed to that channel, and wants no events of it any more.
    pub(crate) fn has_unsubscribed(&self, name: &str) -> bool {
        !self.covers(name)
            && self.unsubscribed.iter().any(|pattern| channel::matches(pattern, name))
    }

    fn place_of(&self, name: &str) -> Result<usize, usize> {
        self.subscriptions.binary_search_by(|subscription| (**subscription).cmp(name))
    }

    /// Tells if one more event may wait for the client. With the extension `ack`, unacknowledged events count as
    /// waiting. Nothing waits for a held connect: it takes all events.
    pub(super) fn has_room(&self, max_queue: Option<usize>) -> bool {
        let waiting = self.acks.as_ref().map_or(self.queue.len(), |acks| acks.kept());
        self.held.is_some() || max_queue.is_none_or(|limit| waiting < limit)
    }

    pub(crate) fn enqueue(&mut self, event: Event) {
        if let Some(acks) = &mut self.acks {
            acks.keep(event.clone());
        }
        self.queue.push(event);
    }

    /// The events that go with the next answer. They count as arrived when the client connects again, or acknowledges them.
    pub(crate) fn take_events(&mut self) -> SmallVec<[Event; 1]> {
        let events = std::mem::take(&mut self.queue);
        if let Some(acks) = &self.acks {
            return acks.events().collect();
        }
        self.unacknowledged.extend(events.iter().filter_map(|event| event.label));
        events
    }

    /// The labels of the events that have not gone out, or of which the client has not said that they arrived.
    pub(crate) fn pending(&self) -> Vec<u64> {
        match &self.acks {
            Some(acks) => acks.labels().collect(),
            None => self.queue.iter().filter_map(|event| event.label).collect(),
        }
    }

    /// The held connect is held no longer.
    pub(crate) fn let_go(&mut self, why: ReleaseReason) -> bool {
        let held = self.held.take();
        if let Some(held) = &held {
            self.let_go.insert(held.number, why);
        }
        held.is_some()
    }

    /// Tells if events that went out before have to go out again, and nothing new has to.
    pub(crate) fn only_resends(&self) -> bool {
        self.queue.is_empty() && self.acks.as_ref().is_some_and(|acks| acks.kept() > 0)
    }

    /// Its last connect, or its handshake, has been answered: from now on it may stay away for a while.
    pub(crate) fn schedule_expiry(&mut self, now: Duration, max_interval: Duration) {
        self.scheduled = now;
        self.expires = Some(now.saturating_add(self.interval).saturating_add(max_interval));
    }

    /// Any other message than a connect puts the expiry off by the time since it was set, which makes it at least
    /// `maxInterval` from now. A quirk of the product: several messages put it off several times.
    pub(crate) fn delay_expiry(&mut self, now: Duration) {
        let since = now.saturating_sub(self.scheduled);
        self.expires = self.expires.map(|expires| expires.saturating_add(since));
    }
}
