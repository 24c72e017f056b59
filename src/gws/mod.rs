//! The behaviour of GWS, as values in and values out.
//!
//! A path is looked up in [`route`], and a request becomes an [`operation::command::Command`], which is data;
//! [`handle`](handle::handle) takes it, with the [`world`] and the caller, and calls one function of a family:
//! [`conversation`], [`user_data`], [`conference`], [`supervision`], [`contact_center`], or [`reads`] for a GET. The
//! functions of a family work on the world, and each operation has one shape: check the state, change it, return the
//! reply and the notifications ([`outcome`]). The families share [`authorize`] and [`membership`], by which users enter
//! and leave a session. [`external_event`] contains the changes that no request makes.
//!
//! The tables are [`operation`] (names and paths), [`resource`] (the resources of GET), [`aliases`], [`transition`]
//! (the changes of state), [`capability`] (the operations that a session offers) and [`status`] (the codes of refusals,
//! with their words in [`refusal`]). [`session`], [`participant`], [`message`], [`timestamp`], [`agent_state`] and
//! [`identity`] are the nouns, [`notification`] makes the messages about them, and [`recent`] is a memory of bounded size.
//!
//! Nothing here does I/O, waits, asks the time or draws a random number.

pub(crate) mod agent_state;
pub(crate) mod aliases;
pub(crate) mod authorize;
pub(crate) mod capability;
pub(crate) mod conference;
pub(crate) mod contact_center;
pub(crate) mod conversation;
pub(crate) mod external_event;
pub(crate) mod handle;
pub(crate) mod identity;
pub(crate) mod membership;
pub(crate) mod message;
pub(crate) mod notification;
pub(crate) mod operation;
pub(crate) mod outcome;
pub(crate) mod participant;
pub(crate) mod reads;
pub(crate) mod recent;
pub(crate) mod refusal;
pub(crate) mod resource;
pub(crate) mod route;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod supervision;
#[cfg(test)]
mod tests;
pub(crate) mod timestamp;
pub(crate) mod transition;
pub(crate) mod user_data;
pub(crate) mod world;
