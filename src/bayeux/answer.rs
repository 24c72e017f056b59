//! What goes back to a client: events and replies, each written once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bayeux::channel;
use crate::bayeux::io::Instruction;
use crate::bayeux::session::{ClientId, Event};

/// The messages of one HTTP answer.
#[derive(Debug, Default)]
pub struct BayeuxReply {
    messages: Vec<Arc<str>>,
    /// The events among them, with their clients.
    events: Vec<(ClientId, Event)>,
    /// What it tells clients that they are to keep to.
    pub(crate) told: Vec<(ClientId, Instruction)>,
}

impl BayeuxReply {
    pub(crate) fn of(reply: &Value) -> Self {
        let mut answer = Self::default();
        answer.push(reply);
        answer
    }

    pub(crate) fn push(&mut self, reply: &Value) {
        self.messages.push(reply.to_string().into());
    }

    pub(crate) fn push_events(
        &mut self,
        client: &ClientId,
        events: impl IntoIterator<Item = Event>,
    ) {
        for event in events {
            self.messages.push(Arc::clone(&event.json));
            self.events.push((Arc::clone(client), event));
        }
    }

    pub(crate) fn tell(&mut self, client: &ClientId, told: Instruction) {
        self.told.push((Arc::clone(client), told));
    }

    /// Whether it matters if it is written.
    pub(crate) fn has_consequences(&self) -> bool {
        !self.events.is_empty() || !self.told.is_empty()
    }

    /// The clients and labels of the events.
    pub(crate) fn labels(&self) -> Vec<(ClientId, u64)> {
        let labels = self.events.iter().filter_map(|(client, event)| Some((client, event.label?)));
        labels.map(|(client, label)| (Arc::clone(client), label)).collect()
    }

    pub(super) fn into_events(self) -> Vec<(ClientId, Event)> {
        self.events
    }

    /// The body: a JSON array of the messages.
    pub fn body(&self) -> String {
        format!("[{}]", self.messages.join(","))
    }
}

/// An event as it goes out: never with the publisher's clientId or id (wire).
pub fn event(channel: &str, data: Option<&Value>) -> Arc<str> {
    match data {
        Some(data) => event_of(channel, &data.to_string()),
        None => json!({ "channel": channel }).to_string().into(),
    }
}

/// As [`event`], with data that is JSON already.
pub(crate) fn event_of(channel: &str, data: &str) -> Arc<str> {
    let mut event = String::with_capacity(channel.len() + data.len() + 24);
    event.push_str(r#"{"channel":"#);
    if channel::is_plain(channel) {
        event.extend(["\"", channel, "\""]);
    } else {
        event.push_str(&Value::from(channel).to_string());
    }
    event.extend([r#","data":"#, data, "}"]);
    event.into()
}
