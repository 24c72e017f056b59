//! A fake of the SMS Session API of Genesys Web Services (GWS), REST and CometD, for tests.
//!
//! [`FakeGws`] listens on a free port. Your client talks to it over real sockets. It answers and pushes notifications as
//! GWS does. When it is dropped, it fails the test if the client sent anything that GWS would refuse.
//!
//! ```rust,test_harness
//! use gws_sms_fake::FakeGws;
//!
//! #[tokio::test]
//! async fn a_client_signs_in() {
//!     let gws = FakeGws::start();
//!     let me = reqwest::Client::new().get(format!("{}/api/v2/me", gws.url()));
//!     let answer = me.basic_auth("a1", Some("password")).send().await.unwrap();
//!     assert_eq!(answer.status(), 200);
//! } // The test fails here if the client broke the contract.
//! ```
//!
//! - [`FakeGws`] starts a fake, and [`Builder`] one with other settings. [`fixtures`] names the built-in users and sessions.
//! - [`User`] and [`Customer`] act in place of people. [`Wait`] replaces sleeps, and [`Clock`] moves the time of the fake.
//! - [`PushFaults`] and [`RestFaults`] inject faults.
//! - [`Received`] and [`Notifications`] are for assertions.
//! - [`rules`] lists everything that the fake demands and does, each with its source. [`contract`] checks recordings.
//!
//! The guide has one page for each task; it is in the folder `docs/guide` of the package and begins with
//! [a first test](https://docs.rs/crate/gws-sms-fake/latest/source/docs/guide/first-test.md).
//!
//! # Features
//!
//! No feature is on by default.
//!
//! - `control` adds [`Builder`]'s method `control`: an endpoint for tests in other languages.
//! - `tls` adds [`Builder`]'s method `tls`: the fake speaks HTTPS.

#[doc(hidden)]
#[path = "cli_internals.rs"]
pub mod _cli_internals;
mod api;
#[allow(missing_docs, reason = "shown to the program only")]
mod bayeux;
pub mod contract;
#[cfg(feature = "control")]
#[allow(missing_docs, reason = "shown to the program only")]
mod control;
#[allow(missing_docs, reason = "shown to the program only")]
mod engine;
mod error;
#[allow(missing_docs, reason = "shown to the program only")]
mod fixture;
#[allow(missing_docs, reason = "shown to the program only")]
mod gws;
#[allow(missing_docs, reason = "shown to the program only")]
mod report;
#[allow(missing_docs, reason = "shown to the program only")]
mod rules;
#[allow(missing_docs, reason = "shown to the program only")]
mod scenario;
#[allow(missing_docs, reason = "shown to the program only")]
mod server;

/// The users and the sessions that a fake begins with, by name; bodies of requests and notifications to read.
///
/// ```
/// use gws_sms_fake::fixtures;
///
/// assert_eq!(fixtures::AGENT.user_name, "a1");
/// assert_eq!(fixtures::SUPERVISOR.password, "password");
/// ```
pub mod fixtures {
    pub use crate::fixture::embedded::{
        AGENT, AGENT_WITHOUT_SMS, COMPLETED_SESSION, FixtureUser, INVITED_SESSION,
        JOIN_FAILED_SESSION, LEFT_SESSION, OTHER_AGENT, OTHER_SUPERVISOR, REVOKED_SESSION, SESSION,
        SUPERVISOR, notifications, request,
    };
}

pub use api::assertions::{Notifications, Observed, Received, ReceivedRequest};
pub use api::builder::Builder;
pub use api::clock::Clock;
pub use api::customer::Customer;
pub use api::fake::FakeGws;
#[cfg(feature = "control")]
pub use api::fake::verdict::Verdict;
pub use api::matchers::{self, wiremock};
pub use api::notification::Notification;
pub use api::push_faults::PushFaults;
pub use api::rest_faults::{FaultHandle, RestFaults};
pub use api::session::Session;
pub use api::test_outcome::TestOutcome;
pub use api::user::User;
pub use api::wait::{Wait, Waiting};
pub use api::words::NotificationType;
pub use error::Error;
pub use gws::operation::{Mode, Operation};
pub use gws::transition::State as SessionState;
pub use rules::{Certainty, Rule, RuleKind, rules};
pub use serde_json;

/// The README and the guide: `cargo test` compiles and runs their Rust blocks.
#[cfg(doctest)]
mod guide {
    macro_rules! pages {
        ($($(#[$condition:meta])? $page:ident: $file:literal,)*) => {
            $(
                $(#[$condition])?
                #[doc = include_str!(concat!("../", $file))]
                mod $page {}
            )*
        };
    }

    pages! {
        readme: "README.md",
        first_test: "docs/guide/first-test.md",
        included: "docs/guide/included.md",
        waiting: "docs/guide/waiting.md",
        customers_and_agents: "docs/guide/customers-and-agents.md",
        faults: "docs/guide/faults.md",
        assertions: "docs/guide/assertions.md",
        report: "docs/guide/report.md",
        strictness: "docs/guide/strictness.md",
        fixtures: "docs/guide/fixtures.md",
        custom_contract: "docs/guide/custom-contract.md",
        scenarios: "docs/guide/scenarios.md",
        any_language: "docs/guide/any-language.md",
        control_endpoint: "docs/guide/control-endpoint.md",
        checking_recordings: "docs/guide/checking-recordings.md",
        coverage: "docs/guide/coverage.md",
        #[cfg(feature = "tls")]
        browsers: "docs/guide/browsers.md",
        real_gws: "docs/guide/real-gws.md",
        other_tools: "docs/guide/other-tools.md",
        push_side: "docs/guide/push-side.md",
        states: "docs/guide/states.md",
        operations: "docs/guide/operations.md",
        not_modelled: "docs/guide/not-modelled.md",
        fidelity: "docs/guide/fidelity.md",
        comparison: "docs/guide/comparison.md",
        limits: "docs/guide/limits.md",
        performance: "docs/guide/performance.md",
        compatibility: "docs/guide/compatibility.md",
    }
}
