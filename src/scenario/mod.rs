//! Scenarios: the messages of clients and of GWS, in one file that people and programs read and write.
//!
//! [`step`] is the form of the file. [`read`] reads a file and names the place of an error, and [`player`] checks that
//! a fake can play it and follows a client through the steps. [`record`] makes a scenario of recorded events, and
//! [`write`](mod@write) writes it. [`target`] makes different spellings of a path equal. `contract::template` defines
//! the meaning of `${names}`. Nothing here does I/O: the steps come in as text, and messages as values.

#[cfg(test)]
mod many_steps;
pub(crate) mod player;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod step;
mod target;
pub(crate) mod write;
