//! Refusals that several families share: their words, and what they hint at.
//!
//! Rules: backend-down, session-unknown, session-owner, operation-state, capability.

use strsim::damerau_levenshtein;

use crate::gws::capability::{Lists, Situation, accepts};
use crate::gws::identity::User;
use crate::gws::operation::{Mode, Operation};
use crate::gws::outcome::{KnownCaller, Refused};
use crate::gws::participant::Role;
use crate::gws::session::{Party, Session};
use crate::gws::transition::{Company, State, out_of_state as broken_by, wanted};
use crate::gws::world::World;
use crate::rules::{Violation, nearest, rule};

/// The place of the session's id in `/api/v2/me/smssessions/{smssessionId}`.
pub(crate) const OWN_SESSION_IN_PATH: &str = "path segment 5";

/// The place of the user's id in `/api/v2/users/{userId}/..`.
pub(crate) const USER_IN_PATH: &str = "path segment 4";

/// Rule backend-down: a note, since no client is to blame for it.
pub(crate) fn backend_down() -> Violation {
    Violation::new(const { rule("backend-down") }, "the chat backend", "down", "up")
        .hint("the test took it down; gws.backend_up() ends that")
        .note()
}

/// A hint at the user who was probably meant.
pub(crate) fn meant_user(world: &World, got: &str) -> String {
    if let Some(user) = world.user_named(got) {
        let id = &user.id;
        return format!("a user name stands where an id belongs; this one's is {id}");
    }
    if world.session(got).is_some() {
        return "the id of a session stands where that of a user belongs".to_owned();
    }
    if let Some(hint) = unset(got) {
        return hint;
    }
    match nearest(got, world.users().map(|user| user.id.as_str())) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "a test adds users with builder().user(..)".to_owned(),
    }
}

/// Rule session-unknown: the violation of asking for a session that does not exist.
pub(crate) fn unknown_session(world: &World, id: &str, place: &str) -> Violation {
    let broken = const { rule("session-unknown") };
    let violation = Violation::new(broken, place, id, "the id of an SMS session");
    if world.user(id).is_some() {
        return violation.hint("the id of a user stands where that of a session belongs");
    }
    if let Some(hint) = unset(id) {
        return violation.hint(hint);
    }
    if world.has_forgotten(id) {
        let hint = "the session has been over for so long that the fake has forgotten it";
        return violation.hint(hint).note();
    }
    let ids = world.sessions().map(|session| session.id.as_str());
    let alike: Vec<&str> = ids.filter(|other| damerau_levenshtein(other, id) == 1).collect();
    if let [only] = alike.as_slice() {
        return violation.hint(format!("did you mean {only}?"));
    }
    let all: Vec<String> = world.sessions().map(|session| in_words(world, session)).collect();
    if all.is_empty() || all.len() > LISTED {
        return violation.hint("a test adds sessions with builder().session(..)");
    }
    violation.hint(format!("the sessions are {}", all.join(", ")))
}

/// The greatest number of sessions that a hint lists.
const LISTED: usize = 8;

/// A session with the users who have a part in it, and their states.
fn in_words(world: &World, session: &Session) -> String {
    let parties = session.parties.iter();
    let parties = parties.map(|party| format!("{} {}", world.name(&party.user), party.state));
    format!("{} ({})", session.id, parties.collect::<Vec<_>>().join(", "))
}

/// The words that programs write for a value that is not there.
const UNSET: &[&str] = &["undefined", "null", "None", "nil", "NaN", "[object Object]"];

/// Returns the hint for an id that is no id but the word for a missing value.
fn unset(id: &str) -> Option<String> {
    let is_unset = UNSET.contains(&id) || (id.starts_with(['{', '$']) && id.ends_with('}'));
    is_unset.then(|| "the client has no value there: was a variable not set?".to_owned())
}

/// Rule session-owner: the violation of asking for a session in which that user has no part.
pub(crate) fn not_in_session(
    world: &World,
    user: &str,
    session: &Session,
    place: &str,
) -> Violation {
    let owners = owners(world, session);
    let name = world.name(user);
    let broken = const { rule("session-owner") };
    let want = format!("a session of {name}");
    let way = if world.user(user).is_some_and(User::is_supervisor) {
        "send Intrude first, and go on only when its statusCode is 0".to_owned()
    } else {
        format!("{name} comes into it when Invite, Consult or Transfer names him")
    };
    let hint = match owners.as_slice() {
        [] => "nobody has this session yet: wait until it is routed".to_owned(),
        owners => format!("this session belongs to {}; {way}", names(owners)),
    };
    Violation::new(broken, place, session.id.as_str(), want).hint(hint)
}

