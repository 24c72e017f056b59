//! Operations on a session of one's own: Accept and Reject.
//!
//! Rules: accept-state, reject-state, session-unknown, session-owner.

use jiff::Timestamp;

use crate::gws::message::Kind;
use crate::gws::operation::{Command, Operation};
use crate::gws::participant::{Participant, Visibility};
use crate::gws::session::Change;
use crate::gws::transition::{self, State};
use crate::gws::world::{Caller, Done, Refused, World, accepted};

const SESSION_IN_PATH: &str = "path segment 5";

/// An operation on `/api/v2/me/smssessions/{smssessionId}`.
pub(crate) fn operate(
    world: &mut World,
    caller: &Caller,
    session: &str,
    command: &Command,
    now: Timestamp,
) -> Result<Done, Refused> {
    let operation = match command {
        Command::Accept { .. } => Operation::Accept,
        Command::Reject => Operation::Reject,
        Command::Intrude { .. } => Operation::Intrude,
    };
    let state = demand_state(world, caller, session, operation)?;
    match command {
        Command::Accept { nickname } => Ok(accept(world, caller, session, nickname, state, now)),
        _ => Ok(reject(world, caller, session, state)),
    }
}

/// The state after the operation, if the session is the caller's and in a state for it.
fn demand_state(
    world: &World,
    caller: &Caller,
    id: &str,
    operation: Operation,
) -> Result<State, Refused> {
    let Some(session) = world.session(id) else {
        return Err(world.unknown_session(id, SESSION_IN_PATH).into());
    };
    let Some(party) = session.party(&caller.user) else {
        return Err(world.not_in_session(&caller.user, session, SESSION_IN_PATH).into());
    };
    transition::next(operation, Some(party.state)).map_err(|broken| {
        let want = format!("state {}", transition::wanted(operation));
        World::out_of_state(broken, session, &caller.user, want)
    })
}

/// Accept (documented: SMSAccept): the state without participants and with the `referenceId`, then the participants, then
/// the log so far with the own entry last. Who may see the new participant is told of it too (inferred).
fn accept(
    world: &mut World,
    caller: &Caller,
    id: &str,
    nickname: &Option<String>,
    state: State,
    now: Timestamp,
) -> Done {
    let participant_id = world.next_participant_id();
    let reference_id = world.next_reference_id();
    let user_name = world.name(&caller.user);
    let Some((session, mut outbox)) = world.open(id) else {
        return Done { reply: accepted(), notifications: Vec::new() };
    };
    let Some(party) = session.party_mut(&caller.user) else {
        return Done { reply: accepted(), notifications: Vec::new() };
    };
    let participant = Participant {
        id: participant_id,
        nickname: nickname.clone().unwrap_or(user_name),
        user: Some(caller.user.clone()),
        visibility: party.mode.map_or(Visibility::All, Visibility::of),
    };

    party.state = state;
    let party = party.clone();
    let told =
        outbox.status_change(&party, session.core(&party, outbox.api_url), Some(reference_id));
    let joined =
        session.log(Kind::ParticipantJoined, participant.clone(), participant.visibility, now);
    session.participants.push(participant.clone());
    if let Some(party) = session.party_mut(&caller.user) {
        party.participant = Some(participant.id.clone());
        party.changed = Some(Change { client: caller.client.clone(), notification: told });
    }

    for party in session.parties.iter().filter(|party| party.joined()) {
        if party.user == caller.user {
            outbox.participants_updated(session, party);
            outbox.new_messages(session, party, &session.messages);
        } else if participant.visibility.reaches(party.viewer()) {
            outbox.participants_updated(session, party);
            outbox.new_messages(session, party, std::slice::from_ref(&joined));
        }
    }
    Done { reply: accepted(), notifications: outbox.sent() }
}

/// Reject (documented: SMSReject): the caller alone is told.
fn reject(world: &mut World, caller: &Caller, id: &str, state: State) -> Done {
    let reference_id = world.next_reference_id();
    let Some((session, mut outbox)) = world.open(id) else {
        return Done { reply: accepted(), notifications: Vec::new() };
    };
    if let Some(party) = session.party_mut(&caller.user) {
        party.state = state;
        let party = party.clone();
        let resource = session.core(&party, outbox.api_url);
        let told = outbox.status_change(&party, resource, Some(reference_id));
        if let Some(party) = session.party_mut(&caller.user) {
            party.changed = Some(Change { client: caller.client.clone(), notification: told });
        }
    }
    Done { reply: accepted(), notifications: outbox.sent() }
}
