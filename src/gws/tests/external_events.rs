//! The effects of events without a request.

use expect_test::expect;

use super::pushed::{check_done, check_happens, meet, plain};
use super::*;
use crate::gws::external_event::ExternalEvent::{self, *};
use crate::gws::external_event::act;

fn session() -> String {
    SESSION.to_owned()
}

fn offered(user: FixtureUser, session: Option<&str>) -> ExternalEvent {
    let user = user.id.to_owned();
    let session = session.map(str::to_owned);
    Routed { user, session, customer: "PersonN".to_owned() }
}

#[test]
fn the_customer_writes_types_and_leaves() {
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    let text = "Are you there?".to_owned();
    check_happens(
        &mut world,
        &CustomerWrites { session: session(), text },
        expect![[r#"
        the customer of 0000UaB58WAR003N writes "Are you there?"
        a1 NewMessages | 6 Text of PersonP to All "Are you there?"
        a2 NewMessages | 6 Text of PersonP to All "Are you there?"
    "#]],
    );
    check_happens(
        &mut world,
        &CustomerTypes { session: session() },
        expect![[r#"
        the customer of 0000UaB58WAR003N types
        a1 NewMessages | 7 TypingStarted of PersonP to All
        a2 NewMessages | 7 TypingStarted of PersonP to All
    "#]],
    );
    check_happens(
        &mut world,
        &CustomerStopsTyping { session: session() },
        expect![[r#"
        the customer of 0000UaB58WAR003N types no more
        a1 NewMessages | 8 TypingStopped of PersonP to All
        a2 NewMessages | 8 TypingStopped of PersonP to All
    "#]],
    );
    check_happens(
        &mut world,
        &CustomerLeaves { session: session() },
        expect![[r#"
        the customer of 0000UaB58WAR003N leaves
        a1 ParticipantsUpdated Chatting [Kristi, a2(Agents)] offers 15
        a1 NewMessages | 9 ParticipantLeft of PersonP to All
        a2 ParticipantsUpdated Chatting [Kristi, a2(Agents)] offers 4
        a2 NewMessages | 9 ParticipantLeft of PersonP to All
    "#]],
    );
    assert_eq!(world.session(SESSION).unwrap().last_index, 9);
    check_done(
        plain(&mut world, AGENT, SESSION, "Complete"),
        expect![[r#"
        state-complete {"statusCode":0}
        a1 StatusChange Completed
        a2 ParticipantsUpdated Chatting [a2(Agents)] offers 4
        a2 NewMessages | 10 ParticipantLeft of Kristi to All
        a2 ParticipantsUpdated Chatting [a2] offers 12
        a2 NewMessages | 11 ParticipantRejoined of a2 to All
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-alone {"statusCode":0}
        a2 StatusChange #3 LeftChat [] offers 7
    "#]],
    );
}

#[test]
fn a_session_comes_in_and_is_taken_back() {
    let mut world = world();
    let id = "0000FaKE0W000001";
    check_happens(
        &mut world,
        &offered(OTHER_AGENT, None),
        expect![[r#"
        session 0000FaKE0W000001 is routed to a2
        a2 StatusChange Invited [] offers 2
    "#]],
    );
    let session = id.to_owned();
    let revoked = Revoked { user: OTHER_AGENT.id.to_owned(), session };
    check_happens(
        &mut world,
        &revoked,
        expect![[r#"
        the invitation of a2 to 0000FaKE0W000001 is withdrawn
        a2 StatusChange Revoked []
    "#]],
    );
    check_happens(
        &mut world,
        &offered(AGENT, Some(id)),
        expect![[r#"
        session 0000FaKE0W000001 is routed to a1
        a1 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, AGENT, id, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a1 StatusChange #1 Chatting [] offers 12
        a1 ParticipantsUpdated Chatting [PersonN, a1] offers 12
        a1 NewMessages | 1 ParticipantJoined of PersonN to All | 2 ParticipantJoined of a1 to All
    "#]],
    );
}

#[test]
fn who_left_may_be_offered_the_session_again() {
    let mut world = world();
    check_happens(
        &mut world,
        &offered(AGENT, Some(LEFT_SESSION)),
        expect![[r#"
        session 0000UaB58WAR003Q is routed to a1
        a1 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, AGENT, LEFT_SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a1 StatusChange #1 Chatting [] offers 12
        a1 ParticipantsUpdated Chatting [a1] offers 12
        a1 NewMessages | 1 ParticipantJoined of a1 to All
    "#]],
    );
}

#[test]
fn what_cannot_happen_says_why_and_changes_nothing() {
    let mut errors = String::new();
    let revoked = |user: FixtureUser, session: &str| Revoked {
        user: user.id.to_owned(),
        session: session.to_owned(),
    };
    for external_event in [
        CustomerWrites { session: "0000UaB58WAR003X".to_owned(), text: String::new() },
        CustomerTypes { session: LEFT_SESSION.to_owned() },
        CustomerStopsTyping { session: COMPLETED_SESSION.to_owned() },
        CustomerLeaves { session: REVOKED_SESSION.to_owned() },
        offered(AGENT, Some("none")),
        offered(AGENT, Some(SESSION)),
        offered(AGENT, Some(INVITED_SESSION)),
        offered(AGENT, Some(JOIN_FAILED_SESSION)),
        revoked(AGENT, "none"),
        revoked(AGENT, SESSION),
        revoked(OTHER_AGENT, SESSION),
    ] {
        let mut world = world();
        let before = format!("{world:?}");
        errors += &act(&mut world, &external_event, now()).unwrap_err();
        errors += "\n";
        assert_eq!(format!("{world:?}"), before);
    }
    expect![[r#"
        session: got 0000UaB58WAR003X, want the id of an SMS session; the sessions are 0000UaB58WAR003N (a1 Chatting), 0000UaB58WAR003P (a1 Invited), 0000UaB58WAR003Q (a1 LeftChat), 0000UaB58WAR003R (a1 Completed), 0000UaB58WAR003S (a1 Revoked), 0000UaB58WAR003T (a1 JoinFailed), 0000UaB58WAR00ZZ (s1 Invited) (rule session-unknown)
        session 0000UaB58WAR003Q: got no customer in it, want one; the customer has left, or the session is over
        session 0000UaB58WAR003R: got no customer in it, want one; the customer has left, or the session is over
        session 0000UaB58WAR003S: got no customer in it, want one; the customer has left, or the session is over
        session: got none, want the id of an SMS session; the sessions are 0000UaB58WAR003N (a1 Chatting), 0000UaB58WAR003P (a1 Invited), 0000UaB58WAR003Q (a1 LeftChat), 0000UaB58WAR003R (a1 Completed), 0000UaB58WAR003S (a1 Revoked), 0000UaB58WAR003T (a1 JoinFailed), 0000UaB58WAR00ZZ (s1 Invited) (rule session-unknown)
        session 0000UaB58WAR003N: got one that an agent has or is offered, want one that waits in a queue, or that nobody has
        session 0000UaB58WAR003P: got one that an agent has or is offered, want one that waits in a queue, or that nobody has
        session 0000UaB58WAR003T: got a1 in state JoinFailed, want a user who is not in it
        session: got none, want the id of an SMS session; the sessions are 0000UaB58WAR003N (a1 Chatting), 0000UaB58WAR003P (a1 Invited), 0000UaB58WAR003Q (a1 LeftChat), 0000UaB58WAR003R (a1 Completed), 0000UaB58WAR003S (a1 Revoked), 0000UaB58WAR003T (a1 JoinFailed), 0000UaB58WAR00ZZ (s1 Invited) (rule session-unknown)
        session 0000UaB58WAR003N: got a1 in state Chatting, want state Invited
        session 0000UaB58WAR003N: got a2, who is not in it, want state Invited
    "#]].assert_eq(&errors);
}
