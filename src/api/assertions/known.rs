//! Whether what an assertion is about is there at all: an assertion that nothing came passes for a name that is misspelt.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::Error;
use crate::gws::notification::KINDS;
use crate::gws::transition::State;
use crate::rules::nearest;
use crate::server::shared::{self, Shared};

/// The id of the user of that name.
pub(crate) fn user(shared: &Shared, user_name: &str) -> Result<String, Error> {
    shared.look(|state| {
        let user = state.world.user_named(user_name);
        user.map(|user| user.id.clone()).ok_or_else(|| {
            let names = state.world.user_names();
            Error::new(format!("got the user name {user_name:?}, want one of {names}"))
        })
    })
}

/// A session that there is, or that something was received or sent about.
pub(super) fn session(shared: &Shared, id: &str) -> Result<(), Error> {
    shared.look(|state| {
        let named = state
            .timeline
            .entries()
            .any(|entry| entry.rest().is_some_and(|rest| rest.session.as_deref() == Some(id)));
        if named || state.world.session(id).is_some() || said(state, "/smssession/id").contains(id)
        {
            return Ok(());
        }
        let ids: Vec<&str> = state.world.sessions().map(|session| session.id.as_str()).collect();
        unknown("session", id, &ids)
    })
}

/// A notificationType of GWS, or of a notification of the test's own.
pub(super) fn kind(shared: &Shared, name: &str) -> Result<(), Error> {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.as_str()).collect();
    let said = shared.look(|state| said(state, "/notificationType"));
    if kinds.contains(&name) || said.contains(name) {
        Ok(())
    } else {
        unknown("notificationType", name, &kinds)
    }
}

/// A state of a session, or one that a notification of the test's own has.
pub(super) fn state(shared: &Shared, name: &str) -> Result<(), Error> {
    let states = State::ALL.map(State::as_str);
    let said = shared.look(|state| said(state, "/smssession/state"));
    if states.contains(&name) || said.contains(name) {
        Ok(())
    } else {
        unknown("state", name, &states)
    }
}

fn unknown(what: &str, got: &str, known: &[&str]) -> Result<(), Error> {
    let meant = nearest(got, known.iter().copied());
    let meant = meant.map(|it| format!("; did you mean {it:?}?")).unwrap_or_default();
    Err(Error::new(format!("got the {what} {got:?}, want one of {}{meant}", known.join(", "))))
}

/// What notifications have said at that place.
fn said(state: &shared::State, pointer: &str) -> BTreeSet<String> {
    let texts = state.timeline.notifications().filter_map(|(_, notified)| {
        notified.data().pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    });
    texts.collect()
}
