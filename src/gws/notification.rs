//! Notifications: what GWS pushes about a session, and to whom (documented: SMSIntrude, SMSAccept, SMSReject).
//!
//! The rule of this file: a notification is written for one user, with what that user may see.

use serde_json::{Value, json};

use crate::gws::message::Message;
use crate::gws::session::{Party, Session};

/// The topic of SMS sessions. Inferred: `/v2/me/` and the URL's collection, as for every other medium.
pub(crate) const TOPIC: &str = "/v2/me/smssessions";

/// One message to one user.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notification {
    /// Counts the notifications of a world, from 1.
    pub(crate) number: u64,
    /// The user's id.
    pub(crate) user: String,
    pub(crate) channel: &'static str,
    pub(crate) data: Value,
}

/// Writes the notifications of one request, numbered on from those before.
pub(crate) struct Outbox<'a> {
    pub(crate) api_url: &'a str,
    last_number: &'a mut u64,
    notifications: Vec<Notification>,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(api_url: &'a str, last_number: &'a mut u64) -> Self {
        Self { api_url, last_number, notifications: Vec::new() }
    }

    pub(crate) fn sent(self) -> Vec<Notification> {
        self.notifications
    }

    /// `StatusChange`; returns its number.
    pub(crate) fn status_change(
        &mut self,
        party: &Party,
        resource: Value,
        reference_id: Option<u64>,
    ) -> u64 {
        self.session_changed("StatusChange", party, resource, reference_id)
    }

    /// `ParticipantsUpdated`, with the participants that the party is shown.
    pub(crate) fn participants_updated(&mut self, session: &Session, party: &Party) -> u64 {
        let resource = session.core(party, self.api_url);
        self.session_changed("ParticipantsUpdated", party, resource, None)
    }

    /// `NewMessages`, with those of the messages that the party is shown; nothing when there are none.
    pub(crate) fn new_messages(&mut self, session: &Session, party: &Party, messages: &[Message]) {
        let own = party.participant.as_deref();
        let shown = messages.iter().filter(|message| message.shown_to(party.viewer(), own));
        let shown: Vec<Value> = shown.map(|message| message.render(self.api_url)).collect();
        if shown.is_empty() {
            return;
        }
        let data = json!({
            "messageType": "MessageLogUpdated",
            "notificationType": "NewMessages",
            "messages": shown,
            "smssessionUri": format!("{}/smssessions/{}", self.api_url, session.id),
            "smssessionPath": format!("/smssessions/{}", session.id),
        });
        self.send(party, data);
    }

    fn session_changed(
        &mut self,
        kind: &str,
        party: &Party,
        resource: Value,
        reference_id: Option<u64>,
    ) -> u64 {
        let mut data = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": kind,
            "smssession": resource,
        });
        if let Some(reference_id) = reference_id {
            data["referenceId"] = json!(reference_id);
        }
        self.send(party, data)
    }

    fn send(&mut self, party: &Party, data: Value) -> u64 {
        *self.last_number += 1;
        let number = *self.last_number;
        let user = party.user.clone();
        self.notifications.push(Notification { number, user, channel: TOPIC, data });
        number
    }
}
