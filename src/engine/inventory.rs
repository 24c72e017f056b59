//! Everything that an engine keeps, counted and accounted for: a check that nothing is lost and that nothing grows without an end.

use std::collections::BTreeSet;

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::io::EntryId;
use crate::engine::log::timeline::Receipt;

/// The numbers of things that an engine keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Entries of the timeline.
    pub entries: usize,
    /// The entries among them that no limit drops.
    pub lasting_entries: usize,
    /// The number of the last entry, which counts those that were dropped too.
    pub last_entry: u64,
    /// Entries from before a reset.
    pub entries_before_reset: usize,
    /// CometD clients, with those whose session has ended.
    pub clients: usize,
    /// Sessions of CometD clients, with those that have ended and whose held connect does not know that.
    pub client_sessions: usize,
    /// Signs of clients that are there.
    pub present: usize,
    /// HTTP sessions of which anything is known.
    pub http_sessions: usize,
    /// Answers that are on their way, or that something follows from.
    pub unwritten: usize,
    /// Superseded connects that are not answered.
    pub superseded: usize,
    /// Events that faults hold.
    pub withheld: usize,
    /// Injected faults of both sides.
    pub faults: usize,
}

impl Engine {
    /// Counts what there is.
    pub(crate) fn inventory(&self) -> Inventory {
        let timeline = &self.log.timeline;
        let delivery = &self.delivery;
        Inventory {
            entries: timeline.entries().count(),
            lasting_entries: timeline.lasting(),
            last_entry: timeline.last_number(),
            entries_before_reset: self.log.before_reset.len(),
            clients: delivery.clients.len(),
            client_sessions: delivery.server.sessions().count() + delivery.server.ended().count(),
            present: delivery.present.len(),
            http_sessions: self.rest.http_sessions.known(),
            unwritten: self.unwritten.len(),
            superseded: delivery.superseded.len(),
            withheld: delivery.withheld.held().count(),
            faults: delivery.faults.all().count() + self.rest.faults.all().count(),
        }
    }

    /// Returns the receipts that say neither that their event has arrived nor how it was lost, although it is not on its way to
    /// its client: each with the number of its notification.
    pub(crate) fn unaccounted(&self) -> Vec<(EntryId, Receipt)> {
        let server = &self.delivery.server;
        let queued = server.sessions().chain(server.ended()).flat_map(|(client, session)| {
            session.pending().into_iter().map(|label| (ClientId::clone(client), label))
        });
        let replies = self.unwritten.values().filter_map(|after| after.reply.as_ref());
        let leaving = replies.flat_map(|written| written.reply.labels());
        let on_its_way: BTreeSet<(ClientId, u64)> = queued.chain(leaving).collect();
        let notifications = self.log.timeline.notifications();
        let receipts = notifications.flat_map(|(number, notified)| {
            notified.receipts.iter().map(move |receipt| (number, receipt))
        });
        receipts
            .filter(|(_, receipt)| receipt.delivered.is_none() && receipt.lost.is_none())
            .filter(|(number, receipt)| !on_its_way.contains(&(receipt.client.clone(), *number)))
            .map(|(number, receipt)| (number, receipt.clone()))
            .collect()
    }

    /// Returns the number of the world's last notification.
    pub(crate) fn last_notification(&self) -> u64 {
        self.rest.world.last_notification()
    }

    /// Tells if a notification of the world has not been published: it waits for an answer, or a fault holds it.
    pub(crate) fn is_unpublished(&self, notification: u64) -> bool {
        self.delivery.order.has(notification) || self.delivery.withheld.has(notification)
    }
}
