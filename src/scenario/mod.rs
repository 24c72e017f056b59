//! Scenarios: what clients send and what GWS answers and pushes, in one file that people and programs read and write.
//!
//! [`read`] reads a file and says where it is wrong, [`player`] checks that a fake can play it and follows a client through the
//! steps; [`record`] makes a scenario of what came and went, and [`write`](mod@write) writes it. [`target`] makes
//! different ways of writing a path equal. What `${names}` stand for is decided in `contract::template`. Nothing here does I/O; the steps come as text, and what came as values.

#[cfg(test)]
mod many_steps;
pub(crate) mod player;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod step;
mod target;
pub(crate) mod write;
