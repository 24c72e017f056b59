//! Checks of recorded requests, answers and notifications against the contract, for your own tests and for the
//! program's `check`.
//!
//! Files are JSON, arrays of JSON, JSON lines, scenarios and unfinished recordings (`FILE.part`), HAR files as browsers
//! export them, and timelines of a fake. Each value in them is recognised by its content: a request by its
//! operationName, a notification by its messageType, a Bayeux message by its channel, and an answer by its statusCode
//! and its other fields. A value that is not recognised is a note, or an error with [`Check::strict`]; no value is
//! passed over in silence.
//!
//! Unknown fields are errors in requests. In messages of GWS they are notes, since another version of GWS may send more
//! fields, or errors with [`Check::strict`]. In scenarios `${name}` stands for a value that is not known: a text that
//! contains one is not compared with a type, a pattern or a list of values, and everything around it is.
//!
//! A request that GWS refused need not conform: its violations are notes, or errors with [`Check::strict`]. A scenario,
//! a HAR file or a timeline shows that a request was refused by HTTP status 400 or more, or by another `statusCode`
//! than 0. A request that was accepted, or has no answer, has to conform.
//!
//! ```no_run
//! #[test]
//! fn recordings_conform() {
//!     gws_sms_fake::contract::check_dir("recordings").conform();
//! }
//! ```

// `json` reads bytes strictly, `schemas` holds the embedded JSON Schemas, and `check` compares a value with one of them
// and says in words what is wrong; `acceptance` knows of most values that nothing is. `properties` says what a message can say, `rule_at` which rule speaks of a place in it,
// and `recorded` goes through files; `folder` finds files in folders, `custom` reads the schemas of a user, `evaluations` refuses
// values that such a schema would take too long for, both by `subschemas`, `index` finds
// schemas by what they are of, and `fixture_schema` compares fixtures with them. `visible` shows the characters of a text that
// people do not see, and `secrets` hides what they must not.
//
// Nothing here knows what GWS does; a schema is named by its file's name in `schemas/` without the ending.

pub(crate) mod acceptance;
pub(crate) mod check;
pub(crate) mod custom;
pub(crate) mod evaluations;
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
pub(crate) mod secrets;
pub(crate) mod subschemas;
pub(crate) mod template;
pub(crate) mod version;
pub(crate) mod visible;

pub use recorded::{
    Check, Diagnostic, Progress, Severity, Summary, check_dir, check_file, check_text,
};
