//! The entries of a HAR file: requests, answers, and what goes over the push side.

use serde_json::Value;

use crate::contract::recorded::exchange::{Exchange, json_in};
use crate::contract::recorded::part::{ClassifiedPart, EncodedText, Refused, Sender};
use crate::contract::schemas::Schemas;

/// What paths below `/api/v2/` begin with that the SMS Session API has something to do with.
const PATHS: [&str; 7] =
    ["me/channels", "me/devices", "me/settings", "users/", "contacts/", "services", "diagnostics"];
const OTHER: &str = "HAR entries of other paths";

/// The parts of an entry; `None`: it is none.
pub(super) fn parts(schemas: &'static Schemas, value: &Value) -> Option<Vec<ClassifiedPart>> {
    let url = value.get("request")?.get("url")?.as_str()?;
    let response = value.get("response")?;
    let path = url.split_once(['?', '#']).map_or(url, |(path, _)| path);
    if !is_of_sms(path) {
        return Some(vec![ClassifiedPart::Nothing(OTHER)]);
    }
    let content = &response["content"];
    let base64 = content["encoding"] == "base64";
    let posted = &value["request"]["postData"];
    let sent = &json_in(&posted["text"], false);
    let body = &json_in(&content["text"], base64);
    let exchange = Exchange { sent, status: &response["status"], body };
    let mut parts = Vec::new();
    if is_text(posted) {
        let pointer = "/request/postData/text".to_owned();
        let refused = exchange.refused();
        let text = EncodedText { sender: Sender::Client, base64: false, schema: None };
        parts.push(ClassifiedPart::Text { pointer, refused, text });
    }
    if is_text(content) {
        let pointer = "/response/content/text".to_owned();
        let refused = Refused::No;
        let schema = exchange.answer(schemas);
        let text = EncodedText { sender: Sender::Gws, base64, schema };
        parts.push(ClassifiedPart::Text { pointer, refused, text });
    }
    if parts.is_empty() {
        parts.push(ClassifiedPart::Nothing("HAR entries without a body"));
    }
    Some(parts)
}

fn is_text(part: &Value) -> bool {
    part["text"].as_str().is_some_and(|text| !text.trim().is_empty())
}

/// Whether a path is one of the SMS Session API, or of the push side, which may be mounted anywhere.
fn is_of_sms(path: &str) -> bool {
    if path.contains("/cometd") || path.contains("/notifications") || path.contains("smssession") {
        return true;
    }
    let Some((_, below)) = path.split_once("/api/v2/") else { return false };
    below == "me" || PATHS.iter().any(|begin| below.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_other_media_are_left_out() {
        for (path, expected) in [
            ("https://gws/api/v2/me", true),
            ("https://gws/api/v2/me/smssessions/1", true),
            ("https://gws/api/v2/users/1/channels/smssession", true),
            ("https://gws/genesys/cometd/connect", true),
            ("https://gws/api/v2/notifications", true),
            ("https://gws/api/v2/me/chats/1", false),
            ("https://gws/api/v2/me/calls", false),
            ("https://cdn/me", false),
        ] {
            assert_eq!(is_of_sms(path), expected, "{path}");
        }
    }
}
