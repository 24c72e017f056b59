//! The check that the subject of an assertion exists: an assertion that nothing came passes for a name that is
//! misspelt.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::words::unknown;
use crate::engine::log::timeline::Timeline;
use crate::error::Error;
use crate::gws::notification::KINDS;
use crate::gws::transition::State;
use crate::server::running_fake::RunningFake;

/// The id of the user of that name.
pub(crate) fn user(fake: &RunningFake, user_name: &str) -> Result<String, Error> {
    fake.look(|engine| {
        let user = engine.rest.world.user_named(user_name);
        user.map(|user| user.id.clone()).ok_or_else(|| {
            let names = engine.rest.world.user_names();
            Error::new(format!("got the user name {user_name:?}, want one of {names}"))
        })
    })
}

/// A session that there is, or that something was received or sent about.
pub(super) fn session(fake: &RunningFake, id: &str) -> Result<(), Error> {
    let (timeline, ids) = fake.look(|engine| {
        let ids: Vec<String> =
            engine.rest.world.sessions().map(|session| session.id.clone()).collect();
        (engine.log.timeline.clone(), ids)
    });
    let named = timeline
        .entries()
        .any(|entry| entry.rest().is_some_and(|rest| rest.session.as_deref() == Some(id)));
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    if named || ids.contains(&id) || said(&timeline, "/smssession/id").contains(id) {
        return Ok(());
    }
    Err(unknown("session", id, &ids))
}

/// A session that there is.
pub(crate) fn session_of_world(fake: &RunningFake, id: &str) -> Result<(), Error> {
    fake.look(|engine| {
        let world = &engine.rest.world;
        let ids = || world.sessions().map(|session| session.id.as_str()).collect::<Vec<_>>();
        world.session(id).map(drop).ok_or_else(|| unknown("session", id, &ids()))
    })
}

/// A notificationType of GWS, or of a notification of the test's own.
pub(super) fn kind(fake: &RunningFake, name: &str) -> Result<(), Error> {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.as_str()).collect();
    let said = said(&fake.look(|engine| engine.log.timeline.clone()), "/notificationType");
    if kinds.contains(&name) || said.contains(name) {
        Ok(())
    } else {
        Err(unknown("notificationType", name, &kinds))
    }
}

/// A state of a session, or one that a notification of the test's own has.
pub(super) fn state(fake: &RunningFake, name: &str) -> Result<(), Error> {
    let states = State::ALL.map(State::as_str);
    let said = said(&fake.look(|engine| engine.log.timeline.clone()), "/smssession/state");
    if states.contains(&name) || said.contains(name) {
        Ok(())
    } else {
        Err(unknown("state", name, &states))
    }
}

/// The values that notifications have had at that place.
fn said(timeline: &Timeline, pointer: &str) -> BTreeSet<String> {
    let texts = timeline.notifications().filter_map(|(_, notified)| {
        notified.data().pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    });
    texts.collect()
}
