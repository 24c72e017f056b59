//! Notifications: what GWS pushes about a session or a channel, and to whom (documented: SMSIntrude, SMSAccept, SMSReject,
//! ChatMessageType).
//!
//! The rule of this file: a notification is written for one user, with what that user may see.

use serde::Serialize;
use serde_json::{Value, json};

use crate::gws::capability::Offered;
use crate::gws::message::Message;
use crate::gws::participant::Visibility;
use crate::gws::session::{Party, Rendering, Session, SessionView, StateChange};
use crate::gws::transition::State;
use crate::rules::{Rule, nearest, rule};

/// The topic of SMS sessions (rule notification-topic).
pub(crate) const TOPIC: &str = "/v2/me/smssessions";

/// The topic of an agent's states (documented: CometdNotification).
pub(crate) const CHANNELS_TOPIC: &str = "/v2/me/channels";

/// The topics that GWS is known to publish on: those of the pages (documented: HTCC AsynchronousEvents,
/// CometdNotification, AsyncTelephonyOpsNotifications, CallsMessageType, ChatMessageType, IMSessionMessageType,
/// WorkbinsMessageType), of clients (client: e-mails, open media, work items, outbound, interactions), and that of SMS
/// sessions, whose name no page has (inferred from the others').
pub(crate) const TOPICS: &[&str] = &[
    "/v2/me/smssessions",
    "/v2/me/channels",
    "/v2/me/devices",
    "/v2/me/calls",
    "/v2/me/chats",
    "/v2/me/im-sessions",
    "/v2/me/workbins",
    "/v2/me/emails",
    "/v2/me/openmedia",
    "/v2/me/workitems",
    "/v2/me/outbound",
    "/v2/me/interactions",
    "/v2/me",
    "/v2/users",
    "/notifications/services",
];

/// Returns the topic that somebody who wrote that channel probably meant: the one that ends with the same word or one much like
/// it, since clients write the paths of the REST side; or else the one that is most like it.
pub(crate) fn meant_topic(channel: &str) -> Option<&'static str> {
    let last = |name: &'_ str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let own = last(channel);
    let words: Vec<String> = TOPICS.iter().map(|topic| last(topic)).collect();
    let by_word = nearest(&own, words.iter().map(String::as_str))
        .and_then(|word| TOPICS.iter().copied().find(|topic| last(topic) == word));
    by_word.or_else(|| nearest(channel, TOPICS.iter().copied()))
}

/// The number of bytes that most notifications have at most.
const USUAL: usize = 1024;

/// One message to one user.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notification {
    /// Counts the notifications of a world, from 1.
    pub(crate) number: u64,
    /// The user's id.
    pub(crate) user: String,
    pub(crate) channel: &'static str,
    pub(crate) kind: &'static NotificationKind,
    /// The data of the event, as JSON.
    pub(crate) data: String,
    /// The state and the capabilities of the session that it shows, if it shows them.
    shows: Option<(State, Offered)>,
}

impl Notification {
    /// Tells if it shows the session in this state and with these capabilities.
    fn tells(&self, now: &(State, Offered)) -> bool {
        self.shows.as_ref() == Some(now)
    }

    /// The data of the event.
    #[cfg(test)]
    pub(crate) fn data(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// The data of a notification about a change of a session, as it goes out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    message_type: &'static str,
    notification_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<u64>,
    smssession: SessionView<'a>,
}

/// A kind of notification.
#[derive(Debug, PartialEq, Eq)]
pub struct NotificationKind {
    message_type: &'static str,
    /// Its `notificationType`, where it has one.
    notification_type: Option<&'static str>,
    /// Its schema: the file's name in `schemas/` without its ending.
    pub schema: &'static str,
    pub rule: &'static Rule,
}

const SESSION_SCHEMA: &str = "smssession-state-change-notification";
const CHANNELS_SCHEMA: &str = "channel-state-change-notification";

impl NotificationKind {
    /// Its `notificationType`, or else its `messageType`.
    pub fn as_str(&self) -> &'static str {
        self.notification_type.unwrap_or(self.message_type)
    }

    /// The channel on which it is published.
    pub fn channel(&self) -> &'static str {
        if self.schema == CHANNELS_SCHEMA { CHANNELS_TOPIC } else { TOPIC }
    }

    /// The fields that distinguish it from the other kinds: `messageType`, and `notificationType` if it has one.
    pub fn types(&self) -> (&'static str, Option<&'static str>) {
        (self.message_type, self.notification_type)
    }
}

