//! Operations of a supervisor: Intrude, the switches of mode, and monitoring an agent's SMS channel.
//!
//! Rules: supervisor-role, user-unknown, session-unknown, session-owner, intrude-own-session, intrude-state, intrude-twice,
//! intrude-mode-missing, intrude-monitoring, monitoring-own, monitoring-active, operation-state, capability; what happens:
//! monitoring-follows, monitoring-next-chat, monitoring-of-fixtures.

use crate::gws::authorize::{Allowed, authorize, demand_supervisor, demand_user};
use crate::gws::identity::{Monitoring, SMS_CHANNEL};
use crate::gws::membership::{change_role, join, offer, participant, tell_status};
use crate::gws::notification::Outbox;
use crate::gws::operation::{Mode, Operation, Scope};
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::participant::{Participant, Role};
use crate::gws::refusal::{USER_IN_PATH, not_the_agents, out_of_state, unknown_session};
use crate::gws::session::Session;
use crate::gws::timestamp::Timestamp;
use crate::gws::transition::{Cause, Company, State, next};
use crate::gws::world::{Following, World};
use crate::rules::{Violation, rule};

const AGENTS_SESSION_IN_PATH: &str = "path segment 6";

/// The state that an agent's session must be in for a supervisor to enter it: the agent is handling it (rule intrude-state).
const AGENT_STATE: State = State::Chatting;

