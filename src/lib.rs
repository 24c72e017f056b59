#![doc = include_str!("../README.md")]
mod bayeux;
mod clock;
mod contract;
mod error;
mod fixture;
mod gws;
mod rule;
mod timeline;

pub use error::Error;
pub use fixture::embedded as fixtures;
pub use gws::operation::{Mode, Operation};
pub use rule::Certainty;
