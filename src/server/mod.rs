//! The only files with sockets, tasks and async code.

pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod cors;
mod dispatch;
mod idle;
mod idle_timeout;
pub(crate) mod in_memory;
pub(crate) mod limits;
pub(crate) mod listener;
mod long_poll;
pub(crate) mod mocks;
pub(crate) mod playing;
mod push;
pub(crate) mod reply;
pub(crate) mod request;
mod rest;
pub(crate) mod rest_faults;
pub(crate) mod runtime;
pub(crate) mod shared;
pub(crate) mod socket;
pub(crate) mod test_clock;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod verdict;
pub(crate) mod wait;
mod wakeups;
