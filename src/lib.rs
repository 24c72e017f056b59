#![doc = include_str!("../README.md")]
mod actor;
mod bayeux;
mod builder;
mod clock;
mod contract;
mod error;
mod fake;
mod fixture;
mod gws;
mod http;
pub mod matchers;
mod report;
mod rule;
mod timeline;
mod verdict;
mod verify;

pub use actor::{Notification, User};
pub use builder::Builder;
pub use error::Error;
pub use fake::{FakeGws, TestOutcome};
pub use fixture::embedded as fixtures;
pub use gws::operation::{Mode, Operation};
pub use http::advance::Clock;
pub use http::waiting::{Wait, Waiting};
pub use matchers::wiremock;
pub use serde_json;
pub use verify::{Received, ReceivedRequest};
