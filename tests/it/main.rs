//! One binary for all tests of the library over HTTP, by side and situation.

mod bad_input;
mod broken;
#[cfg(unix)]
mod ci;
#[cfg(feature = "control")]
mod control;
mod face;
mod limits;
mod pages;
mod push;
mod random;
mod repository;
mod rest;
mod scenario;
mod security;
mod sizes;
mod structure;
mod supervisors_day;
#[cfg(feature = "tls")]
mod tls;
mod written_elsewhere;
