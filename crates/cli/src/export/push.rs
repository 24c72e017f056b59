//! The path of the push side in OpenAPI: that Bayeux messages are posted there, and what CometD answers.

use serde_json::{Value, json};

use crate::export::components::Components;

/// The path of CometD.
pub(super) const PATH: &str = "/api/v2/notifications";

/// HTTP status, and when CometD answers with it (wire: CometD Java server 3.1.12). There is no body but that of 200.
#[rustfmt::skip]
const STATUSES: &[(u16, &str)] = &[
    (400, "the body is no JSON, or no messages"),
    (413, "the body is longer than CometD takes"),
    (431, "the header is longer than Jetty takes"),
    (500, "a message that makes CometD throw, or the older of two connects at once"),
];

pub(super) fn path(components: &mut Components) -> Value {
    let mut responses = json!({
        "200": {
            "description": "a reply to each message, and events that were waiting; without a body where nothing was sent",
            "content": { "application/json": { "schema": components.refer("bayeux-answer") } },
        },
        "403": {
            "description": "statusCode 20: the caller is not known",
            "content": { "application/json": { "schema": components.refer("response") } },
        },
    });
    for (status, description) in STATUSES {
        responses[status.to_string()] = json!({ "description": description });
    }
    json!({ "post": {
        "operationId": "sendBayeuxMessages",
        "summary": "Send Bayeux messages; a /meta/connect is held until there is an event",
        "description": "Bayeux 1.0 with the transport long-polling. What is pushed is described by \
            gws-sms-fake export asyncapi.",
        "requestBody": {
            "required": true,
            "content": { "application/json": {
                "schema": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": { "channel": { "type": "string", "pattern": "^/[a-z/]+$" } },
                        "required": ["channel"],
                    },
                },
                "examples": { "handshake": { "value": [{
                    "channel": "/meta/handshake",
                    "version": "1.0",
                    "supportedConnectionTypes": ["long-polling"],
                }] } },
            } },
        },
        "responses": responses,
    } })
}
