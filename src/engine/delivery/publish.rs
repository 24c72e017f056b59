//! Publishing: from the world's notifications to the clients, what injected faults do with events, and the receipts.
//!
//! Rules: bayeux-not-subscribed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::answer::{BayeuxReply, Instruction};
use crate::bayeux::channel;
use crate::bayeux::event::event_of;
use crate::bayeux::io::{Loss, Lost};
use crate::bayeux::session::{ClientId, InjectedAdvice, ReleaseReason, Session};
use crate::engine::delivery::Delivery;
use crate::engine::delivery::push_client::{Carrier, PushClient};
use crate::engine::delivery::push_faults::{ClientFault, EventFault, HandshakeFault, PushFault};
use crate::engine::log::Log;
use crate::engine::log::timeline::{EntryKind, Notified, Receipt, Timeline};
use crate::error::Error;
use crate::gws::notification::{Notification, TOPIC};
use crate::gws::world::World;
use crate::rules::{Violation, rule};

/// The other parts of the engine that publishing touches: the log, and the users of the world for their names.
pub(crate) struct Book<'e> {
    pub(crate) log: &'e mut Log,
    pub(crate) world: &'e World,
    pub(crate) now: Duration,
}

impl Book<'_> {
    /// Puts a notification into the timeline; returns the number of its entry.
    fn record(&mut self, notified: Notified) -> u64 {
        let user = notified.to.as_deref().map(|user| self.world.name(user));
        let number = self.log.timeline.push(self.now, user, EntryKind::Notification(notified));
        self.log.show(number);
        number
    }

    /// Writes a remark about the user of that id.
    pub(super) fn remark(&mut self, user: &str, remark: &str) {
        self.log.remark(Some(self.world.name(user)), remark, self.now);
    }
}

/// The clients that an event of a test's own reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The clients that have subscribed.
    Subscribed,
    All,
}

impl Delivery {
    /// Injects a fault for the user of that id.
    pub(crate) fn inject(&mut self, book: &mut Book<'_>, user: &str, fault: PushFault) {
        let name = book.world.name(user);
        book.log.timeline.record_fault(book.now, name.clone(), fault);
        self.faults.inject(user.to_owned(), name, fault);
        if let PushFault::Client(at_once) = fault {
            self.trigger_at_once(book, user, at_once);
        }
    }

    /// Sends an event of a test's own to the clients of the user of that id, or of everybody; returns to how many.
    pub(crate) fn send(
        &mut self,
        book: &mut Book<'_>,
        user: Option<&str>,
        channel: &str,
        data: &Value,
        reach: Reach,
    ) -> Result<usize, Error> {
        let broadcast = channel::parse(channel)
            .filter(|channel| channel::is_broadcast(channel) && !channel::is_pattern(channel));
        let Some(channel) = broadcast.map(str::to_owned) else {
            return Err(Error::new(format!("channel: got {channel:?}, want a broadcast channel")));
        };
        let notified = Notified::new(user.map(str::to_owned), channel, data);
        let number = match reach {
            Reach::All => self.deliver(book, notified),
            Reach::Subscribed => self.publish_one(book, notified),
        };
        Ok(book.log.timeline.notified(number).map_or(0, |notification| notification.receipts.len()))
    }

    /// Lets the notifications of a ticket go out, and with them those that waited for it; returns the numbers of their
    /// entries.
    pub(crate) fn release(&mut self, book: &mut Book<'_>, ticket: u64) -> Vec<u64> {
        let notifications = self.order.release(ticket);
        self.publish(book, notifications)
    }

    /// Publishes a world's notifications, and applies the push faults; returns the numbers of their entries.
    pub(crate) fn publish(
        &mut self,
        book: &mut Book<'_>,
        notifications: Vec<Notification>,
    ) -> Vec<u64> {
        let mut numbers = Vec::new();
        for Notification { number, user, channel, kind, data, .. } in notifications {
            let event = event_of(channel, &data);
            let notified = Notified {
                number: Some(number),
                kind: Some(kind),
                ..Notified::of(Some(user), channel.to_owned(), event)
            };
            self.publish_or_fault(book, notified, &mut numbers);
        }
        numbers
    }

