//! The SMS session: what all parties share, and each party's own part in it (documented: SMSResources, SMSIntrude).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::gws::capability::capabilities;
use crate::gws::message::{Kind, Message};
use crate::gws::operation::Mode;
use crate::gws::participant::{Participant, Viewer, Visibility};
use crate::gws::transition::State;

/// A conversation with a customer.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// As the fixture has it, in the vendor's format.
    pub(crate) received_date: String,
    pub(crate) chat_type: String,
    pub(crate) user_data: Map<String, Value>,
    pub(crate) parties: Vec<Party>,
    pub(crate) participants: Vec<Participant>,
    pub(crate) messages: Vec<Message>,
}

/// One user's part in a session.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) user: String,
    pub(crate) state: State,
    /// A supervisor's mode; `None` for an agent.
    pub(crate) mode: Option<Mode>,
    /// The participant that the user is while he has joined.
    pub(crate) participant: Option<String>,
    /// What last changed the state, if a request did.
    pub(crate) changed: Option<Change>,
}

/// Who changed a state, and by which notification the user learns of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The client that asked for it, where it can be told from the user's other clients.
    pub(crate) client: Option<String>,
    /// The number of the notification.
    pub(crate) notification: u64,
}

impl Party {
    pub(crate) fn viewer(&self) -> Viewer {
        if self.mode.is_some() { Viewer::Supervisor } else { Viewer::Agent }
    }

    /// Whether the user is in the conversation now.
    pub(crate) fn joined(&self) -> bool {
        self.participant.is_some()
    }
}

impl Session {
    pub(crate) fn party(&self, user: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.user == user)
    }

    /// Gives the user a part in the session, or his old one a new state and mode.
    pub(crate) fn enter(&mut self, user: &str, state: State, mode: Option<Mode>) -> &mut Party {
        let index = self.parties.iter().position(|party| party.user == user);
        let index = index.unwrap_or(self.parties.len());
        let party = Party { user: user.to_owned(), state, mode, participant: None, changed: None };
        if index == self.parties.len() {
            self.parties.push(party);
        } else {
            self.parties[index] = party;
        }
        &mut self.parties[index]
    }

    /// Says what last changed the state of a user's part.
    pub(crate) fn changed(&mut self, user: &str, change: Change) {
        for party in self.parties.iter_mut().filter(|party| party.user == user) {
            party.changed = Some(change.clone());
        }
    }

    /// The user joins as that participant; returns the entry of the log that says so.
    pub(crate) fn join(
        &mut self,
        user: &str,
        participant: Participant,
        change: Change,
        now: Timestamp,
    ) -> Message {
        for party in self.parties.iter_mut().filter(|party| party.user == user) {
            party.participant = Some(participant.id.clone());
        }
        self.changed(user, change);
        self.participants.push(participant.clone());
        let visibility = participant.visibility;
        self.log(Kind::ParticipantJoined, participant, visibility, now)
    }

    /// Adds a message to the log and returns it.
    fn log(
        &mut self,
        kind: Kind,
        from: Participant,
        visibility: Visibility,
        at: Timestamp,
    ) -> Message {
        let index = self.messages.last().map_or(1, |last| last.index + 1);
        let message = Message { index, kind, from, visibility, at, text: None };
        self.messages.push(message.clone());
        message
    }

    /// The participants that a party is shown: none until he has joined (documented: SMSIntrude, SMSAccept).
    pub(crate) fn participants_for(&self, party: &Party, api_url: &str) -> Vec<Value> {
        let own = party.participant.as_deref();
        let shown = self.participants.iter().filter(|participant| {
            participant.visibility.reaches(party.viewer()) || own == Some(participant.id.as_str())
        });
        if own.is_none() {
            return Vec::new();
        }
        shown.map(|participant| participant.render(api_url)).collect()
    }

    /// What every state change tells of the session: `id`, `uri`, `state`, `participants`, `capabilities`.
    pub(crate) fn core(&self, party: &Party, api_url: &str) -> Value {
        let mut core = json!({
            "id": self.id,
            "uri": format!("{api_url}/smssessions/{}", self.id),
            "state": party.state.as_str(),
            "participants": self.participants_for(party, api_url),
        });
        if let Some(capabilities) = capabilities(party.state, party.mode) {
            core["capabilities"] = json!(capabilities);
        }
        core
    }

    /// The whole resource, as an invitation shows it (documented: SMSIntrude).
    pub(crate) fn resource(&self, party: &Party, api_url: &str) -> Value {
        let mut resource = self.core(party, api_url);
        resource["userData"] = Value::Object(self.user_data.clone());
        resource["receivedDate"] = json!(self.received_date);
        resource["chatType"] = json!(self.chat_type);
        if let Some(mode) = party.mode {
            resource["supervisorMode"] = json!(mode.as_str());
        }
        resource
    }
}