/// Rule session-owner: the violation of a supervisor who names a session, and another user than the agent who has it.
pub(crate) fn not_the_agents(
    world: &World,
    caller: &KnownCaller,
    user: &str,
    session: &Session,
) -> Violation {
    let owners = owners(world, session);
    let broken = const { rule("session-owner") };
    let got = format!("{user}, which is {}", world.name(user));
    let want = format!("the id of the agent whose session {} is", session.id);
    let ids: Vec<&str> = owners.iter().map(|owner| owner.id.as_str()).collect();
    let ids = ids.join(" or ");
    let hint = match owners.as_slice() {
        [] => "nobody has this session yet: intrude when an agent has accepted it".to_owned(),
        _ if user == caller.user => format!(
            "you sent this to the supervisor's own id; the path wants the agent's, which is {ids}"
        ),
        owners => format!("this session belongs to {}: send {ids}", names(owners)),
    };
    Violation::new(broken, USER_IN_PATH, got, want).hint(hint)
}

/// The agents who have a part in the session.
fn owners<'a>(world: &'a World, session: &Session) -> Vec<&'a User> {
    let agents = session.parties.iter().filter(|party| party.is_agent());
    agents.filter_map(|party| world.user(&party.user)).collect()
}

fn names(users: &[&User]) -> String {
    let names: Vec<&str> = users.iter().map(|user| user.user_name.as_str()).collect();
    names.join(" and ")
}

/// A refusal for the state that a user's part in a session is in.
pub(crate) fn out_of_state(session: &Session, user: &str, operation: Operation) -> Refused {
    let party = session.party(user);
    let state = party.map(|party| party.state);
    let got = format!("state {}", state.map_or("not in the session", State::as_str));
    let want = match operation {
        Operation::Intrude => {
            "a supervisor who is not in the session, nor invited to it".to_owned()
        }
        operation => format!("state {}", wanted(operation)),
    };
    let violation = Violation::new(broken_by(operation), "/operationName", got, want)
        .hint(way_on(operation, state));
    Refused {
        violation: Box::new(violation),
        because: party.and_then(|party| party.state_changed.clone()),
    }
}

/// The advice in a state from which the operation leads nowhere.
fn way_on(operation: Operation, state: Option<State>) -> &'static str {
    match (operation, state) {
        (Operation::Intrude, Some(State::Invited)) => {
            "an Intrude was taken before: answer its invitation with Accept or Reject"
        }
        (Operation::Intrude, Some(State::Chatting)) => {
            "to change the mode send SwitchToMonitor, SwitchToCoach or SwitchToBargeIn"
        }
        (Operation::Intrude, Some(State::LeftChat)) => "complete the session first",
        (Operation::Accept | Operation::Reject, Some(State::Chatting | State::LeftChat)) => {
            "the invitation has been answered: answer it once"
        }
        (_, Some(State::Invited)) => "send Accept first",
        (_, Some(State::Completed | State::Revoked)) => {
            "the session is over for this user: wait until he is invited to it again"
        }
        _ => "send what the capabilities of the latest notification offer",
    }
}

/// Rule capability: the operation is not among those that the session offers its user.
pub(crate) fn not_offered(
    session: &Session,
    party: &Party,
    operation: Operation,
    lists: Lists,
) -> Refused {
    let broken = const { rule("capability") };
    let offered = session.capabilities(party, lists).unwrap_or_default().join(", ");
    let got = format!("{:?}", operation.as_str());
    let violation = Violation::new(broken, "/operationName", got, format!("one of {offered}"))
        .hint(where_offered(session.situation(party), operation, lists));
    Refused { violation: Box::new(violation), because: party.offer_changed.clone() }
}

/// The change after which the session offers the operation, if one change is enough.
fn where_offered(situation: Situation, operation: Operation, lists: Lists) -> &'static str {
    let switches_to = match operation {
        Operation::SwitchToMonitor => Some(Mode::Monitor),
        Operation::SwitchToCoach => Some(Mode::Coach),
        Operation::SwitchToBargeIn => Some(Mode::BargeIn),
        _ => None,
    };
    let coach = Role::Supervisor(Mode::Coach);
    match situation.role {
        Role::Supervisor(mode) if switches_to == Some(mode) => {
            "the supervisor is in this mode already"
        }
        Role::Supervisor(Mode::Monitor)
            if accepts(operation, Situation { role: coach, ..situation }, lists) =>
        {
            "a supervisor who only monitors sends nothing: SwitchToCoach or SwitchToBargeIn first"
        }
        _ if accepts(operation, Situation { company: Company::Together, ..situation }, lists) => {
            "it wants another agent or a supervisor in sight, and there is none"
        }
        _ => "send what the capabilities of the latest notification offer",
    }
}
