//! Recorded messages against the schemas: [`Check`] is what the program and a test begin with, and `checked` and `finding`
//! what they get. `folder` finds the files; `source` reads one by `ahead` and counts, `elements` cuts it into values, each an `element`,
//! none of which is kept; `recognise` says what a value is, with `scenario`, `har` and `time_line` for what stands around messages
//! and `exchange` for what a request and its answer say of each other;
//! `judge` compares, and `locate` and `spot` say where in the file that is. `quick` takes what nothing is to be said of before all
//! that, and `both_ways` holds that this changes nothing.

mod ahead;
#[cfg(test)]
mod both_ways;
mod checked;
mod checking;
mod element;
mod elements;
mod exchange;
mod finding;
mod folder;
mod har;
mod judge;
mod locate;
mod quick;
mod recognise;
mod scenario;
mod source;
mod spot;
mod text;
mod time_line;

pub use checked::Checked;
pub use checking::{Check, Progress, check_dir, check_file, check_text};
pub use finding::{Finding, Severity};
