//! The engine: the four parts of a fake in one value.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::delivery::Delivery;
use crate::engine::delivery::publish::Book;
use crate::engine::delivery::push_client::WrittenReply;
use crate::engine::ids::{Ids, Seed};
use crate::engine::io::{ClockCommand, EntryId, Moment, WakeUps};
use crate::engine::log::Log;
use crate::engine::log::timeline::{Ending, Entry};
use crate::engine::playback::Playback;
use crate::engine::rest::RestSide;
use crate::engine::rest::reply::CustomEvent;
use crate::engine::settings::Settings;
use crate::gws::timestamp::{Timestamp, behind};
use crate::scenario::player::ScheduledEffect;

/// One fake as a value.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Arc<Settings>,
    /// The moment at which the fake began.
    began: Timestamp,
    pub(crate) ids: Ids,
    pub(crate) log: Log,
    pub(crate) delivery: Delivery,
    pub(crate) rest: RestSide,
    pub(crate) playback: Playback,
    /// The effects of writing an answer, by the entry of its request. They are boxed, since the map keeps the room of
    /// eleven when it is empty.
    pub(super) unwritten: BTreeMap<EntryId, Box<AfterWrite>>,
    /// Somebody calls `run_due` at the moments of `next_timer`.
    pub(super) has_timer: bool,
    /// The moment of `next_expiry` at which somebody calls `expire`.
    pub(crate) awaited_expiry: Option<Duration>,
    pub(super) clock: Option<ClockCommand>,
    pub(super) wakes_everybody: bool,
}

/// The effects that follow once an answer is written.
#[derive(Debug, Default)]
pub(super) struct AfterWrite {
    /// The ticket of the notifications that a request has caused, and the world that made them.
    pub(super) notifications: Option<(u64, u32)>,
    /// The events of a custom operation.
    pub(super) events: Vec<CustomEvent>,
    /// The answer to a request of the push side.
    pub(super) reply: Option<WrittenReply>,
    /// The effects of a scenario.
    pub(super) effects: Vec<ScheduledEffect>,
}

impl Engine {
    pub(crate) fn new(settings: Arc<Settings>, began: Timestamp, seed: Seed) -> Self {
        Self {
            began,
            ids: Ids::new(seed),
            log: Log::default(),
            delivery: Delivery::new(&settings.push),
            rest: RestSide::new(&settings),
            playback: Playback::default(),
            unwritten: BTreeMap::new(),
            has_timer: false,
            awaited_expiry: None,
            clock: None,
            wakes_everybody: false,
            settings,
        }
    }

    /// Begins again with the fixtures, as if the server had been started anew: held connects learn that they are unknown.
    pub(crate) fn reset(&mut self) {
        let log = self.log.after(&self.delivery.faults);
        let old = std::mem::replace(&mut self.delivery, Delivery::new(&self.settings.push));
        self.log = log;
        self.delivery.server = old.server.begin_again();
        self.rest = RestSide::new(&self.settings);
        self.ids = self.ids.after();
        self.playback = Playback::default();
        self.wakes_everybody = true;
    }

    /// Counts the worlds: another one begins with a reset.
    pub(crate) fn generation(&self) -> u32 {
        self.delivery.server.generation()
    }

    /// Returns date and time of a moment of the logical clock.
    pub(crate) fn timestamp(&self, at: Duration) -> Timestamp {
        behind(self.began, at)
    }

    /// Tells if no request is in flight and what follows from the answers has been published.
    pub(crate) fn is_idle(&self) -> bool {
        !self.log.timeline.entries().any(Entry::is_in_flight) && self.delivery.order.is_empty()
    }

    /// Returns the push side, and the book that it writes in.
    pub(crate) fn delivery(&mut self, now: Duration) -> (&mut Delivery, Book<'_>) {
        let book = Book { log: &mut self.log, world: &self.rest.world, now };
        (&mut self.delivery, book)
    }

    /// Writes a remark about a user into the timeline.
    pub(crate) fn remark(&mut self, user: &str, remark: &str, now: Duration) {
        let name = self.rest.world.name(user);
        self.log.remark(Some(name), remark, now);
    }

    /// Completes the entry of a request.
    pub(super) fn end(&mut self, entry: EntryId, ending: Ending) {
        self.log.timeline.end(entry, ending);
        self.log.show(entry);
    }

    pub(super) fn answered(&mut self, entry: EntryId, now: Moment, status: u16, body: &[u8]) {
        self.end(entry, Ending::Answered { at: now.at, status, body: body.into() });
    }

    /// Keeps what follows once the answer to a request is written; tells if anything does.
    pub(super) fn track(&mut self, entry: EntryId, after: AfterWrite) -> bool {
        let AfterWrite { notifications, events, reply, effects } = &after;
        let nothing_follows =
            notifications.is_none() && events.is_empty() && reply.is_none() && effects.is_empty();
        if !nothing_follows {
            self.unwritten.insert(entry, Box::new(after));
        }
        !nothing_follows
    }

    /// Publishes what is still on its way, before somebody looks: whoever has read an answer may look before the fake has
    /// learnt that the socket took it.
    pub(crate) fn settle(&mut self, now: Duration) {
        let (delivery, mut book) = self.delivery(now);
        let notifications = delivery.order.release_all();
        delivery.publish(&mut book, notifications);
        delivery.name_losses(&mut book);
    }

    /// Names the events that clients have lost by now.
    pub(super) fn name_losses(&mut self, now: Duration) {
        if self.delivery.server.has_lost() {
            let (delivery, mut book) = self.delivery(now);
            delivery.name_losses(&mut book);
        }
    }

    /// Returns all that the caller has to do after a change, and leaves nothing of it.
    pub(crate) fn wake_ups(&mut self, now: Moment) -> WakeUps {
        self.name_losses(now.at);
        let unshown = self.log.take_unshown(&self.settings);
        self.log.shed(&self.settings);
        self.delivery.forget_clients();
        let starts_timer = !self.has_timer && self.next_timer().is_some();
        self.has_timer |= starts_timer;
        let awaits_expiry = self.awaits_expiry();
        WakeUps {
            clients: std::mem::take(&mut self.delivery.wake),
            everybody: std::mem::take(&mut self.wakes_everybody),
            unshown,
            starts_timer,
            awaits_expiry,
            clock: self.clock.take(),
        }
    }

    /// Returns the next moment at which an event that was held back is published, or a scenario goes on.
    pub(crate) fn next_timer(&self) -> Option<Duration> {
        self.delivery.withheld.next_due().into_iter().chain(self.playback.next_due()).min()
    }
}
