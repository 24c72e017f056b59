//! The fake as one value: requests and moments go in, answers and wake-ups come out. There is no async, no socket and
//! no clock of its own.
//!
//! `Engine`, in [`parts`], has four parts: its [`log`], its push side [`delivery`], its REST side [`rest`] and
//! [`playback`]. A request goes through `begin`, then `rest` or `push`, then `written` or `abandoned`; `resume` and
//! `poll` continue with one that was held. [`io`] contains the input and the output, and [`lifecycle`] the beginning
//! and the end of a request. `act` in [`external_events`] performs events without a request, and [`commands`] names
//! them. [`barriers`] are the conditions that tests wait for, [`snapshot`] is a copy of everything for queries, and
//! [`end_of_test`] finds the unfinished work of clients in one. [`inventory`] counts what there is, for fuzzing. [`ids`]
//! makes the ids that clients get, [`other_site`] knows the pages to which a browser gives no cookie, and [`settings`]
//! are the settings of one fake.
//!
//! Invariant: the effects of a change are in `WakeUps`, which the caller takes when the change is over.

pub(crate) mod barriers;
pub(crate) mod commands;
pub(crate) mod delivery;
pub(crate) mod end_of_test;
pub(crate) mod external_events;
pub(crate) mod ids;
pub(crate) mod inventory;
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
