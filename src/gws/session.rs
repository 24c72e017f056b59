//! The SMS session: what all parties share, and each party's own part in it (documented: SMSResources, SMSIntrude).
//!
//! What is told of it in which notification: rule field-sets.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::gws::capability::{Lists, Offered, Situation, capabilities};
use crate::gws::message::{Message, MessageKind};
use crate::gws::operation::Mode;
use crate::gws::participant::{Participant, Role, Shown, Viewer, Visibility};
use crate::gws::timestamp::Timestamp;
use crate::gws::transition::{Company, State};

/// A conversation with a customer.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    /// As the fixture has it, in the vendor's format.
    pub(crate) received_date: String,
    pub(crate) chat_type: String,
    pub(crate) user_data: Arc<UserData>,
    pub(crate) parties: Vec<Party>,
    pub(crate) participants: Vec<Participant>,
    pub(crate) messages: Vec<Message>,
    /// The index of the latest message, kept or not.
    pub(crate) last_index: u32,
    /// The queues where it waits for an agent, the first one first.
    pub(crate) queued: Vec<Queued>,
}

/// The user data of a session, with its JSON: it is most of a notification, and seldom changes between two.
#[derive(Clone, Debug)]
pub(crate) struct UserData {
    fields: Map<String, Value>,
    json: Box<RawValue>,
}

impl UserData {
    pub(crate) fn of(fields: Map<String, Value>) -> Arc<Self> {
        let json = to_raw_value(&fields).expect("a map of values is written without an error");
        Arc::new(Self { fields, json })
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

impl Serialize for UserData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// A session's place in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) queue: String,
    /// The role in the session of the agent to whom it is routed.
    pub(crate) role: Role,
    pub(crate) by: String,
}

/// One user's part in a session.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) user: String,
    pub(crate) role: Role,
    pub(crate) state: State,
    /// The participant that the user is while he has joined.
    pub(crate) participant: Option<String>,
    /// The user whose Invite, Consult or Transfer brought this one.
    pub(crate) invited_by: Option<String>,
    /// The state and the capabilities that the user was told last.
    pub(crate) shown_last: Option<(State, Offered)>,
    /// The last change of the state, if a notification told the user of it.
    pub(crate) state_changed: Option<StateChange>,
    /// The last change of the state or the capabilities, if a notification told the user of it.
    pub(crate) offer_changed: Option<StateChange>,
    /// The nickname under which the user joins, unless he names another.
    pub(crate) nickname: Option<String>,
}

/// The author of a change of state, and the notification by which the user learns of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateChange {
    /// The client that asked for it, where it can be told from the user's other clients.
    pub(crate) client: Option<String>,
    /// The number of the notification.
    pub(crate) notification: u64,
}

/// The settings for writing a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rendering<'a> {
    /// The beginning of every `uri`.
    pub(crate) api_url: &'a str,
    pub(crate) lists: Lists,
    pub(crate) empty_capabilities_when_completed: bool,
}

impl Party {
    pub(crate) fn new(user: &str, role: Role, state: State) -> Self {
        let user = user.to_owned();
        Self {
            user,
            role,
            state,
            participant: None,
            invited_by: None,
            shown_last: None,
            state_changed: None,
            offer_changed: None,
            nickname: None,
        }
    }

    pub(crate) fn viewer(&self) -> Viewer {
        self.role.viewer()
    }

    /// Tells if the user is in the conversation now.
    pub(crate) fn joined(&self) -> bool {
        self.participant.is_some()
    }

    pub(crate) fn is_agent(&self) -> bool {
        self.role.mode().is_none()
    }

    fn is(&self, participant: &Participant) -> bool {
        self.participant.as_deref() == Some(participant.id.as_str())
    }
}

impl Session {
    /// Marks the state and the capabilities of each party as told to its user.
    pub(crate) fn tell_all(&mut self, lists: Lists) {
        for index in 0..self.parties.len() {
            let party = &self.parties[index];
            let capabilities = self.capabilities(party, lists);
            let shown_last = Some((party.state, capabilities.unwrap_or_default()));
            self.parties[index].shown_last = shown_last;
        }
    }

