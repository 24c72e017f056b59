//! The steps of a scenario, as they stand in its file: `schemas/scenario-step.json` says which there are.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bayeux::message::Message;
use crate::contract::json_diff::difference;
use crate::contract::template::{Names, filled_in, learn};

/// A whole scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// The file that it was read from, for errors.
    pub file: String,
    pub head: Head,
    pub steps: Vec<Numbered>,
}

/// A step and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// Counts from 1 without the head.
    pub number: usize,
    pub line: usize,
    pub step: Step,
}

/// The first element of the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Head {
    pub(crate) version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// The values of names from the beginning.
    #[serde(default, rename = "let", skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Value>,
}

/// One element of the file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// A client's request on the REST side, and its answer.
    Request(Box<Request>),
    /// A client's request on the push side; what CometD answers follows from it.
    Bayeux(Bayeux),
    /// An event to the clients of a user.
    Push(Push),
    /// Requests that come in any order.
    Group { steps: Vec<Step> },
    /// A pause before the steps that follow.
    Wait { milliseconds: u64 },
    /// An action of a test: a path of the control endpoint, and its body.
    Test {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
        call: String,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        with: Value,
        /// True if a fake that plays the scenario passes over the step: its effects are steps of their own.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        replay_only: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Request {
    /// The offset from the beginning, in milliseconds of the fake's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<u64>,
    /// The user name of who sends it; absent: somebody who has not signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    pub method: String,
    /// Path and query.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(default, skip_serializing_if = "Matching::is_exact")]
    pub matching: Matching,
    pub answer: ExpectedAnswer,
}

/// The strictness of the comparison between the body of a request and the one of the step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// It is the same.
    #[default]
    Exact,
    /// It has what the step has, and may have more.
    Partial,
    /// It may be anything.
    Any,
}

impl Matching {
    // serde asks with a reference.
    #[expect(clippy::trivially_copy_pass_by_ref)]
    fn is_exact(&self) -> bool {
        *self == Self::Exact
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ExpectedAnswer {
    pub status: u16,
    /// A text is sent as it is, everything else as JSON; absent: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Names for values of the body, by JSON pointer: they must be in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Bayeux {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<u64>,
    pub by: String,
    #[serde(flatten)]
    pub message: BayeuxMessage,
}

/// A message of a client on the push side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
pub enum BayeuxMessage {
    Handshake,
    Subscribe {
        channels: Vec<String>,
    },
    Unsubscribe {
        channels: Vec<String>,
    },
    /// A connect that ended without an event. Their number depends on time; they are never waited for.
    Connect,
    Disconnect,
    Publish {
        channel: String,
        /// Absent: it may be anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Value>,
    },
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Push {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<u64>,
    pub to: String,
    pub channel: String,
    pub data: Value,
    /// True if the event goes out before the answer to the request in front of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) before_answer: bool,
    /// Names for values of the data, by JSON pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
}

impl Step {
    pub fn at(&self) -> Option<Duration> {
        let at = match self {
            Self::Request(request) => request.at,
            Self::Bayeux(bayeux) => bayeux.at,
            Self::Push(push) => push.at,
            // What is behind it follows the last of them.
            Self::Group { steps } => return steps.iter().filter_map(Self::at).max(),
            Self::Test { at, .. } => *at,
            Self::Wait { .. } => None,
        };
        at.map(Duration::from_millis)
    }

    /// The strictness with which the step must be met.
    pub(crate) fn matching(&self) -> Matching {
        match self {
            Self::Request(request) => request.matching,
            _ => Matching::Exact,
        }
    }

    /// The same at no moment in particular.
    pub(crate) fn without_offset(mut self) -> Self {
        match &mut self {
            Self::Request(request) => request.at = None,
            Self::Bayeux(bayeux) => bayeux.at = None,
            Self::Push(push) => push.at = None,
            Self::Test { at, .. } => *at = None,
            Self::Group { .. } | Self::Wait { .. } => {}
        }
        self
    }

    pub(crate) fn is_connect(&self) -> bool {
        matches!(self, Self::Bayeux(Bayeux { message: BayeuxMessage::Connect, .. }))
    }

    /// Tells if the step is nothing but connects, for which nobody waits.
    pub(crate) fn is_idle(&self) -> bool {
        match self {
            Self::Group { steps } => steps.iter().all(Self::is_connect),
            step => step.is_connect(),
        }
    }

    /// The expected message, in a few words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Request(request) => {
                let by = request.by.as_deref().unwrap_or("nobody who has signed in");
                let operation = request
                    .body
                    .as_ref()
                    .and_then(|body| body.get("operationName"))
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                format!("{} {} {operation}", request.method, request.path).trim_end().to_owned()
                    + &format!(" by {by}")
            }
            Self::Bayeux(bayeux) => format!("{} by {}", bayeux.message.in_words(), bayeux.by),
            Self::Push(push) => format!("push to {} on {}", push.to, push.channel),
            Self::Group { steps } => {
                steps.iter().map(Self::in_words).collect::<Vec<_>>().join(", or ")
            }
            Self::Wait { milliseconds } => format!("wait {milliseconds} ms"),
            Self::Test { call, .. } => format!("test {call}"),
        }
    }
}

impl BayeuxMessage {
    /// A message as it stands in a scenario.
    pub fn of(message: &Message) -> Self {
        let channels = || message.subscriptions().map(str::to_owned).collect();
        match message.channel.as_str() {
            "/meta/handshake" => Self::Handshake,
            "/meta/connect" => Self::Connect,
            "/meta/disconnect" => Self::Disconnect,
            "/meta/subscribe" => Self::Subscribe { channels: channels() },
            "/meta/unsubscribe" => Self::Unsubscribe { channels: channels() },
            channel => Self::Publish { channel: channel.to_owned(), data: message.data.clone() },
        }
    }

    /// The data that it publishes, if it is a publish.
    pub fn data(&self) -> Option<&Value> {
        match self {
            Self::Publish { data, .. } => data.as_ref(),
            _ => None,
        }
    }

    /// The same with what it publishes changed.
    pub(crate) fn with_data(&self, change: impl FnOnce(&Value) -> Value) -> Self {
        match self {
            Self::Publish { channel, data } => {
                Self::Publish { channel: channel.clone(), data: data.as_ref().map(change) }
            }
            other => other.clone(),
        }
    }

    /// Compares a message that came with this one. If they match, the names are bound and added to `new`; otherwise the
    /// differences of the data are returned, which are none if it is another message.
    pub(crate) fn met_by(
        &self,
        incoming: &Self,
        names: &mut Names,
        new: &mut Vec<String>,
    ) -> Result<(), Vec<String>> {
        let same = match (self, incoming) {
            (Self::Publish { channel: want, .. }, Self::Publish { channel: got, .. }) => {
                want == got
            }
            _ => self == incoming,
        };
        if !same {
            return Err(Vec::new());
        }
        let Some(want) = self.data() else { return Ok(()) };
        let got = incoming.data().unwrap_or(&Value::Null);
        learn(want, got, names, new);
        let want = filled_in(want, names).unwrap_or_else(|_| want.clone());
        let different = difference(&want, got, true);
        if different.is_empty() { Ok(()) } else { Err(different) }
    }

    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Handshake => "handshake".to_owned(),
            Self::Subscribe { channels } => format!("subscribe {}", channels.join(", ")),
            Self::Unsubscribe { channels } => format!("unsubscribe {}", channels.join(", ")),
            Self::Connect => "connect".to_owned(),
            Self::Disconnect => "disconnect".to_owned(),
            Self::Publish { channel, .. } => format!("publish {channel}"),
        }
    }
}
