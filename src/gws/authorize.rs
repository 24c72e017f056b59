//! Authorization: the checks that several families make before anything changes.
//!
//! Rules: feature-missing, backend-down, supervisor-role, user-unknown, session-unknown, session-owner, operation-state,
//! capability.

use crate::gws::capability::accepts;
use crate::gws::identity::SUPERVISOR_ROLE;
use crate::gws::operation::Operation;
use crate::gws::outcome::{KnownCaller, Refused};
use crate::gws::refusal::{self, OWN_SESSION_IN_PATH, USER_IN_PATH, backend_down, meant_user};
use crate::gws::session::{Party, Session};
use crate::gws::transition::{Cause, State, next};
use crate::gws::world::{Backend, World};
use crate::rules::{Rule, Violation, rule};

/// The state that an operation on a session of one's own leads to, and the rule that says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed {
    pub(crate) to: State,
    pub(crate) rule: &'static Rule,
}

/// Rule feature-missing.
pub(crate) fn demand_feature(
    world: &World,
    caller: &KnownCaller,
    feature: Option<&str>,
) -> Result<(), Violation> {
    let Some(feature) = feature else { return Ok(()) };
    if world.user(&caller.user).is_some_and(|user| user.has_feature(feature)) {
        return Ok(());
    }
    let broken = const { rule("feature-missing") };
    let got = format!("{} without {feature}", world.name(&caller.user));
    let want = format!("a caller with the feature {feature}");
    Err(Violation::new(broken, "header Authorization", got, want)
        .hint("sign in as a user whose features include it"))
}

/// Rule backend-down.
pub(crate) fn demand_backend(world: &World, operation: Operation) -> Result<(), Violation> {
    if world.backend == Backend::Up || !operation.needs_backend() {
        return Ok(());
    }
    Err(backend_down())
}

/// Rule supervisor-role.
pub(crate) fn demand_supervisor(world: &World, caller: &KnownCaller) -> Result<(), Violation> {
    if world.user(&caller.user).is_some_and(|user| user.is_supervisor()) {
        return Ok(());
    }
    let broken = const { rule("supervisor-role") };
    let got = format!("{} without {SUPERVISOR_ROLE}", world.name(&caller.user));
    let want = format!("a caller with the role {SUPERVISOR_ROLE}");
    Err(Violation::new(broken, "header Authorization", got, want).hint("sign in as a supervisor"))
}

/// Rule user-unknown.
pub(crate) fn demand_user(world: &World, id: &str) -> Result<(), Violation> {
    if world.user(id).is_some() {
        return Ok(());
    }
    let broken = const { rule("user-unknown") };
    let violation = Violation::new(broken, USER_IN_PATH, id, "the id of a user");
    Err(violation.hint(meant_user(world, id)))
}

/// Returns the session and the caller's own part in it, if it is one of his.
pub(crate) fn session_of<'a>(
    world: &'a World,
    caller: &KnownCaller,
    id: &str,
) -> Result<(&'a Session, &'a Party), Refused> {
    let Some(session) = world.session(id) else {
        return Err(refusal::unknown_session(world, id, OWN_SESSION_IN_PATH).into());
    };
    match session.party(&caller.user) {
        Some(party) => Ok((session, party)),
        None => {
            Err(refusal::not_in_session(world, &caller.user, session, OWN_SESSION_IN_PATH).into())
        }
    }
}

/// Returns the state after an operation of the caller's on a session of his own, if his part in it is in a state for it and
/// offers it.
pub(crate) fn authorize(
    world: &World,
    caller: &KnownCaller,
    id: &str,
    operation: Operation,
) -> Result<Allowed, Refused> {
    let (session, party) = session_of(world, caller, id)?;
    let company = session.company(party);
    let Some((to, rule)) = next(Cause::Does(operation), Some(party.state), company) else {
        return Err(refusal::out_of_state(session, &caller.user, operation));
    };
    if !accepts(operation, session.situation(party), world.settings.lists) {
        return Err(refusal::not_offered(session, party, operation, world.settings.lists));
    }
    Ok(Allowed { to, rule })
}
