//! Outcome: who sends a request, and what becomes of it.

use serde_json::{Value, json};

use crate::gws::notification::Notification;
use crate::gws::session::StateChange;
use crate::rules::{Rule, Violation};

/// The sender of a request.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A sender who needs no credentials: the path is public.
    Anonymous,
    /// A sender whose user is known.
    User(KnownCaller),
}

/// A sender whose user is known.
#[derive(Clone, Debug)]
pub struct KnownCaller {
    /// The user's id.
    pub user: String,
    /// Tells the clients of one user apart, where that can be told.
    pub client: Option<String>,
}

/// A request that was taken.
#[derive(Debug)]
pub struct Done {
    pub reply: Value,
    /// The schema of the reply: the file's name in `schemas/` without its ending.
    pub schema: &'static str,
    /// The rule that says what has happened.
    pub(crate) rule: &'static Rule,
    pub(crate) notifications: Vec<Notification>,
    /// The notes, which fail no test.
    pub(crate) notes: Vec<Violation>,
    pub(crate) ends_http_session: bool,
}

impl Done {
    pub(crate) fn new(rule: &'static Rule, notifications: Vec<Notification>) -> Self {
        // Documented: the operation pages; its HTTP status is that of rule status-0.
        let reply = json!({ "statusCode": 0 });
        Self {
            reply,
            schema: "response",
            rule,
            notifications,
            notes: Vec::new(),
            ends_http_session: false,
        }
    }

    pub(crate) fn with_reference(mut self, reference: u64) -> Self {
        self.reply["referenceId"] = json!(reference);
        self
    }
}

/// A request that was refused. It has changed nothing (documented: ReturnValues).
#[derive(Debug)]
pub struct Refused {
    pub(crate) violation: Box<Violation>,
    /// The change that led to the state for which it was refused.
    pub(crate) because: Option<StateChange>,
}

impl From<Violation> for Refused {
    fn from(violation: Violation) -> Self {
        Self { violation: Box::new(violation), because: None }
    }
}
