//! The only files with sockets, tasks and async code. They decide nothing: the engine does.
//!
//! [`runtime`] is the one background runtime of the process. [`listener`] binds a port and accepts on it, and
//! [`connection`] serves one [`socket`], over TLS by `tls` if a test asks for it; [`write_tracker`] follows its
//! answers, and [`idle_timeout`] gives up a client that pauses for too long. Refusals of HTTP itself go through
//! [`transport`] into the timeline; everything else goes to [`dispatch`], with [`cors`] around both sides, and from
//! there to [`rest`], [`push`] or the control endpoint. [`mocks`] asks the test's own wiremock mocks, and [`long_poll`]
//! holds a connect. [`request_head`] finds the requests that hyper accepts and HTTP forbids, and [`request`] tells the
//! engine how each request ends.
//!
//! [`running_fake`] is shared by all of them: the engine behind its lock, never held across an await. [`wait`] is their
//! way of waiting: try, wait for a change or the deadline, try again. [`clock`] is the logical clock, and
//! [`test_clock`] sets it forward from due time to due time. [`verdict`] collects the facts of a verdict, and [`idle`]
//! knows since when the fake is unused. [`in_memory`] serves a connection without a socket, for fuzzing.
//!
//! Invariant: no lock is held across an await, and nothing that depends on real time decides about a client.

pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod cors;
pub(crate) mod dispatch;
mod idle;
mod idle_timeout;
pub(crate) mod in_memory;
pub(crate) mod listener;
mod long_poll;
pub(crate) mod mocks;
mod push;
pub(crate) mod request;
mod request_head;
mod rest;
pub(crate) mod running_fake;
pub(crate) mod runtime;
mod socket;
pub(crate) mod test_clock;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod transport;
pub(crate) mod verdict;
pub(crate) mod wait;
mod write_tracker;
