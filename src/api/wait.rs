//! Waiting in a test: awaited, or blocking.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::engine::Engine;
use crate::server::running_fake::RunningFake;
use crate::server::runtime::{self, Outcome, drives_a_task};
use crate::server::wait::{TimedOut, until};

/// A condition to wait for: await it, or call [`blocking`](Self::blocking) in a test that is not async.
///
/// It gives up after 5 seconds of real time (`builder().wait_timeout(..)`), measured by the fake and not by the clock of the
/// test's runtime, and panics with the fake's report.
#[must_use = "nothing is waited for until this is awaited or `.blocking()` is called"]
pub struct Wait<T> {
    name: &'static str,
    waited_at: &'static Location<'static>,
    start: Box<dyn FnOnce() -> Outcome<Result<T, String>> + Send>,
}

impl<T: Send + 'static> Wait<T> {
    /// Something that the runtime of the fake waits for; what it fails with is what the test panics with.
    #[track_caller]
    pub(crate) fn new(
        name: &'static str,
        work: impl Future<Output = Result<T, String>> + Send + 'static,
    ) -> Self {
        let start = move || runtime::start(work);
        Self { name, waited_at: Location::caller(), start: Box::new(start) }
    }

    /// Waits for an attempt on the state to succeed; `failure` says what did not happen.
    #[track_caller]
    pub(crate) fn attempt(
        name: &'static str,
        fake: &Arc<RunningFake>,
        attempt: impl FnMut(&mut Engine) -> Option<T> + Send + 'static,
        failure: impl FnOnce(&RunningFake) -> String + Send + 'static,
    ) -> Self {
        let fake = Arc::clone(fake);
        Self::new(
            name,
            async move { until(&fake, attempt).await.map_err(|TimedOut| failure(&fake)) },
        )
    }

    /// Waits on this thread, for a test that is not async, and for code that a runtime runs with `spawn_blocking`.
    ///
    /// # Panics
    ///
    /// Panics if it gives up, and inside an async task, whose runtime it would block: await it there.
    #[track_caller]
    pub fn blocking(self) -> T {
        let Self { name, waited_at, start } = self;
        if drives_a_task() {
            panic!(
                "`{name}(..).blocking()` would block the runtime that it is called in; write `{name}(..).await`"
            );
        }
        settle(start().blocking(), waited_at)
    }
}

impl<T: Send + 'static> IntoFuture for Wait<T> {
    type Output = T;
    type IntoFuture = Waiting<T>;

    fn into_future(self) -> Waiting<T> {
        Waiting { waited_at: self.waited_at, outcome: (self.start)() }
    }
}

/// A [`Wait`] that is being awaited: the future of `wait.await`.
#[derive(Debug)]
pub struct Waiting<T> {
    waited_at: &'static Location<'static>,
    outcome: Outcome<Result<T, String>>,
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
fn settle<T>(outcome: Option<Result<T, String>>, waited_at: &Location<'_>) -> T {
    match outcome {
        Some(Ok(success)) => success,
        Some(Err(failure)) => panic!("{failure}\n  waited for at {waited_at}"),
        None => panic!("the fake was dropped while it was waited for at {waited_at}"),
    }
}
