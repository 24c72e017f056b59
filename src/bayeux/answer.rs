//! What goes back to a client: events and replies, each written once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bayeux::session::Event;

/// The messages of one HTTP answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    messages: Vec<Arc<str>>,
    /// The clients and labels of the events among them.
    pub(crate) events: Vec<(String, u64)>,
}

impl Answer {
    pub(crate) fn of(reply: &Value) -> Self {
        let mut answer = Self::default();
        answer.push(reply);
        answer
    }

    pub(crate) fn push(&mut self, reply: &Value) {
        self.messages.push(reply.to_string().into());
    }

    pub(crate) fn push_events(&mut self, client: &str, events: Vec<Event>) {
        for event in events {
            self.messages.push(event.json);
            self.events.extend(event.label.map(|label| (client.to_owned(), label)));
        }
    }

    /// The body: a JSON array of the messages.
    pub(crate) fn body(&self) -> String {
        format!("[{}]", self.messages.join(","))
    }
}

/// An event as it goes out: never with the publisher's clientId or id (wire).
pub(crate) fn event(channel: &str, data: Option<&Value>) -> Arc<str> {
    let mut event = json!({ "channel": channel });
    if let Some(data) = data {
        event["data"] = data.clone();
    }
    event.to_string().into()
}
