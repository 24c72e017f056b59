//! Intrude, the switches of mode, and how long a supervisor stays.

use expect_test::expect;

use super::pushed::{check_done, meet, plain, send};
use super::*;

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
        let pushed = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "StatusChange",
            "smssession": {
                "id": SESSION, "uri": format!("{API}/smssessions/{SESSION}"), "state": "Invited",
                "participants": [], "capabilities": ["Accept", "Reject"],
                "userData": fixture["userData"], "receivedDate": fixture["receivedDate"],
                "chatType": "Inbound", "supervisorMode": effective,
            },
        });
        check_pushed(&done.notifications, &[(SUPERVISOR, pushed)]);
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
        let pushed = join(&mut world, SUPERVISOR, mode);
        let of = |user: FixtureUser| -> Vec<Notification> {
            pushed.iter().filter(|notification| notification.user == user.id).cloned().collect()
        };
        check_pushed(&of(SUPERVISOR), &supervisor);
        check_pushed(&of(AGENT), if mode == Monitor { &[] } else { &agent });
        assert_eq!(pushed.len(), of(SUPERVISOR).len() + of(AGENT).len());
    }
}

#[test]
fn numbers_grow_and_the_agent_sees_a_gap_where_a_supervisor_monitors() {
    let mut world = world();
    let mut pushed = join(&mut world, SUPERVISOR, Monitor);
    pushed.extend(join(&mut world, OTHER_SUPERVISOR, BargeIn));
    let indices = |user: FixtureUser| -> Vec<u64> {
        let of_user = pushed.iter().filter(|notification| notification.user == user.id);
        let logs = of_user
            .filter_map(|notification| notification.data()["messages"].as_array().cloned())
            .flatten();
        logs.map(|message| message["index"].as_u64().unwrap()).collect()
    };
    assert_eq!(indices(AGENT), [6]);
    assert_eq!(indices(SUPERVISOR), [1, 2, 3, 4, 5, 6]);
    assert_eq!(indices(OTHER_SUPERVISOR), [1, 2, 3, 4, 5, 6]);
    let references: Vec<_> = pushed
        .iter()
        .filter_map(|notification| notification.data()["referenceId"].as_u64())
        .collect();
    assert_eq!(references, [1, 2]);
    assert!(pushed.windows(2).all(|pair| pair[0].number < pair[1].number));
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
        let because =
            check_refused(&mut world(), |world| intrude(world, user, of, session, None), rule);
        assert_eq!(because, None);
    }
}

#[test]
fn an_intrude_is_refused_to_who_has_come_or_does_not_monitor() {
    let mut world = world();
    world.settings.intrude_needs_monitoring = true;
    let again =
        |mode| move |world: &mut World| intrude(world, OTHER_SUPERVISOR, AGENT.id, SESSION, mode);
    check_refused(&mut world, again(Some(Coach)), "intrude-monitoring");
    check_refused(&mut world, again(None), "intrude-monitoring");
    world.settings.intrude_needs_monitoring = false;
    again(Some(Coach))(&mut world).unwrap();
    let client = Some("client of s2".to_owned());
    let invited = Some(StateChange { client: client.clone(), notification: 1 });
    assert_eq!(check_refused(&mut world, again(None), "intrude-twice"), invited);
    own(&mut world, OTHER_SUPERVISOR, SESSION, ACCEPT).unwrap();
    let accepted = Some(StateChange { client, notification: 2 });
    assert_eq!(check_refused(&mut world, again(None), "intrude-twice"), accepted);
}