    pub(crate) fn party(&self, user: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.user == user)
    }

    pub(crate) fn party_mut(&mut self, user: &str) -> Option<&mut Party> {
        self.parties.iter_mut().find(|party| party.user == user)
    }

    /// Gives the user a part in the session, or his old one a new state and role.
    pub(crate) fn admit(&mut self, user: &str, role: Role, state: State) -> &mut Party {
        let index = self.parties.iter().position(|party| party.user == user).unwrap_or_else(|| {
            self.parties.push(Party::new(user, role, state));
            self.parties.len() - 1
        });
        let party = &mut self.parties[index];
        (party.role, party.state, party.nickname) = (role, state, None);
        party
    }

    /// Tells if it is over: the customer is gone, and no user has anything left to do with it.
    pub(crate) fn is_over(&self) -> bool {
        self.participants.is_empty()
            && self.queued.is_empty()
            && !self.parties.iter().any(|party| party.state.is_live())
    }

    /// The parties who are in the conversation.
    pub(crate) fn joined(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.joined())
    }

    /// The agents, no supervisors, who are in the conversation.
    pub(crate) fn agents(&self) -> impl Iterator<Item = &Party> {
        self.joined().filter(|party| party.is_agent())
    }

    pub(crate) fn participant(&self, id: &str) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.id == id)
    }

    /// The participant that a user is, while he has joined.
    pub(crate) fn participant_of(&self, user: &str) -> Option<&Participant> {
        self.participant(self.party(user)?.participant.as_deref()?)
    }

    pub(crate) fn customer(&self) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.user.is_none())
    }

    /// The company that stays when a party leaves, as far as the party may know of it. A supervisor leaves the agent
    /// behind.
    pub(crate) fn company(&self, party: &Party) -> Company {
        let others = self.agents().any(|other| other.user != party.user);
        if others || !party.is_agent() { Company::Together } else { Company::Alone }
    }

    /// The situation of a party, which decides its capabilities. Another user counts if the party sees him: an agent
    /// sees a coach, and does not see a supervisor who monitors.
    pub(crate) fn situation(&self, party: &Party) -> Situation {
        let sees = |participant: &&Participant| {
            participant.user.is_some()
                && !party.is(participant)
                && participant.visibility.reaches(party.viewer())
        };
        let company = match self.participants.iter().find(sees) {
            Some(_) if party.joined() => Company::Together,
            _ => Company::Alone,
        };
        Situation { state: party.state, role: party.role, company }
    }

    /// The user joins as that participant; returns the entry of the log that says so.
    pub(crate) fn join(&mut self, user: &str, participant: Participant, now: Timestamp) -> Message {
        if let Some(party) = self.party_mut(user) {
            party.participant = Some(participant.id.clone());
        }
        self.participants.push(participant.clone());
        let visibility = participant.visibility;
        self.log(MessageKind::ParticipantJoined, participant, visibility, None, now)
    }

    /// The user is in the conversation no longer; returns the entry of the log that says so.
    pub(crate) fn depart(&mut self, user: &str, now: Timestamp) -> Option<Message> {
        let id = self.party_mut(user)?.participant.take()?;
        self.remove(&id, now)
    }

    /// The customer is in the conversation no longer.
    pub(crate) fn customer_departs(&mut self, now: Timestamp) -> Option<Message> {
        let id = self.customer()?.id.clone();
        self.remove(&id, now)
    }

    fn remove(&mut self, id: &str, now: Timestamp) -> Option<Message> {
        let index = self.participants.iter().position(|participant| participant.id == id)?;
        let gone = self.participants.remove(index);
        let visibility = gone.visibility;
        Some(self.log(MessageKind::ParticipantLeft, gone, visibility, None, now))
    }

    /// Gives a user who has joined another role; returns the visibility that he had, and the participant as it is now.
    pub(crate) fn change_role(
        &mut self,
        user: &str,
        role: Role,
    ) -> Option<(Visibility, Participant)> {
        let party = self.party_mut(user)?;
        party.role = role;
        let id = party.participant.clone()?;
        let participant = self.participants.iter_mut().find(|participant| participant.id == id)?;
        let before = std::mem::replace(&mut participant.visibility, role.visibility());
        Some((before, participant.clone()))
    }

    /// Adds a message to the log, unless it is of a kind that is not kept, and returns it. It reaches nobody to whom its
    /// sender is invisible.
    pub(crate) fn log(
        &mut self,
        kind: MessageKind,
        from: Participant,
        visibility: Visibility,
        text: Option<String>,
        at: Timestamp,
    ) -> Message {
        self.last_index += 1;
        let index = self.last_index;
        let visibility = visibility.narrowed(from.visibility);
        let message = Message { index, kind, from, visibility, at, text };
        if kind.is_kept() {
            self.messages.push(message.clone());
        }
        message
    }

    /// The participants that a viewer is shown, who is one of them or none.
    pub(crate) fn participants_seen(
        &self,
        viewer: Viewer,
        own: Option<&str>,
    ) -> impl Iterator<Item = &Participant> {
        self.participants.iter().filter(move |participant| {
            participant.visibility.reaches(viewer) || own == Some(participant.id.as_str())
        })
    }

    /// The messages that a party is shown: none until he has joined.
    pub(crate) fn messages_for(&self, party: &Party) -> Vec<&Message> {
        let own = party.participant.as_deref();
        let shown = self.messages.iter().filter(|message| message.shown_to(party.viewer(), own));
        // Who has left may still read what was said (inferred).
        let may = party.joined() || party.state == State::LeftChat;
        if may { shown.collect() } else { Vec::new() }
    }

    /// The operations that a party is offered.
    pub(crate) fn capabilities(&self, party: &Party, lists: Lists) -> Option<Offered> {
        capabilities(self.situation(party), lists)
    }

    pub(crate) fn uri(&self, api_url: &str) -> String {
        [api_url, "/smssessions/", &self.id].concat()
    }

    /// The least that is told of a session (documented: SMSComplete).
    pub(crate) fn least(&self, party: &Party, rendering: Rendering<'_>) -> SessionView<'_> {
        SessionView {
            capabilities: None,
            chat_type: None,
            id: &self.id,
            participants: None,
            received_date: None,
            state: party.state.as_str(),
            supervisor_mode: None,
            uri: self.uri(rendering.api_url),
            user_data: None,
        }
    }

    /// The fields of the session in most state changes: `id`, `uri`, `state`, `participants`, `capabilities`. The
    /// participants are none until the party has joined (documented: SMSIntrude, SMSAccept).
    pub(crate) fn core(&self, party: &Party, rendering: Rendering<'_>) -> SessionView<'_> {
        let own = party.participant.as_deref();
        let participants = if own.is_some() {
            let seen = self.participants_seen(party.viewer(), own);
            seen.map(|participant| participant.shown(rendering.api_url)).collect()
        } else {
            Vec::new()
        };
        let capabilities = self.capabilities(party, rendering.lists);
        SessionView {
            capabilities,
            participants: Some(participants),
            ..self.least(party, rendering)
        }
    }

    /// The core and the user data (documented: SMSAttachUserData).
    pub(crate) fn with_user_data(
        &self,
        party: &Party,
        rendering: Rendering<'_>,
    ) -> SessionView<'_> {
        SessionView { user_data: Some(&self.user_data), ..self.core(party, rendering) }
    }

    /// The core, when the session was received, and its type (documented: SMSSwitchtoBargeIn).
    pub(crate) fn with_dates(&self, party: &Party, rendering: Rendering<'_>) -> SessionView<'_> {
        let received_date = Some(&*self.received_date);
        let chat_type = Some(&*self.chat_type);
        SessionView { received_date, chat_type, ..self.core(party, rendering) }
    }

    /// The whole resource, as an invitation shows it (documented: SMSIntrude).
    pub(crate) fn resource(&self, party: &Party, rendering: Rendering<'_>) -> SessionView<'_> {
        SessionView {
            user_data: Some(&self.user_data),
            supervisor_mode: party.role.mode().map(Mode::as_str),
            ..self.with_dates(party, rendering)
        }
    }
}

/// The view of a session that one user gets: more or fewer of its fields (rule field-sets).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) capabilities: Option<Offered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_type: Option<&'a str>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<Shown<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_date: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    supervisor_mode: Option<&'static str>,
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<&'a UserData>,
}
