//! The queries of a fake's current state.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::contract::secrets::hide_in;
use crate::engine::commands::{self, CallError, operation};
use crate::engine::playback::recording;
use crate::engine::snapshot::{LogView, Snapshot};
use crate::error::Error;
use crate::gws::identity::{Channel, User};
use crate::gws::reads::shown;
use crate::gws::session::Session;
use crate::gws::world::World;
use crate::report;
use crate::report::expectation;
use crate::report::expectation::Filter;
use crate::report::hints::{for_control, for_control_in_json};
use crate::scenario::player::fits;
use crate::scenario::player::{Player, Speed};
use crate::scenario::read::read;
use crate::scenario::write::write;
use crate::server::running_fake::RunningFake;
use crate::server::verdict::{facts, given_up};

pub(super) fn timeline(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    let log = fake.log_view();
    Ok(translated(report::json::timeline(log.timeline.entries(), &log.exemptions)))
}

pub(super) fn violations(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    Ok(translated(facts(fake, report::json::violations)))
}

pub(super) fn verify(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    Ok(translated(facts(fake, report::json::report)))
}

pub(super) fn report(fake: &Arc<RunningFake>) -> String {
    for_control(&facts(fake, |facts| facts.report()))
}

/// Returns it with its hints in the words of suites in other languages.
fn translated(mut value: Value) -> Value {
    for_control_in_json(&mut value);
    value
}

/// Asserts that what is meant came in this order.
pub(super) fn in_order(fake: &Arc<RunningFake>, body: &Value) -> Result<Value, CallError> {
    let expected = body["observed"].as_array().into_iter().flatten();
    let filters =
        expected.map(|expected| observed(fake, expected)).collect::<Result<Vec<_>, _>>()?;
    asserted(fake, |log| expectation::in_order(log, &filters.iter().collect::<Vec<_>>()))
}

/// Asserts that nothing came but what was asserted.
pub(super) fn nothing_else(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    asserted(fake, |log| expectation::nothing_else(log).map(|()| Vec::new()))
}

/// Marks the entries that an expectation finds as asserted, or refuses the call with the report.
pub(super) fn asserted(
    fake: &RunningFake,
    expectation: impl FnOnce(&LogView) -> Result<Vec<u64>, Error>,
) -> Result<Value, CallError> {
    let found = expectation(&fake.log_view());
    let found = found.map_err(|error| CallError::new(409, given_up(fake, &error.to_string())))?;
    fake.lock().log.asserted.extend(found);
    Ok(json!({}))
}

/// Returns the filter of the requests or notifications that a call means; the schema has checked it.
pub(super) fn observed(fake: &RunningFake, observed: &Value) -> Result<Filter, CallError> {
    let request = &observed["request"];
    let notification = &observed["notification"];
    let (fields, mut filter) = if request.is_object() {
        let filter = Filter::requests_of(fake.look(|engine| operation(engine, request))?);
        match request.get("user") {
            None => (request, filter),
            Some(_) => (request, filter.by(&NamedUser::of(fake, request)?.name)),
        }
    } else {
        let NamedUser { id, name } = NamedUser::of(fake, notification)?;
        (notification, Filter::notifications_to(&id, &name))
    };
    if let Some(session) = fields["session"].as_str() {
        filter = filter.in_session(session);
    }
    if let Some(kind) = fields["kind"].as_str() {
        filter = filter.of_kind(kind);
    }
    if let Some(state) = fields["state"].as_str() {
        filter = filter.in_state(state);
    }
    Ok(filter)
}

/// A user whom the body of a call names.
pub(super) struct NamedUser {
    pub(super) id: String,
    pub(super) name: String,
}

impl NamedUser {
    pub(super) fn of(fake: &RunningFake, body: &Value) -> Result<Self, CallError> {
        fake.look(|engine| {
            let id = commands::user(engine, body)?;
            Ok(Self { name: engine.rest.world.name(&id), id })
        })
    }
}

/// In the canonical form of a scenario, one step a line.
pub(super) fn recorded(fake: &Arc<RunningFake>) -> String {
    write(&recording::recorded(&fake.snapshot(), &fake.options.url))
}

