//! Messages from a client (documented: Bayeux 1.0; wire: CometD Java 3.1.12).

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::bayeux::channel;

/// One message as a client sent it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// The channel as the client wrote it; its syntax is checked when the message is processed.
    pub channel: String,
    /// A number is echoed as a string, as the product does.
    pub(crate) id: Option<String>,
    pub client_id: Option<String>,
    pub(crate) subscription: Option<Value>,
    pub data: Option<Value>,
    /// The client's own advice. Only a connect's is looked at, and throws where it is none.
    pub(crate) advice: Option<Result<Advice, InvalidField>>,
    /// For the extensions; whatever they do not know is passed over.
    pub(crate) ext: Value,
    /// The field that makes CometD throw, whatever kind of message this is.
    pub(crate) invalid: Option<InvalidField>,
}

/// The time for which the client asks its connect to be held, and the time for which it will stay away afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) timeout: Option<Duration>,
    pub(crate) interval: Option<Duration>,
}

/// A field that makes the product throw, and what came in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidField {
    pub(crate) field: &'static str,
    pub(crate) got: String,
}

/// The messages of a body; one object is taken as an array of one. `None`: it is neither an object nor an array of objects.
pub fn batch(body: &Value) -> Option<Vec<Message>> {
    match body {
        Value::Object(fields) => Some(vec![message(fields)]),
        Value::Array(items) => items.iter().map(|item| item.as_object().map(message)).collect(),
        _ => None,
    }
}

fn message(fields: &Map<String, Value>) -> Message {
    let text = |field| plain_text(field, fields.get(field));
    let channel = text("channel").and_then(|channel| {
        channel.ok_or_else(|| InvalidField { field: "channel", got: "nothing".to_owned() })
    });
    let id = echoed(fields.get("id"));
    let client_id = text("clientId");
    let flaws = [channel.as_ref().err(), id.as_ref().err(), client_id.as_ref().err()];
    let invalid = flaws.into_iter().flatten().next().cloned();
    Message {
        invalid,
        channel: channel.unwrap_or_default(),
        id: id.unwrap_or_default(),
        client_id: client_id.unwrap_or_default(),
        subscription: fields.get("subscription").filter(|field| !field.is_null()).cloned(),
        data: fields.get("data").cloned(),
        advice: fields.get("advice").filter(|field| !field.is_null()).map(advice),
        ext: fields.get("ext").cloned().unwrap_or_default(),
    }
}

/// A text, of which the characters of a channel are checked; those of a clientId need not be, since it is looked up.
fn plain_text(field: &'static str, value: Option<&Value>) -> Result<Option<String>, InvalidField> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if field != "channel" || channel::is_plain(text) => {
            Ok(Some(text.clone()))
        }
        Some(other) => Err(InvalidField { field, got: other.to_string() }),
    }
}

fn echoed(id: Option<&Value>) -> Result<Option<String>, InvalidField> {
    let text = match id {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if channel::is_plain(&text) {
        Ok(Some(text))
    } else {
        Err(InvalidField { field: "id", got: text })
    }
}

fn advice(advice: &Value) -> Result<Advice, InvalidField> {
    let invalid = |field, got: &Value| InvalidField { field, got: got.to_string() };
    let fields = advice.as_object().ok_or_else(|| invalid("advice", advice))?;
    let span = |name, field| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(milliseconds(number)),
        Some(other) => Err(invalid(field, other)),
    };
    Ok(Advice {
        timeout: span("timeout", "advice/timeout")?,
        interval: span("interval", "advice/interval")?,
    })
}

/// Less than nothing is as if nothing had been said.
fn milliseconds(number: &serde_json::Number) -> Option<Duration> {
    if let Some(whole) = number.as_u64() {
        return Some(Duration::from_millis(whole));
    }
    let fraction = number.as_f64().filter(|number| *number >= 0.0)?;
    Duration::try_from_secs_f64((fraction / 1000.0).trunc()).ok()
}

impl Message {
    /// The reply to this message: its channel, id and subscription, and whether it succeeded.
    pub(crate) fn reply(&self, successful: bool) -> Value {
        let mut reply = self.undecided();
        reply["successful"] = json!(successful);
        reply
    }

