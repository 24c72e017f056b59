//! The fake as one value: requests and moments go in, answers and wake-ups come out. No async, no socket, no clock of its own.
//!
//! `Engine`, in [`parts`], has four parts: its [`log`], its push side [`delivery`], its REST side [`rest`] and [`playback`]. A
//! request goes through `begin`, then `rest` or `push`, then `written` or `abandoned`; `resume` and `poll` go on with one that was
//! held. [`io`] holds what goes in and comes out, and [`lifecycle`] the end of a request. `act` in [`external_events`] is what
//! happens without a request, by name through [`commands`]; [`barriers`] are the conditions that tests wait for, and
//! [`snapshot`] is a copy of all of it for queries, and [`end_of_test`] looks in one for what clients have not finished. [`ids`] makes the ids that clients are given,
//! and [`other_site`] knows the pages to which a browser gives no cookie.
//!
//! Invariant: what follows from a change is in `WakeUps`, which the caller takes when the change is over.

pub(crate) mod barriers;
pub(crate) mod commands;
pub(crate) mod delivery;
pub(crate) mod end_of_test;
pub(crate) mod external_events;
pub(crate) mod ids;
pub(crate) mod io;
pub(crate) mod lifecycle;
pub(crate) mod log;
pub(crate) mod other_site;
pub(crate) mod parts;
pub(crate) mod playback;
pub(crate) mod rest;
pub(crate) mod settings;
pub(crate) mod snapshot;

pub(crate) use parts::Engine;
