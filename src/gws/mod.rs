//! What GWS does, as values in and values out.
//!
//! A path is looked up in [`route`], and a request becomes an [`operation::Command`]; [`world::World::handle`] looks up who and what
//! is meant and hands over to one family file ([`conversation`], [`supervision`]). There every operation has one shape:
//! check the state, change it, return the reply and the notifications. Which operation is allowed when stands in
//! [`transition`], what a session offers in [`capability`], how a refusal looks in [`status`]; [`session`],
//! [`participant`] and [`message`] are the nouns, and [`notification`] is how they are told.
//!
//! Nothing here does I/O, waits, asks the time or draws a random number.

pub(crate) mod capability;
pub(crate) mod conversation;
pub(crate) mod identity;
pub(crate) mod message;
pub(crate) mod notification;
pub(crate) mod operation;
pub(crate) mod participant;
pub(crate) mod route;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod supervision;
#[cfg(test)]
mod tests;
pub(crate) mod transition;
pub(crate) mod world;
