//! Waiting: try, wait for a change or the deadline, try again.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::Engine;
use crate::server::running_fake::RunningFake;

/// A span so long that a clock cannot be set any further.
const FAR: Duration = Duration::from_secs(365 * 86_400);

/// The end of a wait that did not succeed in time.
#[derive(Debug)]
pub(crate) struct TimedOut;

/// Waits until the attempt succeeds, for as long in real time as the settings say.
pub(crate) async fn until<T>(
    fake: &RunningFake,
    attempt: impl FnMut(&mut Engine) -> Option<T>,
) -> Result<T, TimedOut> {
    until_within(fake, fake.options.wait_timeout, attempt).await
}

/// Waits until the attempt succeeds, for at most so long in real time.
pub(crate) async fn until_within<T>(
    fake: &RunningFake,
    timeout: Duration,
    mut attempt: impl FnMut(&mut Engine) -> Option<T>,
) -> Result<T, TimedOut> {
    let mut changes = fake.changes();
    let now = Instant::now();
    let deadline = now.checked_add(timeout).unwrap_or(now + FAR);
    loop {
        changes.mark_unchanged();
        if let Some(success) = attempt(&mut fake.lock()) {
            return Ok(success);
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Err(TimedOut),
        }
    }
}

/// Waits until a condition holds, or the fake is gone.
pub(super) async fn until_so(fake: &RunningFake, is_so: impl Fn(&Engine) -> bool) {
    let mut changes = fake.changes();
    loop {
        changes.mark_unchanged();
        if fake.is_closed() || fake.look(&is_so) {
            return;
        }
        let _ = changes.changed().await;
    }
}
