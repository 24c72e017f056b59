//! The command that `exec` runs next to a fake, and the end of everything that it leaves behind.
//!
//! [`running`] starts and ends the command. On Linux `process_tree` finds what has left its process group, and on every Unix
//! `guardian` does both when the program itself is killed. [`junit`] writes the verdicts of the fakes for CI systems.

#[cfg(unix)]
pub(crate) mod guardian;
pub mod junit;
#[cfg(target_os = "linux")]
pub(crate) mod process_tree;
pub(crate) mod running;
