#![doc = include_str!("../README.md")]
mod actor;
mod bayeux;
mod builder;
mod clock;
pub mod contract;
mod coverage;
mod coverage_file;
mod error;
mod exception;
#[cfg(feature = "cli")]
pub mod export;
mod fake;
mod fault;
mod fixture;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gws;
mod http;
#[cfg(feature = "cli")]
pub mod linting;
pub mod matchers;
mod next;
mod report;
mod rule;
mod scenario;
mod timeline;
mod verdict;
mod verify;
#[cfg(feature = "cli")]
mod whole_file;

/// Recording a scenario from a real GWS, as the program does it.
#[cfg(feature = "cli")]
pub mod recording {
    pub use crate::http::proxy::{Recorder, Recording, finish_recording, import_har, redactions};
    pub use crate::whole_file::{take_away, write_whole};
}

pub use actor::{Customer, Faults, Notification, User};
pub use builder::Builder;
#[cfg(feature = "cli")]
pub use coverage::merged::Coverage;
pub use error::Error;
#[cfg(feature = "cli")]
pub use fake::verdict::Verdict;
pub use fake::{FakeGws, TestOutcome};
pub use fixture::embedded as fixtures;
pub use gws::operation::{Mode, Operation};
pub use http::advance::Clock;
#[cfg(feature = "cli")]
pub use http::replaying::{Difference, Replay, Replayed};
pub use http::waiting::{Wait, Waiting};
pub use matchers::wiremock;
pub use next::{Next, Programmed};
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use report::xml::xml_text;
pub use rule::{Certainty, Rule, RuleKind, rules};
pub use serde_json;
pub use verify::{Happened, Received, ReceivedRequest, Told};
