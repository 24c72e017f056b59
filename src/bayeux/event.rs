//! Events: each is written once, for all who get it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bayeux::channel;

/// An event on its way to one client, with the label that its sender gave it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// `{"channel":…,"data":…}`, written once for all who get it.
    pub(crate) json: Arc<str>,
    /// Tells the events of one fake apart; `None` for what is no event but goes the way of one.
    pub(crate) label: Option<u64>,
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
