//! What "conforming" means: [`json`] reads bytes strictly, [`schemas`] holds the embedded JSON Schemas, and [`check`]
//! compares a value with one of them and says in words what is wrong. [`properties`] says what a message can say, and
//! `speaks` which rule speaks of a place in it.
//!
//! Nothing here knows what GWS does; a schema is named by its file's name in `schemas/` without the ending.

pub(crate) mod check;
pub(crate) mod difference;
pub(crate) mod json;
pub(crate) mod properties;
#[cfg(test)]
mod samples;
pub(crate) mod schemas;
#[cfg(feature = "cli")]
pub(crate) mod speaks;
