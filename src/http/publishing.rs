//! From the world's notifications to the clients: publishing, what faults do with events, and the receipts.
//!
//! Rules: bayeux-not-subscribed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::answer::{BayeuxReply, Instruction};
use crate::bayeux::channel;
use crate::bayeux::event::event_of;
use crate::bayeux::io::{Loss, Lost};
use crate::bayeux::session::{ClientId, InjectedAdvice, ReleaseReason, Session};
use crate::error::Error;
use crate::gws::notification::{Notification, TOPIC};
use crate::http::push_client::Sent;
use crate::http::shared::{Shared, State};
use crate::http::wait::whenever_due;
use crate::push_fault::{ClientFault, EventFault, HandshakeFault, PushFault};
use crate::rules::{Violation, rule};
use crate::timeline::{EntryKind, Notified, Receipt};

/// Events that are on their way to nobody yet, because a fault was ordered.
#[derive(Debug, Default)]
pub(crate) struct Withheld {
    /// With the moments at which they are published.
    delayed: Vec<(Duration, Notified)>,
    /// By user, the event that is published after the next one.
    reordered: BTreeMap<String, Notified>,
    /// By user, the events that go with the answer to a subscribe.
    on_subscribe: BTreeMap<String, Vec<Notified>>,
    /// Whether somebody waits for the moments of the delayed ones.
    watched: bool,
}

impl Withheld {
    /// What is held by then: the user's id, the fault and the channel. What waits for something that did not come first.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&str, PushFault, &str)> {
        let reordered = self.reordered.values();
        let on_subscribe = self.on_subscribe.values().flatten();
        let delayed = self.delayed.iter().map(|(_, notified)| notified);
        reordered.chain(on_subscribe).chain(delayed).filter_map(|notified| {
            let Notified { to, fault, channel, .. } = notified;
            Some((to.as_deref().unwrap_or_default(), (*fault)?, channel.as_str()))
        })
    }

    /// When the next delayed event is published.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.delayed.iter().map(|(at, _)| *at).min()
    }
}

/// Orders a fault for the user of that id.
pub(crate) fn inject(shared: &Arc<Shared>, user: &str, fault: PushFault) {
    let delays = matches!(fault, PushFault::Event(EventFault::Delay(_)));
    let watched = shared.change(|state| {
        let (name, now) = (state.world.name(user), shared.clock.now());
        state.timeline.record_fault(now, name.clone(), fault);
        state.faults.inject(user.to_owned(), name, fault);
        if let PushFault::Client(at_once) = fault {
            state.happen_at_once(user, at_once, now);
        }
        delays && std::mem::replace(&mut state.withheld.watched, true)
    });
    if delays && !watched {
        whenever_due(
            shared,
            |state| state.withheld.next_due(),
            |shared, now| shared.change(|state| state.publish_due(now)),
        );
    }
}

/// Whom an event of a test's own reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Who has subscribed.
    Subscribed,
    All,
}

/// Sends an event of a test's own to the clients of the user of that id, or of everybody; returns to how many.
pub(crate) fn tell(
    shared: &Shared,
    user: Option<&str>,
    channel: &str,
    data: &Value,
    reach: Reach,
) -> Result<usize, Error> {
    let broadcast =
        channel::parse(channel).filter(|it| channel::is_broadcast(it) && !channel::is_pattern(it));
    let Some(channel) = broadcast.map(str::to_owned) else {
        return Err(Error::new(format!("channel: got {channel:?}, want a broadcast channel")));
    };
    let notified = Notified::new(user.map(str::to_owned), channel, data);
    shared.change(|state| {
        let number = match reach {
            Reach::All => state.deliver(notified, shared.clock.now()),
            Reach::Subscribed => state.publish_one(notified, shared.clock.now()),
        };
        Ok(state.timeline.notified(number).map_or(0, |it| it.receipts.len()))
    })
}

