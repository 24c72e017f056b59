//! Operations on the user data of a session: AttachUserData, UpdateUserData, DeleteUserData, SetDisposition.
//!
//! Rules: operation-state, capability; what happens: user-data-missing-keys, disposition-default-key,
//! notification-to-others, user-data-open.

use serde_json::Value;

use crate::gws::authorize::{Allowed, authorize};
use crate::gws::operation::Operation;
use crate::gws::operation::command::UserDataChange;
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::session::UserData;
use crate::gws::world::World;

/// Changes the user data (documented: the operations' pages). The caller is told of all of it with the `referenceId`, and
/// everybody else in the conversation without. Keys that are not there are put, and their removal is no error (inferred).
pub(crate) fn change(
    world: &mut World,
    caller: &KnownCaller,
    id: &str,
    operation: Operation,
    change: &UserDataChange,
) -> Result<Done, Refused> {
    let Allowed { rule, .. } = authorize(world, caller, id, operation)?;
    let reference = world.next_reference_id();
    let user = world.user(&caller.user).expect("only a user has a part in a session");
    let default_key = user.disposition_key();
    let (session, mut outbox) = world.open(id);
    let mut fields = session.user_data.fields().clone();
    match change.clone() {
        UserDataChange::Put(data) => fields.extend(data),
        UserDataChange::Delete(keys) => fields.retain(|key, _| !keys.contains(key)),
        UserDataChange::Disposition { key, value } => {
            fields.insert(key.unwrap_or(default_key), Value::String(value));
        }
    }
    session.user_data = UserData::of(fields);
    if let Some(own) = session.party(&caller.user) {
        outbox.properties_updated(session, own, Some(reference));
    }
    for party in session.joined().filter(|party| party.user != caller.user) {
        outbox.properties_updated(session, party, None);
    }
    Ok(Done::new(rule, outbox.sent(session, caller.client.as_deref())))
}
