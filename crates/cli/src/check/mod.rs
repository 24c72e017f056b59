//! The formats that the results of `check` are written in, and the line that shows its progress on a terminal.

pub(crate) mod github;
pub(crate) mod human;
pub(crate) mod junit;
pub(crate) mod progress;
pub(crate) mod repository;
pub(crate) mod sarif;
