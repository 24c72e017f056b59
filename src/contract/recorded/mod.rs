//! Recorded messages against the schemas.
//!
//! [`Check`] has the options, `run` goes through the files that it names, and `summary` and `diagnostic` are the
//! result. `folder` finds the files. `source` reads one by `lookahead` and counts its lines, and `split` cuts it into
//! values, each an `element`, none of which is kept. `classify` finds the `part`s of a value: `scenario`, `har` and
//! `timeline` know the values around messages, and `exchange` compares a request with its answer. `envelope` and
//! `har_body` undo the changes that exporters make to messages in HAR files. `checker` compares with the schemas, and
//! `spans` and `snippet` find the place in the file. Before all that, `fast_path` takes the texts that need no
//! diagnostic, and `fast_path_equivalence` proves that this changes nothing. `dripping` is a slow reader for tests.

mod checker;
mod classify;
mod diagnostic;
#[cfg(test)]
mod dripping;
mod element;
pub(crate) mod envelope;
mod exchange;
mod fast_path;
#[cfg(test)]
mod fast_path_equivalence;
mod folder;
pub(crate) mod har;
pub(crate) mod har_body;
mod lookahead;
mod options;
mod part;
mod run;
mod scenario;
mod snippet;
mod source;
mod spans;
mod split;
mod summary;
mod timeline;

pub use diagnostic::{Diagnostic, Progress, Severity};
pub use options::Check;
pub use run::{check_dir, check_file, check_text};
pub use summary::Summary;
