//! The push side over HTTP, by message and situation.

mod callback;
mod client;
mod client_faults;
mod clock;
mod conduct;
mod connect;
mod delivery;
mod faults;
mod handshake;
mod incomplete;
mod injected_faults;
mod loss;
mod subscribe;
mod transcripts;
