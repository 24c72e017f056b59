//! Everything that people and CI are told: [`text`] for a terminal and a failing test, [`json`] for programs.

#[cfg(feature = "cli")]
pub(crate) mod json;
#[cfg(test)]
mod readme;
pub(crate) mod text;
