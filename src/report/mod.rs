//! Everything that people and CI are told: [`text`] for a terminal and a failing test, [`line`] for one line of the timeline,
//! [`json`] for programs, `junit` for CI systems, in texts that `xml` makes such as XML can hold; [`stable`] is the text without
//! what differs from run to run, and [`undelivered`] says what faults still hold; [`coverage`] is the table of what a suite exercises.

pub(crate) mod json;
pub(crate) mod line;
#[cfg(test)]
mod readme;
pub(crate) mod stable;
pub(crate) mod text;
pub(crate) mod undelivered;