impl State {
    /// Lets the notifications of a ticket go out, and with them those that waited for it; returns the numbers of their
    /// entries.
    pub(crate) fn release(&mut self, ticket: u64, now: Duration) -> Vec<u64> {
        let notifications = self.outgoing.release(ticket);
        self.publish(notifications, now)
    }

    /// Publishes what is still on its way, before somebody looks: whoever has read an answer may look before the fake has
    /// learnt that the socket took it.
    pub(crate) fn settle(&mut self, now: Duration) {
        let notifications = self.outgoing.release_all();
        self.publish(notifications, now);
        self.name_losses(now);
    }

    /// Publishes a world's notifications, as far as no fault was ordered; returns the numbers of their entries.
    fn publish(&mut self, notifications: Vec<Notification>, now: Duration) -> Vec<u64> {
        let mut numbers = Vec::new();
        for Notification { number, user, channel, kind, data, .. } in notifications {
            let event = event_of(channel, &data);
            let (number, to, kind) = (Some(number), Some(user), Some(kind));
            let notified = Notified { number, kind, ..Notified::of(to, channel.to_owned(), event) };
            self.publish_or_fail(notified, now, &mut numbers);
        }
        numbers
    }

    /// Publishes one notification, or does with it what the test has ordered.
    pub(crate) fn publish_or_fail(
        &mut self,
        notified: Notified,
        now: Duration,
        numbers: &mut Vec<u64>,
    ) {
        let user = notified.to.clone().unwrap_or_default();
        if self.withheld.reordered.contains_key(&user) {
            // It is the second of two that change places; the next fault is for the one behind it.
            numbers.push(self.publish_one(notified, now));
            return self.publish_reordered(&user, now, numbers);
        }
        let Some(fault) = self.faults.next_event(&user) else {
            numbers.push(self.publish_one(notified, now));
            return self.publish_reordered(&user, now, numbers);
        };
        let notified = Notified { fault: Some(PushFault::Event(fault)), ..notified };
        match fault {
            EventFault::Lose | EventFault::Never => numbers.push(self.record(notified, now)),
            EventFault::Duplicate => {
                let (channel, event) = (notified.channel.clone(), Arc::clone(&notified.event));
                let number = self.publish_one(notified, now);
                let again = self.push.publish(Some(&user), &channel, &event, number);
                self.wake(again.wake);
                numbers.push(number);
            }
            EventFault::Delay(by) => {
                self.withheld.delayed.push((now.saturating_add(by), notified));
            }
            EventFault::OnSubscribe => {
                self.withheld.on_subscribe.entry(user.clone()).or_default().push(notified);
            }
            EventFault::Reorder => {
                self.withheld.reordered.insert(user, notified);
                return;
            }
        }
        self.publish_reordered(&user, now, numbers);
    }

    /// Publishes the event that was to come after the one before.
    fn publish_reordered(&mut self, user: &str, now: Duration, numbers: &mut Vec<u64>) {
        if let Some(earlier) = self.withheld.reordered.remove(user) {
            numbers.push(self.publish_one(earlier, now));
        }
    }

    /// Does to the clients of a user what was ordered; with no client it has not happened.
    fn happen_at_once(&mut self, user: &str, fault: ClientFault, now: Duration) {
        let clients = match fault {
            ClientFault::Forget => self.push.forget(user),
            ClientFault::Disconnect => self.push.disconnect_all(user),
            ClientFault::FailConnect => self.push.let_go(user, ReleaseReason::Failed, now),
            ClientFault::CutConnect => self.push.let_go(user, ReleaseReason::Cut, now),
            ClientFault::AdviseNone => self.push.advise_all(user, InjectedAdvice::None),
            ClientFault::AdviseInterval(interval) => {
                self.push.advise_all(user, InjectedAdvice::Interval(interval))
            }
        };
        if clients.is_empty() {
            return;
        }
        self.faults.triggers(user, PushFault::Client(fault));
        self.remark(user, PushFault::Client(fault).outcome(), now);
        self.wake(clients);
    }

