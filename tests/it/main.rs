//! One binary for all tests over HTTP, by side and situation.

mod bad_input;
mod desktop;
mod push;
mod raw;
mod rest;
