//! The world as a request meets it, by family; [`model`] sends it whatever comes, and [`readme`] compares what the README says
//! of it.

mod model;
mod readme;
mod reference;
mod steps;

use serde_json::{Value, json};

use crate::contract::check::check;
use crate::fixture::embedded::{
    AGENT, AGENT_WITHOUT_SMS, COMPLETED_SESSION, FixtureUser, INVITED_SESSION, JOIN_FAILED_SESSION,
    LEFT_SESSION, OTHER_AGENT, OTHER_SUPERVISOR, REVOKED_SESSION, SESSION, SUPERVISOR,
};
use crate::fixture::load::Sources;
use crate::gws::notification::{Notification, TOPIC};
use crate::gws::operation::Mode::{self, BargeIn, Coach, Monitor};
use crate::gws::operation::command::Command;
use crate::gws::session::Change;
use crate::gws::status::Refusal;
use crate::gws::world::{Caller, Done, Refused, Settings, World};

const API: &str = "http://gws.example/api/v2";
const OWN_SESSION: &str = "0000UaB58WAR00ZZ";

const ACCEPT: Own = |session| Command::Accept { session, nickname: None };
const REJECT: Own = |session| Command::Reject { session };

/// An operation on a session of one's own.
type Own = fn(String) -> Command;

type Answer = Result<Done, Refused>;

/// The built-in fixtures, and a session that is the supervisor's own.
fn world() -> World {
    world_with(&[])
}

/// The same with these sessions, some in the place of a built-in one.
fn world_with(sessions: &[Value]) -> World {
    let mut sources = Sources::built_in().unwrap();
    let own = json!({
        "id": OWN_SESSION, "userName": "s1", "state": "Invited", "chatType": "Inbound",
        "receivedDate": "2015-11-26 18:39:38.000+0200", "participants": [], "messages": [],
        "userData": {},
    });
    for session in sessions.iter().chain([&own]) {
        sources.session("a test", session).unwrap();
    }
    let fixtures = sources.link().unwrap();
    let settings = Settings::new(API.to_owned());
    World::new(settings, fixtures.users, fixtures.sessions, fixtures.statics)
}

fn handle(world: &mut World, user: FixtureUser, command: Command) -> Answer {
    let client = Some(format!("client of {}", user.user_name));
    world.handle(&Caller { user: user.id.to_owned(), client }, &command, now())
}

fn now() -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(1_448_556_004_000).unwrap()
}

fn own(world: &mut World, user: FixtureUser, session: &str, command: Own) -> Answer {
    handle(world, user, command(session.to_owned()))
}

fn intrude(it: &mut World, by: FixtureUser, of: &str, id: &str, mode: Option<Mode>) -> Answer {
    let (agent, session) = (of.to_owned(), id.to_owned());
    handle(it, by, Command::Intrude { agent, session, mode })
}

/// The supervisor enters the agent's session.
fn enter(world: &mut World, user: FixtureUser, mode: Mode) -> Vec<Notification> {
    intrude(world, user, AGENT.id, SESSION, Some(mode)).unwrap();
    own(world, user, SESSION, ACCEPT).unwrap().notifications
}

/// Compares the notifications: to whom, and the whole data.
#[track_caller]
fn check_told(notifications: &[Notification], expected: &[(FixtureUser, Value)]) {
    let told: Vec<_> = notifications.iter().map(|it| (it.user.as_str(), &it.data)).collect();
    let expected: Vec<_> = expected.iter().map(|(user, data)| (user.id, data)).collect();
    assert_eq!(told, expected);
    assert!(notifications.iter().all(|it| it.channel == TOPIC));
}

/// Compares the rule, and that nothing has changed.
#[track_caller]
fn check_refused(
    world: &mut World,
    send: impl FnOnce(&mut World) -> Answer,
    rule: &str,
) -> Option<Change> {
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
    let (monitor, coach, barge_in) = ("SwitchToMonitor", "SwitchToCoach", "SwitchToBargeIn");
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
    let (lost, help) = ("My parcel has not arrived", "How may I help you?");
    vec![
        message(1, ("16:39:38.000", 78_000), &customer(), None),
        message(2, ("16:39:41.120", 81_120), &kristi(), None),
        message(3, ("16:39:52.435", 92_435), &customer(), Some(lost)),
        message(4, ("16:40:03.801", 103_801), &kristi(), Some(help)),
    ]
}

