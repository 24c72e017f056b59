//! Scenarios: what clients send and what GWS answers and pushes, in one file that people and programs read and write.
//!
//! [`read`] reads a file and says where it is wrong, as [`lines`] counts, [`compatibility`] whether a fake can play it,
//! and [`player`] follows a client through the steps, from which [`effects`] comes; [`record`] makes a scenario of what came
//! and went, and [`write`] writes it. `compare` compares one with what a real system says. What `${names}` stand for,
//! `contract::reference` says. Nothing here does I/O; the steps come as text, and what came as values.

#[cfg(feature = "cli")]
pub(crate) mod compare;
pub(crate) mod compatibility;
pub(crate) mod effects;
#[cfg(feature = "cli")]
pub(crate) mod exchange;
#[cfg(feature = "cli")]
pub(crate) mod har;
pub(crate) mod incoming;
#[cfg(feature = "cli")]
pub(crate) mod journal;
pub(crate) mod lines;
#[cfg(feature = "cli")]
pub(crate) mod placeholders;
pub(crate) mod player;
pub(crate) mod read;
pub(crate) mod record;
#[cfg(feature = "cli")]
pub(crate) mod redact;
#[cfg(feature = "cli")]
mod safe_values;
pub(crate) mod step;
#[cfg(all(test, feature = "cli"))]
mod tests;
pub(crate) mod write;
