//! The one background runtime: made on first use, shared by all fakes of the process, never ended.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// The runtime, once [`begin`] has made it.
pub(crate) fn runtime() -> &'static Runtime {
    // A fake that runs has begun it.
    begin().unwrap_or_else(|error| panic!("{error}"))
}

/// Makes the runtime, if nobody has yet: one worker of a multi-thread runtime, since on a current-thread runtime a request
/// would wait for a whole broadcast.
pub(crate) fn begin() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("gws-sms-fake").enable_all().build();
        runtime.map_err(|error| format!("gws-sms-fake needs a background thread: {error}"))
    });
    made.as_ref().map_err(|text| Error::new(text.clone()))
}