/// Every kind.
pub static KINDS: &[&NotificationKind] = &[
    &kinds::STATUS_CHANGE,
    &kinds::PARTICIPANTS_UPDATED,
    &kinds::PROPERTIES_UPDATED,
    &kinds::ERROR,
    &kinds::NEW_MESSAGES,
    &kinds::CHANNELS,
];

mod kinds {
    use super::*;

    /// The kind of a change of a session that is of that notificationType.
    const fn of_session(name: &'static str, rule: &'static Rule) -> NotificationKind {
        NotificationKind {
            message_type: "SMSsessionStateChangeMessage",
            notification_type: Some(name),
            schema: SESSION_SCHEMA,
            rule,
        }
    }

    pub(super) static STATUS_CHANGE: NotificationKind =
        of_session("StatusChange", rule("notification-status-change"));
    pub(super) static PARTICIPANTS_UPDATED: NotificationKind =
        of_session("ParticipantsUpdated", rule("notification-participants-updated"));
    pub(super) static PROPERTIES_UPDATED: NotificationKind =
        of_session("PropertiesUpdated", rule("notification-properties-updated"));
    pub(super) static ERROR: NotificationKind = of_session("Error", rule("notification-error"));
    pub(super) static NEW_MESSAGES: NotificationKind = NotificationKind {
        message_type: "MessageLogUpdated",
        notification_type: Some("NewMessages"),
        schema: "message-log-updated-notification",
        rule: rule("notification-new-messages"),
    };
    pub(super) static CHANNELS: NotificationKind = NotificationKind {
        message_type: "ChannelStateChangeMessageV2",
        notification_type: None,
        schema: CHANNELS_SCHEMA,
        rule: rule("notification-channels"),
    };
}

/// The kind of notification that has that data.
pub fn kind_of(data: &Value) -> Option<&'static NotificationKind> {
    let says = |field: &str| data.get(field).and_then(Value::as_str);
    let message = says("messageType");
    let notification = says("notificationType");
    // That of an error says its messageType in some samples only.
    let is_message = |kind: &NotificationKind| {
        message.is_none_or(|message_type| message_type == kind.message_type)
    };
    if message.is_none() && notification.is_none() {
        return None;
    }
    KINDS.iter().copied().find(|kind| is_message(kind) && kind.notification_type == notification)
}