#[test]
fn a_switch_tells_who_sees_him_and_who_did() {
    for (from, name, expected) in [
        (
            Monitor,
            "SwitchToCoach",
            expect![[r#"
            state-switch {"statusCode":0}
            s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents), s2(Supervisors)] offers 16
            s1 NewMessages | 7 ParticipantRejoined of s1(Agents) to Agents
            a1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents)] offers 15
            a1 NewMessages | 7 ParticipantRejoined of s1(Agents) to Agents
            s2 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents), s2(Supervisors)] offers 10
            s2 NewMessages | 7 ParticipantRejoined of s1(Agents) to Agents
        "#]],
        ),
        (
            Monitor,
            "SwitchToBargeIn",
            expect![[r#"
            state-switch {"statusCode":0}
            s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1, s2(Supervisors)] offers 16
            s1 NewMessages | 7 ParticipantRejoined of s1 to All
            a1 ParticipantsUpdated Chatting [PersonP, Kristi, s1] offers 15
            a1 NewMessages | 7 ParticipantRejoined of s1 to All
            s2 ParticipantsUpdated Chatting [PersonP, Kristi, s1, s2(Supervisors)] offers 10
            s2 NewMessages | 7 ParticipantRejoined of s1 to All
        "#]],
        ),
        (
            Coach,
            "SwitchToMonitor",
            expect![[r#"
            state-switch {"statusCode":0}
            s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Supervisors), s2(Supervisors)] offers 10
            s1 NewMessages | 7 ParticipantRejoined of s1(Supervisors) to Supervisors
            a1 ParticipantsUpdated Chatting [PersonP, Kristi] offers 12
            s2 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Supervisors), s2(Supervisors)] offers 10
            s2 NewMessages | 7 ParticipantRejoined of s1(Supervisors) to Supervisors
        "#]],
        ),
        (
            Coach,
            "SwitchToBargeIn",
            expect![[r#"
            state-switch {"statusCode":0}
            s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1, s2(Supervisors)] offers 16
            s1 NewMessages | 7 ParticipantRejoined of s1 to All
            a1 ParticipantsUpdated Chatting [PersonP, Kristi, s1] offers 15
            a1 NewMessages | 7 ParticipantRejoined of s1 to All
            s2 ParticipantsUpdated Chatting [PersonP, Kristi, s1, s2(Supervisors)] offers 10
            s2 NewMessages | 7 ParticipantRejoined of s1 to All
        "#]],
        ),
        (
            BargeIn,
            "SwitchToMonitor",
            expect![[r#"
            state-switch {"statusCode":0}
            s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Supervisors), s2(Supervisors)] offers 10
            s1 NewMessages | 7 ParticipantRejoined of s1(Supervisors) to Supervisors
            a1 ParticipantsUpdated Chatting [PersonP, Kristi] offers 12
            s2 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Supervisors), s2(Supervisors)] offers 10
            s2 NewMessages | 7 ParticipantRejoined of s1(Supervisors) to Supervisors
        "#]],
        ),
        (
            BargeIn,
            "SwitchToCoach",
            expect![[r#"
            state-switch {"statusCode":0}
            s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents), s2(Supervisors)] offers 16
            s1 NewMessages | 7 ParticipantRejoined of s1(Agents) to Agents
            a1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents)] offers 15
            a1 NewMessages | 7 ParticipantRejoined of s1(Agents) to Agents
            s2 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents), s2(Supervisors)] offers 10
            s2 NewMessages | 7 ParticipantRejoined of s1(Agents) to Agents
        "#]],
        ),
    ] {
        let mut world = world();
        join(&mut world, SUPERVISOR, from);
        join(&mut world, OTHER_SUPERVISOR, Monitor);
        check_done(plain(&mut world, SUPERVISOR, SESSION, name), expected);
    }
}

#[test]
fn a_switch_is_told_whole() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Coach);
    let done = plain(&mut world, SUPERVISOR, SESSION, "SwitchToBargeIn").unwrap();
    let paula = person(SUPERVISOR, "s1", "00AF5367D3D00001", "All");
    let all = [&customer(), &kristi(), &paula];
    let mut rejoined = joined(6, &paula);
    rejoined["type"] = json!("ParticipantRejoined");
    let mut own = change("ParticipantsUpdated", Some(BargeIn), &all);
    own["smssession"]["receivedDate"] = json!("2015-11-26 18:39:38.000+0200");
    own["smssession"]["chatType"] = json!("Inbound");
    let expected = [
        (SUPERVISOR, own),
        (SUPERVISOR, messages(vec![rejoined.clone()])),
        (AGENT, change("ParticipantsUpdated", None, &all)),
        (AGENT, messages(vec![rejoined])),
    ];
    check_pushed(&done.notifications, &expected);
}

