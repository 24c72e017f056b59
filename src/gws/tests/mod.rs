//! The world as a request meets it, by family; [`model`] sends it whatever comes.

mod conference;
mod contact_center;
mod conversation;
mod external_events;
mod model;
mod monitoring;
mod near_misses;
mod parts;
mod pushed;
mod reading;
mod reference;
mod refused;
mod steps;
mod supervision;
mod transfer;
mod user_data;
mod visibility;

use serde_json::{Value, json};

use crate::contract::check::check;
use crate::fixture::embedded::{
    AGENT, AGENT_WITHOUT_SMS, COMPLETED_SESSION, FixtureUser, INVITED_SESSION, JOIN_FAILED_SESSION,
    LEFT_SESSION, OTHER_AGENT, OTHER_SUPERVISOR, REVOKED_SESSION, SESSION, SUPERVISOR,
};
use crate::fixture::load::Sources;
use crate::gws::handle;
use crate::gws::notification::{Notification, TOPIC};
use crate::gws::operation::Mode::{self, BargeIn, Coach, Monitor};
use crate::gws::operation::command::Command;
use crate::gws::outcome::{Caller, Done, KnownCaller, Refused};
use crate::gws::session::StateChange;
use crate::gws::status::Refusal;
use crate::gws::world::{GwsOptions, World};

const API: &str = "http://gws.example/api/v2";
const OWN_SESSION: &str = "0000UaB58WAR00ZZ";

const ACCEPT: Own = |session| Command::Accept { session, nickname: None };
const REJECT: Own = |session| Command::Reject { session };

/// An operation on a session of one's own.
type Own = fn(String) -> Command;

type HandledCommand = Result<Done, Refused>;

/// The built-in fixtures, and a session that is the supervisor's own.
fn world() -> World {
    world_with(&[])
}

/// The same with these sessions, some in the place of a built-in one.
fn world_with(sessions: &[Value]) -> World {
    let mut sources = Sources::built_in();
    let own = json!({
        "id": OWN_SESSION, "userName": "s1", "state": "Invited", "chatType": "Inbound",
        "receivedDate": "2015-11-26 18:39:38.000+0200", "participants": [], "messages": [],
        "userData": {},
    });
    for session in sessions.iter().chain([&own]) {
        sources.session("a test", session).unwrap();
    }
    let fixtures = sources.link().unwrap();
    let settings = GwsOptions::new(API.to_owned());
    World::new(settings, fixtures.users, fixtures.sessions, fixtures.statics, fixtures.agent_states)
}

fn handle(world: &mut World, user: FixtureUser, command: Command) -> HandledCommand {
    let client = Some(format!("client of {}", user.user_name));
    let caller = Caller::User(KnownCaller { user: user.id.to_owned(), client });
    handle::handle(world, &caller, &command, now())
}

fn now() -> crate::gws::timestamp::Timestamp {
    crate::gws::timestamp::Timestamp::from_timestamp_millis(1_448_556_004_000).unwrap()
}

fn own(world: &mut World, user: FixtureUser, session: &str, command: Own) -> HandledCommand {
    handle(world, user, command(session.to_owned()))
}

fn intrude(
    world: &mut World,
    by: FixtureUser,
    of: &str,
    id: &str,
    mode: Option<Mode>,
) -> HandledCommand {
    let agent = of.to_owned();
    let session = id.to_owned();
    handle(world, by, Command::Intrude { agent, session, mode })
}

/// The supervisor enters the agent's session.
fn join(world: &mut World, user: FixtureUser, mode: Mode) -> Vec<Notification> {
    intrude(world, user, AGENT.id, SESSION, Some(mode)).unwrap();
    own(world, user, SESSION, ACCEPT).unwrap().notifications
}