    /// The texts of its subscription, which is one or an array.
    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = &str> {
        let one = self.subscription.as_ref().and_then(Value::as_str);
        let many = self.subscription.as_ref().and_then(Value::as_array).into_iter().flatten();
        one.into_iter().chain(many.filter_map(Value::as_str))
    }

    pub(crate) fn error(&self, error: &str) -> Value {
        let mut reply = self.reply(false);
        reply["error"] = json!(error);
        reply
    }

    /// A reply that does not say whether it succeeded: a quirk of the product where nothing was to be done.
    pub(crate) fn undecided(&self) -> Value {
        let mut reply = json!({ "channel": self.channel });
        if let Some(id) = &self.id {
            reply["id"] = json!(id);
        }
        if let Some(subscription) = &self.subscription {
            reply["subscription"] = subscription.clone();
        }
        reply
    }
}

/// Error strings of Bayeux, `CODE:ARGS:TEXT`, as CometD Java 3.1.12 writes them (wire: its transcripts and source).
pub(super) mod error {
    pub(in crate::bayeux) const UNKNOWN_CLIENT: &str = "402::Unknown client";
    pub(in crate::bayeux) const HANDSHAKE_DENIED: &str = "403::Handshake denied";
    pub(in crate::bayeux) const SUBSCRIPTION_MISSING: &str = "403::subscription_missing";
    pub(in crate::bayeux) const SUBSCRIPTION_INVALID: &str = "403::subscription_invalid";
    /// Of one subscription too many: the product has no such limit, so this is in its manner only (inferred).
    pub(in crate::bayeux) const SUBSCRIPTION_LIMIT: &str = "403::subscription_limit";
    /// Of a meta channel that exists.
    pub(in crate::bayeux) const SUBSCRIBE_DENIED: &str =
        "403:denied_by_security_policy:subscribe_denied";
    /// Of a meta channel that does not exist.
    pub(in crate::bayeux) const SUBSCRIBE_CREATE_DENIED: &str =
        "403:denied_by_security_policy:create_denied";
    pub(in crate::bayeux) const UNSUBSCRIBE_FAILED: &str = "403::unsubscribe_failed";
    pub(in crate::bayeux) const CHANNEL_MISSING: &str = "400::channel_missing";
    /// The publish side writes a blank where the subscribe side writes an underscore.
    pub(in crate::bayeux) const PUBLISH_CREATE_DENIED: &str =
        "403:denied_by_security_policy:create denied";
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
        let timeout = Some(Duration::ZERO);
        assert_eq!(alone[0].advice, Some(Ok(Advice { timeout, interval: None })));
        assert_eq!(alone[0].invalid, None);
    }

    #[test]
    fn what_is_no_batch_is_told_from_what_is_no_message() {
        assert_eq!(batch(&json!(42)), None);
        assert_eq!(batch(&json!([42])), None);
        for (message, field, got) in [
            (json!({ "id": "1" }), "channel", "nothing"),
            (json!({ "channel": 7 }), "channel", "7"),
            (json!({ "channel": "/a?b" }), "channel", "\"/a?b\""),
            (json!({ "channel": "/a", "id": "ü" }), "id", "ü"),
            (json!({ "channel": "/a", "clientId": 7 }), "clientId", "7"),
        ] {
            let invalid = Some(InvalidField { field, got: got.to_owned() });
            assert_eq!(batch(&message).unwrap()[0].invalid, invalid, "{message}");
        }
    }

    #[test]
    fn advice_is_of_numbers_and_less_than_nothing_is_none() {
        let advice = |advice: Value| {
            batch(&json!({ "channel": "/meta/connect", "advice": advice })).unwrap()[0]
                .advice
                .clone()
        };
        let interval = Some(Duration::from_secs(2));
        assert_eq!(
            advice(json!({ "timeout": -1, "interval": 2000 })),
            Some(Ok(Advice { timeout: None, interval }))
        );
        assert_eq!(advice(json!(null)), None);
        let invalid = InvalidField { field: "advice/timeout", got: "\"0\"".into() };
        assert_eq!(advice(json!({ "timeout": "0" })), Some(Err(invalid)));
    }
}
