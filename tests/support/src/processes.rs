//! The start of other processes, one at a time with what it disturbs.

use std::env;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Returns a guard to hold while processes are started, and while it matters that a port is free: a process that is being started
/// has all sockets of this one until it runs its program, so that a listener that is closed here still listens there.
pub fn starting() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs an ignored test of this program, by its whole name, in a process of its own.
///
/// # Panics
///
/// When the test fails, or when there is none of that name.
#[track_caller]
pub fn alone(test: &str) {
    let program = env::current_exe().expect("a program");
    let mut process = Command::new(program);
    process.args(["--exact", test, "--ignored", "--test-threads=1"]).stdin(Stdio::null());
    process.stdout(Stdio::piped()).stderr(Stdio::piped());
    let guard = starting();
    let process = process.spawn().expect("a process");
    drop(guard);
    let output = process.wait_with_output().expect("its end");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{output:?}");
}
