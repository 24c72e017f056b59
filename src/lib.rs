#![doc = include_str!("../README.md")]
#[doc(hidden)]
#[path = "cli_internals.rs"]
pub mod _cli_internals;
mod actor;
#[allow(missing_docs, reason = "shown to the program only")]
mod bayeux;
mod builder;
#[allow(missing_docs, reason = "shown to the program only")]
mod clock;
pub mod contract;
#[allow(missing_docs, reason = "shown to the program only")]
mod coverage;
mod coverage_file;
mod error;
mod fake;
#[allow(missing_docs, reason = "shown to the program only")]
mod fixture;
#[allow(missing_docs, reason = "shown to the program only")]
mod gws;
#[allow(missing_docs, reason = "shown to the program only")]
mod http;
pub mod matchers;
mod push_fault;
#[allow(missing_docs, reason = "shown to the program only")]
mod report;
mod rest_fault;
mod rest_faults;
#[allow(missing_docs, reason = "shown to the program only")]
mod rules;
#[allow(missing_docs, reason = "shown to the program only")]
mod scenario;
mod timeline;
mod verdict;
mod verify;

pub use actor::{Customer, Notification, PushFaults, User};
pub use builder::Builder;
pub use error::Error;
#[cfg(feature = "control")]
pub use fake::verdict::Verdict;
pub use fake::{FakeGws, TestOutcome};
pub use fixture::embedded as fixtures;
pub use gws::operation::{Mode, Operation};
pub use http::clock::Clock;
pub use http::wait::{Wait, Waiting};
pub use matchers::wiremock;
pub use rest_faults::{FaultHandle, RestFaults};
pub use rules::{Certainty, Rule, RuleKind, rules};
pub use serde_json;
pub use verify::{Notifications, Observed, Received, ReceivedRequest};
