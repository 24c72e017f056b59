//! Messages from a client (documented: Bayeux 1.0; wire: CometD Java 3.1.12).

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::bayeux::channel;

/// One message as a client sent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) channel: String,
    /// A number is echoed as a string, as the product does.
    pub(crate) id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) subscription: Option<Value>,
    pub(crate) data: Option<Value>,
    /// `advice.timeout` of this very message.
    pub(crate) timeout: Option<Duration>,
    pub(crate) has_advice: bool,
}

/// Why a body is not a batch of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// Neither an object nor an array of objects: HTTP 400.
    Body,
    /// A message that makes the product throw: HTTP 500. Where, and what came.
    Message { place: String, got: String },
}

/// The messages of a body; one object is taken as an array of one.
pub(crate) fn batch(body: &Value) -> Result<Vec<Message>, Malformed> {
    match body {
        Value::Object(fields) => Ok(vec![message("", fields)?]),
        Value::Array(items) => {
            let messages = items.iter().enumerate().map(|(index, item)| match item {
                Value::Object(fields) => message(&format!("/{index}"), fields),
                _ => Err(Malformed::Body),
            });
            messages.collect()
        }
        _ => Err(Malformed::Body),
    }
}

fn message(place: &str, fields: &Map<String, Value>) -> Result<Message, Malformed> {
    let wrong = |field: &str, got: Option<&Value>| Malformed::Message {
        place: format!("{place}/{field}"),
        got: got.map_or_else(|| "nothing".to_owned(), Value::to_string),
    };
    let name = fields.get("channel");
    let Some(channel) = name.and_then(Value::as_str).and_then(channel::parse) else {
        return Err(wrong("channel", name));
    };
    let advice = fields.get("advice").filter(|advice| advice.is_object());
    Ok(Message {
        channel: channel.to_owned(),
        id: text(fields.get("id")),
        client_id: text(fields.get("clientId")),
        subscription: fields.get("subscription").cloned(),
        data: fields.get("data").cloned(),
        timeout: advice
            .and_then(|advice| advice.get("timeout"))
            .and_then(Value::as_u64)
            .map(Duration::from_millis),
        has_advice: advice.is_some(),
    })
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Message {
    /// The reply to this message: its channel and id, and whether it succeeded.
    pub(crate) fn reply(&self, successful: bool) -> Value {
        let mut reply = json!({ "channel": self.channel, "successful": successful });
        if let Some(id) = &self.id {
            reply["id"] = json!(id);
        }
        reply
    }

    pub(crate) fn error(&self, error: &str) -> Value {
        let mut reply = self.reply(false);
        reply["error"] = json!(error);
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_is_a_batch_of_one() {
        let message = json!({ "channel": "/meta/connect", "id": 77, "clientId": "c", "advice": { "timeout": 0 } });
        let alone = batch(&message).unwrap();
        assert_eq!(alone, batch(&json!([message])).unwrap());
        assert_eq!(alone[0].id.as_deref(), Some("77"));
        assert_eq!(alone[0].timeout, Some(Duration::ZERO));
    }

    #[test]
    fn what_is_no_batch_is_told_from_what_is_no_message() {
        assert_eq!(batch(&json!(42)), Err(Malformed::Body));
        assert_eq!(batch(&json!([42])), Err(Malformed::Body));
        let got = |value: Value| batch(&value).unwrap_err();
        assert_eq!(
            got(json!([{ "channel": "/a" }, { "channel": "foo" }])),
            Malformed::Message { place: "/1/channel".into(), got: "\"foo\"".into() }
        );
        assert_eq!(
            got(json!({ "id": "1" })),
            Malformed::Message { place: "/channel".into(), got: "nothing".into() }
        );
    }
}
