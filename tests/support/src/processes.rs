//! The start of other processes, one at a time with what it disturbs.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Returns a guard to hold while processes are started, and while it matters that a port is free: a process that is being started
/// has all sockets of this one until it runs its program, so that a listener that is closed here still listens there.
pub fn starting() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}