/// The users, in the order of their names.
pub(super) fn users(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    let snapshot = fake.snapshot();
    let mut users: Vec<&User> = snapshot.world.users().collect();
    users.sort_by_key(|user| &user.user_name);
    Ok(users.into_iter().map(|one| user(&snapshot, one)).collect())
}

fn user(snapshot: &Snapshot, user: &User) -> Value {
    let monitors = user.monitoring.iter().map(|(agent, monitoring)| {
        json!({ "user": snapshot.world.name(agent), "mode": monitoring.mode.as_str() })
    });
    let clients = snapshot
        .sessions
        .values()
        .filter(|client| client.owner == user.id)
        .map(|client| json!({ "subscriptions": client.subscriptions, "held": client.is_held }));
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
pub(super) fn sessions(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    let world = fake.snapshot().world;
    let mut sessions = world.sessions().map(|one| session(&world, one)).collect();
    hide_in(&mut sessions);
    Ok(sessions)
}

fn session(world: &World, session: &Session) -> Value {
    let views = session.parties.iter().map(|party| {
        let messages = session
            .messages_for(party)
            .into_iter()
            .map(|message| message.render(&world.settings.api_url));
        json!({
            "user": world.name(&party.user),
            "smssession": shown(world, session, party),
            "messages": messages.collect::<Vec<_>>(),
        })
    });
    let queued = session.queued.iter().map(|queued| &queued.queue);
    json!({
        "id": session.id,
        "customer": session.customer().map(|customer| &customer.nickname),
        "queued": queued.collect::<Vec<_>>(),
        "views": views.collect::<Vec<_>>(),
    })
}

pub(super) fn clock(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    let now = fake.clock.now();
    Ok(json!({
        "milliseconds": now.as_secs_f64() * 1000.0,
        "time": fake.clock.timestamp(now).to_string(),
        "paused": fake.clock.is_paused(),
    }))
}

/// The injected faults of the REST side, and how often each has triggered.
pub(super) fn rest_faults(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    let faults = fake.look(|engine| engine.rest.faults.clone());
    let all = faults.all().map(
        |fault| json!({ "number": fault.number, "exception": fault.words, "happened": fault.triggered }),
    );
    Ok(all.collect())
}

/// The injected faults of the push side, and how often each has triggered.
pub(super) fn faults(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    let faults = fake.look(|engine| engine.delivery.faults.clone());
    let all = faults.all().map(|fault| {
        json!({ "user": fault.user_name, "fault": fault.fault.as_str(), "happened": fault.triggered })
    });
    Ok(all.collect())
}

/// The progress of the scenario that is played.
pub(super) fn playing(fake: &Arc<RunningFake>, _: &Value) -> Result<Value, CallError> {
    Ok(fake.change(|engine, now| {
        engine.settle(now.at);
        match &engine.playback.player {
            None => json!({ "playing": false, "come": 0, "steps": 0, "failure": null }),
            Some(player) => {
                let (come, steps) = player.progress();
                let failure = player.failure();
                let playing = come < steps && !player.has_deviated();
                json!({ "playing": playing, "come": come, "steps": steps, "failure": failure })
            }
        }
    }))
}

/// Plays the scenario of the body, in place of one that has come to its end.
pub(super) fn play(fake: &Arc<RunningFake>, body: &Value) -> Result<Value, CallError> {
    let text = body["steps"].to_string();
    let scenario = read("the body's steps", &text)
        .and_then(|scenario| {
            let names = fake.look(|engine| {
                engine.rest.world.users().map(|user| user.user_name.clone()).collect::<Vec<_>>()
            });
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            fits(&scenario, &names, commands::check_call)?;
            Ok(Arc::new(scenario))
        })
        .map_err(|error| CallError::new(400, error.to_string()))?;
    let left = fake.change(|engine, now| {
        engine.settle(now.at);
        engine.playback.player.as_ref().and_then(Player::failure)
    });
    if let Some(left) = left {
        let error = format!("a scenario is played: {left}; follow it to its end, or reset");
        return Err(CallError::new(409, error));
    }
    let speed = body["slowed"].as_f64().map_or(Speed::AtOnce, Speed::Times);
    let player = Player::new(vec![scenario], speed, &fake.options.url);
    fake.change(|engine, now| engine.play(player, now));
    playing(fake, body)
}
