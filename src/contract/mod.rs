//! Checks of recorded requests, answers and notifications against the contract, for your own tests and for the
//! program's `check`.
//!
//! Files are JSON, arrays of JSON, JSON lines, scenarios and recordings that are not finished (`FILE.part`), HAR files as
//! browsers export them, and timelines of a fake. Each value in them is recognised by what is in it: a request by its
//! operationName, a notification by its messageType, a Bayeux message by its channel, an answer by its statusCode and what
//! it says beside it. What is not recognised is a note, and an error with [`Check::strict`]; it is never passed over in
//! silence.
//!
//! In requests unknown fields are errors. In what GWS sent they are notes, since another version of GWS may say more, and
//! errors with [`Check::strict`]. In scenarios `${name}` stands for a value that is not known: a text that has one in it is
//! not compared with a type, a pattern or a list of values, and everything around it is.
//!
//! A request of which a scenario, a HAR file or a timeline has that GWS refused it, with HTTP status 400 or more or with
//! another `statusCode` than 0, need not conform: what is wrong with it is a note, and an error with [`Check::strict`]. One
//! that was taken, or has no answer, has to conform.
//!
//! ```no_run
//! #[test]
//! fn recordings_conform() {
//!     gws_sms_fake::contract::check_dir("recordings").conform();
//! }
//! ```

// `json` reads bytes strictly, `schemas` holds the embedded JSON Schemas, and `check` compares a value with one of them
// and says in words what is wrong. `properties` says what a message can say, `rule_at` which rule speaks of a place in it,
// and `recorded` goes through files; `folder` finds files in folders, `custom` reads the schemas of a user, `index` finds
// schemas by what they are of, and `fixture_schema` compares fixtures with them.
//
// Nothing here knows what GWS does; a schema is named by its file's name in `schemas/` without the ending.

pub(crate) mod check;
pub(crate) mod custom;
pub(crate) mod fixture_schema;
pub(crate) mod folder;
pub(crate) mod index;
pub(crate) mod json;
pub(crate) mod json_diff;
pub(crate) mod properties;
pub(crate) mod recorded;
pub(crate) mod rule_at;
#[cfg(test)]
mod samples;
pub(crate) mod schemas;
pub(crate) mod template;
pub(crate) mod version;

pub use recorded::{
    Check, Diagnostic, Progress, Severity, Summary, check_dir, check_file, check_text,
};
