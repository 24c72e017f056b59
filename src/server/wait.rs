//! Waiting: try, wait for a change or the deadline, try again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::server::runtime::runtime;
use crate::server::shared::{Shared, State};

/// Where a clock cannot be set any further.
const FAR: Duration = Duration::from_secs(365 * 86_400);

/// The patience of a barrier has ended.
#[derive(Debug)]
pub(crate) struct TimedOut;

/// Waits until the attempt succeeds, for as long in real time as the settings say.
pub(crate) async fn until<T>(
    shared: &Shared,
    mut attempt: impl FnMut(&mut State) -> Option<T>,
) -> Result<T, TimedOut> {
    let mut changes = shared.changes();
    let now = Instant::now();
    let deadline = now.checked_add(shared.settings.wait_timeout).unwrap_or(now + FAR);
    loop {
        changes.mark_unchanged();
        if let Some(success) = attempt(&mut shared.lock()) {
            return Ok(success);
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Err(TimedOut),
        }
    }
}

/// Waits for a moment of the logical clock.
pub(crate) async fn until_moment(shared: &Shared, moment: Duration) {
    let mut moves = shared.clock_moves();
    loop {
        moves.mark_unchanged();
        if shared.clock.now() >= moment {
            return;
        }
        match shared.clock.real_time_until(moment) {
            None => {
                let _ = moves.changed().await;
            }
            Some(real) => {
                let _ = tokio::time::timeout(real, moves.changed()).await;
            }
        }
    }
}

/// Does something at each moment at which it is due, until the fake is gone. `next_due` says when that is next; it is asked
/// again whenever something has changed.
pub(crate) fn whenever_due(
    shared: &Arc<Shared>,
    next_due: fn(&State) -> Option<Duration>,
    act: fn(&Arc<Shared>, Duration),
) {
    let shared = Arc::clone(shared);
    runtime().spawn(async move {
        let mut changes = shared.changes();
        while !shared.is_closed() {
            changes.mark_unchanged();
            let due = shared.look(next_due);
            let moment = async {
                match due {
                    Some(due) => until_moment(&shared, due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = moment => act(&shared, shared.clock.now()),
                _ = changes.changed() => {}
            }
        }
    });
}
