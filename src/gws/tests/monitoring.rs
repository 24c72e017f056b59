//! Monitor, Coach, BargeIn, CancelSupervisorMonitoring, and what they lead to.

use expect_test::expect;

use super::pushed::{check_done, plain, send, to};
use super::*;
use crate::gws::world::Following;

fn monitor(world: &mut World, by: FixtureUser, of: &str, body: Value) -> HandledCommand {
    send(world, by, &[of], body)
}

#[test]
fn who_monitors_is_in_what_the_agent_accepts_next() {
    for (name, expected) in [
        (
            "Monitor",
            expect![[r#"
            state-accept {"statusCode":0}
            a1 StatusChange #1 Chatting [] offers 12
            a1 ParticipantsUpdated Chatting [PersonP, a1] offers 12
            a1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All
            s2 StatusChange Chatting [] offers 10
            s2 ParticipantsUpdated Chatting [PersonP, a1, Boss(Supervisors)] offers 10
            s2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All | 3 ParticipantJoined of Boss(Supervisors) to Supervisors
        "#]],
        ),
        (
            "Coach",
            expect![[r#"
            state-accept {"statusCode":0}
            a1 StatusChange #1 Chatting [] offers 12
            a1 ParticipantsUpdated Chatting [PersonP, a1] offers 12
            a1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All
            s2 StatusChange Chatting [] offers 16
            s2 ParticipantsUpdated Chatting [PersonP, a1, Boss(Agents)] offers 16
            s2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All | 3 ParticipantJoined of Boss(Agents) to Agents
            a1 ParticipantsUpdated Chatting [PersonP, a1, Boss(Agents)] offers 15
            a1 NewMessages | 3 ParticipantJoined of Boss(Agents) to Agents
        "#]],
        ),
        (
            "BargeIn",
            expect![[r#"
            state-accept {"statusCode":0}
            a1 StatusChange #1 Chatting [] offers 12
            a1 ParticipantsUpdated Chatting [PersonP, a1] offers 12
            a1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All
            s2 StatusChange Chatting [] offers 16
            s2 ParticipantsUpdated Chatting [PersonP, a1, Boss] offers 16
            s2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All | 3 ParticipantJoined of Boss to All
            a1 ParticipantsUpdated Chatting [PersonP, a1, Boss] offers 15
            a1 NewMessages | 3 ParticipantJoined of Boss to All
        "#]],
        ),
    ] {
        let mut world = world();
        let body = json!({ "operationName": name, "nickname": "Boss" });
        let done = monitor(&mut world, OTHER_SUPERVISOR, AGENT.id, body).unwrap();
        assert_eq!((done.reply, done.notifications), (json!({ "statusCode": 0 }), vec![]));
        check_done(plain(&mut world, AGENT, INVITED_SESSION, "Accept"), expected);
    }
}

#[test]
fn who_monitors_is_invited_where_that_is_asked_for() {
    let mut world = world();
    world.settings.following = Following::IsInvited;
    monitor(&mut world, OTHER_SUPERVISOR, AGENT.id, json!({ "operationName": "Coach" })).unwrap();
    check_done(
        plain(&mut world, AGENT, INVITED_SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a1 StatusChange #1 Chatting [] offers 12
        a1 ParticipantsUpdated Chatting [PersonP, a1] offers 12
        a1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All
        s2 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_SUPERVISOR, INVITED_SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        s2 StatusChange #2 Chatting [] offers 16
        s2 ParticipantsUpdated Chatting [PersonP, a1, s2(Agents)] offers 16
        s2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of a1 to All | 3 ParticipantJoined of s2(Agents) to Agents
        a1 ParticipantsUpdated Chatting [PersonP, a1, s2(Agents)] offers 15
        a1 NewMessages | 3 ParticipantJoined of s2(Agents) to Agents
    "#]],
    );
}

#[test]
fn next_chat_ends_by_itself_and_all_chats_goes_on() {
    for (scope, again) in [("NextChat", false), ("AllChats", true)] {
        let mut world = world();
        let body = json!({ "operationName": "Coach", "supervisorMonitoringMode": scope });
        monitor(&mut world, OTHER_SUPERVISOR, OTHER_AGENT.id, body).unwrap();
        let follows = |world: &mut World, session: &str| {
            to(world, AGENT, session, "Transfer", OTHER_AGENT).unwrap();
            let pushed = plain(world, OTHER_AGENT, session, "Accept").unwrap().notifications;
            pushed.iter().any(|notification| notification.user == OTHER_SUPERVISOR.id)
        };
        assert!(follows(&mut world, SESSION));
        assert_eq!(follows(&mut world, LEFT_SESSION), again, "{scope}");
    }
}

#[test]
fn the_monitoring_of_a_fixture_waits_for_its_supervisor_to_sign_in() {
    let follows = |world: &mut World| {
        let pushed = plain(world, AGENT, INVITED_SESSION, "Accept").unwrap().notifications;
        pushed.iter().any(|notification| notification.user == SUPERVISOR.id)
    };
    assert!(!follows(&mut world()));
    let mut world = world();
    let body = json!({ "operationName": "StartContactCenterSession", "channels": ["smssession"] });
    send(&mut world, SUPERVISOR, &[], body).unwrap();
    assert!(follows(&mut world));
}

#[test]
fn cancelled_monitoring_reaches_nothing_and_ends_nothing() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Coach);
    let cancel = || json!({ "operationName": "CancelSupervisorMonitoring" });
    check_done(
        monitor(&mut world, SUPERVISOR, AGENT.id, cancel()),
        expect![[r#"
        monitoring-ends {"statusCode":0}
    "#]],
    );
    let again = |world: &mut World| monitor(world, SUPERVISOR, AGENT.id, cancel());
    check_refused(&mut world, again, "monitoring-active");
    check_done(
        plain(&mut world, SUPERVISOR, SESSION, "SwitchToMonitor"),
        expect![[r#"
        state-switch {"statusCode":0}
        s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Supervisors)] offers 10
        s1 NewMessages | 6 ParticipantRejoined of s1(Supervisors) to Supervisors
        a1 ParticipantsUpdated Chatting [PersonP, Kristi] offers 12
    "#]],
    );
}

#[test]
fn monitoring_is_refused() {
    let nobody = "00000000000000000000000000000000";
    for name in ["Monitor", "Coach", "BargeIn", "CancelSupervisorMonitoring"] {
        let own = match name {
            "CancelSupervisorMonitoring" => "monitoring-active",
            _ => "monitoring-own",
        };
        for (user, of, rule) in [
            (AGENT_WITHOUT_SMS, nobody, "feature-missing"),
            (OTHER_AGENT, nobody, "supervisor-role"),
            (SUPERVISOR, nobody, "user-unknown"),
            (SUPERVISOR, SUPERVISOR.id, own),
        ] {
            let send =
                |world: &mut World| monitor(world, user, of, json!({ "operationName": name }));
            assert_eq!(check_refused(&mut world(), send, rule), None);
        }
    }
}
