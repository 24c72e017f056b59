//! The messages that go back to a client: events and replies, each written once.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::event::Event;
use crate::bayeux::session::ClientId;

/// The messages of one HTTP answer.
#[derive(Debug, Default)]
pub struct BayeuxReply {
    messages: Vec<Arc<str>>,
    /// The events among them, with their clients.
    events: Vec<(ClientId, Event)>,
    /// The instructions in the answer that clients have to follow.
    pub(crate) instructions: Vec<(ClientId, Instruction)>,
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

    pub(crate) fn tell(&mut self, client: &ClientId, instructions: Instruction) {
        self.instructions.push((Arc::clone(client), instructions));
    }

    /// Tells if anything depends on the writing of this answer.
    pub(crate) fn has_consequences(&self) -> bool {
        !self.events.is_empty() || !self.instructions.is_empty()
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

/// An instruction that a client has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// That it is unknown, and is to handshake.
    Handshake,
    /// Not to connect again.
    None,
    /// To stay away for so long before it connects again.
    Interval(Duration),
    /// That its own disconnect was taken.
    Disconnected,
}
