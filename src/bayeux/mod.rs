//! A CometD 3.1.12 server, as values in and values out.
//!
//! [`message`] reads the messages of clients, [`channel`] defines channels and patterns, [`event`] and [`answer`] make
//! the messages that go back. A [`session::Session`] is one client; [`server::Server`] has all of them, and follows its
//! [`options`]. A request's messages go into [`server::Server::receive`] (in [`receive`]), which processes them
//! ([`batch`], [`connect`], [`subscription`], [`extension`]) and answers, or holds a connect ([`io`]): then
//! [`server::Server::poll`] is tried again whenever the session may have changed or its deadline has come. Nobody waits
//! in here.
//!
//! [`admin`] contains the changes that a test makes to clients.
//!
//! A moment is a [`std::time::Duration`] since the fake began; ids and the time of day come in as values; nothing here does
//! I/O.

mod admin;
pub(crate) mod answer;
mod batch;
pub(crate) mod channel;
mod connect;
pub(crate) mod event;
mod extension;
pub(crate) mod io;
pub(crate) mod message;
pub(crate) mod options;
mod receive;
pub(crate) mod server;
pub(crate) mod session;
mod subscription;
#[cfg(test)]
mod tests;
