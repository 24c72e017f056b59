//! The one background runtime: made on first use, shared by all fakes of the process, never ended. And threads for what may
//! block, of which a drop waits for none longer than [`DROP_TIMEOUT`].

use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

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

/// How long a drop waits, in real time.
pub(crate) const DROP_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs the work on a thread of its own of that name, and waits for it for as long as the patience lasts.
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
