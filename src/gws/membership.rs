//! Membership: how users enter and leave a session, and who is notified. The families of operations use it.
//!
//! Rules of what happens: last-agent-leaves, session-ends, rejected-waits, field-sets, switch-rejoins, switch-fields.

use crate::gws::message::{Message, MessageKind};
use crate::gws::notification::Outbox;
use crate::gws::participant::{Participant, Role};
use crate::gws::session::{Party, Session};
use crate::gws::timestamp::Timestamp;
use crate::gws::transition::{Cause, Company, State, next};
use crate::gws::world::World;

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
pub(crate) fn join(
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

/// The log's message that a participant has left, which names him; `None` if he was in no conversation.
pub(crate) type Gone = Option<Message>;

/// The party goes into a state in which it is not in the conversation.
pub(crate) fn leave(session: &mut Session, user: &str, to: State, now: Timestamp) -> Gone {
    set_state(session, user, to);
    session.depart(user, now)
}

pub(crate) fn set_state(session: &mut Session, user: &str, to: State) {
    if let Some(party) = session.party_mut(user) {
        party.state = to;
    }
}

/// Tells those who stay that a user went. An agent who was consulted takes the conversation over when no other is left
/// (rule last-agent-leaves).
pub(crate) fn announce_departure(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    user: &str,
    gone: Gone,
    now: Timestamp,
) {
    let seen = session.agents().any(|party| party.role == Role::Agent);
    let consulted = session.agents().find(|party| party.role == Role::Consulted);
    let successor = if seen { None } else { consulted.map(|party| party.user.clone()) };
    tell_of(session, outbox, user, gone);
    if let Some(successor) = successor {
        change_role(session, outbox, &successor, Role::Agent, now);
    }
}

/// Gives a participant another role, and tells those who see him now or did before.
pub(crate) fn change_role(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    user: &str,
    role: Role,
    now: Timestamp,
) {
    let Some((before, participant)) = session.change_role(user, role) else { return };
    let after = participant.visibility;
    let view = if before.narrowed(after) == before { after } else { before };
    let rejoined = session.log(MessageKind::ParticipantRejoined, participant, after, None, now);
    if let Some(party) = session.party(user) {
        outbox.participants_updated_by_switch(session, party);
        outbox.new_messages(session, party, [&rejoined]);
    }
    outbox.participants_changed(session, user, view, &[rejoined]);
}

pub(crate) fn tell_of(session: &Session, outbox: &mut Outbox<'_>, user: &str, gone: Gone) {
    if let Some(gone) = gone {
        outbox.participants_changed(session, user, gone.visibility, std::slice::from_ref(&gone));
    }
}

/// The session is over, because it was completed or because it waits in a queue: supervisors are released, invitations
/// withdrawn; and when it was completed, the customer is gone.
pub(crate) fn close(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    completed: bool,
    now: Timestamp,
) {
    withdraw(session, outbox, |_| true);
    if completed {
        session.customer_departs(now);
        session.queued.clear();
    }
    release_supervisors(session, outbox, now);
}

/// Supervisors are in the state Revoked (documented: SMSMonitor), and agents who stay are told of those whom they saw.
pub(crate) fn release_supervisors(session: &mut Session, outbox: &mut Outbox<'_>, now: Timestamp) {
    let supervisors = session.parties.iter().filter(|party| !party.is_agent());
    let released: Vec<_> = supervisors
        .filter_map(|party| {
            let (to, _) = next(Cause::Over, Some(party.state), Company::Together)?;
            Some((party.user.clone(), to))
        })
        .collect();
    // All have gone before anybody is told, so that none of them is told of the others.
    let gone: Vec<Gone> =
        released.iter().map(|(user, to)| leave(session, user, *to, now)).collect();
    for ((user, _), gone) in released.iter().zip(gone) {
        tell_status(session, outbox, user, None);
        tell_of(session, outbox, user, gone);
    }
}

/// Releases the supervisors if no agent has the session any longer; the session then waits until it is routed (rule
/// rejected-waits).
pub(crate) fn release_where_nobody_is(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    now: Timestamp,
) {
    let mut agents = session.parties.iter().filter(|party| party.is_agent());
    if !agents.any(|party| party.state.is_live()) {
        release_supervisors(session, outbox, now);
    }
}

/// Takes back the invitations that fit and that another user gave; routed ones stay.
pub(crate) fn withdraw(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    fits: impl Fn(&Party) -> bool,
) -> usize {
    let invited = session.parties.iter().filter(|party| party.invited_by.is_some() && fits(party));
    let withdrawn: Vec<_> = invited
        .filter_map(|party| {
            let (to, _) = next(Cause::Withdrawn, Some(party.state), Company::Together)?;
            Some((party.user.clone(), to))
        })
        .collect();
    for (user, to) in &withdrawn {
        set_state(session, user, *to);
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
    session.admit(user, role, to).invited_by = by.map(str::to_owned);
    if let Some(party) = session.party(user) {
        let resource = session.resource(party, outbox.rendering);
        outbox.status_change(party, resource, None);
    }
}
