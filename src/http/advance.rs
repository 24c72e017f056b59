//! The clock in the hand of a test: set forward from due time to due time, at the pace of the clients.

use std::sync::Arc;
use std::time::Duration;

use crate::http::shared::{Shared, State};
use crate::http::waiting::{TimedOut, Wait, until};
use crate::timeline::What;

/// The logical clock of a fake: connect timeouts, expiry and time stamps go by it.
///
/// ```
/// use std::time::Duration;
/// use gws_sms_fake::FakeGws;
///
/// let gws = FakeGws::start();
/// gws.clock().pause();
/// let before = gws.clock().now();
/// gws.clock().advance(Duration::from_secs(3600)).blocking();
/// assert_eq!(gws.clock().now() - before, Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug)]
pub struct Clock {
    shared: Arc<Shared>,
}

impl Clock {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// The time since the fake began.
    pub fn now(&self) -> Duration {
        self.shared.clock.now()
    }

    /// Stops the clock: from now on only [`advance`](Self::advance) moves it.
    pub fn pause(&self) {
        self.shared.clock.pause();
        self.shared.clock_has_moved();
    }

    /// Lets the clock run with real time again, from where it stands.
    pub fn resume(&self) {
        self.shared.clock.resume();
        self.shared.clock_has_moved();
    }

    /// Sets the clock forward, from due time to due time: each held connect whose timeout comes is answered, and then its
    /// client is given real time to connect again, so that no client that behaves expires. A client that does neither that
    /// nor hang up is given up after the patience of a barrier, and the time line says so.
    #[track_caller]
    pub fn advance(&self, by: Duration) -> Wait<()> {
        let shared = Arc::clone(&self.shared);
        Wait::new("advance", async move {
            advance(&shared, by).await;
            Ok(())
        })
    }
}

async fn advance(shared: &Shared, by: Duration) {
    let target = shared.clock.now() + by;
    loop {
        let due = shared.look(|state| state.push.next_due());
        let Some(due) = due.filter(|due| *due <= target) else { break };
        let expiring = shared.look(|state| state.push.expiring(due));
        if reconnected(shared, &expiring).await {
            continue;
        }
        let held = shared.look(|state| state.push.held_until(due));
        shared.clock.forward_to(due);
        shared.clock_has_moved();
        shared.change(|state| sweep(state, due));
        reconnected(shared, &held).await;
    }
    shared.clock.forward_to(target);
    shared.clock_has_moved();
}

/// Waits until each of these clients, of which a number of connects is known, has connected again, is gone or has hung up;
/// whether one of them has connected. Says so in the time line when the patience ends.
async fn reconnected(shared: &Shared, clients: &[(String, u64)]) -> bool {
    let waited = until(shared, |state| {
        let done = |(client, connects): &(String, u64)| {
            let there = state.push_clients.get(client).is_some_and(|client| client.is_connected());
            let session = state.push.session(client);
            session.is_none_or(|it| it.connects > *connects || (it.held.is_none() && !there))
        };
        clients.iter().all(done).then_some(())
    });
    if let Err(TimedOut) = waited.await {
        shared.change(|state| {
            let now = shared.clock.now();
            for (client, connects) in clients {
                let session = state.push.session(client);
                if let Some(session) = session.filter(|it| it.connects == *connects) {
                    let user = state.world.name(&session.owner);
                    let remark = "did not connect again while the clock was set forward".to_owned();
                    let number = state.timeline.push(now, Some(user), What::Remark(remark));
                    state.show(number);
                }
            }
        });
    }
    shared.look(|state| {
        clients.iter().any(|(client, connects)| {
            state.push.session(client).is_some_and(|session| session.connects > *connects)
        })
    })
}

/// Removes the clients that expire at that moment.
fn sweep(state: &mut State, now: Duration) {
    for (client, owner) in state.push.sweep(now) {
        let user = state.world.name(&owner);
        let remark = "CometD session expired: no connect came in time".to_owned();
        let number = state.timeline.push(now, Some(user), What::Remark(remark));
        state.show(number);
        state.push_clients.remove(&client);
    }
}