    /// Publishes one notification, or applies the fault that the test has injected.
    pub(crate) fn publish_or_fault(
        &mut self,
        book: &mut Book<'_>,
        notified: Notified,
        numbers: &mut Vec<u64>,
    ) {
        let Some(user) = notified.to.clone() else {
            return numbers.push(self.publish_one(book, notified));
        };
        if self.withheld.reordered.contains_key(&user) {
            // It is the second of two that change places; the next fault is for the one behind it.
            numbers.push(self.publish_one(book, notified));
            return self.publish_reordered(book, &user, numbers);
        }
        let Some(fault) = self.faults.next_event(&user) else {
            numbers.push(self.publish_one(book, notified));
            return self.publish_reordered(book, &user, numbers);
        };
        let notified = Notified { fault: Some(PushFault::Event(fault)), ..notified };
        match fault {
            EventFault::Lose | EventFault::Never => numbers.push(book.record(notified)),
            EventFault::Duplicate => {
                let channel = notified.channel.clone();
                let event = Arc::clone(&notified.event);
                let number = self.publish_one(book, notified);
                let again = self.server.publish(Some(&user), &channel, &event, number);
                self.wake(again.wake);
                numbers.push(number);
            }
            EventFault::Delay(by) => {
                self.withheld.delayed.push((book.now.saturating_add(by), notified));
            }
            EventFault::OnSubscribe => {
                self.withheld.on_subscribe.entry(user.clone()).or_default().push(notified);
            }
            EventFault::Reorder => {
                self.withheld.reordered.insert(user, notified);
                return;
            }
        }
        self.publish_reordered(book, &user, numbers);
    }

    /// Publishes the event that was to come after the one before.
    fn publish_reordered(&mut self, book: &mut Book<'_>, user: &str, numbers: &mut Vec<u64>) {
        if let Some(earlier) = self.withheld.reordered.remove(user) {
            numbers.push(self.publish_one(book, earlier));
        }
    }

    /// Does to the clients of a user what was ordered; with no client it has not happened.
    fn trigger_at_once(&mut self, book: &mut Book<'_>, user: &str, fault: ClientFault) {
        let clients = match fault {
            ClientFault::Forget => self.server.forget(user),
            ClientFault::Disconnect => self.server.disconnect_all(user),
            ClientFault::FailConnect => self.server.let_go(user, ReleaseReason::Failed, book.now),
            ClientFault::CutConnect => self.server.let_go(user, ReleaseReason::Cut, book.now),
            ClientFault::AdviseNone => self.server.advise_all(user, InjectedAdvice::None),
            ClientFault::AdviseInterval(interval) => {
                self.server.advise_all(user, InjectedAdvice::Interval(interval))
            }
        };
        if clients.is_empty() {
            return;
        }
        self.faults.triggers(user, PushFault::Client(fault));
        book.remark(user, PushFault::Client(fault).outcome());
        self.wake(clients);
    }

    /// Tells if that fault triggers for a handshake of that user now, and counts it.
    pub(crate) fn handshake_fault(
        &mut self,
        book: &mut Book<'_>,
        user: &str,
        fault: HandshakeFault,
    ) -> bool {
        let fault = PushFault::Handshake(fault);
        let happens = self.faults.triggers(user, fault);
        if happens {
            book.remark(user, fault.outcome());
        }
        happens
    }

    /// An answer could not be written: its events are lost, or wait again.
    pub(crate) fn unwritten(&mut self, answer: BayeuxReply, carrier: u64) {
        let wake = self.server.unwritten(answer, carrier);
        self.wake(wake);
    }

    /// Publishes the delayed events whose time has come.
    pub(crate) fn publish_due(&mut self, book: &mut Book<'_>) {
        let delayed = std::mem::take(&mut self.withheld.delayed);
        let (due, later): (Vec<_>, Vec<_>) =
            delayed.into_iter().partition(|(at, _)| *at <= book.now);
        self.withheld.delayed = later;
        for (_, notified) in due {
            self.publish_one(book, notified);
        }
    }

