//! Operations on a session of one's own: coming, going, and what is said between.
//!
//! Rules: accept-state, reject-state, operation-state, capability, session-unknown, session-owner; what happens: the rules
//! of the rows in `transition`, rejected-waits.

use crate::gws::authorize::{Allowed, authorize, session_of};
use crate::gws::membership::{
    self, announce_departure, close, join, participant, release_supervisors,
    release_where_nobody_is, set_state, tell_of, tell_status, withdraw,
};
use crate::gws::operation::Operation;
use crate::gws::operation::command::Content;
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::participant::Role;
use crate::gws::session::Queued;
use crate::gws::supervision;
use crate::gws::timestamp::Timestamp;
use crate::gws::transition::State;
use crate::gws::world::World;

/// Accept (documented: SMSAccept): the state without participants and with the `referenceId`, then the participants, then
/// the log so far with the own entry last. Who may see the new participant is told of it too (inferred), and who monitors
/// the agent is there from now on.
pub(crate) fn accept(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    nickname: Option<&str>,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Allowed { to, rule } = authorize(world, caller, id, Operation::Accept)?;
    let (_, party) = session_of(world, caller, id)?;
    let role = party.role;
    let invited_as = party.nickname.clone();
    let nickname = nickname.or(invited_as.as_deref());
    let reference = world.next_reference_id();
    let participant = participant(world, &caller.user, role, nickname);
    let followers = supervision::followers(world, &caller.user, id);
    let (session, mut outbox) = world.open(id);
    session.admit(&caller.user, role, to);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    join(session, &mut outbox, &caller.user, participant, now);
    for follower in followers {
        supervision::follow(session, &mut outbox, follower, now);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// Reject (documented: SMSReject): the caller alone is told.
pub(crate) fn reject(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Allowed { to, rule } = authorize(world, caller, id, Operation::Reject)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id);
    set_state(session, &caller.user, to);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    release_where_nobody_is(session, &mut outbox, now);
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// Complete (documented: SMSComplete): the state with id and uri and no more. Where no other agent stays, or the session is
/// put in a queue, it is over for the others too. LeaveAndComplete does the same (inferred from its name).
pub(crate) fn complete(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    operation: Operation,
    queue: Option<&str>,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Allowed { to, rule } = authorize(world, caller, id, operation)?;
    let (session, mut outbox) = world.open(id);
    let gone = membership::leave(session, &caller.user, to, now);
    if let Some(party) = session.party(&caller.user) {
        let least = session.least(party, outbox.rendering);
        outbox.status_change(party, least, None);
    }
    if let Some(queue) = queue {
        let queue = queue.to_owned();
        let by = caller.user.clone();
        session.queued.push(Queued { queue, role: Role::Agent, by });
    }
    announce_departure(session, &mut outbox, &caller.user, gone, now);
    if session.agents().next().is_none() {
        close(session, &mut outbox, queue.is_none(), now);
    } else if queue.is_some() {
        release_supervisors(session, &mut outbox, now);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// Leave (documented: SMSLeave): outside a conference the state LeftChat, and the conversation is over for the customer;
/// in one the state Completed, and it goes on.
pub(crate) fn leave(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Allowed { to, rule } = authorize(world, caller, id, Operation::Leave)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id);
    let gone = membership::leave(session, &caller.user, to, now);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    // Who had left before has nothing more to leave.
    let ends = gone.is_some() && to == State::LeftChat;
    announce_departure(session, &mut outbox, &caller.user, gone, now);
    if ends {
        session.queued.clear();
        let customer = session.customer_departs(now);
        tell_of(session, &mut outbox, &caller.user, customer);
        withdraw(session, &mut outbox, |_| true);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// The Send… operations (documented: their pages): one message, to everybody who may see it.
pub(crate) fn send(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    operation: Operation,
    content: &Content,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Allowed { rule, .. } = authorize(world, caller, id, operation)?;
    let (session, mut outbox) = world.open(id);
    let Content { kind, text, visibility } = content.clone();
    if let Some(from) = session.participant_of(&caller.user).cloned() {
        let message = session.log(kind, from, visibility, text, now);
        outbox.message_to_all(session, &message);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}
