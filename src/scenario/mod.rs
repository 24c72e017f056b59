//! Scenarios: what clients send and what GWS answers and pushes, in one file that people and programs read and write.
//!
//! [`read`] reads a file and says where it is wrong, as [`lines`] counts, [`fitting`] whether a fake can play it,
//! and [`player`] follows a client through the steps, from which [`follows`] comes; [`record`] makes a scenario of what came
//! and went, and [`write`] writes it. `likeness` compares one with what a real system says. What `${names}` stand for,
//! `contract::reference` says. Nothing here does I/O; the steps come as text, and what came as values.

pub(crate) mod came;
#[cfg(feature = "cli")]
pub(crate) mod exchange;
pub(crate) mod fitting;
pub(crate) mod follows;
#[cfg(feature = "cli")]
pub(crate) mod har;
#[cfg(feature = "cli")]
pub(crate) mod likeness;
pub(crate) mod lines;
#[cfg(feature = "cli")]
pub(crate) mod part;
pub(crate) mod player;
pub(crate) mod read;
pub(crate) mod record;
#[cfg(feature = "cli")]
pub(crate) mod redact;
#[cfg(feature = "cli")]
pub(crate) mod replacement;
pub(crate) mod step;
#[cfg(all(test, feature = "cli"))]
mod tests;
#[cfg(feature = "cli")]
mod words;
pub(crate) mod write;
