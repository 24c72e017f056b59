//! The only files with sockets, tasks and async code. They decide nothing: the engine does.
//!
//! [`runtime`] is the one background runtime of the process. [`listener`] binds a port and accepts on it, and [`connection`] serves
//! one [`socket`], whose answers [`write_tracker`] follows, over TLS by `tls` where a test asks for it. What HTTP itself refuses goes through [`transport`] into the timeline;
//! everything else goes to [`dispatch`], with [`cors`] around both sides, and from there to [`rest`], [`push`] or the control
//! endpoint. [`mocks`] asks the test's own wiremock mocks, and [`long_poll`] holds a connect. [`request_head`] finds what hyper takes and
//! HTTP forbids, and [`request`] tells the engine how each request ends.
//!
//! [`running_fake`] is what all of them share: the engine behind its lock, never held across an await. [`wait`] is how they wait:
//! try, wait for a change or the deadline, try again. [`clock`] is the logical clock, and [`test_clock`] sets it forward from due
//! time to due time. [`verdict`] has what a verdict goes by, and [`idle`] knows since when nobody uses the fake.
//! [`in_memory`] serves a connection without a socket, for fuzzing.
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