#[test]
fn intrude_invites_the_supervisor_and_tells_nobody_else() {
    let fixture = include_str!("../../../fixtures/smssessions/0000UaB58WAR003N.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    for (mode, monitoring_needed, effective) in [
        (Some(Monitor), false, "Monitor"),
        (Some(Coach), false, "Coach"),
        (Some(BargeIn), true, "BargeIn"),
        (None, false, "Coach"),
        (None, true, "Coach"),
    ] {
        let mut world = world();
        world.settings.intrude_needs_monitoring = monitoring_needed;
        let done = intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, mode).unwrap();
        assert_eq!(done.reply, json!({ "statusCode": 0 }));
        let told = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "StatusChange",
            "smssession": {
                "id": SESSION, "uri": format!("{API}/smssessions/{SESSION}"), "state": "Invited",
                "participants": [], "capabilities": ["Accept", "Reject"],
                "userData": fixture["userData"], "receivedDate": fixture["receivedDate"],
                "chatType": "Inbound", "supervisorMode": effective,
            },
        });
        check_told(&done.notifications, &[(SUPERVISOR, told)]);
    }
}

#[test]
fn accept_tells_the_supervisor_all_and_the_agent_what_he_may_see() {
    for (mode, shown_to) in [(Monitor, "Supervisors"), (Coach, "Agents"), (BargeIn, "All")] {
        let mut world = world();
        let paula = person(SUPERVISOR, "s1", "00AF5367D3D00001", shown_to);
        let all = [&customer(), &kristi(), &paula];
        let mut state = change("StatusChange", Some(mode), &[]);
        state["referenceId"] = json!(1);
        let supervisor = [
            (SUPERVISOR, state),
            (SUPERVISOR, change("ParticipantsUpdated", Some(mode), &all)),
            (SUPERVISOR, messages([log(), vec![joined(5, &paula)]].concat())),
        ];
        let agent = [
            (AGENT, change("ParticipantsUpdated", None, &all)),
            (AGENT, messages(vec![joined(5, &paula)])),
        ];
        let told = enter(&mut world, SUPERVISOR, mode);
        let of = |user: FixtureUser| -> Vec<Notification> {
            told.iter().filter(|it| it.user == user.id).cloned().collect()
        };
        check_told(&of(SUPERVISOR), &supervisor);
        check_told(&of(AGENT), if mode == Monitor { &[] } else { &agent });
        assert_eq!(told.len(), of(SUPERVISOR).len() + of(AGENT).len());
    }
}

#[test]
fn accept_of_an_agent_tells_him_alone() {
    let mut world = world();
    let accept: Own = |session| Command::Accept { session, nickname: Some("K".into()) };
    let notifications = own(&mut world, AGENT, INVITED_SESSION, accept).unwrap().notifications;
    let customer = person_p("009052C5E6D60050");
    let agent = person(AGENT, "K", "00AF5367D3D00001", "All");
    let here = |mut data: Value| -> Value {
        serde_json::from_str(&data.take().to_string().replace(SESSION, INVITED_SESSION)).unwrap()
    };
    let mut state = here(change("StatusChange", None, &[]));
    state["referenceId"] = json!(1);
    let participants = here(change("ParticipantsUpdated", None, &[&customer, &agent]));
    let first = message(1, ("16:40:00.000", 100_000), &customer, None);
    let log = here(messages(vec![first, joined(2, &agent)]));
    check_told(&notifications, &[(AGENT, state), (AGENT, participants), (AGENT, log)]);
}

#[test]
fn reject_tells_who_rejected_and_offers_nothing() {
    let mut world = world();
    intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, Some(BargeIn)).unwrap();
    for (reference_id, user, session) in
        [(1, SUPERVISOR, SESSION), (2, AGENT, INVITED_SESSION), (3, SUPERVISOR, OWN_SESSION)]
    {
        let told = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "StatusChange",
            "referenceId": reference_id,
            "smssession": {
                "id": session, "uri": format!("{API}/smssessions/{session}"), "state": "Completed",
                "participants": [],
            },
        });
        let done = own(&mut world, user, session, REJECT).unwrap();
        assert_eq!(done.reply, json!({ "statusCode": 0 }));
        check_told(&done.notifications, &[(user, told)]);
    }
    assert!(intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, None).is_ok(), "he may come again");
}

#[test]
fn numbers_grow_and_the_agent_sees_a_gap_where_a_supervisor_monitors() {
    let mut world = world();
    let mut told = enter(&mut world, SUPERVISOR, Monitor);
    told.extend(enter(&mut world, OTHER_SUPERVISOR, BargeIn));
    let indices = |user: FixtureUser| -> Vec<u64> {
        let of_user = told.iter().filter(|it| it.user == user.id);
        let logs = of_user.filter_map(|it| it.data["messages"].as_array()).flatten();
        logs.map(|message| message["index"].as_u64().unwrap()).collect()
    };
    assert_eq!(indices(AGENT), [6]);
    assert_eq!(indices(SUPERVISOR), [1, 2, 3, 4, 5, 6]);
    assert_eq!(indices(OTHER_SUPERVISOR), [1, 2, 3, 4, 5, 6]);
    let references: Vec<_> = told.iter().filter_map(|it| it.data["referenceId"].as_u64()).collect();
    assert_eq!(references, [1, 2]);
    assert!(told.windows(2).all(|pair| pair[0].number < pair[1].number));
}