    /// Publishes one notification; returns the number of its entry.
    pub(crate) fn publish_one(&mut self, book: &mut Book<'_>, notified: Notified) -> u64 {
        let unheard = not_subscribed(self, &notified);
        let label = book.record(notified);
        let Some(entry) = book.log.timeline.entry_mut(label) else { return label };
        entry.violations.extend(unheard);
        if let EntryKind::Notification(Notified { to, channel, event, receipts, .. }) =
            &mut entry.what
        {
            let published = self.server.publish(to.as_deref(), channel, event, label);
            *receipts = Receipt::of(published.clients);
            self.wake(published.wake);
        }
        label
    }

    /// Sends an event to every client of a user, whether it has subscribed or not: CometD's `deliver` (wire). Returns the
    /// number of its entry.
    pub(crate) fn deliver(&mut self, book: &mut Book<'_>, notified: Notified) -> u64 {
        let clients = match &notified.to {
            Some(user) => self.server.clients_of(user),
            None => self.server.sessions().map(|(client, _)| client.clone()).collect(),
        };
        let event = Arc::clone(&notified.event);
        let receipts = Receipt::of(clients.clone());
        let label = book.record(Notified { receipts, ..notified });
        clients.iter().for_each(|client| self.server.deliver(client, &event, label));
        self.wake(clients);
        label
    }

    /// A client of that user subscribes: what was kept for its answer is on its way.
    pub(crate) fn deliver_on_subscribe(&mut self, book: &mut Book<'_>, user: &str, client: &str) {
        for notified in self.withheld.on_subscribe.remove(user).unwrap_or_default() {
            let event = Arc::clone(&notified.event);
            let receipts = Receipt::of(vec![client.into()]);
            let label = book.record(Notified { receipts, ..notified });
            self.server.deliver(client, &event, label);
            // It leaves with the answer that is about to be made, unless events leave with those to connects only.
            self.wake(vec![client.into()]);
        }
    }

    /// An answer that says so has been written to that client.
    pub(crate) fn instructed(
        &mut self,
        instructions: &[(ClientId, Instruction)],
        carrier: Carrier,
    ) {
        for (client, instruction) in instructions {
            if let Some(client) = self.clients.get_mut(client) {
                client.instruct(*instruction, carrier);
            }
        }
    }

    /// Puts into the timeline which events were lost.
    pub(crate) fn name_losses(&mut self, book: &mut Book<'_>) {
        for Lost { client, label, how } in self.server.take_lost() {
            let notified = book.log.timeline.notified_mut(label);
            let Some(receipt) = notified.and_then(|notification| notification.receipt_mut(&client))
            else {
                continue;
            };
            if matches!(how, Loss::Unwritten(_)) {
                receipt.delivered = None;
                receipt.acknowledged = None;
            }
            if receipt.delivered.is_none() {
                receipt.lost = Some((book.now, how));
                book.log.show(label);
                if how == Loss::QueueFull {
                    self.blame_for_not_collecting(book, label, &client);
                }
            }
        }
    }

    /// A client has not connected for so long that an event had no room.
    fn blame_for_not_collecting(&self, book: &mut Book<'_>, label: u64, client: &str) {
        let limit = self.server.max_queue().expect("a queue that is full has a limit");
        let got = format!("{limit} events that wait for the client {client} already");
        let broken = const { rule("bayeux-queue") };
        let violation = Violation::new(broken, "the queue of a client", got, "one with room");
        let hint = "connect again after each answer, or let more wait: builder().max_queue(..)";
        if let Some(entry) = book.log.timeline.entry_mut(label) {
            entry.violations.push(violation.hint(hint));
        }
    }

