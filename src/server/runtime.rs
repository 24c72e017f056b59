//! The one background runtime: made on first use, shared by all fakes of the process, never ended. Next to it are
//! threads for work that may block; a drop waits for none of them longer than [`DROP_TIMEOUT`].

use std::pin::Pin;
use std::sync::{OnceLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;
#[cfg(feature = "control")]
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::coop;

use crate::error::Error;

/// The runtime, once [`begin`] has made it.
pub(crate) fn runtime() -> &'static Runtime {
    // A fake that runs has begun it.
    begin().unwrap_or_else(|error| panic!("{error}"))
}

/// Makes the runtime, if nobody has yet: one worker of a multi-thread runtime, since on a current-thread runtime a request
/// would wait for a whole broadcast.
pub fn begin() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("gws-sms-fake").enable_all().build();
        runtime.map_err(|error| format!("gws-sms-fake needs a background thread: {error}"))
    });
    made.as_ref().map_err(|text| Error::new(text.clone()))
}

/// Starts work in the background.
pub(crate) fn start<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Outcome<T> {
    let (sender, receiver) = oneshot::channel();
    runtime().spawn(async move {
        let _ = sender.send(work.await);
    });
    Outcome(receiver)
}

/// The outcome of work in the background; `None`, where the work was dropped.
#[derive(Debug)]
pub(crate) struct Outcome<T>(oneshot::Receiver<T>);

impl<T> Outcome<T> {
    /// Waits on this thread.
    pub(crate) fn blocking(self) -> Option<T> {
        self.0.blocking_recv().ok()
    }
}

impl<T> Future for Outcome<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(context).map(Result::ok)
    }
}

/// Tells if this thread drives a task of tokio's, which nothing may block. A thread that only has a runtime at hand may be blocked:
/// tokio has threads for that, `spawn_blocking`.
///
/// tokio does not tell directly. But it limits the steps of a task before the task must yield, and of nothing else.
pub(crate) fn drives_a_task() -> bool {
    let mut context = Context::from_waker(Waker::noop());
    (0..MOST_STEPS).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(step) => {
            step.made_progress();
            false
        }
        Poll::Pending => true,
    })
}

/// More steps than a task of tokio's has before it must yield.
const MOST_STEPS: u32 = 1024;

/// Runs work that may block on a thread of its own; `None`, where it has panicked.
#[cfg(feature = "control")]
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Runs work that may block in the background, and again at each moment that it returns.
#[cfg(feature = "control")]
pub(crate) fn start_again_and_again<W>(work: W)
where
    W: Fn() -> Option<Instant> + Clone + Send + 'static,
{
    runtime().spawn(async move {
        while let Some(Some(next)) = blocking(work.clone()).await {
            tokio::time::sleep_until(next.into()).await;
        }
    });
}

/// The time that a drop waits at most, in real time.
pub(crate) const DROP_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs the work on a thread of its own of that name, and waits for it for at most [`DROP_TIMEOUT`].
pub(crate) fn at_most<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = mpsc::channel();
    let work = move || {
        let _ = done.send(work());
    };
    thread::Builder::new().name(name.to_owned()).spawn(work).ok()?;
    result.recv_timeout(DROP_TIMEOUT).ok()
}
