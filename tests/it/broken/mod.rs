//! Broken clients: each departs in one place from a right one, and must fail its test with the cause in the first five lines.
//!
//! [`plan`] is what a right client does, as data, and [`client`] carries a plan out against any server. [`bugs`] is the table of
//! departures. [`fake`] runs all of them against the fake, [`stubs`] against stubs that are written by hand, and [`table`] writes
//! the results into the guide and the README.

mod bugs;
mod client;
mod fake;
mod plan;
mod stubs;
mod table;