/// Compares the notifications: to whom, and the whole data.
#[track_caller]
fn check_pushed(notifications: &[Notification], expected: &[(FixtureUser, Value)]) {
    let pushed: Vec<_> = notifications
        .iter()
        .map(|notification| (notification.user.as_str(), notification.data()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(user, data)| (user.id, data.clone())).collect();
    assert_eq!(pushed, expected);
    assert!(notifications.iter().all(|notification| notification.channel == TOPIC));
}

/// Compares the rule, and that nothing has changed.
#[track_caller]
fn check_refused(
    world: &mut World,
    send: impl FnOnce(&mut World) -> HandledCommand,
    rule: &str,
) -> Option<StateChange> {
    let before = format!("{world:?}");
    let refused = send(world).unwrap_err();
    assert_eq!(refused.violation.rule.id, rule);
    assert_eq!(format!("{world:?}"), before, "{rule} changed something");
    let refusal = Refusal::of(refused.violation.rule).and_then(Refusal::envelope).unwrap();
    assert_eq!(check("response", &refusal), []);
    refused.because
}

fn capabilities(mode: Option<Mode>, company: bool) -> Value {
    let data = ["SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"];
    let meet = ["Transfer", "Invite", "Consult"];
    let send = ["SendMessage", "SendStartTypingNotification", "SendStopTypingNotification"];
    let to_agents = [
        "SendToAgents",
        "SendStartTypingToAgentsNotification",
        "SendStopTypingToAgentsNotification",
    ];
    let monitor = "SwitchToMonitor";
    let coach = "SwitchToCoach";
    let barge_in = "SwitchToBargeIn";
    let leave: &[&str] = &["Leave"];
    json!(match mode {
        None if company => {
            [&["Transfer", "Leave"], &meet[1..], &data, &to_agents, &["Complete"], &send].concat()
        }
        None => [&["Transfer", "Leave"], &meet[1..], &data, &["Complete"], &send].concat(),
        Some(Monitor) => [leave, &data, &meet, &[coach, barge_in]].concat(),
        Some(Coach) => [leave, &data, &meet, &to_agents, &send, &[monitor, barge_in]].concat(),
        Some(BargeIn) => [leave, &data, &meet, &to_agents, &send, &[monitor, coach]].concat(),
    })
}

/// A state change in [`SESSION`] of somebody who has accepted.
fn change(kind: &str, mode: Option<Mode>, participants: &[&Value]) -> Value {
    json!({
        "messageType": "SMSsessionStateChangeMessage",
        "notificationType": kind,
        "smssession": {
            "id": SESSION, "uri": format!("{API}/smssessions/{SESSION}"), "state": "Chatting",
            "participants": participants, "capabilities": capabilities(mode, participants.len() > 2),
        },
    })
}

fn person_p(id: &str) -> Value {
    json!({ "type": "Customer", "nickname": "PersonP", "participantId": id, "visibility": "All" })
}

fn person(user: FixtureUser, nickname: &str, id: &str, visibility: &str) -> Value {
    let uri = format!("{API}/users/{}", user.id);
    json!({
        "type": "Agent", "nickname": nickname, "participantId": id, "visibility": visibility, "uri": uri,
    })
}

fn customer() -> Value {
    person_p("009052C5E6D6004A")
}

fn kristi() -> Value {
    person(AGENT, "Kristi", "009052C5E743004C", "All")
}

fn messages(messages: Vec<Value>) -> Value {
    json!({
        "messageType": "MessageLogUpdated",
        "notificationType": "NewMessages",
        "messages": messages,
        "smssessionUri": format!("{API}/smssessions/{SESSION}"),
        "smssessionPath": format!("/smssessions/{SESSION}"),
    })
}

fn message(index: u64, at: (&str, u64), from: &Value, text: Option<&str>) -> Value {
    let mut from = from.clone();
    from["id"] = from["participantId"].clone();
    if let Some(uri) = from["uri"].as_str() {
        from["path"] = json!(uri.trim_start_matches(API));
    }
    let mut message = json!({
        "index": index, "type": "ParticipantJoined", "visibility": from["visibility"],
        "timestamp": format!("2015-11-26 {}+0000", at.0),
        "timestampSeconds": 1_448_555_900_000 + at.1, "from": from,
    });
    if let Some(text) = text {
        message["type"] = json!("Text");
        message["text"] = json!(text);
    }
    message
}

fn joined(index: u64, from: &Value) -> Value {
    message(index, ("16:40:04.000", 104_000), from, None)
}

fn log() -> Vec<Value> {
    let lost = "My parcel has not arrived";
    let help = "How may I help you?";
    vec![
        message(1, ("16:39:38.000", 78_000), &customer(), None),
        message(2, ("16:39:41.120", 81_120), &kristi(), None),
        message(3, ("16:39:52.435", 92_435), &customer(), Some(lost)),
        message(4, ("16:40:03.801", 103_801), &kristi(), Some(help)),
    ]
}
