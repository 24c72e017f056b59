//! The life of a request: it begins, and its answer is written or its client has hung up; and the moments at which something is
//! due by itself.

use std::time::Duration;

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::delivery::publish::Reach;
use crate::engine::delivery::push_violations::PARALLEL;
use crate::engine::io::{Arrived, ClockCommand, EntryId, Moment};
use crate::engine::log::timeline::{Ending, Entry};
use crate::engine::other_site::OtherSite;
use crate::engine::parts::AfterWrite;
use crate::engine::rest::reply::CustomEvent;
use crate::engine::rest::rest_faults::RestFault;
use crate::rules::Violation;

/// A client, and the number of its connects when it was looked at.
pub(crate) type Seen = (ClientId, u64);

impl Engine {
    /// Writes a request into the timeline, before its body is read.
    pub(crate) fn begin(&mut self, arrived: Arrived<'_>, now: Moment) -> EntryId {
        let number = self.log.timeline.push(now.at, None, arrived.entry());
        if let Some(page) = OtherSite::without_a_cookie(&arrived.head().headers)
            && let Some(entry) = self.log.timeline.entry_mut(number)
        {
            entry.page = Some(page);
        }
        number
    }

    /// Completes a preflight, which is asked and answered before there is a request.
    pub(crate) fn answer_preflight(
        &mut self,
        entry: EntryId,
        notes: Vec<Violation>,
        status: u16,
        now: Moment,
    ) {
        self.log.add(entry, notes);
        self.answered(entry, now, status, b"");
    }

    /// The socket has taken the last byte of an answer.
    pub(crate) fn written(&mut self, entry: EntryId, now: Moment) {
        self.delivery.superseded.remove(&entry);
        let Some(AfterWrite { notifications, events, reply, effects }) =
            self.unwritten.remove(&entry).map(|after| *after)
        else {
            return;
        };
        self.publish_written(notifications, events, now);
        if let Some(written) = reply {
            let (delivery, mut book) = self.delivery(now.at);
            delivery.delivered(&mut book, &written.reply.labels());
            delivery.instructed(&written.reply.instructions, written.carrier);
            if let Some(client) = &written.connecting {
                delivery.connect_answered(client, written.number);
            }
        }
        self.run_effects(effects, now);
    }

    /// The client has hung up, before its request was answered or before its answer was written. What the request has done is
    /// done all the same, and is published. A request that is held back does not end with that: it is worked through when its time
    /// has come, as a servlet does, which notices nothing until it writes.
    pub(crate) fn abandoned(&mut self, entry: EntryId, now: Moment) {
        if let Some((newer, client)) = self.delivery.superseded.remove(&entry) {
            // The client has given the older connect up, a little late.
            if let Some(client) = self.delivery.clients.get_mut(&client) {
                client.connects_beside_no_longer();
            }
            if let Some(newer) = self.log.timeline.entry_mut(newer) {
                newer.violations.retain(|violation| violation.rule != PARALLEL);
            }
        }
        if let Some(AfterWrite { notifications, events, reply, effects }) =
            self.unwritten.remove(&entry).map(|after| *after)
        {
            self.publish_written(notifications, events, now);
            if let Some(written) = reply {
                self.delivery.unwritten(written.reply, entry);
            }
            self.run_effects(effects, now);
        }
        if let Some(held) = self.log.timeline.entry_mut(entry).and_then(Entry::held_back_mut) {
            held.hung_up.get_or_insert(now.at);
            return self.log.show(entry);
        }
        if self.log.timeline.entry(entry).is_some_and(Entry::is_open) {
            self.end(entry, Ending::HungUp { at: now.at });
        }
    }

    fn publish_written(
        &mut self,
        notifications: Option<(u64, u32)>,
        events: Vec<CustomEvent>,
        now: Moment,
    ) {
        self.send_events(events, now);
        // After a reset they would speak of another world.
        if let Some((ticket, generation)) = notifications
            && generation == self.generation()
        {
            let (delivery, mut book) = self.delivery(now.at);
            delivery.release(&mut book, ticket);
        }
    }

