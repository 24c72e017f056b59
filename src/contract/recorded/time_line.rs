//! The entries of a time line, as `GET /__fake/timeline` and a report have them.

use serde_json::Value;

use crate::contract::recorded::exchange::Answer;
use crate::contract::recorded::recognise::{Part, Sender};

/// The parts of an entry; `None`: it is none.
pub(super) fn parts(value: &Value) -> Option<Vec<Part>> {
    value.get("number")?.as_u64()?;
    value.get("findings")?.as_array()?;
    let parts = match value.get("kind")?.as_str()? {
        "request" => request(value),
        "notification" => vec![Part::inside("/data".to_owned(), Sender::Gws)],
        // Words, and no messages.
        "bayeux" | "refused" | "remark" => Vec::new(),
        _ => return None,
    };
    match parts.is_empty() {
        true => Some(vec![Part::Nothing("time line entries without a message")]),
        false => Some(parts),
    }
}

fn request(entry: &Value) -> Vec<Part> {
    // What a test has answered is not GWS's.
    let own = entry["mocked"] == true || !entry["exception"].is_null();
    let ending = if own { &Value::Null } else { &entry["ending"] };
    let answer = Answer { status: &ending["status"], body: &ending["body"] };
    let mut parts = Vec::new();
    if is_said(&entry["body"]) {
        let (pointer, refused) = ("/body".to_owned(), answer.refused());
        parts.push(Part::Inside { pointer, sender: Sender::Client, refused });
    }
    if is_said(answer.body) {
        parts.push(Part::inside("/ending/body".to_owned(), Sender::Gws));
    }
    parts
}

/// A body that is not there is an empty text.
fn is_said(body: &Value) -> bool {
    !body.is_null() && body.as_str() != Some("")
}
