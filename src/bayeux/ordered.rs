//! What a test orders the server to do to the clients of one owner. Each returns the clients that it was done to; those with
//! a held connect are to be woken.

use std::time::Duration;

use crate::bayeux::server::Server;

impl Server {
    /// Knows them no longer, as after a restart: the next message of each, and its held connect, is answered with
    /// `402::Unknown client` and the advice to handshake.
    pub(crate) fn forget(&mut self, owner: &str) -> Vec<String> {
        let clients = self.clients_of(owner);
        for client in &clients {
            if let Some(session) = self.sessions.remove(client)
                && session.held.is_some()
            {
                self.forgotten.insert(client.clone());
            }
        }
        clients
    }

    /// Disconnects them from the server's side: a held connect is answered with a disconnect and the advice `none` (wire).
    pub(crate) fn disconnect_all(&mut self, owner: &str) -> Vec<String> {
        let clients = self.clients_of(owner);
        clients.iter().for_each(|client| self.disconnect(client));
        clients
    }

    /// Answers their held connects with HTTP 500, as those that another connect has taken the place of (wire); what waits
    /// for them stays.
    pub(crate) fn fail_held(&mut self, owner: &str, now: Duration) -> Vec<String> {
        let max_interval = self.settings.max_interval;
        let mut failed = Vec::new();
        for (client, session) in &mut self.sessions {
            if session.owner == owner && session.held.take().is_some() {
                session.schedule_expiry(now, max_interval);
                failed.push(client.clone());
            }
        }
        failed
    }

    fn clients_of(&self, owner: &str) -> Vec<String> {
        let own = self.sessions().filter(|(_, session)| session.owner == owner);
        own.map(|(client, _)| client.clone()).collect()
    }
}