/// Intrude (documented: SMSIntrude): the supervisor is invited to the agent's session, under the same id, and he alone is
/// told so.
pub(crate) fn intrude(
    world: &mut World,
    caller: &KnownCaller,
    agent: &str,
    id: &str,
    mode: Option<Mode>,
) -> Result<Done, Refused> {
    demand_supervisor(world, caller)?;
    let session = find(world, caller, agent, id)?;
    let from = session.party(&caller.user).map(|party| party.state);
    let cause = Cause::Does(Operation::Intrude);
    let Some((to, rule)) = next(cause, from, Company::Together) else {
        return Err(out_of_state(session, &caller.user, Operation::Intrude));
    };
    let mode = effective_mode(world, caller, agent, mode)?;
    let (session, mut outbox) = world.open(id);
    offer(session, &mut outbox, &caller.user, Role::Supervisor(mode), to, None);
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// SwitchToMonitor, SwitchToCoach, SwitchToBargeIn (documented: SMSSwitchtoCoach, SMSSwitchtoBargeIn): who sees the
/// supervisor now, or did before, is told of the participants; who sees him now also of the log.
pub(crate) fn switch(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    operation: Operation,
    mode: Mode,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Allowed { rule, .. } = authorize(world, caller, id, operation)?;
    let (session, mut outbox) = world.open(id);
    change_role(session, &mut outbox, &caller.user, Role::Supervisor(mode), now);
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// Monitor, Coach, BargeIn (documented: SMSMonitor, SMSCoach, SMSBargeIn): from the agent's next session on. A second one
/// takes the place of the first (inferred).
pub(crate) fn monitor(
    world: &mut World,
    caller: &KnownCaller,
    agent: &str,
    mode: Mode,
    scope: Scope,
    nickname: Option<&str>,
) -> Result<Done, Refused> {
    demand_supervisor(world, caller)?;
    demand_user(world, agent)?;
    if agent == caller.user {
        let broken = const { rule("monitoring-own") };
        return Err(Violation::new(broken, USER_IN_PATH, agent, "the id of another user")
            .hint("the path wants the agent's id, not the supervisor's own")
            .into());
    }
    let nickname = nickname.map(str::to_owned);
    let monitoring = Monitoring { mode, scope, nickname, is_new: true };
    if let Some(user) = world.user_mut(&caller.user) {
        user.monitoring.insert(agent.to_owned(), monitoring);
    }
    Ok(Done::new(const { rule("monitoring-starts") }, Vec::new()))
}

/// CancelSupervisorMonitoring (documented: its page): a session that the supervisor is in goes on.
pub(crate) fn cancel(
    world: &mut World,
    caller: &KnownCaller,
    agent: &str,
) -> Result<Done, Refused> {
    demand_supervisor(world, caller)?;
    demand_user(world, agent)?;
    let user = world.user_mut(&caller.user);
    if user.is_none_or(|user| user.monitoring.remove(agent).is_none()) {
        let broken = const { rule("monitoring-active") };
        let supervisor = world.name(&caller.user);
        let agent = world.name(agent);
        let got = format!("{supervisor} does not monitor {agent}");
        let want = format!("a supervisor who monitors {agent}");
        return Err(Violation::new(broken, USER_IN_PATH, got, want)
            .hint("send Monitor, Coach or BargeIn first; NextChat ends by itself")
            .into());
    }
    Ok(Done::new(const { rule("monitoring-ends") }, Vec::new()))
}

/// A supervisor who comes into a session because he monitors the agent.
pub(crate) struct Follower {
    user: String,
    role: Role,
    /// The state that this leads to.
    to: State,
    nickname: Option<String>,
    /// The participant that he becomes, if he joins at once.
    participant: Option<Participant>,
}

/// The supervisors who come into the session when that agent accepts it. A monitoring that comes from a fixture takes
/// effect while the supervisor is signed in on the channel (rule monitoring-of-fixtures).
pub(crate) fn followers(world: &mut World, agent: &str, id: &str) -> Vec<Follower> {
    let Some(session) = world.session(id) else { return Vec::new() };
    if session.party(agent).is_none_or(|party| !party.is_agent()) {
        return Vec::new();
    }
    let cause = match world.settings.following {
        Following::Joins => Cause::Follows,
        Following::IsInvited => Cause::Offered,
    };
    let mut coming = Vec::new();
    for user in world.users() {
        let Some(monitoring) = user.monitoring.get(agent) else { continue };
        let from = session.party(&user.id).map(|party| party.state);
        let Some((to, _)) = next(cause, from, Company::Together) else { continue };
        if monitoring.is_new || user.is_signed_in(SMS_CHANNEL) {
            coming.push((user.id.clone(), monitoring.clone(), to));
        }
    }
    let mut followers = Vec::new();
    for (user, Monitoring { mode, scope, nickname, .. }, to) in coming {
        if scope == Scope::NextChat
            && let Some(user) = world.user_mut(&user)
        {
            user.monitoring.remove(agent);
        }
        let role = Role::Supervisor(mode);
        let participant =
            (to != State::Invited).then(|| participant(world, &user, role, nickname.as_deref()));
        followers.push(Follower { user, role, to, nickname, participant });
    }
    followers
}

/// The supervisor is in the session, with all that it holds; or he is invited to it.
pub(crate) fn follow(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    follower: Follower,
    now: Timestamp,
) {
    let Follower { user, role, to, nickname, participant } = follower;
    let Some(participant) = participant else {
        offer(session, outbox, &user, role, to, None);
        if let Some(party) = session.party_mut(&user) {
            party.nickname = nickname;
        }
        return;
    };
    session.admit(&user, role, to);
    tell_status(session, outbox, &user, None);
    join(session, outbox, &user, participant, now);
}

/// The agent's session, if it is one that this supervisor may enter.
fn find<'a>(
    world: &'a World,
    caller: &KnownCaller,
    agent: &str,
    id: &str,
) -> Result<&'a Session, Refused> {
    demand_user(world, agent)?;
    let Some(session) = world.session(id) else {
        return Err(unknown_session(world, id, AGENTS_SESSION_IN_PATH).into());
    };
    let Some(party) = session.party(agent).filter(|party| party.is_agent()) else {
        return Err(not_the_agents(world, caller, agent, session).into());
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
        let got = format!("state {}", party.state.as_str());
        let want = format!("state {} of the agent", AGENT_STATE.as_str());
        let violation = Violation::new(broken, "/operationName", got, want)
            .hint("intrude only in a session that the agent is handling now");
        return Err(Refused {
            violation: Box::new(violation),
            because: party.state_changed.clone(),
        });
    }
    Ok(session)
}

/// The mode of the request, or else that of the monitoring (documented: SMSIntrude).
fn effective_mode(
    world: &World,
    caller: &KnownCaller,
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
    mode.or(monitoring.map(|monitoring| monitoring.mode)).ok_or_else(|| {
        let broken = const { rule("intrude-mode-missing") };
        let got = format!("no mode, and {supervisor} does not monitor {agent}");
        Violation::new(broken, "/supervisorVisibilityMode", got, "a mode, or monitoring")
            .hint("send supervisorVisibilityMode: Monitor, Coach or BargeIn")
    })
}
