//! The time since which a fake is unused: no request is in flight, and no connect is held.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The number of users of a fake, or the time since it has had none.
#[derive(Clone, Debug)]
pub(crate) struct IdleTracker(Arc<Mutex<Counted>>);

#[derive(Debug)]
struct Counted {
    /// The number of requests in flight.
    requests: usize,
    /// The time at which the last one ended, or the fake began.
    since: Instant,
}

impl IdleTracker {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Counted { requests: 0, since: Instant::now() })))
    }

    /// One more request is in flight, until what this returns is dropped.
    pub(crate) fn begin(&self) -> InUse {
        self.counted().requests += 1;
        InUse(self.clone())
    }

    /// The time since which it is unused; `None` while it is used.
    #[cfg_attr(not(feature = "control"), expect(dead_code, reason = "the program's fakes end so"))]
    pub(crate) fn unused_since(&self) -> Option<Instant> {
        let counted = self.counted();
        (counted.requests == 0).then_some(counted.since)
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in flight.
#[derive(Debug)]
pub(crate) struct InUse(IdleTracker);

impl Drop for InUse {
    fn drop(&mut self) {
        let mut counted = self.0.counted();
        counted.requests -= 1;
        counted.since = Instant::now();
    }
}
