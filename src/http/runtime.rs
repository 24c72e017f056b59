//! The one background runtime: made on first use, shared by all fakes of the process, never ended.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// One worker of a multi-thread runtime: on a current-thread runtime a request would wait for a whole broadcast.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("gws-sms-fake").enable_all().build();
        runtime.unwrap_or_else(|error| panic!("gws-sms-fake needs a background thread: {error}"))
    })
}
