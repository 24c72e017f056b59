//! Changes that a test makes to the clients of one owner. Each function returns the clients that it has changed; those
//! with a held connect have to be woken.

use std::time::Duration;

use crate::bayeux::io::Loss;
use crate::bayeux::server::Server;
use crate::bayeux::session::{ClientId, InjectedAdvice, ReleaseReason};

impl Server {
    /// Knows them no longer, as after a restart: the next message of each, and its held connect, is answered with
    /// `402::Unknown client` and the advice to handshake.
    pub(crate) fn forget(&mut self, owner: &str) -> Vec<ClientId> {
        let clients = self.clients_of(owner);
        for client in &clients {
            if let Some(session) = self.sessions.remove(client) {
                self.lose(client, session.pending(), Loss::Forgotten);
                if session.held.is_some() {
                    self.forgotten.insert(client.clone());
                }
            }
        }
        clients
    }

    /// Disconnects them from the server's side: a held connect is answered with a disconnect and the advice `none` (wire).
    pub(crate) fn disconnect_all(&mut self, owner: &str) -> Vec<ClientId> {
        let clients = self.clients_of(owner);
        clients.iter().for_each(|client| self.disconnect(client));
        clients
    }

    /// Lets their held connects go: with [`ReleaseReason::Failed`] they are answered with HTTP 500, as those that another connect has
    /// taken the place of (wire). What waits for them stays.
    pub(crate) fn let_go(
        &mut self,
        owner: &str,
        why: ReleaseReason,
        now: Duration,
    ) -> Vec<ClientId> {
        self.may_set_an_expiry(now);
        let max_interval = self.settings.max_interval;
        let mut gone = Vec::new();
        for (client, session) in &mut self.sessions {
            if *session.owner == *owner && session.let_go(why) {
                session.schedule_expiry(now, max_interval);
                gone.push(client.clone());
            }
        }
        gone
    }

    /// Has the next answer to a connect of each advise this; a held one is answered at once.
    pub(crate) fn advise_all(&mut self, owner: &str, advice: InjectedAdvice) -> Vec<ClientId> {
        let mut advised = Vec::new();
        for (client, session) in &mut self.sessions {
            if *session.owner == *owner {
                session.ordered = Some(advice);
                advised.push(client.clone());
            }
        }
        advised
    }

    pub(crate) fn clients_of(&self, owner: &str) -> Vec<ClientId> {
        let own = self.sessions().filter(|(_, session)| *session.owner == *owner);
        own.map(|(client, _)| client.clone()).collect()
    }
}
