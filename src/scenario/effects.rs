//! What follows in a scenario from what a client has sent, and when.

use std::time::Duration;

use serde_json::Value;

/// How fast the offsets of a scenario pass on the fake's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Everything follows at once.
    AtOnce,
    /// An offset takes so many times as long: 1 is the speed of the recording.
    Times(f64),
}

/// What is to happen, and how much later than the step before.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledEffect {
    pub(crate) after: Duration,
    pub(crate) act: ScenarioEffect,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ScenarioEffect {
    Push {
        to: String,
        channel: String,
        data: Value,
    },
    /// A call of the test, and where it stands, for what is told when it cannot be done.
    Test {
        place: String,
        call: String,
        with: Value,
    },
}

/// What follows from what came.
#[derive(Debug, Default)]
pub struct Effects {
    /// The answer to a request.
    pub(crate) answer: Option<(u16, Option<Value>)>,
    /// What happens before the answer.
    pub(crate) before: Vec<ScheduledEffect>,
    /// What happens behind it.
    pub(crate) behind: Vec<ScheduledEffect>,
    /// The number of the group that it is one of.
    pub(crate) group: Option<u64>,
}
