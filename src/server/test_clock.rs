//! The clock in the hand of a test: set forward from due time to due time, at the pace of the clients.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::bayeux::session::ClientId;
use crate::engine::io::Moment;
use crate::engine::lifecycle::Seen;
use crate::server::running_fake::RunningFake;
use crate::server::wait::{TimedOut, until};

/// Sets the clock forward by a span. Each client whose connect ends meanwhile is given real time to connect again.
pub(crate) async fn advance(fake: &Arc<RunningFake>, by: Duration) {
    let target = fake.clock.now().saturating_add(by);
    // A client is waited for once.
    let mut given_up = BTreeSet::new();
    loop {
        // A connect that is due is answered by its own task, which must come to it even where nobody is waited for.
        tokio::task::yield_now().await;
        let due = fake.look(|engine| engine.next_due());
        let Some(due) = due.filter(|due| *due <= target) else { break };
        let expiring = fake.look(|engine| engine.delivery.server.expiring(due));
        wait_for(fake, &expiring, &mut given_up).await;
        let held = fake.look(|engine| engine.delivery.server.held_until(due));
        fake.change(|engine, now| {
            fake.clock.forward_to(due);
            engine.advance(&expiring, Moment { at: due, ..now });
        });
        fake.clock_has_moved();
        wait_for(fake, &held, &mut given_up).await;
        // A request that was held back is answered before the clock goes on.
        let _ = until(fake, |engine| (!engine.is_working_through(due)).then_some(())).await;
    }
    fake.clock.forward_to(target);
    fake.clock_has_moved();
}

/// Waits until each of these clients has connected again, is gone or has hung up. A remark in the timeline says of which the wait
/// has ended without that.
async fn wait_for(fake: &RunningFake, clients: &[Seen], given_up: &mut BTreeSet<ClientId>) {
    let clients: Vec<&Seen> =
        clients.iter().filter(|(client, _)| !given_up.contains(client)).collect();
    let all_done = |engine: &mut crate::engine::Engine| {
        clients.iter().all(|seen| engine.is_done(seen)).then_some(())
    };
    if let Err(TimedOut) = until(fake, all_done).await {
        fake.change(|engine, now| {
            for seen in clients.iter().filter(|seen| !engine.is_done(seen)).collect::<Vec<_>>() {
                let remark = "did not connect again while the clock was set forward";
                engine.remark_on(&seen.0, remark, now.at);
                given_up.insert(seen.0.clone());
            }
        });
    }
}
