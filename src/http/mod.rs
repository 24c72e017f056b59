//! The only files with sockets, tasks and async code.
//!
//! [`runtime`] is the one background runtime of the process. [`listener`] binds a port and accepts on it, and
//! [`connection`] serves one [`socket`], over TLS by `tls` where a test asks for it: what HTTP itself refuses goes into the time line there, everything else to
//! [`dispatch`], and from there to [`rest`], to [`push`] or to the endpoint of `control`. Both sides learn from [`identify`]
//! who is calling, and keep their place in the time line with [`request`]; [`inspect`] looks at a REST request before GWS
//! does, and [`reply`] is what it comes to; [`mocks`] asks the test's own wiremock mocks, [`exceptional`] does with a request what a test has programmed, and
//! [`judge`] says whether a client is to blame for what GWS refuses.
//!
//! A request of the push side becomes Bayeux messages in [`envelope`]; what a client did wrong with them is put in words by
//! [`mistake`], and a connect that is held is waited for in [`holding`]. [`push_client`] knows what a client was told and whether it keeps to that, [`publishing`] brings events to
//! the clients, and [`left_undone`] says what clients have not done when a test ends.
//!
//! Browsers are served by two parts that stand around both sides, as servlet filters do: [`cors`] says which pages may
//! call, and [`csrf`] demands the token of the caller's HTTP session.
//!
//! [`shared`] is what all of them share: one lock around the pure parts, never held across an await. [`waiting`] is how
//! they wait: try, wait for a change or the deadline, try again; [`advance`] sets the clock forward from due time to due
//! time. [`ids`] makes the ids that clients are given. What the world tells goes out in its order, through [`outgoing`];
//! what a test does without HTTP comes in through [`acting`], or by name through [`calls`]. [`barriers`] are
//! what it waits for, and [`verifying`] has what its verdict goes by; [`usage`] knows since when nobody uses the fake. [`playing`] follows a scenario,
//! [`recording`] makes one of the time line, and `replaying` sends its client's side to a real system. Of a real GWS `proxy`
//! makes one, which changes addresses by `rewriting`; both are clients of a real system by `upstream`. `in_memory` serves
//! a connection that is none, for fuzzing.

pub(crate) mod acting;
pub(crate) mod advance;
pub(crate) mod barriers;
pub(crate) mod calls;
pub(crate) mod connection;
#[cfg(feature = "cli")]
pub(crate) mod control;
pub(crate) mod cors;
mod csrf;
mod dispatch;
mod envelope;
mod exceptional;
mod holding;
mod identify;
mod ids;
#[cfg(feature = "fuzzing")]
pub(crate) mod in_memory;
mod inspect;
mod judge;
pub(crate) mod left_undone;
pub(crate) mod limits;
pub(crate) mod listener;
mod mistake;
pub(crate) mod mocks;
pub(crate) mod outgoing;
mod patience;
pub(crate) mod playing;
#[cfg(feature = "cli")]
pub(crate) mod proxy;
pub(crate) mod publishing;
mod push;
pub(crate) mod push_client;
pub(crate) mod recording;
#[cfg(feature = "cli")]
pub(crate) mod replaying;
pub(crate) mod reply;
mod request;
mod rest;
#[cfg(feature = "cli")]
mod rewriting;
pub(crate) mod runtime;
pub(crate) mod shared;
mod socket;
#[cfg(feature = "tls-server")]
pub(crate) mod tls;
#[cfg(feature = "cli")]
mod upstream;
mod usage;
pub(crate) mod verifying;
pub(crate) mod waiting;
mod waking;