/// Writes the notifications of one request, numbered on from those before.
pub(crate) struct Outbox<'a> {
    pub(crate) rendering: Rendering<'a>,
    last_number: &'a mut u64,
    notifications: Vec<Notification>,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(rendering: Rendering<'a>, last_number: &'a mut u64) -> Self {
        Self { rendering, last_number, notifications: Vec::new() }
    }

    /// The notifications, once each party of the session has on record what it was told by which of them. `client` is the
    /// one that asked.
    pub(crate) fn sent(self, session: &mut Session, client: Option<&str>) -> Vec<Notification> {
        for index in 0..session.parties.len() {
            let party = &session.parties[index];
            let to_user = |notification: &Notification| notification.user == party.user;
            if !self.notifications.iter().any(to_user) {
                continue;
            }
            let capabilities = session.capabilities(party, self.rendering.lists);
            let now = (party.state, capabilities.unwrap_or_default());
            if party.shown_last.as_ref() == Some(&now) {
                continue;
            }
            let shown =
                |notification: &&Notification| to_user(notification) && notification.tells(&now);
            if let Some(shown) = self.notifications.iter().find(shown) {
                let client = client.map(str::to_owned);
                let notification = shown.number;
                let change = Some(StateChange { client, notification });
                let party = &mut session.parties[index];
                if party.shown_last.as_ref().is_none_or(|(state, _)| *state != now.0) {
                    party.state_changed.clone_from(&change);
                }
                party.offer_changed = change;
                party.shown_last = Some(now);
            }
        }
        self.notifications
    }

    /// The notifications of a request that concerns no session.
    pub(crate) fn sent_apart(self) -> Vec<Notification> {
        self.notifications
    }

    /// `StatusChange`, with what is told of the session.
    pub(crate) fn status_change(
        &mut self,
        party: &Party,
        mut view: SessionView<'_>,
        reference: Option<u64>,
    ) {
        if party.state == State::Completed && self.rendering.empty_capabilities_when_completed {
            view.capabilities.get_or_insert_default();
        }
        self.session_changed(&kinds::STATUS_CHANGE, party, view, reference, None);
    }

    /// `ParticipantsUpdated`, with the participants that the party is shown.
    pub(crate) fn participants_updated(&mut self, session: &Session, party: &Party) {
        let view = session.core(party, self.rendering);
        self.session_changed(&kinds::PARTICIPANTS_UPDATED, party, view, None, None);
    }

    /// `ParticipantsUpdated` to who has another role now: its sample has two fields more (rule switch-fields).
    pub(crate) fn participants_updated_by_switch(&mut self, session: &Session, party: &Party) {
        let view = session.with_dates(party, self.rendering);
        self.session_changed(&kinds::PARTICIPANTS_UPDATED, party, view, None, None);
    }

    /// `PropertiesUpdated`, with the whole user data.
    pub(crate) fn properties_updated(
        &mut self,
        session: &Session,
        party: &Party,
        reference: Option<u64>,
    ) {
        let view = session.with_user_data(party, self.rendering);
        self.session_changed(&kinds::PROPERTIES_UPDATED, party, view, reference, None);
    }

    /// `Error`: the operation of that reference failed after all. The page shows neither `messageType` nor the session;
    /// clients read both (client).
    pub(crate) fn error(&mut self, session: &Session, party: &Party, text: &str, reference: u64) {
        let view = session.core(party, self.rendering);
        self.session_changed(&kinds::ERROR, party, view, Some(reference), Some(text));
    }

    /// `NewMessages`, with those of the messages that the party is shown; nothing when there are none.
    pub(crate) fn new_messages<'m>(
        &mut self,
        session: &Session,
        party: &Party,
        messages: impl IntoIterator<Item = &'m Message>,
    ) {
        let own = party.participant.as_deref();
        let api_url = self.rendering.api_url;
        let shown: Vec<Value> = messages
            .into_iter()
            .filter(|message| message.shown_to(party.viewer(), own))
            .map(|message| message.render(api_url))
            .collect();
        if shown.is_empty() {
            return;
        }
        let mut data = json!({
            "messageType": kinds::NEW_MESSAGES.message_type,
            "notificationType": kinds::NEW_MESSAGES.notification_type,
            "smssessionUri": session.uri(api_url),
            "smssessionPath": format!("/smssessions/{}", session.id),
        });
        data["messages"] = Value::Array(shown);
        self.send(&party.user, TOPIC, &kinds::NEW_MESSAGES, &data, None);
    }

    /// A message to everybody in the conversation who may see it.
    pub(crate) fn message_to_all(&mut self, session: &Session, message: &Message) {
        for party in session.joined() {
            self.new_messages(session, party, [message]);
        }
    }

    /// Tells everybody in the conversation but `except` that somebody of that visibility came, went or changed, and what
    /// the log says of it.
    pub(crate) fn participants_changed(
        &mut self,
        session: &Session,
        except: &str,
        visibility: Visibility,
        messages: &[Message],
    ) {
        for party in session.joined().filter(|party| party.user != except) {
            if visibility.reaches(party.viewer()) {
                self.participants_updated(session, party);
                self.new_messages(session, party, messages);
            }
        }
    }

    /// `ChannelStateChangeMessageV2`.
    pub(crate) fn channels_changed(&mut self, user: &str, channels: Vec<Value>) {
        let data = json!({ "messageType": kinds::CHANNELS.message_type, "channels": channels });
        self.send(user, CHANNELS_TOPIC, &kinds::CHANNELS, &data, None);
    }

    fn session_changed(
        &mut self,
        kind: &'static NotificationKind,
        party: &Party,
        view: SessionView<'_>,
        reference: Option<u64>,
        error: Option<&str>,
    ) {
        let shows = Some((party.state, view.capabilities.unwrap_or_default()));
        let data = Changed {
            error_message: error,
            message_type: kind.message_type,
            notification_type: kind.notification_type,
            reference_id: reference,
            smssession: view,
        };
        self.send(&party.user, TOPIC, kind, &data, shows);
    }

    fn send(
        &mut self,
        user: &str,
        channel: &'static str,
        kind: &'static NotificationKind,
        data: &impl Serialize,
        shows: Option<(State, Offered)>,
    ) {
        *self.last_number += 1;
        let number = *self.last_number;
        let user = user.to_owned();
        let mut json = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut json, data)
            .expect("nothing in a notification fails to be written");
        let data = String::from_utf8(json).expect("serde_json writes UTF-8");
        self.notifications.push(Notification { number, user, channel, kind, data, shows });
    }
}
