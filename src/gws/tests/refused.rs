//! Every operation on a session of one's own, in every state of the fixtures, and where it is nobody's or another's.

use expect_test::expect;

use super::pushed::{plain, to};
use super::steps::{Whom, command};
use super::*;
use crate::gws::operation::{Family, OPERATIONS, Operation};
use crate::gws::world::Backend;

/// The fixtures' request of the operation, to who is in no session.
fn request(
    world: &mut World,
    user: FixtureUser,
    session: &str,
    operation: Operation,
) -> HandledCommand {
    let target = Whom::User(AGENT_WITHOUT_SMS);
    handle(world, user, command(operation, session, target, Some(Coach), false))
}

fn on_a_session() -> impl Iterator<Item = (Operation, &'static str)> {
    let own = OPERATIONS
        .iter()
        .filter(|operation| operation.family() == Family::Session && operation.has_page());
    own.map(|operation| (*operation, operation.as_str()))
}

#[test]
fn each_operation_is_taken_or_refused_by_the_state() {
    let states = [
        INVITED_SESSION,
        SESSION,
        LEFT_SESSION,
        COMPLETED_SESSION,
        REVOKED_SESSION,
        JOIN_FAILED_SESSION,
    ];
    let mut table = String::new();
    for (operation, name) in on_a_session() {
        let answers = states.map(|session| {
            let mut world = world();
            match request(&mut world.clone(), AGENT, session, operation) {
                Ok(_) => "taken".to_owned(),
                Err(refused) => {
                    let rule = refused.violation.rule.id;
                    let send = |world: &mut World| request(world, AGENT, session, operation);
                    assert_eq!(check_refused(&mut world, send, rule), None);
                    rule.to_owned()
                }
            }
        });
        table += &format!("{name}: {}\n", answers.join(", "));
    }
    expect![[r#"
        Accept: taken, accept-state, accept-state, accept-state, accept-state, accept-state
        Reject: taken, reject-state, reject-state, reject-state, reject-state, reject-state
        Complete: operation-state, taken, taken, operation-state, operation-state, taken
        Leave: operation-state, taken, taken, operation-state, operation-state, operation-state
        SendMessage: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        SendUrl: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        SendCustomNotice: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        SendCustomNoticeToAgents: operation-state, capability, operation-state, operation-state, operation-state, operation-state
        SendToAgents: operation-state, capability, operation-state, operation-state, operation-state, operation-state
        SendStartTypingNotification: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        SendStopTypingNotification: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        SendStartTypingToAgentsNotification: operation-state, capability, operation-state, operation-state, operation-state, operation-state
        SendStopTypingToAgentsNotification: operation-state, capability, operation-state, operation-state, operation-state, operation-state
        AttachUserData: operation-state, taken, taken, operation-state, operation-state, taken
        UpdateUserData: operation-state, taken, taken, operation-state, operation-state, taken
        DeleteUserData: operation-state, taken, taken, operation-state, operation-state, taken
        SetDisposition: operation-state, taken, taken, operation-state, operation-state, taken
        Invite: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        Consult: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        CancelConsult: operation-state, taken, operation-state, operation-state, operation-state, operation-state
        RemoveParticipantFromConference: operation-state, target-not-in-session, operation-state, operation-state, operation-state, operation-state
        Transfer: operation-state, taken, taken, operation-state, operation-state, operation-state
        SwitchToMonitor: operation-state, capability, operation-state, operation-state, operation-state, operation-state
        SwitchToCoach: operation-state, capability, operation-state, operation-state, operation-state, operation-state
        SwitchToBargeIn: operation-state, capability, operation-state, operation-state, operation-state, operation-state
    "#]].assert_eq(&table);
}

#[test]
fn each_operation_is_refused_on_what_is_not_ones_own() {
    for (operation, _) in on_a_session() {
        for (user, session, rule) in [
            (AGENT_WITHOUT_SMS, "none", "feature-missing"),
            (AGENT, "none", "session-unknown"),
            (OTHER_AGENT, SESSION, "session-owner"),
            (SUPERVISOR, SESSION, "session-owner"),
        ] {
            let send = |world: &mut World| request(world, user, session, operation);
            assert_eq!(check_refused(&mut world(), send, rule), None);
        }
    }
}

#[test]
fn each_operation_that_the_chat_backend_carries_is_refused_without_it() {
    for operation in OPERATIONS {
        let name = operation.as_str();
        let mut world = world();
        world.backend = Backend::Down;
        if matches!(operation.family(), Family::Session | Family::Supervision) {
            let send = |world: &mut World| request(world, AGENT, SESSION, *operation);
            check_refused(&mut world, send, "backend-down");
        } else {
            let rule = request(&mut world, SUPERVISOR, SESSION, *operation)
                .err()
                .map(|request| request.violation.rule.id);
            assert!(rule != Some("backend-down") || name == "StartContactCenterSession", "{name}");
        }
    }
}

#[test]
fn each_operation_is_refused_to_who_only_monitors_the_consulted_and_the_lonely() {
    let mut table = String::new();
    for (operation, name) in on_a_session() {
        let mut world = world();
        to(&mut world, AGENT, SESSION, "Consult", OTHER_AGENT).unwrap();
        plain(&mut world, OTHER_AGENT, SESSION, "Accept").unwrap();
        join(&mut world, SUPERVISOR, Monitor);
        join(&mut world, OTHER_SUPERVISOR, BargeIn);
        let answers = [OTHER_AGENT, SUPERVISOR, OTHER_SUPERVISOR].map(|user| {
            match request(&mut world.clone(), user, SESSION, operation) {
                Ok(_) => "taken",
                Err(refused) => refused.violation.rule.id,
            }
        });
        table += &format!("{name}: {}\n", answers.join(", "));
    }
    expect![[r#"
        Accept: accept-state, accept-state, accept-state
        Reject: reject-state, reject-state, reject-state
        Complete: capability, capability, capability
        Leave: taken, taken, taken
        SendMessage: capability, capability, taken
        SendUrl: capability, capability, taken
        SendCustomNotice: capability, capability, taken
        SendCustomNoticeToAgents: taken, capability, taken
        SendToAgents: taken, capability, taken
        SendStartTypingNotification: capability, capability, taken
        SendStopTypingNotification: capability, capability, taken
        SendStartTypingToAgentsNotification: taken, capability, taken
        SendStopTypingToAgentsNotification: taken, capability, taken
        AttachUserData: capability, taken, taken
        UpdateUserData: capability, taken, taken
        DeleteUserData: capability, taken, taken
        SetDisposition: capability, taken, taken
        Invite: capability, taken, taken
        Consult: capability, taken, taken
        CancelConsult: capability, taken, taken
        RemoveParticipantFromConference: capability, remove-visibility, target-not-in-session
        Transfer: capability, taken, taken
        SwitchToMonitor: capability, capability, taken
        SwitchToCoach: capability, taken, taken
        SwitchToBargeIn: capability, taken, capability
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_refusal_says_which_change_it_is_for() {
    let mut world = world();
    to(&mut world, AGENT, SESSION, "Invite", OTHER_AGENT).unwrap();
    plain(&mut world, OTHER_AGENT, SESSION, "Accept").unwrap();
    // 1 the invitation; 2 to 4 the guest's state, participants and log; 5 and 6 the host's participants and log.
    plain(&mut world, AGENT, SESSION, "Complete").unwrap();
    let because = |client: &str, notification| {
        Some(StateChange { client: Some(format!("client of {client}")), notification })
    };
    let again = |world: &mut World| plain(world, AGENT, SESSION, "Leave");
    assert_eq!(check_refused(&mut world, again, "operation-state"), because("a1", 7));
    // That the host went is what took the operations to agents away.
    let to_agents = |world: &mut World| {
        plain(world, OTHER_AGENT, SESSION, "SendStopTypingToAgentsNotification")
    };
    assert_eq!(check_refused(&mut world, to_agents, "capability"), because("a1", 8));
}

/// A refusal because of a state is excused by the change of that state, and not by later changes of the capabilities.
#[test]
fn what_others_do_later_does_not_excuse_an_own_mistake() {
    let mut world = world();
    own(&mut world, AGENT, INVITED_SESSION, ACCEPT).unwrap();
    let again = |world: &mut World| own(world, AGENT, INVITED_SESSION, ACCEPT);
    let own_change = check_refused(&mut world, again, "accept-state");
    assert_eq!(own_change.clone().unwrap().client.as_deref(), Some("client of a1"));
    intrude(&mut world, SUPERVISOR, AGENT.id, INVITED_SESSION, Some(Coach)).unwrap();
    own(&mut world, SUPERVISOR, INVITED_SESSION, ACCEPT).unwrap();
    assert_eq!(check_refused(&mut world, again, "accept-state"), own_change);
    // The coach leaves: what is no longer offered is his doing, and he does it by another client.
    let leave: Own = |session| Command::Leave { session };
    own(&mut world, SUPERVISOR, INVITED_SESSION, leave).unwrap();
    let send = |world: &mut World| request(world, AGENT, INVITED_SESSION, Operation::SendToAgents);
    let because = check_refused(&mut world, send, "capability").unwrap();
    assert_eq!(because.client.as_deref(), Some("client of s1"));
}
