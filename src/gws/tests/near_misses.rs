//! What a refusal says to whoever must mend the client: what came, what was wanted, and what to do.

use super::*;

/// Sends it to the world of the fixtures, and compares the refusal in words.
#[track_caller]
fn check_said(send: impl FnOnce(&mut World) -> Answer, expected: &str) {
    let violation = send(&mut world()).unwrap_err().violation;
    let hint = violation.hint.unwrap_or_default();
    let said =
        format!("{}: got {}, want {}; {hint}", violation.place, violation.got, violation.want);
    assert_eq!(said, expected);
}

fn intrudes(agent: &str, session: &str) -> impl FnOnce(&mut World) -> Answer {
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
