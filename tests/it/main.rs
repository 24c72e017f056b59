//! One binary for all tests over HTTP, by side and situation.

mod bad_input;
mod broken;
#[cfg(unix)]
mod ci;
mod desktop;
#[cfg(feature = "cli")]
mod documented;
mod face;
mod limits;
#[cfg(feature = "cli")]
mod program;
mod push;
mod random;
mod raw;

mod repository;
mod rest;
mod scenario;
mod security;
mod stage;
mod supervisors_day;
#[cfg(feature = "tls-server")]
mod tls;
mod written_elsewhere;
