//! The entries of a HAR file: requests, answers, and what goes over the push side.

use serde_json::Value;

use crate::contract::recorded::exchange::Exchange;
use crate::contract::recorded::har_body::HarBody;
use crate::contract::recorded::part::{ClassifiedPart, EncodedText, Refused, Sender};
use crate::contract::schemas::Schemas;

/// The beginnings of the paths below `/api/v2/` that the SMS Session API uses.
const PATHS: [&str; 8] = [
    "me/channels",
    "me/devices",
    "me/settings",
    "users/",
    "contacts/",
    "services",
    "diagnostics",
    "notifications",
];
const OTHER: &str = "HAR entries of other paths";
pub(super) const UNUSABLE: &str = "HAR entries that cannot be used";
/// The beginning of the pointers to entries.
pub(super) const ENTRIES: &str = "/log/entries/";
const NOT_IN_FILE: &str = "HAR bodies that are not in the file";

/// The parts of an entry; `None`: it is none.
pub(super) fn parts(schemas: &'static Schemas, value: &Value) -> Option<Vec<ClassifiedPart>> {
    if !is_entry(value) {
        return None;
    }
    let request = &value["request"];
    let response = &value["response"];
    let Some(url) = request["url"].as_str() else {
        return Some(vec![ClassifiedPart::Nothing(UNUSABLE)]);
    };
    let sent = HarBody::of_request(request);
    let answered = HarBody::of_response(response);
    let [sent_json, answered_json] = [&sent, &answered].map(HarBody::json);
    let exchange = Exchange { sent: &sent_json, status: &response["status"], body: &answered_json };
    if !is_of_sms(url, exchange) {
        return Some(vec![ClassifiedPart::Nothing(OTHER)]);
    }
    let mut parts = Vec::new();
    parts.extend(part("/request/postData", sent, Sender::Client, exchange.refused(), None));
    let schema = exchange.answer(schemas);
    parts.extend(part("/response/content", answered, Sender::Gws, Refused::No, schema));
    if parts.is_empty() {
        parts.push(ClassifiedPart::Nothing("HAR entries without a body"));
    }
    Some(parts)
}

/// Tells if a value is an entry of a HAR file, as exporters write it, and not a message.
pub(super) fn is_entry(value: &Value) -> bool {
    value["request"].is_object()
        && ["response", "startedDateTime"].iter().any(|name| value.get(name).is_some())
}

fn part(
    place: &str,
    body: HarBody,
    sender: Sender,
    refused: Refused,
    schema: Option<&'static str>,
) -> Option<ClassifiedPart> {
    match body {
        HarBody::Absent => None,
        HarBody::Present { pointer, bytes } => {
            let pointer = format!("{place}{pointer}");
            let text = EncodedText { bytes, sender, schema };
            Some(ClassifiedPart::Text { pointer, refused, text })
        }
        HarBody::Missing { .. } => Some(ClassifiedPart::Nothing(NOT_IN_FILE)),
        HarBody::Undecodable { got } => Some(ClassifiedPart::Unknown {
            pointer: format!("{place}/text"),
            got: got.to_owned(),
            want: "JSON".to_owned(),
            hint: "record it again as text".to_owned(),
        }),
    }
}

/// Tells if an exchange is one of the SMS Session API, or of the push side, which may be mounted anywhere.
fn is_of_sms(url: &str, exchange: Exchange<'_>) -> bool {
    let address = url.split_once(['?', '#']).map_or(url, |(address, _)| address);
    let path = address.split_once("://").map_or(address, |(_, behind)| behind);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    if path.split('/').any(|segment| segment.starts_with("smssession")) {
        return true;
    }
    if let Some((_, below)) = format!("/{path}").split_once("/api/v2/") {
        return below == "me" || PATHS.iter().any(|begin| below.starts_with(begin));
    }
    let is_push = path.split('/').any(|segment| ["cometd", "notifications"].contains(&segment));
    // A script of CometD is below such a path as well.
    is_push && [exchange.sent, exchange.body].into_iter().any(is_bayeux)
}

/// Tells if a body is made of Bayeux messages.
pub fn is_bayeux(body: &Value) -> bool {
    let is_message = |message: &Value| {
        message["channel"].as_str().is_some_and(|channel| channel.starts_with('/'))
    };
    match body {
        Value::Array(messages) => !messages.is_empty() && messages.iter().all(is_message),
        message => is_message(message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_of_other_media_are_left_out() {
        let nothing = Value::Null;
        let exchange = Exchange { sent: &nothing, status: &nothing, body: &nothing };
        for (path, expected) in [
            ("https://gws/api/v2/me", true),
            ("https://gws/api/v2/me?subresources=*", true),
            ("https://gws/api/v2/me/smssessions/1", true),
            ("https://gws/api/v2/users/1/channels/smssession", true),
            ("https://gws/api/v2/notifications", true),
            ("https://gws/api/v2/notifications/connect", true),
            ("https://gws/api/v2/me/chats/1", false),
            ("https://gws/api/v2/me/calls", false),
            ("https://cdn/me", false),
            ("https://notifications/api/v2/me/calls", false),
        ] {
            assert_eq!(is_of_sms(path, exchange), expected, "{path}");
        }
    }

    #[test]
    fn the_push_side_is_known_by_its_messages_and_a_script_of_cometd_is_none() {
        let nothing = Value::Null;
        let messages = json!([{ "channel": "/meta/connect" }]);
        for (path, sent, expected) in [
            ("https://gws/genesys/cometd", &messages, true),
            ("https://gws/genesys/cometd/connect", &messages, true),
            ("https://gws/genesys/cometd/cometd.js", &nothing, false),
            ("https://gws/js/org/cometd", &nothing, false),
            ("https://app/notifications", &json!({ "unread": 7 }), false),
            ("https://app/notifications", &json!([]), false),
            ("https://app/other", &messages, false),
        ] {
            let exchange = Exchange { sent, status: &nothing, body: &nothing };
            assert_eq!(is_of_sms(path, exchange), expected, "{path}");
        }
    }
}
