//! What "conforming" means: [`json`] reads bytes strictly, [`schemas`] holds the embedded JSON Schemas, and [`check`]
//! compares a value with one of them and says in words what is wrong. [`properties`] says what a message can say, and
//! `speaks` which rule speaks of a place in it.
//!
//! For contracts that are written and changed there are two more: [`lint`] looks for what is wrong in schemas and fixtures, and
//! [`diff`] says which changes of schemas break somebody; both read [`documents`].
//!
//! Nothing here knows what GWS does; a schema is named by its file's name in `schemas/` without the ending.

pub(crate) mod check;
#[cfg(feature = "cli")]
pub(crate) mod diff;
pub(crate) mod difference;
#[cfg(feature = "cli")]
pub(crate) mod documents;
pub(crate) mod json;
#[cfg(feature = "cli")]
pub(crate) mod lint;
pub(crate) mod properties;
#[cfg(test)]
mod samples;
pub(crate) mod schemas;
#[cfg(feature = "cli")]
pub(crate) mod speaks;