    /// Whether that is to happen to a handshake of that user now.
    pub(crate) fn handshake_fault(
        &mut self,
        user: &str,
        fault: HandshakeFault,
        now: Duration,
    ) -> bool {
        let fault = PushFault::Handshake(fault);
        let happens = self.faults.triggers(user, fault);
        if happens {
            self.remark(user, fault.outcome(), now);
        }
        happens
    }

    /// An answer could not be written: its events are lost, or wait again.
    pub(crate) fn unwritten(&mut self, answer: BayeuxReply, carrier: u64) {
        let wake = self.push.unwritten(answer, carrier);
        self.wake(wake);
    }

    /// Puts a notification into the timeline.
    fn record(&mut self, notified: Notified, now: Duration) -> u64 {
        let user = notified.to.as_deref().map(|user| self.world.name(user));
        let number = self.timeline.push(now, user, EntryKind::Notification(notified));
        self.show(number);
        number
    }

    /// Publishes the delayed events whose time has come.
    pub(crate) fn publish_due(&mut self, now: Duration) {
        let delayed = std::mem::take(&mut self.withheld.delayed);
        let (due, later): (Vec<_>, Vec<_>) = delayed.into_iter().partition(|(at, _)| *at <= now);
        self.withheld.delayed = later;
        for (_, notified) in due {
            self.publish_one(notified, now);
        }
    }

    /// Publishes one notification; returns the number of its entry.
    pub(crate) fn publish_one(&mut self, notified: Notified, now: Duration) -> u64 {
        let unheard = not_subscribed(self, &notified);
        let label = self.record(notified, now);
        let Some(entry) = self.timeline.entry_mut(label) else { return label };
        entry.violations.extend(unheard);
        if let EntryKind::Notification(Notified { to, channel, event, receipts, .. }) =
            &mut entry.what
        {
            let published = self.push.publish(to.as_deref(), channel, event, label);
            *receipts = Receipt::of(published.clients);
            self.wake(published.wake);
        }
        label
    }

    /// Sends an event to every client of a user, whether it has subscribed or not: CometD's `deliver` (wire). Returns the
    /// number of its entry.
    pub(crate) fn deliver(&mut self, notified: Notified, now: Duration) -> u64 {
        let user = notified.to.clone().unwrap_or_default();
        let clients = self.push.clients_of(&user);
        let event = Arc::clone(&notified.event);
        let receipts = Receipt::of(clients.clone());
        let label = self.record(Notified { receipts, ..notified }, now);
        clients.iter().for_each(|client| self.push.deliver(client, &event, label));
        self.wake(clients);
        label
    }

    /// A client of that user subscribes: what was kept for its answer is on its way.
    pub(crate) fn deliver_on_subscribe(&mut self, user: &str, client: &str, now: Duration) {
        for notified in self.withheld.on_subscribe.remove(user).unwrap_or_default() {
            let event = Arc::clone(&notified.event);
            let receipts = Receipt::of(vec![client.into()]);
            let label = self.record(Notified { receipts, ..notified }, now);
            self.push.deliver(client, &event, label);
            // It leaves with the answer that is about to be made, unless events leave with those to connects only.
            self.wake(vec![client.into()]);
        }
    }

    /// An answer that says so has been written to that client.
    pub(crate) fn told(&mut self, told: &[(ClientId, Instruction)], sent: &Sent) {
        for (client, told) in told {
            if let Some(client) = self.push_clients.get_mut(client) {
                client.told(*told, sent.clone());
            }
        }
    }

    /// Puts into the timeline which events were lost.
    pub(crate) fn name_losses(&mut self, now: Duration) {
        for Lost { client, label, how } in self.push.take_lost() {
            let notified = self.timeline.notified_mut(label);
            let Some(receipt) = notified.and_then(|it| it.receipt_mut(&client)) else { continue };
            if matches!(how, Loss::Unwritten(_)) {
                receipt.delivered = None;
                receipt.acknowledged = None;
            }
            if receipt.delivered.is_none() {
                receipt.lost = Some((now, how));
                self.show(label);
                if how == Loss::QueueFull {
                    self.blame_for_not_collecting(label, &client);
                }
            }
        }
    }