    /// The socket took the last byte of an answer with these events.
    pub(crate) fn delivered(&mut self, book: &mut Book<'_>, events: &[(ClientId, u64)]) {
        for (client, label) in events {
            let Some(notified) = book.log.timeline.notified_mut(*label) else { continue };
            if let Some(receipt) = notified.receipt_mut(client) {
                if receipt.delivered.is_some() {
                    receipt.again += 1;
                }
                receipt.delivered.get_or_insert(book.now);
                // It was on its way when its client ended, and has arrived.
                receipt.lost = receipt.lost.filter(|(_, how)| matches!(how, Loss::Unwritten(_)));
            }
        }
    }

    /// A client's connect showed that these events had arrived.
    pub(crate) fn acknowledged(&mut self, book: &mut Book<'_>, events: &[(ClientId, u64)]) {
        for (client, label) in events {
            let Some(notified) = book.log.timeline.notified_mut(*label) else { continue };
            let number = notified.number;
            let receipt = notified.receipt_mut(client);
            if let Some(receipt) = receipt.filter(|receipt| receipt.lost.is_none()) {
                if let Some(client) = self.clients.get_mut(client) {
                    client.acknowledged_to = client.acknowledged_to.max(number);
                }
                receipt.delivered.get_or_insert(book.now);
                receipt.acknowledged.get_or_insert(book.now);
            }
        }
    }

    /// Tells if a client whose HTTP sessions these are is known to have been told a notification.
    pub(crate) fn knows(
        &self,
        timeline: &Timeline,
        is_own: impl Fn(&str) -> bool,
        notification: u64,
    ) -> bool {
        self.is_told(timeline, notification, |client| {
            client.http_session.as_deref().is_some_and(&is_own)
        })
    }

    /// Tells if any client of a user is known to have been told a notification.
    pub(crate) fn user_knows(&self, timeline: &Timeline, user: &str, notification: u64) -> bool {
        self.is_told(timeline, notification, |client| client.owner == user)
    }

    fn is_told(
        &self,
        timeline: &Timeline,
        notification: u64,
        is_meant: impl Fn(&PushClient) -> bool,
    ) -> bool {
        let mut notifications = timeline.notifications();
        let Some((_, found)) =
            notifications.rfind(|(_, notified)| notified.number == Some(notification))
        else {
            // The timeline has dropped it: whoever has been given it, or a later one, was carrier.
            return self
                .clients
                .values()
                .any(|client| is_meant(client) && client.acknowledged_to >= Some(notification));
        };
        found
            .receipts
            .iter()
            .filter(|receipt| receipt.acknowledged.is_some())
            .any(|receipt| self.clients.get(&receipt.client).is_some_and(&is_meant))
    }
}

/// An event of an SMS session that finds nobody who has subscribed, though its user has a client. It is a note where no client
/// wants events now.
fn not_subscribed(delivery: &Delivery, notified: &Notified) -> Option<Violation> {
    if notified.channel != TOPIC {
        return None;
    }
    let user = notified.to.as_deref()?;
    let sessions = || {
        delivery
            .server
            .sessions()
            .map(|(_, session)| session)
            .filter(|session| *session.owner == *user)
    };
    sessions().next()?;
    if sessions().any(|session| session.covers(TOPIC)) {
        return None;
    }
    let patterns: Vec<&str> = sessions().flat_map(Session::subscriptions).collect();
    let got = match patterns.as_slice() {
        [] => "no subscription".to_owned(),
        some => format!("subscriptions to {}", some.join(", ")),
    };
    let broken = const { rule("bayeux-not-subscribed") };
    let want = format!("a subscription that covers {TOPIC}");
    let violation = Violation::new(broken, "subscriptions of the user's clients", got, want)
        .hint("subscribe to /v2/me/smssessions or /v2/me/* before anything happens; the test waits with subscribed(..)");
    // A client that has only shaken hands may be about to subscribe, and one that has unsubscribed is about to leave.
    let wants_none = |session: &Session| !session.connected || session.has_unsubscribed(TOPIC);
    Some(if sessions().all(wants_none) { violation.note() } else { violation })
}
