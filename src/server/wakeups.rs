//! Held connects that have something to say: woken some at a time, where there are many, so that a request that comes
//! meanwhile does not wait for a whole broadcast.

use std::collections::VecDeque;
use std::sync::Weak;

use crate::bayeux::session::ClientId;
use crate::server::runtime::runtime;
use crate::server::shared::{Shared, State};

/// How many are woken at a time.
const AT_A_TIME: usize = 32;

/// The clients whose held connects are to be woken.
#[derive(Debug, Default)]
pub(crate) struct Wakeups {
    clients: VecDeque<ClientId>,
    /// Whether somebody is about to wake those of them who have to wait.
    goes_on: bool,
}

impl State {
    /// Has the held connects of these clients woken, at the end of this change.
    pub(crate) fn wake(&mut self, clients: Vec<ClientId>) {
        self.waking.clients.extend(clients);
    }

    /// Wakes the first of them; whether there are others, for whom somebody is needed.
    pub(super) fn wake_the_first(&mut self) -> bool {
        if self.waking.clients.is_empty() || self.waking.goes_on {
            return false;
        }
        self.wake_some();
        self.waking.goes_on
    }

    fn wake_some(&mut self) {
        let some = self.waking.clients.len().min(AT_A_TIME);
        for client in self.waking.clients.drain(..some) {
            if let Some(client) = self.push_clients.get(&client) {
                client.wake.notify_waiters();
            }
        }
        self.waking.goes_on = !self.waking.clients.is_empty();
    }
}

/// Wakes the others.
pub(super) fn wake_the_others(shared: Weak<Shared>) {
    runtime().spawn(async move {
        loop {
            // Whoever has been woken, or has sent something, comes first.
            tokio::task::yield_now().await;
            let Some(shared) = shared.upgrade() else { return };
            let mut state = shared.lock();
            state.wake_some();
            if !state.waking.goes_on {
                return;
            }
        }
    });
}
