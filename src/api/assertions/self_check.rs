//! The fake's look at its own answers.

use serde_json::Value;

use crate::contract::check::check;
use crate::engine::log::timeline::{AnsweredBy, Ending, Entry, EntryKind, Notified, Timeline};

/// The messages that the fake itself has sent and its own schemas do not allow. No client can cause one.
pub(crate) fn self_check(timeline: &Timeline) -> Vec<String> {
    timeline.entries().filter_map(own_mistake).collect()
}

/// Returns the schema that a message of the fake departs from, and where, in words.
pub(crate) fn own_mistake(entry: &Entry) -> Option<String> {
    let (schema, message) = match &entry.what {
        EntryKind::Notification(notified @ Notified { kind: Some(kind), .. }) => {
            (kind.schema, notified.data())
        }
        EntryKind::Rest(rest) if rest.answered_by == AnsweredBy::Gws => {
            (rest.schema, json_answer(&rest.ending)?)
        }
        EntryKind::Push(push) => {
            let answer = json_answer(&push.ending)?;
            (if answer.is_array() { "bayeux-answer" } else { "response" }, answer)
        }
        _ => return None,
    };
    let wrong = check(schema, &message).into_iter().next()?;
    let number = entry.number;
    Some(format!(
        "entry {number} of the timeline departs from schemas/{schema}.json at {}: got {}, want {}",
        wrong.place, wrong.got, wrong.want
    ))
}

fn json_answer(ending: &Ending) -> Option<Value> {
    match ending {
        Ending::Answered { body, .. } => serde_json::from_slice(body).ok(),
        _ => None,
    }
}
