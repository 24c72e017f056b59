//! Operations that bring other agents into a session, or out of it: Invite, Consult, CancelConsult,
//! RemoveParticipantFromConference, Transfer.
//!
//! Rules: target-unknown, target-self, target-in-session, target-not-in-session, remove-visibility, remove-last-agent,
//! cancel-consult-pending, operation-state, capability; what happens: invite-then-accept, invite-promotes,
//! transfer-offers, transfer-text-agents, transfer-by-supervisor, queue-waits, remove-notice.

use crate::gws::authorize::{authorize, session_of};
use crate::gws::membership::{
    announce_departure, change_role, leave, offer, release_supervisors, tell_of, tell_status,
    withdraw,
};
use crate::gws::message::MessageKind;
use crate::gws::notification::Outbox;
use crate::gws::operation::Operation;
use crate::gws::operation::command::{Addressed, Target};
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::participant::{Role, Visibility};
use crate::gws::refusal::meant_user;
use crate::gws::session::{Queued, Session};
use crate::gws::timestamp::Timestamp;
use crate::gws::transition::{Cause, Company, State, next};
use crate::gws::world::World;
use crate::rules::{Violation, rule};

/// Invite and Consult (documented: SMSInvite, SMSConsult): the reply has a `referenceId`, and the target is invited. When it
/// accepts, the participants and the log follow to everybody (inferred: the page shows them with the target among them).
/// Who is consulted already is in the conference at once.
pub(crate) fn invite(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    operation: Operation,
    target: &Target,
    now: Timestamp,
) -> Result<Done, Refused> {
    let allowed = authorize(world, caller, id, operation)?;
    let role = if operation == Operation::Consult { Role::Consulted } else { Role::Agent };
    let target = resolve(world, caller, id, target, role)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id);
    bring(session, &mut outbox, &caller.user, target, role, now);
    let notifications = outbox.sent(session, caller.client.as_deref());
    Ok(Done::new(allowed.rule, notifications).with_reference(reference))
}

/// CancelConsult (documented: SMSCancelConsult): who was asked and has not accepted yet is in the state Revoked, and the
/// caller is told nothing; otherwise the failure is an `Error`, since the reply was written before.
pub(crate) fn cancel(world: &mut World, caller: &KnownCaller, id: &str) -> Result<Done, Refused> {
    let allowed = authorize(world, caller, id, Operation::CancelConsult)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id);
    let own = |by: Option<&str>, role| role == Role::Consulted && by == Some(caller.user.as_str());
    let waiting = session.queued.len();
    session.queued.retain(|queued| !own(Some(&queued.by), queued.role));
    let unqueued = waiting - session.queued.len();
    let withdrawn = withdraw(session, &mut outbox, |participant| {
        own(participant.invited_by.as_deref(), participant.role)
    });
    let nothing = withdrawn + unqueued == 0;
    if nothing && let Some(party) = session.party(&caller.user) {
        outbox.error(session, party, "Request failed", reference);
    }
    let notifications = outbox.sent(session, caller.client.as_deref());
    let mut done = Done::new(allowed.rule, notifications).with_reference(reference);
    if nothing {
        let broken = const { rule("cancel-consult-pending") };
        let got = "no consult that has not been accepted";
        let note =
            Violation::new(broken, "/operationName", got, "a consult that waits for its answer");
        done.notes.push(note.hint("it was accepted, rejected, or never asked for").note());
    }
    Ok(done)
}

/// RemoveParticipantFromConference (documented: its page): the agents are sent a notice with the user's id, the removed one
/// is done with the session (inferred), and the others are told of the participants.
pub(crate) fn remove(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    target: &Target,
    now: Timestamp,
) -> Result<Done, Refused> {
    let allowed = authorize(world, caller, id, Operation::RemoveParticipantFromConference)?;
    let (session, party) = session_of(world, caller, id)?;
    if party.role.visibility() != Visibility::All {
        let broken = const { rule("remove-visibility") };
        let got = format!("visibility {}", party.role.visibility().as_str());
        return Err(Violation::new(
            broken,
            "/operationName",
            got,
            "a caller who is visible to all",
        )
        .hint("send it as an agent whom the customer sees")
        .into());
    }
    let place = target.place;
    // The schema takes no queue here.
    let Target { of: Addressed::User(user) | Addressed::Queue(user), .. } = target;
    let there = session
        .participant_of(user)
        .filter(|participant| participant.visibility.reaches(party.viewer()));
    let may_be_removed = there.is_some() && *user != caller.user;
    let removed = if may_be_removed { session.party(user) } else { None };
    let next =
        removed.and_then(|removed| next(Cause::Removed, Some(removed.state), Company::Together));
    let Some((to, _)) = next else {
        let broken = const { rule("target-not-in-session") };
        let want = "another agent who is in the conference";
        return Err(Violation::new(broken, place, user.as_str(), want)
            .hint("take the uri of one of the participants")
            .into());
    };
    if session.agents().all(|agent| agent.user == *user || agent.role != Role::Agent) {
        let broken = const { rule("remove-last-agent") };
        return Err(Violation::new(
            broken,
            place,
            user.as_str(),
            "an agent beside whom another one stays",
        )
        .hint("there is no conference with one agent")
        .into());
    }
    // Who does not see the one that goes does not read of it either.
    let visibility = Visibility::Agents
        .narrowed(there.map_or(Visibility::All, |participant| participant.visibility));
    let user = user.clone();
    let (session, mut outbox) = world.open(id);
    if let Some(from) = session.participant_of(&caller.user).cloned() {
        let text = Some(format!("REMOVE_PARTICIPANT_FROM_CONFERENCE{user}"));
        let notice = session.log(MessageKind::Notice, from, visibility, text, now);
        outbox.message_to_all(session, &notice);
    }
    let gone = leave(session, &user, to, now);
    tell_status(session, &mut outbox, &user, None);
    announce_departure(session, &mut outbox, &user, gone, now);
    Ok(Done::new(allowed.rule, outbox.sent(session, caller.client.as_deref())))
}