    /// A client has not connected for so long that an event had no room.
    fn blame_for_not_collecting(&mut self, label: u64, client: &str) {
        let limit = self.push.max_queue().unwrap_or_default();
        let got = format!("{limit} events that wait for the client {client} already");
        let broken = const { rule("bayeux-queue") };
        let violation = Violation::new(broken, "the queue of a client", got, "one with room");
        let hint = "connect again after each answer, or let more wait: builder().max_queue(..)";
        if let Some(entry) = self.timeline.entry_mut(label) {
            entry.violations.push(violation.hint(hint));
        }
    }

    /// The socket took the last byte of an answer with these events.
    pub(crate) fn delivered(&mut self, events: &[(ClientId, u64)], now: Duration) {
        for (client, label) in events {
            let Some(notified) = self.timeline.notified_mut(*label) else { continue };
            let number = notified.number;
            if let Some(receipt) = notified.receipt_mut(client) {
                if let Some(client) = self.push_clients.get_mut(client) {
                    client.given_up_to = client.given_up_to.max(number);
                }
                receipt.delivered.get_or_insert(now);
                // It was on its way when its client ended, and has arrived.
                receipt.lost = receipt.lost.filter(|(_, how)| matches!(how, Loss::Unwritten(_)));
            }
        }
    }

    /// A client's connect showed that these events had arrived.
    pub(crate) fn acknowledged(&mut self, events: &[(ClientId, u64)], now: Duration) {
        for (client, label) in events {
            let notified = self.timeline.notified_mut(*label);
            let receipt = notified.and_then(|it| it.receipt_mut(client));
            if let Some(receipt) = receipt.filter(|receipt| receipt.lost.is_none()) {
                receipt.delivered.get_or_insert(now);
                receipt.acknowledged.get_or_insert(now);
            }
        }
    }

    /// Whether that client of the REST side has been given a notification that the timeline has dropped: that one, or a later
    /// one.
    fn has_read_beyond(&self, http_session: &str, notification: u64) -> bool {
        self.push_clients.values().any(|client| {
            client.http_session.as_deref() == Some(http_session)
                && client.given_up_to >= Some(notification)
        })
    }

    /// Whether that client of the REST side is known to have been told that notification.
    pub(crate) fn knows(&self, http_session: &str, notification: u64) -> bool {
        let mut told = self.timeline.notifications();
        let Some((_, told)) = told.rfind(|(_, told)| told.number == Some(notification)) else {
            return self.has_read_beyond(http_session, notification);
        };
        told.receipts.iter().filter(|receipt| receipt.acknowledged.is_some()).any(|receipt| {
            let client = self.push_clients.get(&receipt.client);
            client.is_some_and(|client| client.http_session.as_deref() == Some(http_session))
        })
    }
}

/// Whether an event of an SMS session finds nobody who has subscribed, though a client of its user has connected. One that
/// has only shaken hands may be about to subscribe: then it is a note.
fn not_subscribed(state: &State, notified: &Notified) -> Option<Violation> {
    let user = notified.to.as_deref().filter(|_| notified.channel == TOPIC)?;
    let sessions = || state.push.sessions().map(|(_, it)| it).filter(|it| *it.owner == *user);
    sessions().next()?;
    if sessions().any(|session| session.covers(TOPIC)) {
        return None;
    }
    let patterns = sessions().flat_map(Session::subscriptions);
    let patterns: Vec<&str> = patterns.collect();
    let got = match patterns.as_slice() {
        [] => "no subscription".to_owned(),
        some => format!("subscriptions to {}", some.join(", ")),
    };
    let broken = const { rule("bayeux-not-subscribed") };
    let want = format!("a subscription that covers {TOPIC}");
    let violation = Violation::new(broken, "subscriptions of the user's clients", got, want)
        .hint("subscribe to /v2/me/smssessions or /v2/me/* before anything happens; the test waits with subscribed(..)");
    let connected = sessions().any(|session| session.connected);
    Some(if connected { violation } else { violation.note() })
}
