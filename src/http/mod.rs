//! The only files with sockets, tasks and async code.
//!
//! [`runtime`] is the one background runtime of the process. [`listener`] binds a port and accepts on it, and
//! [`connection`] serves one [`socket`], over TLS by `tls` where a test asks for it: what HTTP itself refuses goes into the timeline there, everything else to
//! [`dispatch`], and from there to [`rest`], to [`push`] or to the endpoint of `control`. Both sides learn from [`authenticate`]
//! who is calling, and keep their place in the timeline with [`request`]; [`validate`] looks at a REST request before GWS
//! does, and [`reply`] is what it comes to; [`mocks`] asks the test's own wiremock mocks, [`rest_faults`] does with a request what a test has programmed, and
//! [`blame`] says whether a client is to blame for what GWS refuses.
//!
//! A request of the push side becomes Bayeux messages in [`envelope`]; what a client did wrong with them is put in words by
//! [`push_violations`], and a connect that is held is waited for in [`long_poll`]. [`push_client`] knows what a client was told and whether it keeps to that, [`publishing`] brings events to
//! the clients, and [`end_of_test`] says what clients have not done when a test ends.
//!
//! Browsers are served by two parts that stand around both sides, as servlet filters do: [`cors`] says which pages may
//! call, and [`csrf`] demands the token of the caller's HTTP session.
//!
//! [`shared`] is what all of them share: one lock around the pure parts, never held across an await. [`wait`] is how
//! they wait: try, wait for a change or the deadline, try again; [`clock`] sets the clock forward from due time to due
//! time. [`ids`] makes the ids that clients are given. What the world tells goes out in its order, through [`delivery_order`];
//! what a test does without HTTP comes in through [`external_events`], or by name through [`commands`]. [`barriers`] are
//! what it waits for, and [`verdict`] has what its verdict goes by; [`idle`] knows since when nobody uses the fake. [`playing`] follows a scenario,
//! [`recording`] makes one of the timeline, and `replay` sends its client's side to a real system. Of a real GWS `proxy`
//! makes one, which changes addresses by `rewrite`; both are clients of a real system by `upstream`. `in_memory` serves
//! a connection that is none, for fuzzing.

mod authenticate;
pub(crate) mod barriers;
mod blame;
pub(crate) mod clock;
pub(crate) mod commands;
pub(crate) mod connection;
#[cfg(feature = "control")]
pub(crate) mod control;
pub(crate) mod cors;
pub(crate) mod csrf;
pub(crate) mod delivery_order;
mod dispatch;
pub(crate) mod end_of_test;
mod envelope;
pub(crate) mod external_events;
mod idle;
mod idle_timeout;
mod ids;
pub(crate) mod in_memory;
pub(crate) mod limits;
pub(crate) mod listener;
mod long_poll;
pub(crate) mod mocks;
pub(crate) mod playing;
pub(crate) mod publishing;
mod push;
pub(crate) mod push_client;
mod push_violations;
pub(crate) mod recording;
pub(crate) mod reply;
mod request;
mod rest;
mod rest_faults;
pub(crate) mod runtime;
pub(crate) mod shared;
mod socket;
#[cfg(feature = "tls")]
pub(crate) mod tls;
mod validate;
pub(crate) mod verdict;
pub(crate) mod wait;
mod wakeups;
