//! Operations of a supervisor on an agent's session: Intrude.
//!
//! Rules: supervisor-role, user-unknown, session-unknown, session-owner, intrude-own-session, intrude-state, intrude-twice,
//! intrude-mode-missing, intrude-monitoring.

use crate::gws::identity::SUPERVISOR_ROLE;
use crate::gws::operation::{Mode, Operation};
use crate::gws::session::{Change, Session};
use crate::gws::transition::{self, State};
use crate::gws::world::{Caller, Done, Refused, World, accepted};
use crate::rule::{Violation, nearest, rule};

const USER_IN_PATH: &str = "path segment 4";
const SESSION_IN_PATH: &str = "path segment 6";

/// The state that an agent's session must be in for a supervisor to enter it: the agent is handling it
/// (documented: SMSIntrude).
const AGENT_STATE: State = State::Chatting;

/// Intrude (documented: SMSIntrude): the supervisor is invited to the agent's session, under the same id, and he alone is
/// told so.
pub(crate) fn intrude(
    world: &mut World,
    caller: &Caller,
    agent: &str,
    id: &str,
    mode: Option<Mode>,
) -> Result<Done, Refused> {
    demand_supervisor(world, caller)?;
    let session = find(world, caller, agent, id)?;
    let from = session.party(&caller.user).map(|party| party.state);
    let state = transition::next(Operation::Intrude, from).map_err(|broken| {
        let want = format!("state {}", transition::wanted(Operation::Intrude));
        World::out_of_state(broken, session, &caller.user, want)
    })?;
    let mode = effective_mode(world, caller, agent, mode)?;

    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    let party = session.enter(&caller.user, state, Some(mode)).clone();
    let told = outbox.status_change(&party, session.resource(&party, outbox.api_url), None);
    session.changed(&caller.user, Change { client: caller.client.clone(), notification: told });
    Ok(Done { reply: accepted(), notifications: outbox.sent() })
}

fn demand_supervisor(world: &World, caller: &Caller) -> Result<(), Violation> {
    if world.user(&caller.user).is_some_and(|user| user.is_supervisor()) {
        return Ok(());
    }
    let broken = const { rule("supervisor-role") };
    let got = format!("{} without {SUPERVISOR_ROLE}", world.name(&caller.user));
    let want = format!("a caller with the role {SUPERVISOR_ROLE}");
    Err(Violation::new(broken, "header Authorization", got, want).hint("sign in as a supervisor"))
}

/// The agent's session, if it is one that this supervisor may enter.
fn find<'a>(
    world: &'a World,
    caller: &Caller,
    agent: &str,
    id: &str,
) -> Result<&'a Session, Refused> {
    if world.user(agent).is_none() {
        return Err(unknown_user(world, agent).into());
    }
    let Some(session) = world.session(id) else {
        return Err(world.unknown_session(id, SESSION_IN_PATH).into());
    };
    let party = session.party(agent).filter(|party| party.mode.is_none());
    let Some(party) = party else {
        let violation = world.not_in_session(agent, session, USER_IN_PATH);
        let own = "you sent this to the supervisor's own id; the path wants the agent's";
        let violation = if agent == caller.user { violation.hint(own) } else { violation };
        return Err(violation.into());
    };
    if agent == caller.user {
        let broken = const { rule("intrude-own-session") };
        let want = "the id of another user";
        return Err(Violation::new(broken, USER_IN_PATH, agent, want)
            .hint("an own session is not intruded in; it is accepted")
            .into());
    }
    if party.state != AGENT_STATE {
        let broken = const { rule("intrude-state") };
        let want = format!("state {} of the agent", AGENT_STATE.as_str());
        let mut refused = World::out_of_state(broken, session, agent, want);
        refused.violation.hint =
            Some("intrude only in a session that the agent is handling now".into());
        return Err(refused);
    }
    Ok(session)
}

/// The mode of the request, or else that of the monitoring (documented: SMSIntrude).
fn effective_mode(
    world: &World,
    caller: &Caller,
    agent: &str,
    mode: Option<Mode>,
) -> Result<Mode, Violation> {
    let monitoring = world.user(&caller.user).and_then(|user| user.monitoring.get(agent));
    let supervisor = world.name(&caller.user);
    let agent = world.name(agent);
    if world.settings.intrude_needs_monitoring && monitoring.is_none() {
        let broken = const { rule("intrude-monitoring") };
        let got = format!("{supervisor} does not monitor {agent}");
        let want = format!("a supervisor who monitors {agent}");
        return Err(Violation::new(broken, USER_IN_PATH, got, want)
            .hint("start to monitor the agent first"));
    }
    mode.or(monitoring.copied()).ok_or_else(|| {
        let broken = const { rule("intrude-mode-missing") };
        let got = format!("no mode, and {supervisor} does not monitor {agent}");
        Violation::new(broken, "/supervisorVisibilityMode", got, "a mode, or monitoring")
            .hint("send supervisorVisibilityMode: Monitor, Coach or BargeIn")
    })
}

fn unknown_user(world: &World, id: &str) -> Violation {
    let violation =
        Violation::new(const { rule("user-unknown") }, USER_IN_PATH, id, "the id of a user");
    if let Some(user) = world.user_named(id) {
        let id = &user.id;
        return violation
            .hint(format!("a user name stands where an id belongs; this one's is {id}"));
    }
    match nearest(id, world.users().map(|user| user.id.as_str())) {
        Some(nearest) => violation.hint(format!("did you mean {nearest}?")),
        None => violation.hint("a test adds users with builder().user(..)"),
    }
}
