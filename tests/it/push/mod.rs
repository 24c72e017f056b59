//! The push side over HTTP, by message and situation. A table that takes a `Transport` runs over sockets and against the engine; a
//! clock that runs, and what befalls a connection, needs a server.

mod callback;
mod client;
mod client_faults;
mod clock;
mod conduct;
mod connect;
mod delivery;
mod evidence;
mod faults;
mod handshake;
mod incomplete;
mod injected_faults;
mod loss;
mod subscribe;
mod transcripts;
