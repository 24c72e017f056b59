//! Operations on a session of one's own: Accept and Reject.
//!
//! Rules: accept-state, reject-state, session-unknown, session-owner.

use jiff::Timestamp;

use crate::gws::operation::{Mode, Operation};
use crate::gws::participant::{Participant, Visibility};
use crate::gws::session::Change;
use crate::gws::transition::{self, State};
use crate::gws::world::{Caller, Done, Refused, World, accepted};

const SESSION_IN_PATH: &str = "path segment 5";

/// Accept (documented: SMSAccept): the state without participants and with the `referenceId`, then the participants, then
/// the log so far with the own entry last. Who may see the new participant is told of it too (inferred).
pub(crate) fn accept(
    world: &mut World,
    caller: &Caller,
    id: &str,
    nickname: Option<&str>,
    now: Timestamp,
) -> Result<Done, Refused> {
    let (state, mode) = demand_state(world, caller, id, Operation::Accept)?;
    let participant = Participant {
        id: world.next_participant_id(),
        nickname: nickname.map_or_else(|| world.name(&caller.user), str::to_owned),
        user: Some(caller.user.clone()),
        visibility: mode.map_or(Visibility::All, Visibility::of),
    };
    let reference_id = world.next_reference_id();
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;

    let party = session.enter(&caller.user, state, mode).clone();
    let resource = session.core(&party, outbox.api_url);
    let told = outbox.status_change(&party, resource, Some(reference_id));
    let change = Change { client: caller.client.clone(), notification: told };
    let joined = session.join(&caller.user, participant.clone(), change, now);

    for party in session.parties.iter().filter(|party| party.joined()) {
        if party.user == caller.user {
            outbox.participants_updated(session, party);
            outbox.new_messages(session, party, &session.messages);
        } else if participant.visibility.reaches(party.viewer()) {
            outbox.participants_updated(session, party);
            outbox.new_messages(session, party, std::slice::from_ref(&joined));
        }
    }
    Ok(Done { reply: accepted(), notifications: outbox.sent() })
}

/// Reject (documented: SMSReject): the caller alone is told.
pub(crate) fn reject(world: &mut World, caller: &Caller, id: &str) -> Result<Done, Refused> {
    let (state, mode) = demand_state(world, caller, id, Operation::Reject)?;
    let reference_id = world.next_reference_id();
    let (session, mut outbox) = world.open(id, SESSION_IN_PATH)?;
    let party = session.enter(&caller.user, state, mode).clone();
    let resource = session.core(&party, outbox.api_url);
    let told = outbox.status_change(&party, resource, Some(reference_id));
    session.changed(&caller.user, Change { client: caller.client.clone(), notification: told });
    Ok(Done { reply: accepted(), notifications: outbox.sent() })
}

/// The state after the operation, if the session is the caller's and in a state for it, and his mode.
fn demand_state(
    world: &World,
    caller: &Caller,
    id: &str,
    operation: Operation,
) -> Result<(State, Option<Mode>), Refused> {
    let Some(session) = world.session(id) else {
        return Err(world.unknown_session(id, SESSION_IN_PATH).into());
    };
    let Some(party) = session.party(&caller.user) else {
        return Err(world.not_in_session(&caller.user, session, SESSION_IN_PATH).into());
    };
    match transition::next(operation, Some(party.state)) {
        Ok(state) => Ok((state, party.mode)),
        Err(broken) => {
            let want = format!("state {}", transition::wanted(operation));
            Err(World::out_of_state(broken, session, &caller.user, want))
        }
    }
}
