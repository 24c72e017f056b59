//! A scenario while it is played, and a recording while it is made.

pub(crate) mod recording;
