//! AsyncAPI 3.0 of what is pushed.

use gws_sms_fake::_cli_internals::fixture::embedded::notifications;
use gws_sms_fake::_cli_internals::gws::notification::{KINDS, NotificationKind, kind_of};
use serde_json::{Map, Value, json};

use crate::export::components::Components;
use crate::export::push;

/// An AsyncAPI 3.0 document of the notifications: each topic with the kinds of notification that GWS publishes there, their
/// schemas, and the vendor's samples as examples.
///
/// ```
/// let document = gws_sms_fake_cli::export::asyncapi();
/// assert_eq!(document["channels"]["smssessions"]["address"], "/v2/me/smssessions");
/// ```
pub fn asyncapi() -> Value {
    let mut components = Components::default();
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for kind in KINDS {
        let channel = channel_name(kind);
        let name = kind.as_str();
        let reference = json!({ "$ref": format!("#/components/messages/{name}") });
        let described = channels.entry(channel).or_insert_with(|| topic(kind.channel()));
        described["messages"][name] = reference;
        let place = format!("#/channels/{channel}");
        let operation = operations.entry(format!("{channel}IsPublished")).or_insert_with(|| {
            json!({
                "action": "receive",
                "summary": "A client that has subscribed to the topic receives it",
                "channel": { "$ref": place },
                "messages": [],
            })
        });
        if let Some(messages) = operation["messages"].as_array_mut() {
            messages.push(json!({ "$ref": format!("{place}/messages/{name}") }));
        }
        messages.insert(name.to_owned(), message(kind, &mut components));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Genesys Web Services, notifications of SMS sessions, as gws-sms-fake models them",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
        },
        "defaultContentType": "application/json",
        "servers": { "push": {
            "host": "127.0.0.1:8090",
            "pathname": push::PATH,
            "protocol": "http",
            "description": "CometD 3.1 with the transport long-polling: Bayeux 1.0 over POST",
            "security": [{ "$ref": "#/components/securitySchemes/basic" }],
        } },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": components.all(),
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
        },
    })
}

const INTRODUCTION: &str = "The payload is the data of a Bayeux event. A client sends /meta/handshake, subscribes to the \
address of a channel, or to /v2/me/* for all, with /meta/subscribe, and then keeps one /meta/connect open: the answer to it \
has the events. Everybody is told what concerns himself: the addresses are the same for all users.";

/// The last word of the topic.
fn channel_name(kind: &NotificationKind) -> &'static str {
    kind.channel().rsplit('/').next().expect("a split text has a last part")
}

fn topic(address: &str) -> Value {
    json!({
        "address": address,
        "description": "A topic of Bayeux, which each user has for himself",
        "servers": [{ "$ref": "#/servers/push" }],
        "messages": {},
        "x-bayeux": {
            "transport": "long-polling",
            "subscribe": { "channel": "/meta/subscribe", "subscription": address },
            "event": { "channel": address, "data": "the payload" },
        },
    })
}

fn message(kind: &NotificationKind, components: &mut Components) -> Value {
    let rule = kind.rule;
    let id = rule.id();
    let text = rule.text();
    let certainty = rule.certainty();
    let source = rule.source();
    let (message_type, notification_type) = kind.types();
    let narrowed = match notification_type {
        Some(kind) => json!({ "properties": { "notificationType": { "const": kind } } }),
        None => json!({ "properties": { "messageType": { "const": message_type } } }),
    };
    let samples = notifications().filter_map(|(name, text)| {
        let payload: Value = serde_json::from_str(text).ok()?;
        let of_this = kind_of(&payload).is_some_and(|other| other == kind);
        of_this.then(|| json!({ "name": name, "payload": payload }))
    });
    json!({
        "name": kind.as_str(),
        "title": message_type,
        "summary": text,
        "payload": { "allOf": [components.refer(kind.schema), narrowed] },
        "examples": samples.collect::<Vec<_>>(),
        "x-rule": id,
        "x-certainty": certainty.as_str(),
        "x-source": source,
    })
}
