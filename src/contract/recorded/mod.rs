//! Recorded messages against the schemas: [`Check`] is what the program and a test begin with, `run` goes through what it
//! names, and `summary` and `diagnostic` are the result. `folder` finds the files; `source` reads one by `lookahead` and counts, `split` cuts it into values, each an `element`,
//! none of which is kept; `classify` says which `part`s a value has, with `scenario`, `har` and `timeline` for what stands around messages
//! and `exchange` for what a request and its answer say of each other;
//! `envelope` and `har_body` read what exporters make of messages in HAR files;
//! `checker` compares, and `spans` and `snippet` say where in the file that is. `fast_path` takes what nothing is to be said of before all
//! that, and `fast_path_equivalence` holds that this changes nothing.

mod checker;
mod classify;
mod diagnostic;
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
