//! From what came and went to a scenario in its canonical form.
//!
//! Requests that were on their way at the same time are one group, in the order of their texts, up to the first event: who
//! sends something behind an event may have waited for it. An event stands behind the request that began last before it. A connect that ended without an event stands behind all else of its moment, since it is
//! on its way beside everything. Ids and the address are names.

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

/// What came or went. The orders tell what was before what.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Recorded {
    pub began: u64,
    /// When a request was answered; of an event the same.
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
    /// What the test did that no other step shows.
    Test {
        call: String,
        with: Value,
    },
}

/// The methods that a scenario has.
pub const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

impl Recorded {
    /// Whether a scenario has a place for it. What it has none for is refused, and so changes nothing: another method, a
    /// target that is no path, a subscription to nothing, and a channel that is none.
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
    let mut steps = Vec::new();
    let mut open: Vec<&Recorded> = Vec::new();
    let mut events: Vec<&Recorded> = Vec::new();
    let mut connects: Vec<&Recorded> = Vec::new();
    let begun = recorded.iter().map(|it| it.at).min().unwrap_or_default();
    let since = |it: &Recorded| Recorded { at: it.at - begun, ..it.clone() };
    let recorded = recorded.iter().filter(|it| it.has_a_place());
    let recorded: Vec<Recorded> = recorded.map(since).collect();
    let mut sorted: Vec<&Recorded> = recorded.iter().collect();
    sorted.sort_by_key(|it| it.began);
    for it in sorted {
        let grouped = it.group.is_some() && open.iter().any(|other| other.group == it.group);
        let moved = !grouped && connects.first().is_some_and(|connect| connect.at < it.at);
        let closes = !grouped && open.iter().all(|other| other.ended < it.began);
        match &it.what {
            RecordedEvent::Push { .. } => {
                if moved {
                    flush(&mut steps, &mut open, &mut events, known);
                    steps.extend(connects.drain(..).map(|connect| step(connect, known, false)));
                }
                events.push(it);
            }
            RecordedEvent::Bayeux { message: BayeuxMessage::Connect, .. } => {
                if moved {
                    flush(&mut steps, &mut open, &mut events, known);
                    steps.extend(connects.drain(..).map(|connect| step(connect, known, false)));
                }
                connects.push(it);
            }
            RecordedEvent::Test { .. } => {
                flush(&mut steps, &mut open, &mut events, known);
                if moved {
                    steps.extend(connects.drain(..).map(|connect| step(connect, known, false)));
                }
                steps.push(step(it, known, false));
            }
            RecordedEvent::Request { .. } | RecordedEvent::Bayeux { .. } => {
                // What began behind an event may have waited for it.
                if closes || (!grouped && !events.is_empty()) {
                    flush(&mut steps, &mut open, &mut events, known);
                    if moved {
                        steps.extend(connects.drain(..).map(|connect| step(connect, known, false)));
                    }
                }
                open.push(it);
            }
        }
    }
    flush(&mut steps, &mut open, &mut events, known);
    steps.extend(connects.drain(..).map(|connect| step(connect, known, false)));
    let texts: Vec<String> = steps.iter().map(line).collect();
    let is_used = |name: &str| texts.iter().any(|text| text.contains(&format!("${{{name}}}")));
    let names = known.iter().filter(|(name, _)| name != "url" && is_used(name));
    let mut names: BTreeMap<String, Value> =
        names.map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
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

/// The open requests as one step, and their events behind it.
fn flush(
    steps: &mut Vec<Step>,
    open: &mut Vec<&Recorded>,
    events: &mut Vec<&Recorded>,
    known: &Known,
) {
    // Where a group is played, what follows goes with the one that comes last.
    let last = open.iter().max_by_key(|it| it.began);
    let ended = last.map_or(0, |it| it.ended);
    let mut requests: Vec<Step> = open.drain(..).map(|it| step(it, known, false)).collect();
    // When each came is not what tells them apart.
    requests.sort_by_cached_key(|it| line(&it.clone().without_offset()));
    match requests.len() {
        0 => {}
        1 => steps.extend(requests),
        _ => steps.push(Step::Group { steps: requests }),
    }
    steps.extend(events.drain(..).map(|event| step(event, known, event.began < ended)));
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
            Step::Test { at, call: call.clone(), with: named(with, known) }
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
