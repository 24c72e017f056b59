//! The extensions `ack` and `timesync` (wire: CometD Java 3.1.12). A client that asks for neither sees nothing of them.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::event::Event;
use crate::bayeux::message::Message;

/// Every connect's answer has a number. What went out under a number is kept until the client names that number or a later
/// one, and goes out again until then.
#[derive(Debug)]
pub(crate) struct Acks {
    /// The number of the answer to come.
    next: i64,
    /// The events that the client has not acknowledged, under the number that they first go out with.
    kept: VecDeque<(i64, Event)>,
}

impl Acks {
    /// Of a handshake that asks for it with `true`; the text "true" of older pages is passed over.
    pub(crate) fn asked_for(message: &Message) -> Option<Self> {
        let asked = message.ext.get("ack") == Some(&Value::Bool(true));
        asked.then(|| Self { next: 1, kept: VecDeque::new() })
    }

    pub(crate) fn keep(&mut self, event: Event) {
        self.kept.push_back((self.next, event));
    }

    /// Forgets what went out under the number that a connect brings; returns the labels of it.
    pub(crate) fn forget(&mut self, message: &Message) -> Option<Vec<u64>> {
        let up_to = message.ext.get("ack")?;
        let up_to = up_to.as_i64().or_else(|| up_to.as_f64().map(|number| number as i64))?;
        let arrived = self.kept.iter().take_while(|(number, _)| *number <= up_to).count();
        Some(self.kept.drain(..arrived).filter_map(|(_, event)| event.label).collect())
    }

    /// The labels of the events that the client has not acknowledged.
    pub(crate) fn labels(&self) -> impl Iterator<Item = u64> {
        self.kept.iter().filter_map(|(_, event)| event.label)
    }

    /// The number of the last answer to a connect.
    pub(crate) fn last_number(&self) -> i64 {
        self.next - 1
    }

    /// The number of events that the client has not acknowledged.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// The events of the answer that has just taken its number, for the first time or again. Events that were published
    /// after a connect in the same batch belong to the next number.
    pub(crate) fn events(&self) -> impl Iterator<Item = Event> {
        let numbered = self.kept.iter().take_while(|(number, _)| *number < self.next);
        numbered.map(|(_, event)| event.clone())
    }

    /// Adds the extension's part of a reply to its `ext`. The answer to a connect takes a number.
    pub(crate) fn tell(&mut self, reply: &mut Value) {
        match reply["channel"].as_str() {
            Some("/meta/handshake") => reply["ext"]["ack"] = json!(true),
            Some("/meta/connect") => {
                reply["ext"]["ack"] = json!(self.next);
                self.next += 1;
            }
            _ if reply["ext"].is_null() => reply["ext"] = json!({}),
            _ => {}
        }
    }
}

/// The question of a message to the server's clock.
#[derive(Clone, Debug)]
pub(crate) struct Timesync {
    /// The client's time, its measure of the lag and of the offset, in milliseconds.
    client: i64,
    lag: Option<i64>,
    offset: i64,
    /// The server's time when the message came.
    server: i64,
    received: Duration,
}

/// The deviation of a client's clock up to which the client is not corrected, in milliseconds.
const ACCURACY: u64 = 25;

impl Timesync {
    pub(crate) fn of(message: &Message, server: i64, received: Duration) -> Option<Self> {
        let asked = message.ext.get("timesync")?;
        let number = |name| asked.get(name).and_then(Value::as_i64);
        let lag = number("l");
        let offset = if lag.is_some() { number("o")? } else { 0 };
        Some(Self { client: number("tc")?, lag, offset, server, received })
    }

    /// Tells the time, unless the client has it right.
    pub(crate) fn tell(&self, reply: &mut Value, now: Duration) {
        let processing = now.saturating_sub(self.received).as_millis();
        let processing = u64::try_from(processing).unwrap_or(u64::MAX);
        let mut timesync = json!({ "tc": self.client, "ts": self.server, "p": processing });
        if let Some(lag) = self.lag {
            let expected = self.client.saturating_add(self.offset).saturating_add(lag);
            let accuracy = expected.saturating_sub(self.server);
            if lag != 0 && accuracy.unsigned_abs() < ACCURACY {
                return;
            }
            timesync["a"] = json!(accuracy);
        }
        reply["ext"]["timesync"] = timesync;
    }
}
