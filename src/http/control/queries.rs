//! What there is to be seen of a fake by now.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::gws::identity::{Channel, User};
use crate::gws::reads::shown;
use crate::gws::session::Session;
use crate::gws::world::World;
use crate::http::commands::{self, CallError};
use crate::http::playing;
use crate::http::recording;
use crate::http::shared::{Shared, State};
use crate::http::verdict::facts;
use crate::report;
use crate::scenario::player::fits;
use crate::scenario::player::{Player, Speed};
use crate::scenario::read::read;
use crate::scenario::write::write;

pub(super) fn timeline(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(shared.look(|state| report::json::timeline(&state.timeline)))
}

pub(super) fn violations(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(facts(shared, report::json::violations))
}

pub(super) fn verify(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(facts(shared, report::json::report))
}

pub(super) fn report(shared: &Arc<Shared>) -> String {
    facts(shared, |facts| facts.report())
}

/// In the canonical form of a scenario, one step a line.
pub(super) fn recorded(shared: &Arc<Shared>) -> String {
    write(&shared.look_settled(|state| recording::recorded(state, &shared.settings.url)))
}

/// The users, in the order of their names.
pub(super) fn users(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(shared.look_settled(|state| {
        let mut users: Vec<&User> = state.world.users().collect();
        users.sort_by_key(|user| &user.user_name);
        users.into_iter().map(|it| user(state, it)).collect()
    }))
}

fn user(state: &State, user: &User) -> Value {
    let monitors = user.monitoring.iter().map(|(agent, monitoring)| {
        json!({ "user": state.world.name(agent), "mode": monitoring.mode.as_str() })
    });
    let clients = state.push.sessions().filter(|(_, client)| *client.owner == *user.id);
    let clients = clients.map(|(_, client)| {
        let subscriptions: Vec<&str> = client.subscriptions().collect();
        json!({ "subscriptions": subscriptions, "held": client.held.is_some() })
    });
    json!({
        "id": user.id,
        "userName": user.user_name,
        "password": user.password,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "roles": user.roles,
        "features": user.features,
        "channels": user.channels.iter().map(Channel::resource).collect::<Vec<_>>(),
        "monitors": monitors.collect::<Vec<_>>(),
        "clients": clients.collect::<Vec<_>>(),
    })
}

/// The sessions, in the order of their ids.
pub(super) fn sessions(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(shared
        .look_settled(|state| state.world.sessions().map(|it| session(&state.world, it)).collect()))
}

fn session(world: &World, session: &Session) -> Value {
    let views = session.parties.iter().map(|party| {
        let messages = session.messages_for(party).into_iter();
        let messages = messages.map(|message| message.render(&world.settings.api_url));
        json!({
            "user": world.name(&party.user),
            "smssession": shown(world, session, party),
            "messages": messages.collect::<Vec<_>>(),
        })
    });
    let queued = session.queued.iter().map(|it| &it.queue);
    json!({
        "id": session.id,
        "customer": session.customer().map(|it| &it.nickname),
        "queued": queued.collect::<Vec<_>>(),
        "views": views.collect::<Vec<_>>(),
    })
}

pub(super) fn clock(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    let now = shared.clock.now();
    Ok(json!({
        "milliseconds": now.as_secs_f64() * 1000.0,
        "time": shared.clock.timestamp(now).to_string(),
        "paused": shared.clock.is_paused(),
    }))
}

/// The exceptions that were programmed, and how often each has happened.
pub(super) fn rest_faults(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(shared.look(|state| {
        let all = state.rest_faults.all();
        let all = all.map(
            |it| json!({ "number": it.number, "exception": it.words, "happened": it.triggered }),
        );
        all.collect()
    }))
}

/// The faults that were ordered, and how often each has happened.
pub(super) fn faults(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(shared.look(|state| {
        let faults = state.faults.all().map(|it| {
            json!({ "user": it.user_name, "fault": it.fault.as_str(), "happened": it.triggered })
        });
        faults.collect()
    }))
}

/// How far the scenario is that is played.
pub(super) fn playing(shared: &Arc<Shared>, _: &Value) -> Result<Value, CallError> {
    Ok(shared.look_settled(|state| match &state.player {
        None => json!({ "playing": false, "come": 0, "steps": 0, "failure": null }),
        Some(player) => {
            let (come, steps) = player.progress();
            let failure = player.failure();
            let playing = come < steps && !player.has_deviated();
            json!({ "playing": playing, "come": come, "steps": steps, "failure": failure })
        }
    }))
}

/// Plays the scenario of the body, in place of one that has come to its end.
pub(super) fn play(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let text = body["steps"].to_string();
    let scenario = read("the body's steps", &text).and_then(|scenario| {
        let names = shared.look(|state| {
            state.world.users().map(|user| user.user_name.clone()).collect::<Vec<_>>()
        });
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        fits(&scenario, &names, commands::check_call)?;
        Ok(Arc::new(scenario))
    });
    let scenario = scenario.map_err(|error| CallError(400, error.to_string()))?;
    let left = shared.look_settled(|state| state.player.as_ref().and_then(Player::failure));
    if let Some(left) = left {
        let error = format!("a scenario is played: {left}; follow it to its end, or reset");
        return Err(CallError(409, error));
    }
    let speed = body["slowed"].as_f64().map_or(Speed::AtOnce, Speed::Times);
    playing::begin(shared, Player::new(vec![scenario], speed, &shared.settings.url));
    playing(shared, body)
}
