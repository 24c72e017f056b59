//! Notifications on their way out: in the order in which the world made them, each not before its request's answer.
//!
//! Two requests that are answered at the same moment on two connections finish in any order. What the world tells of them
//! keeps its own: otherwise a client would see indices go back.

use std::collections::VecDeque;

use crate::gws::notification::Notification;

/// The notifications that wait to be published, in order.
#[derive(Debug, Default)]
pub(crate) struct DeliveryOrder {
    waiting: VecDeque<PendingNotifications>,
    last_ticket: u64,
}

#[derive(Debug)]
struct PendingNotifications {
    ticket: u64,
    released: bool,
    notifications: Vec<Notification>,
}

impl DeliveryOrder {
    /// Takes the notifications of one request; they go out after those that were taken before, once the ticket is released.
    pub(crate) fn take(&mut self, notifications: Vec<Notification>) -> u64 {
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        self.waiting.push_back(PendingNotifications { ticket, released: false, notifications });
        ticket
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Tells if the notification of that number waits.
    pub(crate) fn has(&self, number: u64) -> bool {
        let mut waiting = self.waiting.iter().flat_map(|waiting| &waiting.notifications);
        waiting.any(|notification| notification.number == number)
    }

    /// The ids of the users whom the notifications of a ticket tell.
    pub(crate) fn users(&self, ticket: u64) -> impl Iterator<Item = &str> {
        let of_ticket = self.waiting.iter().filter(move |waiting| waiting.ticket == ticket);
        let notifications = of_ticket.flat_map(|of_ticket| &of_ticket.notifications);
        notifications.map(|notification| notification.user.as_str())
    }

    /// Releases every ticket: each is of a request that has been answered. Returns all.
    pub(crate) fn release_all(&mut self) -> Vec<Notification> {
        self.waiting.drain(..).flat_map(|waiting| waiting.notifications).collect()
    }

    /// Releases a ticket; returns all that may go out now.
    pub(crate) fn release(&mut self, ticket: u64) -> Vec<Notification> {
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.ticket == ticket) {
            waiting.released = true;
        }
        let mut ready = Vec::new();
        while self.waiting.front().is_some_and(|first| first.released) {
            ready.extend(
                self.waiting.pop_front().map(|first| first.notifications).unwrap_or_default(),
            );
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_one_waits_for_an_earlier_one() {
        let mut outgoing = DeliveryOrder::default();
        let first = outgoing.take(Vec::new());
        let second = outgoing.take(Vec::new());
        outgoing.release(second);
        assert_eq!(outgoing.waiting.len(), 2);
        outgoing.release(first);
        assert!(outgoing.waiting.is_empty());
    }
}
