//! Measures the fake beside what people would use in its place, and writes `RESULTS.md`.
//!
//! ```sh
//! cargo run --release --manifest-path bench/Cargo.toml
//! cargo run --release --manifest-path bench/Cargo.toml -- --quick
//! ```
//!
//! Every part runs in a process of its own, so that none measures the memory or the descriptors of another, and ends within
//! a bound. With `--quick` all numbers are small, nothing is built, and the result is printed and not kept: for trying.
//!
//! The whole run also draws `latency.svg`, which the guide shows.
//!
//! With `soak SECONDS` one fake is under load for so long.
//!
//! `servers` are what is measured and `client` is who sends; `machine` reads clocks, memory and descriptors. Each further file
//! is one part of the table.

mod check;
mod client;
mod cold_build;
mod growth;
mod held;
mod lifetime;
mod live;
mod machine;
mod plot;
mod push;
mod queries;
mod requests;
mod result;
mod servers;
mod soak;
mod statistics;
mod weight;

use std::process::ExitCode;

use crate::result::Part;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Quick,
}

impl Extent {
    /// The number for a whole run, or the one for a quick run.
    pub fn of(self, whole: usize, quick: usize) -> usize {
        match self {
            Self::Whole => whole,
            Self::Quick => quick,
        }
    }
}

/// The parts, in the order of the table: name, what it does, and how many seconds it may take.
const PARTS: [(&str, fn(Extent) -> Part, u64); 10] = [
    ("requests", requests::measure, 120),
    ("push", push::measure, 60),
    ("lifetime", lifetime::measure, 60),
    ("live", live::measure, 60),
    ("held", held::measure, 120),
    ("growth", growth::measure, 120),
    ("queries", queries::measure, 120),
    ("check", check::measure, 180),
    ("weight", weight::measure, 900),
    ("cold-build", cold_build::measure, 420),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => result::write_all(&PARTS, Extent::Whole),
        ["--quick"] => result::write_all(&PARTS, Extent::Quick),
        ["part", name, extent] => {
            let extent = if *extent == "quick" { Extent::Quick } else { Extent::Whole };
            let part = PARTS.iter().find(|(other, ..)| other == name).expect("a part of that name");
            part.1(extent).print();
            ExitCode::SUCCESS
        }
        ["soak", seconds] => soak::run(seconds.parse().expect("a number of seconds")),
        ["held-client", url, count] => {
            held::client(url, count.parse().expect("a number"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("got {arguments:?}, want nothing, --quick, or soak SECONDS");
            ExitCode::from(2)
        }
    }
}
