//! The entrance of `fuzz/`: one function for each target, which takes the bytes of an input and panics where the crate breaks
//! its word. It is no part of the API, and is there with the feature `fuzzing` only.
//!
//! `http` takes what comes on a connection, `bayeux` the bodies of the push side; `scenario`, `har` and `part` take the
//! files that scenarios are read from and made of, `recording` those that `check` is given, `fixtures` and `contract` what
//! a test begins with. What is several files, or several bodies, stands one a line with its name before it.

mod bayeux;
mod contract;
mod fixtures;
mod http;
mod recording;
mod scenario;

pub use bayeux::bayeux;
pub use contract::contract;
pub use fixtures::fixtures;
pub use http::http;
pub use recording::recording;
pub use scenario::{har, part, scenario};

/// The lines of an input, with the word before the first space and what stands behind it.
fn lines(input: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    input.split(|byte| *byte == b'\n').filter_map(|line| {
        let space = line.iter().position(|byte| *byte == b' ')?;
        Some((std::str::from_utf8(&line[..space]).ok()?, &line[space + 1..]))
    })
}