    /// Sends the events of a custom operation.
    pub(super) fn send_events(&mut self, events: Vec<CustomEvent>, now: Moment) {
        for CustomEvent { user, channel, data } in events {
            let (delivery, mut book) = self.delivery(now.at);
            let sent = delivery.send(&mut book, Some(&user), channel, &data, Reach::Subscribed);
            sent.expect("the channel of a custom operation is a broadcast channel");
        }
    }

    /// Sets the fake to a moment of its clock: clients expire, held events are published, scenarios go on.
    pub(crate) fn advance(&mut self, expiring: &[Seen], now: Moment) {
        for seen in expiring {
            if self.has_connected(seen) {
                self.delivery.server.renew(&seen.0, now.at);
            }
        }
        self.expire(now);
        self.run_due(now);
        self.name_losses(now.at);
    }

    /// Ends the sessions of the CometD clients whose time has come.
    pub(crate) fn expire(&mut self, now: Moment) {
        let expired = self.delivery.server.sweep(now.at);
        self.expired(&expired, now);
    }

    /// Returns the moment at which a client may expire, which the caller waits for from now on, in the place of `awaited`. `None`:
    /// another caller waits for an earlier one, or nobody is to call again before [`wake_ups`](Self::wake_ups) says so.
    pub(crate) fn next_expiry(&mut self, awaited: Option<Duration>) -> Option<Duration> {
        if awaited != self.awaited_expiry {
            return None;
        }
        self.awaited_expiry = self.delivery.server.next_sweep();
        self.awaited_expiry
    }

    /// Tells if somebody is to wait for an earlier expiry than the one that is waited for.
    pub(super) fn awaits_expiry(&mut self) -> bool {
        let Some(due) = self.delivery.server.next_sweep() else { return false };
        let is_earlier = self.awaited_expiry.is_none_or(|awaited| due < awaited);
        if is_earlier {
            self.awaited_expiry = Some(due);
        }
        is_earlier
    }

    /// Returns the next moment at which something happens by itself.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let server = self.delivery.server.next_due();
        server.into_iter().chain(self.next_timer()).chain(self.next_held_back()).min()
    }

    /// Returns the next moment at which a request that is held back goes on.
    fn next_held_back(&self) -> Option<Duration> {
        let open = self
            .log
            .timeline
            .entries()
            .filter_map(Entry::rest)
            .filter(|rest| matches!(rest.ending, Ending::Open));
        open.filter_map(|rest| rest.held_back).min()
    }

    /// Tells if a request that was held back until a moment is being worked through.
    pub(crate) fn is_working_through(&self, due: Duration) -> bool {
        let mut open = self
            .log
            .timeline
            .entries()
            .filter_map(Entry::rest)
            .filter(|rest| matches!(rest.ending, Ending::Open));
        open.any(|rest| {
            let is_delayed = matches!(rest.rest_fault, Some(RestFault::Delay(_)));
            is_delayed && rest.held_back.is_none_or(|until| until <= due)
        })
    }

    /// Tells if nothing more is to be waited for of a client: it has connected again, is gone, or has hung up.
    pub(crate) fn is_done(&self, seen: &Seen) -> bool {
        let client = self.delivery.clients.get(&seen.0);
        // One whose cookie was lost cannot connect any more; who it was has shaken hands anew.
        let is_there = client
            .is_some_and(|client| self.delivery.is_connected(client) && !client.lost_its_cookie);
        let Some(session) = self.delivery.server.session(&seen.0) else { return true };
        self.has_connected(seen) || (session.held.is_none() && !is_there)
    }

    fn has_connected(&self, (client, connects): &Seen) -> bool {
        let session = self.delivery.server.session(client);
        session.is_some_and(|session| session.connects > *connects)
    }

    /// Writes a remark on a living client into the timeline.
    pub(crate) fn remark_on(&mut self, client: &str, remark: &str, now: Duration) {
        let owner = self.delivery.server.session(client).map(|session| session.owner.clone());
        if let Some(owner) = owner {
            self.remark(&owner, remark, now);
        }
    }

    /// Has the caller pause or resume the clock after the change.
    pub(crate) fn command_clock(&mut self, command: ClockCommand) {
        self.clock = Some(command);
    }
}
