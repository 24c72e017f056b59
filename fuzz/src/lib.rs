//! The fuzz targets: one function each, which takes the bytes of an input and panics where the crates break their word.
//!
//! `http` takes the bytes of a connection, `bayeux` the bodies of the push side, `engine` steps that are taken without a server.
//! `scenario`, `har` and `part` take the files
//! that scenarios are read from and made of, `recording` those that `check` reads, `fixtures` and `contract` the files that a
//! fake starts with. An input that holds several files or bodies has one a line, after its name.

mod bayeux;
mod contract;
mod desktop;
mod engine;
mod fixtures;
mod http;
mod recording;
mod scenario;

pub use bayeux::bayeux;
pub use contract::contract;
pub use engine::engine;
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
