//! Transfer, and what waits in a queue.

use expect_test::expect;

use super::pushed::{check_done, check_happens, plain, send, to};
use super::*;
use crate::gws::external_event::ExternalEvent;

#[test]
fn a_transfer_offers_the_session() {
    let mut world = world();
    let uri = format!("{API}/users/{}", OTHER_AGENT.id);
    let body = json!({ "operationName": "Transfer", "targetUri": uri, "text": "Please take over" });
    check_done(
        send(&mut world, AGENT, &[SESSION], body),
        expect![[r#"
        state-transfer {"statusCode":0}
        a1 NewMessages | 5 Text of Kristi to Agents "Please take over"
        a1 StatusChange #1 Completed []
        a2 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a2 StatusChange #2 Chatting [] offers 12
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 Text of Kristi to Agents "Please take over" | 6 ParticipantLeft of Kristi to All | 7 ParticipantJoined of a2 to All
    "#]],
    );
    check_done(
        to(&mut world, AGENT, LEFT_SESSION, "Transfer", OTHER_AGENT),
        expect![[r#"
        state-transfer {"statusCode":0}
        a1 StatusChange #3 Completed []
        a2 StatusChange Invited [] offers 2
    "#]],
    );
}

#[test]
fn a_session_waits_in_a_queue_until_it_is_routed_on() {
    let in_queue = |name: &str| {
        let uri = format!("{API}/queues/Parcels");
        json!({ "operationName": name, "targetUri": uri })
    };
    let offered = |user: FixtureUser| ExternalEvent::Routed {
        user: user.id.to_owned(),
        session: Some(SESSION.to_owned()),
        customer: String::new(),
    };
    let mut world = world();
    check_done(
        send(&mut world, AGENT, &[SESSION], in_queue("Consult")),
        expect![[r#"
        state-conference {"referenceId":1,"statusCode":0}
    "#]],
    );
    check_happens(
        &mut world,
        &offered(SUPERVISOR),
        expect![[r#"
        session 0000UaB58WAR003N is routed to s1
        s1 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, SUPERVISOR, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        s1 StatusChange #2 Chatting [] offers 4
        s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents)] offers 4
        s1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 ParticipantJoined of s1(Agents) to Agents
        a1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents)] offers 15
        a1 NewMessages | 5 ParticipantJoined of s1(Agents) to Agents
    "#]],
    );
    send(&mut world, AGENT, &[SESSION], in_queue("Consult")).unwrap();
    check_done(
        plain(&mut world, AGENT, SESSION, "CancelConsult"),
        expect![[r#"
        state-conference {"referenceId":4,"statusCode":0}
    "#]],
    );
    check_done(
        send(&mut world, AGENT, &[SESSION], in_queue("Transfer")),
        expect![[r#"
        state-transfer {"statusCode":0}
        a1 StatusChange #5 Completed []
        s1 ParticipantsUpdated Chatting [PersonP, s1(Agents)] offers 4
        s1 NewMessages | 6 ParticipantLeft of Kristi to All
        s1 ParticipantsUpdated Chatting [PersonP, s1] offers 12
        s1 NewMessages | 7 ParticipantRejoined of s1 to All
    "#]],
    );
    check_happens(
        &mut world,
        &offered(OTHER_AGENT),
        expect![[r#"
        session 0000UaB58WAR003N is routed to a2
        a2 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a2 StatusChange #6 Chatting [] offers 12
        a2 ParticipantsUpdated Chatting [PersonP, s1, a2] offers 15
        a2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 ParticipantJoined of s1(Agents) to Agents | 6 ParticipantLeft of Kristi to All | 7 ParticipantRejoined of s1 to All | 8 ParticipantJoined of a2 to All
        s1 ParticipantsUpdated Chatting [PersonP, s1, a2] offers 15
        s1 NewMessages | 8 ParticipantJoined of a2 to All
    "#]],
    );
}

#[test]
fn a_place_in_a_queue_ends_with_the_conversation() {
    let mut world = world();
    let uri = format!("{API}/queues/Parcels");
    let consult = json!({ "operationName": "Consult", "targetUri": uri });
    send(&mut world, AGENT, &[SESSION], consult).unwrap();
    plain(&mut world, AGENT, SESSION, "Leave").unwrap();
    assert_eq!(world.session(SESSION).unwrap().queued, []);
}

#[test]
fn a_transfer_that_is_rejected_waits_and_supervisors_are_released() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Coach);
    to(&mut world, AGENT, SESSION, "Transfer", OTHER_AGENT).unwrap();
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Reject"),
        expect![[r#"
        state-reject {"statusCode":0}
        a2 StatusChange #3 Completed []
        s1 StatusChange Revoked []
    "#]],
    );
}
