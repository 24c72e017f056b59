//! Waiting: try, wait for a change or the deadline, try again.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::http::runtime::runtime;
use crate::http::shared::{Shared, State};

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

/// Something to wait for: await it, or call [`blocking`](Self::blocking) in a test that is not async.
///
/// It gives up after 5 seconds of real time (`builder().wait_timeout(..)`), measured by the fake and not by the clock of the
/// test's runtime, and panics with the fake's report.
#[must_use = "nothing is waited for until this is awaited or `.blocking()` is called"]
pub struct Wait<T> {
    name: &'static str,
    waited_at: &'static Location<'static>,
    start: Box<dyn FnOnce() -> Outcome<T> + Send>,
}

type Outcome<T> = oneshot::Receiver<Result<T, String>>;

impl<T: Send + 'static> Wait<T> {
    /// Something that the runtime of the fake waits for; what it fails with is what the test panics with.
    #[track_caller]
    pub(crate) fn new(
        name: &'static str,
        work: impl Future<Output = Result<T, String>> + Send + 'static,
    ) -> Self {
        let start = move || {
            let (sender, receiver) = oneshot::channel();
            runtime().spawn(async move {
                let _ = sender.send(work.await);
            });
            receiver
        };
        Self { name, waited_at: Location::caller(), start: Box::new(start) }
    }

    /// Waits for an attempt on the state to succeed; `failure` says what did not happen.
    #[track_caller]
    pub(crate) fn attempt(
        name: &'static str,
        shared: &Arc<Shared>,
        attempt: impl FnMut(&mut State) -> Option<T> + Send + 'static,
        failure: impl FnOnce(&Shared) -> String + Send + 'static,
    ) -> Self {
        let shared = Arc::clone(shared);
        Self::new(name, async move {
            until(&shared, attempt).await.map_err(|TimedOut| failure(&shared))
        })
    }

    /// Waits on this thread, for a test that is not async.
    ///
    /// # Panics
    ///
    /// Inside an async runtime, which it would block: there this is to be awaited. And when it gives up.
    #[track_caller]
    pub fn blocking(self) -> T {
        let Self { name, waited_at, start } = self;
        if tokio::runtime::Handle::try_current().is_ok() {
            panic!(
                "`{name}(..).blocking()` would block the runtime that it is called in; write `{name}(..).await`"
            );
        }
        settle(start().blocking_recv(), waited_at)
    }
}

impl<T: Send + 'static> IntoFuture for Wait<T> {
    type Output = T;
    type IntoFuture = Waiting<T>;

    fn into_future(self) -> Waiting<T> {
        Waiting { waited_at: self.waited_at, outcome: (self.start)() }
    }
}

/// A [`Wait`] that is being awaited.
#[derive(Debug)]
pub struct Waiting<T> {
    waited_at: &'static Location<'static>,
    outcome: Outcome<T>,
}

impl<T> Future for Waiting<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let waited_at = self.waited_at;
        Pin::new(&mut self.outcome).poll(context).map(|outcome| settle(outcome, waited_at))
    }
}

impl<T> std::fmt::Debug for Wait<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Wait({} at {})", self.name, self.waited_at)
    }
}

#[track_caller]
fn settle<T>(
    outcome: Result<Result<T, String>, oneshot::error::RecvError>,
    waited_at: &Location<'_>,
) -> T {
    match outcome {
        Ok(Ok(success)) => success,
        Ok(Err(failure)) => panic!("{failure}\n  waited for at {waited_at}"),
        Err(_) => panic!("the fake was dropped while it was waited for at {waited_at}"),
    }
}
