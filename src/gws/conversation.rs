//! Operations on a session of one's own: coming, going, and what is said between.
//!
//! Rules: accept-state, reject-state, operation-state, capability, session-unknown, session-owner; what happens: the rules
//! of the rows in `transition`, last-agent-leaves, session-ends, rejected-waits.

use jiff::Timestamp;
use serde_json::Value;

use crate::gws::notification::Outbox;
use crate::gws::operation::Operation;
use crate::gws::operation::command::Content;
use crate::gws::participant::{Participant, Role};
use crate::gws::session::{Queued, Session};
use crate::gws::supervision;
use crate::gws::transition::{Cause, Company, State, next};
use crate::gws::world::{Caller, Done, Refused, SESSION_IN_PATH, Standing, World};

/// Accept (documented: SMSAccept): the state without participants and with the `referenceId`, then the participants, then
/// the log so far with the own entry last. Who may see the new participant is told of it too (inferred), and who monitors
/// the agent is there from now on.
pub(crate) fn accept(
    world: &mut World,
    caller: &Caller,
    id: &str,
    nickname: Option<&str>,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Standing { to, rule } = world.demand(caller, id, Operation::Accept)?;
    let role = world.own(caller, id)?.1.role;
    let reference = world.next_reference_id();
    let participant = participant(world, &caller.user, role, nickname);
    let followers = supervision::followers(world, &caller.user, id);
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    session.enter(&caller.user, role, to);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    enter(session, &mut outbox, &caller.user, participant, now);
    for follower in followers {
        supervision::follow(session, &mut outbox, follower, now);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// The participant that a user will be.
pub(crate) fn participant(
    world: &mut World,
    user: &str,
    role: Role,
    nickname: Option<&str>,
) -> Participant {
    Participant {
        id: world.next_participant_id(),
        nickname: nickname.map_or_else(|| world.name(user), str::to_owned),
        user: Some(user.to_owned()),
        visibility: role.visibility(),
    }
}

/// A party whose state says so joins: it is told of the participants and of the log, and the others of it.
pub(crate) fn enter(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    user: &str,
    participant: Participant,
    now: Timestamp,
) {
    let visibility = participant.visibility;
    let joined = session.join(user, participant, now);
    if let Some(party) = session.party(user) {
        outbox.participants_updated(session, party);
        outbox.new_messages(session, party, session.messages_for(party));
    }
    outbox.participants_changed(session, user, visibility, &[joined]);
}

/// Reject (documented: SMSReject): the caller alone is told.
pub(crate) fn reject(
    world: &mut World,
    caller: &Caller,
    id: &str,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Standing { to, rule } = world.demand(caller, id, Operation::Reject)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    settle(session, &caller.user, to);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    // Nobody has the session now: it waits, as in a queue, until it is routed (rule rejected-waits).
    let others = session.parties.iter().filter(|party| party.is_agent());
    if !others.clone().any(|party| party.joined() || party.state == State::Invited) {
        release_supervisors(session, &mut outbox, now);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// Complete (documented: SMSComplete): the state with id and uri and no more. Where no other agent stays, or the session is
/// put in a queue, it is over for the others too. LeaveAndComplete does the same (inferred from its name).
pub(crate) fn complete(
    world: &mut World,
    caller: &Caller,
    id: &str,
    operation: Operation,
    queue: Option<&str>,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Standing { to, rule } = world.demand(caller, id, operation)?;
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    let gone = go(session, &caller.user, to, now);
    if let Some(party) = session.party(&caller.user) {
        let least = session.least(party, outbox.rendering);
        outbox.status_change(party, least, None);
    }
    if let Some(queue) = queue {
        let (queue, by) = (queue.to_owned(), caller.user.clone());
        session.queued.push(Queued { queue, role: Role::Agent, by });
    }
    part(session, &mut outbox, &caller.user, gone, now);
    if session.agents().next().is_none() {
        end(session, &mut outbox, queue.is_none(), now);
    } else if queue.is_some() {
        release_supervisors(session, &mut outbox, now);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// Leave (documented: SMSLeave): outside a conference the state LeftChat, and the conversation is over for the customer;
/// in one the state Completed, and it goes on.
pub(crate) fn leave(
    world: &mut World,
    caller: &Caller,
    id: &str,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Standing { to, rule } = world.demand(caller, id, Operation::Leave)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    let gone = go(session, &caller.user, to, now);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    // Who had left before has nothing more to leave.
    let ends = gone.is_some() && to == State::LeftChat;
    part(session, &mut outbox, &caller.user, gone, now);
    if ends {
        let customer = session.customer_departs(now);
        tell_of(session, &mut outbox, &caller.user, customer);
        withdraw(session, &mut outbox, |_| true);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// The Send… operations (documented: their pages): one message, to everybody who may see it.
pub(crate) fn send(
    world: &mut World,
    caller: &Caller,
    id: &str,
    operation: Operation,
    content: &Content,
    now: Timestamp,
) -> Result<Done, Refused> {
    let Standing { rule, .. } = world.demand(caller, id, operation)?;
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    let Content { kind, text, visibility } = content.clone();
    if let Some(from) = session.participant_of(&caller.user).cloned() {
        let message = session.log(kind, from, visibility, text, now);
        outbox.message_to_all(session, &message);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}

/// `StatusChange` with the core of the session, without participants as long as the party has not joined.
pub(crate) fn tell_status(
    session: &Session,
    outbox: &mut Outbox<'_>,
    user: &str,
    reference: Option<u64>,
) {
    if let Some(party) = session.party(user) {
        let core = session.core(party, outbox.rendering);
        outbox.status_change(party, core, reference);
    }
}

/// What a participant who went leaves behind: who it was, and what the log says.
pub(crate) type Gone = Option<crate::gws::message::Message>;

/// The party goes into a state in which it is not in the conversation.
pub(crate) fn go(session: &mut Session, user: &str, to: State, now: Timestamp) -> Gone {
    settle(session, user, to);
    session.depart(user, now)
}

pub(crate) fn settle(session: &mut Session, user: &str, to: State) {
    if let Some(party) = session.party_mut(user) {
        party.state = to;
    }
}

/// Tells those who stay that a user went. An agent who was consulted takes the conversation over when no other is left
/// (rule last-agent-leaves).
pub(crate) fn part(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    user: &str,
    gone: Gone,
    now: Timestamp,
) {
    let seen = session.agents().any(|party| party.role == Role::Agent);
    let consulted = session.agents().find(|party| party.role == Role::Consulted);
    let heir = consulted.filter(|_| !seen).map(|party| party.user.clone());
    tell_of(session, outbox, user, gone);
    if let Some(heir) = heir {
        supervision::recast(session, outbox, &heir, Role::Agent, now);
    }
}

fn tell_of(session: &Session, outbox: &mut Outbox<'_>, user: &str, gone: Gone) {
    if let Some(gone) = gone {
        outbox.participants_changed(session, user, gone.visibility, std::slice::from_ref(&gone));
    }
}

/// The session is over, because it was completed or because it waits in a queue: supervisors are released, invitations
/// withdrawn; and when it was completed, the customer is gone.
fn end(session: &mut Session, outbox: &mut Outbox<'_>, completed: bool, now: Timestamp) {
    withdraw(session, outbox, |_| true);
    if completed {
        session.customer_departs(now);
        session.queued.clear();
    }
    release_supervisors(session, outbox, now);
}

/// Supervisors are in the state Revoked (documented: SMSMonitor).
pub(crate) fn release_supervisors(session: &mut Session, outbox: &mut Outbox<'_>, now: Timestamp) {
    let supervisors = session.parties.iter().filter(|party| !party.is_agent());
    let released = supervisors.filter_map(|party| {
        let (to, _) = next(Cause::Over, Some(party.state), Company::Together)?;
        Some((party.user.clone(), to))
    });
    for (user, to) in released.collect::<Vec<_>>() {
        go(session, &user, to, now);
        tell_status(session, outbox, &user, None);
    }
}

/// Takes back the invitations that fit and that another user gave; routed ones stay.
pub(crate) fn withdraw(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    fits: impl Fn(&crate::gws::session::Party) -> bool,
) -> usize {
    let invited = session.parties.iter().filter(|it| it.invited_by.is_some() && fits(it));
    let withdrawn = invited.filter_map(|party| {
        let (to, _) = next(Cause::Withdrawn, Some(party.state), Company::Together)?;
        Some((party.user.clone(), to))
    });
    let withdrawn: Vec<_> = withdrawn.collect();
    for (user, to) in &withdrawn {
        settle(session, user, *to);
        tell_status(session, outbox, user, None);
    }
    withdrawn.len()
}

/// Offers the session to a user, who may accept or reject it; the resource is whole (documented: SMSIntrude).
pub(crate) fn offer(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    user: &str,
    role: Role,
    to: State,
    by: Option<&str>,
) {
    session.enter(user, role, to).invited_by = by.map(str::to_owned);
    if let Some(party) = session.party(user) {
        let resource: Value = session.resource(party, outbox.rendering);
        outbox.status_change(party, resource, None);
    }
}
