//! The participants that each user sees, and those that nobody may see.

use expect_test::expect;

use super::pushed::{check_done, meet, plain, send, to};
use super::*;
use crate::gws::participant::Viewer;

#[test]
fn what_a_supervisor_says_reaches_whom_his_mode_lets_it() {
    for (mode, expected) in [
        (
            Coach,
            expect![[r#"
        state-send {"statusCode":0}
        a1 NewMessages | 8 Text of s1(Agents) to Agents "Well"
        a2 NewMessages | 8 Text of s1(Agents) to Agents "Well"
        s1 NewMessages | 8 Text of s1(Agents) to Agents "Well"
        s2 NewMessages | 8 Text of s1(Agents) to Agents "Well"
    "#]],
        ),
        (
            BargeIn,
            expect![[r#"
        state-send {"statusCode":0}
        a1 NewMessages | 8 Text of s1 to All "Well"
        a2 NewMessages | 8 Text of s1 to All "Well"
        s1 NewMessages | 8 Text of s1 to All "Well"
        s2 NewMessages | 8 Text of s1 to All "Well"
    "#]],
        ),
    ] {
        let mut world = world();
        meet(&mut world, "Invite", OTHER_AGENT);
        join(&mut world, SUPERVISOR, mode);
        join(&mut world, OTHER_SUPERVISOR, Monitor);
        let body = json!({ "operationName": "SendMessage", "text": "Well" });
        check_done(send(&mut world, SUPERVISOR, &[SESSION], body), expected);
    }
}

#[test]
fn what_who_monitors_would_hand_on_with_a_text_stays_among_supervisors() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Monitor);
    join(&mut world, OTHER_SUPERVISOR, Coach);
    let uri = format!("{API}/users/{}", OTHER_AGENT.id);
    let body = json!({ "operationName": "Transfer", "targetUri": uri, "text": "Help him" });
    check_done(
        send(&mut world, SUPERVISOR, &[SESSION], body),
        expect![[r#"
        state-transfer {"statusCode":0}
        s1 NewMessages | 7 Text of s1(Supervisors) to Supervisors "Help him"
        s2 NewMessages | 7 Text of s1(Supervisors) to Supervisors "Help him"
        s1 StatusChange #3 Completed []
        s2 ParticipantsUpdated Chatting [PersonP, Kristi, s2(Agents)] offers 16
        s2 NewMessages | 8 ParticipantLeft of s1(Supervisors) to Supervisors
        a2 StatusChange Invited [] offers 2
    "#]],
    );
}

#[test]
fn the_customer_sees_neither_coach_nor_consulted_nor_who_monitors() {
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    join(&mut world, SUPERVISOR, Coach);
    join(&mut world, OTHER_SUPERVISOR, Monitor);
    for user in [AGENT, OTHER_AGENT, SUPERVISOR] {
        let body = json!({ "operationName": "SendToAgents", "text": "Between us" });
        send(&mut world, user, &[SESSION], body).unwrap();
    }
    let shown = |world: &World| {
        let session = world.session(SESSION).unwrap();
        let seen: Vec<_> = session
            .participants_seen(Viewer::Customer, None)
            .map(|participant| participant.nickname.clone())
            .collect();
        let log =
            session.messages.iter().filter(|message| message.shown_to(Viewer::Customer, None));
        (seen, log.map(|log| log.index).collect::<Vec<_>>())
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(shown(&world), (names(&["PersonP", "Kristi"]), vec![1, 2, 3, 4]));
    plain(&mut world, SUPERVISOR, SESSION, "SwitchToBargeIn").unwrap();
    assert_eq!(shown(&world), (names(&["PersonP", "Kristi", "s1"]), vec![1, 2, 3, 4, 11]));
}

#[test]
fn who_monitors_is_no_company() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Monitor);
    let body = || json!({ "operationName": "SendToAgents", "text": "Anybody?" });
    let to_agents = |world: &mut World| send(world, AGENT, &[SESSION], body());
    assert_eq!(check_refused(&mut world, to_agents, "capability"), None);
    plain(&mut world, SUPERVISOR, SESSION, "SwitchToCoach").unwrap();
    check_done(
        send(&mut world, AGENT, &[SESSION], body()),
        expect![[r#"
        state-send {"statusCode":0}
        a1 NewMessages | 7 Text of Kristi to Agents "Anybody?"
        s1 NewMessages | 7 Text of Kristi to Agents "Anybody?"
    "#]],
    );
}

#[test]
fn who_monitors_is_invited_like_a_stranger() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Monitor);
    join(&mut world, OTHER_SUPERVISOR, Coach);
    check_done(
        to(&mut world, AGENT, SESSION, "Invite", SUPERVISOR),
        expect![[r#"
        state-conference {"referenceId":3,"statusCode":0}
        s2 ParticipantsUpdated Chatting [PersonP, Kristi, s2(Agents)] offers 16
        s2 NewMessages | 7 ParticipantLeft of s1(Supervisors) to Supervisors
        s1 StatusChange Invited [] offers 2
    "#]],
    );
    let seen = |world: &mut World| to(world, AGENT, SESSION, "Invite", OTHER_SUPERVISOR);
    check_refused(&mut world, seen, "target-in-session");
}
