#![doc = include_str!("../README.md")]
mod actor;
#[cfg(feature = "cli")]
mod atomic_file;
mod bayeux;
mod builder;
mod clock;
pub mod contract;
mod coverage;
mod coverage_file;
mod error;
#[cfg(feature = "cli")]
pub mod export;
mod fake;
mod fixture;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gws;
mod http;
#[cfg(feature = "cli")]
pub mod linting;
pub mod matchers;
mod push_fault;
mod report;
mod rest_fault;
mod rest_faults;
mod rules;
mod scenario;
mod timeline;
mod verdict;
mod verify;

/// Recording a scenario from a real GWS, as the program does it.
#[cfg(feature = "cli")]
pub mod recording {
    pub use crate::atomic_file::{remove_stale, write_atomic};
    pub use crate::http::proxy::{Recorder, Recording, finish_recording, import_har, redactions};
}

pub use actor::{Customer, Notification, PushFaults, User};
pub use builder::Builder;
#[cfg(feature = "cli")]
pub use coverage::merged::Coverage;
pub use error::Error;
#[cfg(feature = "cli")]
pub use fake::verdict::Verdict;
pub use fake::{FakeGws, TestOutcome};
pub use fixture::embedded as fixtures;
pub use gws::operation::{Mode, Operation};
pub use http::clock::Clock;
#[cfg(feature = "cli")]
pub use http::replay::{Replay, ReplayDiagnostic, Replayed};
pub use http::wait::{Wait, Waiting};
pub use matchers::wiremock;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use report::xml::xml_text;
pub use rest_faults::{FaultHandle, RestFaults};
pub use rules::{Certainty, Rule, RuleKind, rules};
pub use serde_json;
pub use verify::{Notifications, Observed, Received, ReceivedRequest};
