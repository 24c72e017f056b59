//! The scenario, in its canonical form, of recorded events.
//!
//! Requests that were on their way at the same time are one group, in the order of their texts, up to the first event: who
//! sends something after an event may have waited for it. An event follows the request that began last before it. A connect that
//! ended without an event follows all else of its moment, since it is on its way beside everything. Ids and the address are
//! names.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::template::DOLLAR;
use crate::contract::version::VERSION;
use crate::scenario::step::{
    Bayeux, BayeuxMessage, ExpectedAnswer, Head, Matching, Numbered, Push, Request, Scenario, Step,
};
use crate::scenario::write::line;

/// A recorded event. The numbers of its beginning and its end tell the order of all events.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Recorded {
    pub began: u64,
    /// The number of the answer to a request; of another event, the number of its beginning.
    pub ended: u64,
    pub at: Duration,
    /// The group that it was played in: then it stands in one again, even where nothing overlapped this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u64>,
    pub what: RecordedEvent,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedEvent {
    Request {
        by: Option<String>,
        method: String,
        path: String,
        body: Option<Value>,
        status: u16,
        answer: Option<Value>,
    },
    Bayeux {
        by: String,
        message: BayeuxMessage,
    },
    Push {
        to: String,
        channel: String,
        data: Value,
    },
    /// An action of the test that no other step shows.
    Test {
        call: String,
        with: Value,
    },
}

/// The methods that a scenario has.
pub const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

impl Recorded {
    /// Tells if a scenario has a place for the event. Events without a place are refused, and so change nothing:
    /// another method, a target that is no path, a subscription to nothing, and a channel that is none.
    fn has_a_place(&self) -> bool {
        match &self.what {
            RecordedEvent::Request { method, path, .. } => {
                METHODS.contains(&method.as_str()) && path.starts_with('/')
            }
            RecordedEvent::Bayeux {
                message:
                    BayeuxMessage::Subscribe { channels } | BayeuxMessage::Unsubscribe { channels },
                ..
            } => !channels.is_empty(),
            RecordedEvent::Bayeux { message: BayeuxMessage::Publish { channel, .. }, .. }
            | RecordedEvent::Push { channel, .. } => channel.starts_with('/'),
            _ => true,
        }
    }
}

/// Texts that are replaced by names: name and text.
pub type Known = Vec<(String, String)>;

/// The scenario of what was recorded. `known` names are bound by the head, but for `url`, which the fake binds.
pub fn scenario(title: Option<String>, recorded: &[Recorded], known: &Known) -> Scenario {
    let begun = recorded.iter().map(|recorded| recorded.at).min().unwrap_or_default();
    let since = |recorded: &Recorded| Recorded { at: recorded.at - begun, ..recorded.clone() };
    let mut recorded: Vec<Recorded> =
        recorded.iter().filter(|recorded| recorded.has_a_place()).map(since).collect();
    recorded.sort_by_key(|recorded| recorded.began);
    let mut grouper = Grouper::new(known);
    for recorded_event in &recorded {
        grouper.push(recorded_event);
    }
    let steps = grouper.finish();
    let texts: Vec<String> = steps.iter().map(line).collect();
    let is_used = |name: &str| texts.iter().any(|text| text.contains(&format!("${{{name}}}")));
    let mut names: BTreeMap<String, Value> = known
        .iter()
        .filter(|(name, _)| name != "url" && is_used(name))
        .map(|(name, text)| (name.clone(), Value::from(text.as_str())))
        .collect();
    if is_used(DOLLAR) {
        names.insert(DOLLAR.to_owned(), Value::from("$"));
    }
    let numbered = steps.into_iter().enumerate();
    let steps = numbered.map(|(index, step)| Numbered { number: index + 1, line: index + 3, step });
    let head = Head { version: VERSION, title, names };
    Scenario { file: String::new(), head, steps: steps.collect() }
}

/// JSON where it is JSON, a text where it is not, nothing where there is nothing.
pub fn content(bytes: &[u8]) -> Option<Value> {
    let text = || Value::from(String::from_utf8_lossy(bytes).into_owned());
    (!bytes.is_empty()).then(|| serde_json::from_slice(bytes).unwrap_or_else(|_| text()))
}

/// The steps so far, and what is not in one yet.
struct Grouper<'r> {
    known: &'r Known,
    steps: Vec<Step>,
    /// Requests that were on their way at the same time.
    group: Vec<&'r Recorded>,
    /// The events since the group began.
    events: Vec<&'r Recorded>,
    /// The connects of this moment that ended without an event.
    connects: Vec<&'r Recorded>,
}

impl<'r> Grouper<'r> {
    fn new(known: &'r Known) -> Self {
        Self {
            known,
            steps: Vec::new(),
            group: Vec::new(),
            events: Vec::new(),
            connects: Vec::new(),
        }
    }

