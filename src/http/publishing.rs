//! From the world's notifications to the clients: publishing, what faults do with events, and the receipts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::{ClientFault, EventFault, Fault};
use crate::gws::notification::Notification;
use crate::http::runtime::runtime;
use crate::http::shared::{Shared, State};
use crate::http::waiting::until_moment;
use crate::timeline::{Notified, Receipt, What};

/// Events that are on their way to nobody yet, because a fault was ordered.
#[derive(Debug, Default)]
pub(crate) struct Withheld {
    /// With the moments at which they are published.
    delayed: Vec<(Duration, Notified)>,
    /// By user, the event that is published after the next one.
    reordered: BTreeMap<String, Notified>,
    /// Whether somebody waits for the moments of the delayed ones.
    watched: bool,
}

impl Withheld {
    /// When the next delayed event is published.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.delayed.iter().map(|(at, _)| *at).min()
    }
}

/// Orders a fault for the user of that id.
pub(crate) fn order(shared: &Arc<Shared>, user: &str, fault: Fault) {
    let delays = matches!(fault, Fault::Event(EventFault::Delay(_)));
    let watched = shared.change(|state| {
        let name = state.world.name(user);
        state.faults.order(user.to_owned(), name, fault);
        if let Fault::Client(at_once) = fault {
            state.happen_at_once(user, at_once, shared.clock.now());
        }
        delays && std::mem::replace(&mut state.withheld.watched, true)
    });
    if delays && !watched {
        publish_delayed(shared);
    }
}

/// Publishes delayed events when their time comes, until the fake is gone.
fn publish_delayed(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    runtime().spawn(async move {
        let mut changes = shared.changes();
        while !shared.is_closed() {
            changes.mark_unchanged();
            let due = shared.look(|state| state.withheld.next_due());
            let moment = async {
                match due {
                    Some(due) => until_moment(&shared, due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = moment => {
                    let now = shared.clock.now();
                    shared.change(|state| state.publish_due(now));
                }
                _ = changes.changed() => {}
            }
        }
    });
}

impl State {
    /// Lets the notifications of a ticket go out, and with them those that waited for it; returns the numbers of their
    /// entries.
    pub(crate) fn release(&mut self, ticket: u64, now: Duration) -> Vec<u64> {
        let notifications = self.outgoing.release(ticket);
        self.publish(notifications, now)
    }

    /// Publishes a world's notifications, as far as no fault was ordered; returns the numbers of their entries.
    fn publish(&mut self, notifications: Vec<Notification>, now: Duration) -> Vec<u64> {
        let mut numbers = Vec::new();
        for Notification { number, user, channel, kind, data } in notifications {
            let (channel, kind, receipts) = (channel.to_owned(), Some(kind), Vec::new());
            let (number, to) = (Some(number), Some(user));
            let notified = Notified { number, to, channel, kind, data, receipts, fault: None };
            self.publish_or_fail(notified, now, &mut numbers);
        }
        numbers
    }

    /// Publishes one notification, or does with it what the test has ordered.
    fn publish_or_fail(&mut self, notified: Notified, now: Duration, numbers: &mut Vec<u64>) {
        let user = notified.to.clone().unwrap_or_default();
        let Some(fault) = self.faults.next_event(&user) else {
            numbers.push(self.publish_one(notified, now));
            return self.publish_reordered(&user, now, numbers);
        };
        let notified = Notified { fault: Some(Fault::Event(fault)), ..notified };
        match fault {
            EventFault::Lose | EventFault::Never => numbers.push(self.lose(notified, now)),
            EventFault::Duplicate => {
                let (channel, data) = (notified.channel.clone(), notified.data.clone());
                let number = self.publish_one(notified, now);
                let again = self.push.publish(Some(&user), &channel, &data, number);
                self.wake(&again.wake);
                numbers.push(number);
            }
            EventFault::Delay(by) => {
                self.withheld.delayed.push((now.saturating_add(by), notified));
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
            ClientFault::FailConnect => self.push.fail_held(user, now),
        };
        if clients.is_empty() {
            return;
        }
        self.faults.happened(user, fault);
        self.remark(user, Fault::Client(fault).outcome(), now);
        self.wake(&clients);
    }

    /// Puts into the time line what no client is sent.
    fn lose(&mut self, notified: Notified, now: Duration) -> u64 {
        let user = notified.to.as_deref().map(|user| self.world.name(user));
        let number = self.timeline.push(now, user, What::Notification(notified));
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
        let Notified { to, channel, data, .. } = &notified;
        let user = to.as_deref().map(|user| self.world.name(user));
        let (to, channel, data) = (to.clone(), channel.clone(), data.clone());
        let label = self.timeline.push(now, user, What::Notification(notified));
        let published = self.push.publish(to.as_deref(), &channel, &data, label);
        if let Some(notified) = self.timeline.notified_mut(label) {
            let receipt = |client| Receipt { client, delivered: None, acknowledged: None };
            notified.receipts = published.clients.into_iter().map(receipt).collect();
        }
        self.wake(&published.wake);
        self.show(label);
        label
    }

    /// The socket took the last byte of an answer with these events.
    pub(crate) fn delivered(&mut self, events: &[(String, u64)], now: Duration) {
        for (client, label) in events {
            let notified = self.timeline.notified_mut(*label);
            if let Some(receipt) = notified.and_then(|it| it.receipt_mut(client)) {
                receipt.delivered.get_or_insert(now);
            }
        }
    }

    /// A client's connect showed that these events had arrived.
    pub(crate) fn acknowledged(&mut self, events: &[(String, u64)], now: Duration) {
        for (client, label) in events {
            let notified = self.timeline.notified_mut(*label);
            if let Some(receipt) = notified.and_then(|it| it.receipt_mut(client)) {
                receipt.delivered.get_or_insert(now);
                receipt.acknowledged.get_or_insert(now);
            }
        }
    }

    /// Whether that client of the REST side is known to have been told that notification.
    pub(crate) fn knows(&self, http_session: &str, notification: u64) -> bool {
        let mut told = self.timeline.notifications();
        let Some((_, told)) = told.find(|(_, told)| told.number == Some(notification)) else {
            return false;
        };
        told.receipts.iter().filter(|receipt| receipt.acknowledged.is_some()).any(|receipt| {
            let client = self.push_clients.get(&receipt.client);
            client.is_some_and(|client| client.http_session.as_deref() == Some(http_session))
        })
    }
}
