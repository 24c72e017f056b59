//! Scenarios: what clients send and what GWS answers and pushes, in one file that people and programs read and write.
//!
//! [`read`] reads a file and says where it is wrong, as [`lines`] counts, [`compatibility`] whether a fake can play it,
//! and [`player`] follows a client through the steps, from which [`effects`] comes; [`record`] makes a scenario of what came
//! and went, and [`write`] writes it. `compare` compares one with what a real system says. What `${names}` stand for,
//! `contract::reference` says. Nothing here does I/O; the steps come as text, and what came as values.

pub(crate) mod compatibility;
pub(crate) mod effects;
pub(crate) mod incoming;
pub(crate) mod lines;
#[cfg(test)]
mod many_steps;
pub(crate) mod player;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod step;
pub(crate) mod write;
