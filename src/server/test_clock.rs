//! The clock in the hand of a test: set forward from due time to due time, at the pace of the clients.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::bayeux::session::ClientId;
use crate::engine::log::timeline::{Ending, Entry};
use crate::engine::rest::rest_faults::RestFault;
use crate::server::playing::act_due;
use crate::server::rest_faults;
use crate::server::shared::{Shared, State};
use crate::server::wait::{TimedOut, until};

pub(crate) async fn advance(shared: &Arc<Shared>, by: Duration) {
    let target = shared.clock.now().saturating_add(by);
    // A client is waited for once.
    let mut given_up = BTreeSet::new();
    loop {
        // A connect that is due is answered by its own task, which must come to it even where nobody is waited for.
        tokio::task::yield_now().await;
        let due = shared.look(next_due);
        let Some(due) = due.filter(|due| *due <= target) else { break };
        let expiring = shared.look(|state| state.push.expiring(due));
        wait_for(shared, &expiring, &mut given_up).await;
        let held = shared.look(|state| state.push.held_until(due));
        shared.change(|state| {
            for seen in &expiring {
                if has_connected(state, seen) {
                    state.push.renew(&seen.0, due);
                }
            }
            shared.clock.forward_to(due);
            state.sweep(due);
            state.publish_due(due);
        });
        shared.clock_has_moved();
        act_due(shared, due);
        wait_for(shared, &held, &mut given_up).await;
        // A request that was held back is answered before the clock goes on.
        let _ = until(shared, |state| (!worked_through(state, due)).then_some(())).await;
    }
    shared.clock.forward_to(target);
    shared.clock_has_moved();
}

/// Whether a request that was held back until then is being worked through.
fn worked_through(state: &State, due: Duration) -> bool {
    let open = state.timeline.entries().filter_map(Entry::rest);
    let mut open = open.filter(|rest| matches!(rest.ending, Ending::Open));
    open.any(|rest| {
        let delayed = matches!(rest.rest_fault, Some(RestFault::Delay(_)));
        delayed && rest.held_back.is_none_or(|until| until <= due)
    })
}

/// The next moment at which something happens by itself.
fn next_due(state: &State) -> Option<Duration> {
    let by_itself = state.push.next_due().into_iter().chain(state.withheld.next_due());
    by_itself.chain(state.scheduled.next_due()).chain(rest_faults::next_due(state)).min()
}

/// A client, and the number of its connects when it was looked at.
type Seen = (ClientId, u64);

/// Waits until each of these clients has connected again, is gone or has hung up. When the patience ends, the timeline says
/// of which it was the end.
async fn wait_for(shared: &Shared, clients: &[Seen], given_up: &mut BTreeSet<ClientId>) {
    let clients: Vec<&Seen> =
        clients.iter().filter(|(client, _)| !given_up.contains(client)).collect();
    let waited = until(shared, |state| clients.iter().all(|it| is_done(state, it)).then_some(()));
    if let Err(TimedOut) = waited.await {
        shared.change(|state| {
            for seen in &clients {
                if !is_done(state, seen) {
                    let remark = "did not connect again while the clock was set forward";
                    state.remark_on(&seen.0, remark, shared.clock.now());
                    given_up.insert(seen.0.clone());
                }
            }
        });
    }
}

fn is_done(state: &State, seen: &Seen) -> bool {
    let client = state.push_clients.get(&seen.0);
    // One whose cookie was lost cannot connect any more; who it was has shaken hands anew.
    let there = client.is_some_and(|client| client.is_connected() && !client.lost_its_cookie);
    let Some(session) = state.push.session(&seen.0) else { return true };
    has_connected(state, seen) || (session.held.is_none() && !there)
}

fn has_connected(state: &State, (client, connects): &Seen) -> bool {
    state.push.session(client).is_some_and(|session| session.connects > *connects)
}