#[test]
fn an_intrude_is_refused() {
    let nobody = "00000000000000000000000000000000";
    // Each row breaks the rules of the rows below it too, where it can.
    for (user, of, session, rule) in [
        (AGENT_WITHOUT_SMS, nobody, "none", "feature-missing"),
        (OTHER_AGENT, nobody, "none", "supervisor-role"),
        (SUPERVISOR, nobody, "none", "user-unknown"),
        (SUPERVISOR, OTHER_AGENT.id, "none", "session-unknown"),
        (SUPERVISOR, OTHER_AGENT.id, LEFT_SESSION, "session-owner"),
        (SUPERVISOR, SUPERVISOR.id, SESSION, "session-owner"),
        (SUPERVISOR, SUPERVISOR.id, OWN_SESSION, "intrude-own-session"),
        (OTHER_SUPERVISOR, SUPERVISOR.id, OWN_SESSION, "intrude-state"),
        (OTHER_SUPERVISOR, AGENT.id, INVITED_SESSION, "intrude-state"),
        (OTHER_SUPERVISOR, AGENT.id, LEFT_SESSION, "intrude-state"),
        (OTHER_SUPERVISOR, AGENT.id, COMPLETED_SESSION, "intrude-state"),
        (OTHER_SUPERVISOR, AGENT.id, REVOKED_SESSION, "intrude-state"),
        (OTHER_SUPERVISOR, AGENT.id, JOIN_FAILED_SESSION, "intrude-state"),
        (OTHER_SUPERVISOR, AGENT.id, SESSION, "intrude-mode-missing"),
    ] {
        let because = check_refused(&mut world(), |it| intrude(it, user, of, session, None), rule);
        assert_eq!(because, None);
    }
}

#[test]
fn an_intrude_is_refused_to_who_has_come_or_does_not_monitor() {
    let mut world = world();
    world.settings.intrude_needs_monitoring = true;
    let again = |mode| move |it: &mut World| intrude(it, OTHER_SUPERVISOR, AGENT.id, SESSION, mode);
    check_refused(&mut world, again(Some(Coach)), "intrude-monitoring");
    check_refused(&mut world, again(None), "intrude-monitoring");
    world.settings.intrude_needs_monitoring = false;
    again(Some(Coach))(&mut world).unwrap();
    let client = Some("client of s2".to_owned());
    let invited = Some(Change { client: client.clone(), notification: 1 });
    assert_eq!(check_refused(&mut world, again(None), "intrude-twice"), invited);
    own(&mut world, OTHER_SUPERVISOR, SESSION, ACCEPT).unwrap();
    let accepted = Some(Change { client, notification: 2 });
    assert_eq!(check_refused(&mut world, again(None), "intrude-twice"), accepted);
}

#[test]
fn accept_and_reject_are_refused() {
    for (command, state_rule) in [(ACCEPT, "accept-state"), (REJECT, "reject-state")] {
        for (user, session, rule) in [
            (AGENT_WITHOUT_SMS, "none", "feature-missing"),
            (AGENT, "none", "session-unknown"),
            (OTHER_AGENT, SESSION, "session-owner"),
            (SUPERVISOR, SESSION, "session-owner"),
            (AGENT, SESSION, state_rule),
            (AGENT, LEFT_SESSION, state_rule),
            (AGENT, COMPLETED_SESSION, state_rule),
            (AGENT, REVOKED_SESSION, state_rule),
            (AGENT, JOIN_FAILED_SESSION, state_rule),
        ] {
            let send = |it: &mut World| own(it, user, session, command);
            assert_eq!(check_refused(&mut world(), send, rule), None);
        }
        let mut world = world();
        own(&mut world, AGENT, INVITED_SESSION, REJECT).unwrap();
        let because = Some(Change { client: Some("client of a1".to_owned()), notification: 1 });
        let send = |it: &mut World| own(it, AGENT, INVITED_SESSION, command);
        assert_eq!(check_refused(&mut world, send, state_rule), because);
        let send = |it: &mut World| intrude(it, SUPERVISOR, AGENT.id, INVITED_SESSION, None);
        assert_eq!(check_refused(&mut world, send, "intrude-state"), because);
    }
}