/// Transfer (analogy: ChatSingleStepTransfer): the caller is done with the session, and it is offered to the target. In a
/// queue it waits until it is routed to somebody, and supervisors are released (documented: SMSMonitor).
pub(crate) fn transfer(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    target: &Target,
    text: Option<&str>,
    now: Timestamp,
) -> Result<Done, Refused> {
    let allowed = authorize(world, caller, id, Operation::Transfer)?;
    let target = resolve(world, caller, id, target, Role::Agent)?;
    let reference = world.next_reference_id();
    let (session, mut outbox) = world.open(id);
    let from = session.participant_of(&caller.user).cloned();
    if let Some((text, from)) = text.zip(from) {
        let text = Some(text.to_owned());
        let message = session.log(MessageKind::Text, from, Visibility::Agents, text, now);
        outbox.message_to_all(session, &message);
    }
    let gone = leave(session, &caller.user, allowed.to, now);
    tell_status(session, &mut outbox, &caller.user, Some(reference));
    let queued = matches!(target, Resolved::Queue(_));
    withdraw(session, &mut outbox, |participant| {
        participant.invited_by.as_deref() == Some(&caller.user)
    });
    // In the order of the log: that he went stands before what becomes of the target.
    tell_of(session, &mut outbox, &caller.user, gone);
    bring(session, &mut outbox, &caller.user, target, Role::Agent, now);
    announce_departure(session, &mut outbox, &caller.user, None, now);
    if queued {
        release_supervisors(session, &mut outbox, now);
    }
    Ok(Done::new(allowed.rule, outbox.sent(session, caller.client.as_deref())))
}

/// The resolved target of an operation.
enum Resolved {
    /// The user to whom the session is offered, and the state that this leads to.
    User(String, State),
    /// The user who is consulted now, and is in the conference from now on.
    Consulted(String),
    Queue(String),
}

fn resolve(
    world: &World,
    caller: &KnownCaller,
    id: &str,
    target: &Target,
    role: Role,
) -> Result<Resolved, Refused> {
    let place = target.place;
    let user = match &target.of {
        Addressed::Queue(queue) => return Ok(Resolved::Queue(queue.clone())),
        Addressed::User(user) => user.as_str(),
    };
    if world.user(user).is_none() {
        let broken = const { rule("target-unknown") };
        let violation = Violation::new(broken, place, user, "a URI that ends in the id of a user");
        return Err(violation.hint(meant_user(world, user)).into());
    }
    if user == caller.user {
        let broken = const { rule("target-self") };
        return Err(Violation::new(broken, place, user, "another user")
            .hint("name the user to whom the session is to be offered")
            .into());
    }
    let (session, own) = session_of(world, caller, id)?;
    let party = session.party(user);
    let consulted = party.is_some_and(|party| party.role == Role::Consulted && party.joined());
    if consulted && role == Role::Agent {
        return Ok(Resolved::Consulted(user.to_owned()));
    }
    // What the caller is answered must not tell of a supervisor whom he does not see.
    let seen = session
        .participant_of(user)
        .is_some_and(|participant| participant.visibility.reaches(own.viewer()));
    let unseen = party.is_some_and(|party| !party.is_agent()) && !seen;
    let cause = if unseen { Cause::OfferedUnseen } else { Cause::Offered };
    let from = party.map(|party| party.state);
    let Some((to, _)) = next(cause, from, Company::Together) else {
        let broken = const { rule("target-in-session") };
        let want = "a user who is not in the session, nor invited to it";
        // Of one who has come the caller was told himself, of one who is invited only who invited him.
        let telling = if seen { Some(own) } else { party };
        let because = telling.and_then(|party| party.offer_changed.clone());
        let violation = Violation::new(broken, place, user, want)
            .hint("wait for the answer to the invitation, or name another user");
        return Err(Refused { violation: Box::new(violation), because });
    };
    Ok(Resolved::User(user.to_owned(), to))
}

fn bring(
    session: &mut Session,
    outbox: &mut Outbox<'_>,
    by: &str,
    target: Resolved,
    role: Role,
    now: Timestamp,
) {
    match target {
        Resolved::User(user, to) => {
            // A supervisor whom the caller does not see goes first, and comes as an agent.
            let gone = session.depart(&user, now);
            announce_departure(session, outbox, &user, gone, now);
            offer(session, outbox, &user, role, to, Some(by));
        }
        Resolved::Consulted(user) => change_role(session, outbox, &user, Role::Agent, now),
        Resolved::Queue(queue) => {
            session.queued.push(Queued { queue, role, by: by.to_owned() });
        }
    }
}
