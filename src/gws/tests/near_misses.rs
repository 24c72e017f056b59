//! The hints of a refusal for the person who must mend the client: what came, what was wanted, and what to do.

use super::pushed::plain;
use super::*;

/// Sends it to the world of the fixtures, and compares the refusal in words.
#[track_caller]
fn check_said(send: impl FnOnce(&mut World) -> HandledCommand, expected: &str) {
    let violation = send(&mut world()).unwrap_err().violation;
    let hint = violation.hint.unwrap_or_default();
    let said =
        format!("{}: got {}, want {}; {hint}", violation.place, violation.got, violation.want);
    assert_eq!(said, expected);
}

fn intrudes(agent: &str, session: &str) -> impl FnOnce(&mut World) -> HandledCommand {
    move |world| intrude(world, SUPERVISOR, agent, session, Some(Monitor))
}

#[test]
fn another_agents_session_is_said_to_be_whose_it_is() {
    check_said(
        intrudes(OTHER_AGENT.id, SESSION),
        "path segment 4: got 7d2c81a6f0b94e53b1a4c9e3506f8d12, which is a2, \
         want the id of the agent whose session 0000UaB58WAR003N is; \
         this session belongs to a1: send 4ff5b43c856d4cb2a3d6c20a88740257",
    );
    check_said(
        |world| own(world, OTHER_AGENT, SESSION, ACCEPT),
        "path segment 5: got 0000UaB58WAR003N, want a session of a2; \
         this session belongs to a1; a2 comes into it when Invite, Consult or Transfer names him",
    );
    check_said(
        |world| own(world, SUPERVISOR, SESSION, ACCEPT),
        "path segment 5: got 0000UaB58WAR003N, want a session of s1; \
         this session belongs to a1; send Intrude first, and go on only when its statusCode is 0",
    );
}

#[test]
fn the_supervisors_own_id_is_told_from_the_agents() {
    check_said(
        intrudes(SUPERVISOR.id, SESSION),
        "path segment 4: got 991a4bece8dd4184a93e98ad429694f6, which is s1, \
         want the id of the agent whose session 0000UaB58WAR003N is; \
         you sent this to the supervisor's own id; the path wants the agent's, \
         which is 4ff5b43c856d4cb2a3d6c20a88740257",
    );
}

#[test]
fn what_stands_where_an_id_belongs_is_named() {
    check_said(
        intrudes("a1", SESSION),
        "path segment 4: got a1, want the id of a user; \
         a user name stands where an id belongs; this one's is 4ff5b43c856d4cb2a3d6c20a88740257",
    );
    check_said(
        intrudes(SESSION, AGENT.id),
        "path segment 4: got 0000UaB58WAR003N, want the id of a user; \
         the id of a session stands where that of a user belongs",
    );
    check_said(
        intrudes(AGENT.id, AGENT.id),
        "path segment 6: got 4ff5b43c856d4cb2a3d6c20a88740257, want the id of an SMS session; \
         the id of a user stands where that of a session belongs",
    );
    check_said(
        intrudes(AGENT.id, "0000UaB58WAR03N"),
        "path segment 6: got 0000UaB58WAR03N, want the id of an SMS session; \
         did you mean 0000UaB58WAR003N?",
    );
}

#[test]
fn a_session_that_is_like_several_is_shown_all_of_them_and_their_states() {
    check_said(
        intrudes(AGENT.id, "0000UaB58WAR0099"),
        "path segment 6: got 0000UaB58WAR0099, want the id of an SMS session; \
         the sessions are 0000UaB58WAR003N (a1 Chatting), 0000UaB58WAR003P (a1 Invited), \
         0000UaB58WAR003Q (a1 LeftChat), 0000UaB58WAR003R (a1 Completed), \
         0000UaB58WAR003S (a1 Revoked), 0000UaB58WAR003T (a1 JoinFailed), \
         0000UaB58WAR00ZZ (s1 Invited)",
    );
}

#[test]
fn the_word_for_a_missing_value_in_place_of_an_id_is_named() {
    check_said(
        intrudes("undefined", SESSION),
        "path segment 4: got undefined, want the id of a user; \
         the client has no value there: was a variable not set?",
    );
    for id in ["None", "{sessionId}", "${SESSION}"] {
        check_said(
            intrudes(AGENT.id, id),
            &format!(
                "path segment 6: got {id}, want the id of an SMS session; \
                 the client has no value there: was a variable not set?"
            ),
        );
    }
}

#[test]
fn what_is_out_of_its_state_is_told_the_way_on() {
    let intrude_again = |first: fn(&mut World)| {
        move |world: &mut World| {
            first(world);
            intrude(world, SUPERVISOR, AGENT.id, SESSION, Some(Coach))
        }
    };
    check_said(
        intrude_again(|world| {
            intrude(world, SUPERVISOR, AGENT.id, SESSION, Some(Coach)).unwrap();
        }),
        "/operationName: got state Invited, \
         want a supervisor who is not in the session, nor invited to it; \
         an Intrude was taken before: answer its invitation with Accept or Reject",
    );
    check_said(
        intrude_again(|world| drop(join(world, SUPERVISOR, Coach))),
        "/operationName: got state Chatting, \
         want a supervisor who is not in the session, nor invited to it; \
         to change the mode send SwitchToMonitor, SwitchToCoach or SwitchToBargeIn",
    );
    check_said(
        |world| own(world, AGENT, SESSION, ACCEPT),
        "/operationName: got state Chatting, want state Invited; \
         the invitation has been answered: answer it once",
    );
    check_said(
        |world| plain(world, AGENT, INVITED_SESSION, "Leave"),
        "/operationName: got state Invited, want state Chatting or LeftChat; send Accept first",
    );
    check_said(
        |world| plain(world, AGENT, REVOKED_SESSION, "Complete"),
        "/operationName: got state Revoked, want state Chatting or LeftChat or JoinFailed; \
         the session is over for this user: wait until he is invited to it again",
    );
}

#[test]
fn what_is_not_offered_is_told_what_would_offer_it() {
    let to_supervisor = "Leave, SetDisposition, AttachUserData, DeleteUserData, UpdateUserData, \
                         Transfer, Invite, Consult, SwitchToCoach, SwitchToBargeIn";
    let to_agent = "Transfer, Leave, Invite, Consult, SetDisposition, AttachUserData, \
                    DeleteUserData, UpdateUserData, Complete, SendMessage, \
                    SendStartTypingNotification, SendStopTypingNotification";
    let monitors = |name: &'static str| {
        move |world: &mut World| {
            join(world, SUPERVISOR, Monitor);
            plain(world, SUPERVISOR, SESSION, name)
        }
    };
    for (name, hint) in [
        (
            "SendStartTypingNotification",
            "a supervisor who only monitors sends nothing: SwitchToCoach or SwitchToBargeIn first",
        ),
        ("SwitchToMonitor", "the supervisor is in this mode already"),
        ("Complete", "send what the capabilities of the latest notification offer"),
    ] {
        let said = format!("/operationName: got {name:?}, want one of {to_supervisor}; {hint}");
        check_said(monitors(name), &said);
    }
    let name = "SendStopTypingToAgentsNotification";
    check_said(
        |world| plain(world, AGENT, SESSION, name),
        &format!(
            "/operationName: got {name:?}, want one of {to_agent}; \
             it wants another agent or a supervisor in sight, and there is none"
        ),
    );
}