#[test]
fn a_switch_to_the_mode_that_he_is_in_is_not_offered() {
    for (mode, name) in
        [(Monitor, "SwitchToMonitor"), (Coach, "SwitchToCoach"), (BargeIn, "SwitchToBargeIn")]
    {
        let mut world = world();
        join(&mut world, SUPERVISOR, mode);
        let because =
            Some(StateChange { client: Some("client of s1".to_owned()), notification: 2 });
        let refused = check_refused(
            &mut world,
            |world| plain(world, SUPERVISOR, SESSION, name),
            "capability",
        );
        assert_eq!(refused, because);
    }
}

#[test]
fn supervisors_stay_until_the_session_is_completed_or_waits_in_a_queue() {
    let in_session = || {
        let mut world = world();
        meet(&mut world, "Invite", OTHER_AGENT);
        join(&mut world, SUPERVISOR, Coach);
        intrude(&mut world, OTHER_SUPERVISOR, AGENT.id, SESSION, Some(Monitor)).unwrap();
        world
    };
    let mut world = in_session();
    check_done(
        plain(&mut world, AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        a1 StatusChange #4 Completed []
        a2 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 15
        a2 NewMessages | 7 ParticipantLeft of Kristi to All
        s1 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 16
        s1 NewMessages | 7 ParticipantLeft of Kristi to All
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Complete"),
        expect![[r#"
        state-complete {"statusCode":0}
        a2 StatusChange Completed
        s1 ParticipantsUpdated Chatting [PersonP, s1(Agents)] offers 16
        s1 NewMessages | 8 ParticipantLeft of a2 to All
        s1 StatusChange Revoked []
        s2 StatusChange Revoked []
    "#]],
    );
    let mut world = in_session();
    let queued = json!({ "operationName": "Complete", "queueName": "Parcels" });
    check_done(
        send(&mut world, AGENT, &[SESSION], queued),
        expect![[r#"
        state-complete {"statusCode":0}
        a1 StatusChange Completed
        a2 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 15
        a2 NewMessages | 7 ParticipantLeft of Kristi to All
        s1 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 16
        s1 NewMessages | 7 ParticipantLeft of Kristi to All
        s1 StatusChange Revoked []
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 8 ParticipantLeft of s1(Agents) to Agents
        s2 StatusChange Revoked []
    "#]],
    );
    let mut world = in_session();
    let queued = json!({ "operationName": "Transfer", "queueName": "Parcels" });
    check_done(
        send(&mut world, AGENT, &[SESSION], queued),
        expect![[r#"
        state-transfer {"statusCode":0}
        a1 StatusChange #4 Completed []
        a2 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 15
        a2 NewMessages | 7 ParticipantLeft of Kristi to All
        s1 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 16
        s1 NewMessages | 7 ParticipantLeft of Kristi to All
        s1 StatusChange Revoked []
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 8 ParticipantLeft of s1(Agents) to Agents
        s2 StatusChange Revoked []
    "#]],
    );
}

#[test]
fn a_supervisor_leaves_and_rejects_without_end() {
    let mut world = world();
    join(&mut world, SUPERVISOR, BargeIn);
    check_done(
        plain(&mut world, SUPERVISOR, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        s1 StatusChange #2 Completed []
        a1 ParticipantsUpdated Chatting [PersonP, Kristi] offers 12
        a1 NewMessages | 6 ParticipantLeft of s1 to All
    "#]],
    );
    intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, None).unwrap();
    check_done(
        plain(&mut world, SUPERVISOR, SESSION, "Reject"),
        expect![[r#"
        state-reject {"statusCode":0}
        s1 StatusChange #3 Completed []
    "#]],
    );
}
