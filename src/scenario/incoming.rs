//! What a client has sent, for the player of a scenario.

use serde_json::Value;

use crate::scenario::step::BayeuxMessage;

/// What a client has sent.
#[derive(Clone, Copy, Debug)]
pub enum Incoming<'a> {
    Request { by: Option<&'a str>, method: &'a str, path: &'a str, body: Option<&'a Value> },
    Bayeux { by: &'a str, message: &'a BayeuxMessage },
}

impl Incoming<'_> {
    pub(crate) fn in_words(self) -> String {
        match self {
            Self::Request { by, method, path, body } => {
                let operation = body.and_then(|body| body.get("operationName"));
                let operation = operation.and_then(Value::as_str).map(|it| format!(" {it}"));
                let by = by.unwrap_or("nobody who has signed in");
                format!("{method} {path}{} by {by}", operation.unwrap_or_default())
            }
            Self::Bayeux { by, message } => format!("{} by {by}", message.in_words()),
        }
    }
}