    /// Takes what began next.
    fn push(&mut self, recorded_event: &'r Recorded) {
        match &recorded_event.what {
            RecordedEvent::Push { .. } => self.push_event(recorded_event),
            RecordedEvent::Bayeux { message: BayeuxMessage::Connect, .. } => {
                self.push_connect(recorded_event);
            }
            RecordedEvent::Test { .. } => self.push_call(recorded_event),
            RecordedEvent::Request { .. } | RecordedEvent::Bayeux { .. } => {
                self.push_request(recorded_event);
            }
        }
    }

    fn push_event(&mut self, event: &'r Recorded) {
        self.begin_moment(event);
        self.events.push(event);
    }

    fn push_connect(&mut self, connect: &'r Recorded) {
        self.begin_moment(connect);
        self.connects.push(connect);
    }

    fn push_call(&mut self, call: &'r Recorded) {
        if !self.begin_moment(call) {
            self.close_group();
        }
        self.steps.push(step(call, self.known, false));
    }

    fn push_request(&mut self, request: &'r Recorded) {
        let is_apart = self.group.iter().all(|other| other.ended < request.began);
        // A request that began after an event may have waited for it.
        let closes = is_apart || !self.events.is_empty();
        if closes && !self.is_of_group(request) && !self.begin_moment(request) {
            self.close_group();
        }
        self.group.push(request);
    }

    /// Returns whether it was played in the group that is open.
    fn is_of_group(&self, recorded_event: &Recorded) -> bool {
        recorded_event.group.is_some()
            && self.group.iter().any(|other| other.group == recorded_event.group)
    }

    /// Closes the group and adds the connects of an earlier moment, if there are some; returns whether there were.
    fn begin_moment(&mut self, recorded_event: &Recorded) -> bool {
        let is_later = self.connects.first().is_some_and(|connect| connect.at < recorded_event.at);
        let begins = is_later && !self.is_of_group(recorded_event);
        if begins {
            self.close_group();
            self.close_moment();
        }
        begins
    }

    /// Adds the requests of the group as one step, and their events after it.
    fn close_group(&mut self) {
        // Where a group is played, what follows goes with the one that comes last.
        let last = self.group.iter().max_by_key(|group| group.began);
        let ended = last.map_or(0, |request| request.ended);
        let mut requests: Vec<Step> =
            self.group.drain(..).map(|group| step(group, self.known, false)).collect();
        // When each came is not what tells them apart.
        requests.sort_by_cached_key(|request| line(&request.clone().without_offset()));
        match requests.len() {
            0 => {}
            1 => self.steps.extend(requests),
            _ => self.steps.push(Step::Group { steps: requests }),
        }
        let events = self.events.drain(..);
        self.steps.extend(events.map(|event| step(event, self.known, event.began < ended)));
    }

    fn close_moment(&mut self) {
        let connects = self.connects.drain(..);
        self.steps.extend(connects.map(|connect| step(connect, self.known, false)));
    }

    fn finish(mut self) -> Vec<Step> {
        self.close_group();
        self.close_moment();
        self.steps
    }
}

fn step(recorded: &Recorded, known: &Known, before_answer: bool) -> Step {
    let at = u64::try_from(recorded.at.as_millis()).ok();
    match &recorded.what {
        RecordedEvent::Request { by, method, path, body, status, answer } => {
            Step::Request(Box::new(Request {
                at,
                by: by.clone(),
                method: method.clone(),
                path: named_text(path, known),
                body: body.as_ref().map(|body| named(body, known)),
                matching: Matching::Exact,
                answer: ExpectedAnswer {
                    status: *status,
                    body: answer.as_ref().map(|body| named(body, known)),
                    capture: BTreeMap::new(),
                },
            }))
        }
        RecordedEvent::Bayeux { by, message } => {
            let message = message.with_data(|data| named(data, known));
            Step::Bayeux(Bayeux { at, by: by.clone(), message })
        }
        RecordedEvent::Push { to, channel, data } => Step::Push(Push {
            at,
            to: to.clone(),
            channel: channel.clone(),
            data: named(data, known),
            before_answer,
            capture: BTreeMap::new(),
        }),
        RecordedEvent::Test { call, with } => {
            let with = named(with, known);
            Step::Test { at, call: call.clone(), with, replay_only: false }
        }
    }
}

fn named(value: &Value, known: &Known) -> Value {
    match value {
        Value::String(text) => Value::from(named_text(text, known)),
        Value::Array(items) => items.iter().map(|item| named(item, known)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), named(field, known)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

fn named_text(text: &str, known: &Known) -> String {
    known.iter().fold(text.to_owned(), |text, (name, known)| {
        if known.is_empty() { text } else { text.replace(known, &format!("${{{name}}}")) }
    })
}
