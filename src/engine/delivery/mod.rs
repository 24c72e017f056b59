//! The push side of a fake: from the world's notifications to the clients that have subscribed.
//!
//! [`push`] takes the messages of one request, which [`envelope`] has read from HTTP, and polls held connects.
//! [`publish`] brings notifications to the clients, in the order that [`delivery_order`] keeps, and applies
//! [`push_faults`]; [`withheld`] contains the events that faults hold. [`push_client`] knows the instructions that a
//! client has received, and [`push_violations`] describes its violations.
//!
//! Invariant: an event that does not reach its client has a receipt that says how it was lost.

pub(crate) mod delivery_order;
pub(crate) mod envelope;
pub(crate) mod publish;
pub(crate) mod push;
pub(crate) mod push_client;
pub(crate) mod push_faults;
pub(crate) mod push_violations;
pub(crate) mod withheld;

use std::collections::{BTreeMap, BTreeSet};

use crate::bayeux::options::CometdOptions;
use crate::bayeux::server::Server;
use crate::bayeux::session::ClientId;
use crate::engine::delivery::delivery_order::DeliveryOrder;
use crate::engine::delivery::push_client::{FormerClients, PushClient};
use crate::engine::delivery::push_faults::InjectedFaults;
use crate::engine::delivery::withheld::Withheld;
use crate::engine::io::{EntryId, Presence};

/// The number of clients that are remembered when their session has ended.
pub(crate) const REMEMBERED: usize = 1_000;

/// The push side of one fake.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The CometD server.
    pub(crate) server: Server,
    /// The clients: those whose session is open, and the latest of those whose session has ended.
    pub(crate) clients: BTreeMap<ClientId, PushClient>,
    /// By the id of a user, the clients that are forgotten.
    pub(crate) former: BTreeMap<String, FormerClients>,
    /// The notifications that wait for the answer before them, in the order in which the world made them.
    pub(crate) order: DeliveryOrder,
    pub(crate) faults: InjectedFaults,
    /// Events that a fault holds.
    pub(crate) withheld: Withheld,
    /// The clients whose held connects are to be polled.
    pub(super) wake: Vec<ClientId>,
    /// The signs of the clients that are still there.
    pub(super) present: BTreeSet<Presence>,
    /// By a connect that was superseded, the newer one that is blamed for it, and their client.
    pub(super) superseded: BTreeMap<EntryId, (EntryId, ClientId)>,
}

impl Delivery {
    pub(super) fn new(options: &CometdOptions) -> Self {
        Self {
            server: Server::new(options.clone()),
            clients: BTreeMap::new(),
            former: BTreeMap::new(),
            order: DeliveryOrder::default(),
            faults: InjectedFaults::default(),
            withheld: Withheld::default(),
            wake: Vec::new(),
            present: BTreeSet::new(),
            superseded: BTreeMap::new(),
        }
    }

    /// Forgets the clients whose session has ended, but for those that have sent something last. To a later message of one that
    /// is forgotten CometD says all the same that its session has ended.
    pub(super) fn forget_clients(&mut self) {
        let ended = self.clients.len().saturating_sub(self.server.sessions().len());
        if ended <= 2 * REMEMBERED {
            return;
        }
        let ended = self.clients.iter().filter(|(id, _)| !self.server.is_concerned_with(id));
        let mut latest: Vec<EntryId> = ended.map(|(_, client)| client.latest).collect();
        latest.sort_unstable();
        let Some(&since) = latest.iter().nth_back(REMEMBERED - 1) else { return };
        let server = &self.server;
        let is_forgotten = |id: &ClientId, client: &PushClient| {
            client.latest < since && !server.is_concerned_with(id)
        };
        self.clients.retain(|id, client| {
            let stays = !is_forgotten(id, client);
            if !stays {
                if matches!(client.presence, Presence::Request(_)) {
                    self.present.remove(&client.presence);
                }
                let former = self.former.entry(std::mem::take(&mut client.owner));
                former.or_default().add(client);
            }
            stays
        });
    }

    /// Has the held connects of these clients polled after the change.
    pub(crate) fn wake(&mut self, clients: Vec<ClientId>) {
        self.wake.extend(clients);
    }

    /// Clients of an HTTP session have disconnected after its end, which refused them: they are gone all the same.
    pub(super) fn left_late(&mut self, http_session: &str, clients: &[ClientId]) {
        for id in clients {
            if let Some(client) = self.clients.get_mut(id)
                && client.http_session.as_deref() == Some(http_session)
            {
                client.has_left = true;
            }
        }
    }

    /// The socket has taken the last byte of the answer to a connect.
    pub(super) fn connect_answered(&mut self, client: &str, number: Option<i64>) {
        if let Some(client) = self.clients.get_mut(client) {
            client.abandoned_connects = 0;
            client.last_number = number.or(client.last_number);
        }
    }

    /// Tells if the connection of a client's handshake or latest connect is still there, as far as that is seen.
    pub(crate) fn is_connected(&self, client: &PushClient) -> bool {
        self.present.contains(&client.presence)
    }
}
