//! The reports for people and programs: [`text`] for a terminal and a failing test, [`line`] for one line of the
//! timeline, and [`json`] for programs. [`expectation`] compares the timeline with the expectations of a test.
//! `folding` shortens a long timeline. [`hints`] has the hints in the words of other languages. [`stable`] is the text without the parts that differ from
//! run to run, and [`undelivered`] names the events that injected faults still hold. `pages` writes the generated
//! parts of the guide. The JUnit file is in the program.

pub(crate) mod expectation;
mod folding;
#[cfg(feature = "control")]
pub(crate) mod hints;
pub(crate) mod json;
pub(crate) mod line;
#[cfg(test)]
mod pages;
pub(crate) mod stable;
pub(crate) mod text;
pub(crate) mod undelivered;
