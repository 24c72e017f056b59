//! Everything that people and CI are told: [`text`] for a terminal and a failing test, [`line`] for one line of the time line,
//! [`json`] for programs, `junit` for CI systems, in texts that `xml` makes such as XML can hold; [`stable`] is the text without
//! what differs from run to run, and [`held`] says what faults still hold; [`coverage`] is the table of what a suite exercises.

#[cfg(feature = "cli")]
pub(crate) mod coverage;
pub(crate) mod held;
pub(crate) mod json;
#[cfg(feature = "cli")]
pub(crate) mod junit;
pub(crate) mod line;
#[cfg(test)]
mod readme;
pub(crate) mod stable;
pub(crate) mod text;
#[cfg(feature = "cli")]
pub(crate) mod xml;
