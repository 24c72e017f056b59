//! The entries of a timeline, as `GET /__fake/timeline` and a report have them.

use serde_json::Value;

use crate::contract::recorded::exchange::Exchange;
use crate::contract::recorded::part::{ClassifiedPart, Sender};
use crate::contract::schemas::Schemas;

/// The parts of an entry; `None`: it is none.
pub(super) fn parts(schemas: &'static Schemas, value: &Value) -> Option<Vec<ClassifiedPart>> {
    value.get("number")?.as_u64()?;
    value.get("findings")?.as_array()?;
    let parts = match value.get("kind")?.as_str()? {
        "request" => request(schemas, value),
        "notification" => vec![ClassifiedPart::inside("/data".to_owned(), Sender::Gws)],
        // Words, and no messages.
        "bayeux" | "refused" | "remark" => Vec::new(),
        _ => return None,
    };
    match parts.is_empty() {
        true => Some(vec![ClassifiedPart::Nothing("timeline entries without a message")]),
        false => Some(parts),
    }
}

fn request(schemas: &'static Schemas, entry: &Value) -> Vec<ClassifiedPart> {
    // What a test has answered is not GWS's.
    let own = entry["mocked"] == true || !entry["exception"].is_null();
    let ending = if own { &Value::Null } else { &entry["ending"] };
    let sent = &entry["body"];
    let body = &ending["body"];
    let exchange = Exchange { sent, status: &ending["status"], body };
    let mut parts = Vec::new();
    if is_said(sent) {
        let pointer = "/body".to_owned();
        let refused = exchange.refused();
        parts.push(ClassifiedPart::Inside { pointer, sender: Sender::Client, refused });
    }
    if is_said(body) {
        parts.push(ClassifiedPart::answer("/ending/body".to_owned(), exchange.answer(schemas)));
    }
    parts
}

/// A body that is not there is an empty text.
fn is_said(body: &Value) -> bool {
    !body.is_null() && body.as_str() != Some("")
}
