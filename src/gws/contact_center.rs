//! Signing in on channels, the agent's state on them, and signing out: StartContactCenterSession, EndContactCenterSession,
//! Ready, NotReady and the other agent states.
//!
//! Rules: channel-unknown, channel-state, feature-missing; what happens: partial-success, multimedia-channel,
//! session-start-not-ready, session-end-http, agent-states-configured, status-7.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::gws::agent_state::AgentState;
use crate::gws::identity::{Channel, SMS_CHANNEL};
use crate::gws::operation::Operation;
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::refusal::backend_down;
use crate::gws::status::{PARTIAL_SUCCESS, Refusal};
use crate::gws::world::{Backend, World};
use crate::rules::{Violation, nearest, rule};

/// The channel that the voice server carries. All others are of multimedia.
const VOICE: &str = "voice";

/// The channels whose names are known; a contact center may have others (rule channel-unknown).
const CHANNELS: &[&str] =
    &[VOICE, SMS_CHANNEL, "chat", "email", "workitem", "imsession", "twitter", "facebook"];

/// The name under which the vendor reports all channels that are not voice (wire).
const MULTIMEDIA: &str = "multimedia";

/// StartContactCenterSession (documented: its page): the user is signed in on the channels, NotReady (inferred). One that
/// fails makes it a partial success; all that fail, a refusal.
pub(crate) fn start(
    world: &mut World,
    caller: &KnownCaller,
    channels: &[String],
) -> Result<Done, Refused> {
    let notes = channels
        .iter()
        .enumerate()
        .filter_map(|(index, channel)| unknown_channel(channel, &format!("/channels/{index}")))
        .collect();
    let down = world.backend == Backend::Down;
    let (failed, good): (Vec<&String>, Vec<&String>) =
        channels.iter().partition(|channel| down && *channel != VOICE);
    if good.is_empty() {
        return Err(backend_down().into());
    }
    let (not_ready, offline) = (world.agent_states.not_ready(), world.agent_states.offline());
    let Some(user) = world.user_mut(&caller.user) else {
        return Ok(Done::new(Operation::StartContactCenterSession.rule(), Vec::new()));
    };
    for name in &good {
        if !user.channels.iter().any(|channel| channel.name == **name) {
            let name = (*name).clone();
            user.channels.push(Channel { name, state: Arc::clone(&offline) });
        }
    }
    let signed_in = |channel: &Channel| good.contains(&&channel.name);
    let changed = change(user.channels.iter_mut().filter(|channel| signed_in(channel)), &not_ready);
    let mut outbox = world.outbox();
    outbox.channels_changed(&caller.user, changed);
    let mut done = Done {
        notes,
        ..Done::new(Operation::StartContactCenterSession.rule(), outbox.sent_apart())
    };
    if !failed.is_empty() {
        let good = good.iter().map(|channel| json!({ "statusCode": 0, "channel": channel }));
        let broken = const { rule("backend-down") };
        let mut failure = Refusal::of(broken)
            .and_then(Refusal::envelope)
            .expect("backend-down is answered with an envelope");
        failure["channel"] = json!(MULTIMEDIA);
        done.reply = json!({
            "statusCode": PARTIAL_SUCCESS.status_code,
            "failed": [failure],
            "succeeded": good.collect::<Vec<_>>(),
        });
        done.schema = "contact-center-session-response";
        done.rule = const { rule("partial-success") };
    }
    Ok(done)
}

/// EndContactCenterSession (documented: its page): the HTTP session ends with it.
pub(crate) fn end(world: &mut World, caller: &KnownCaller) -> Done {
    let offline = world.agent_states.offline();
    let mut changed = Vec::new();
    if let Some(user) = world.user_mut(&caller.user) {
        let signed_in = user.channels.iter_mut().filter(|channel| channel.is_signed_in());
        changed = change(signed_in, &offline);
    }
    let mut outbox = world.outbox();
    if !changed.is_empty() {
        outbox.channels_changed(&caller.user, changed);
    }
    let rule = Operation::EndContactCenterSession.rule();
    Done { ends_http_session: true, ..Done::new(rule, outbox.sent_apart()) }
}

/// Sets the agent's state on one channel (wire: a GWS 8.5.2 log), or on all (documented: SettingAgentStateAll), after the user has
/// signed in there (inferred). The contact center configures the states.
pub(crate) fn set_agent_state(
    world: &mut World,
    caller: &KnownCaller,
    channel: Option<&str>,
    name: &str,
) -> Result<Done, Refused> {
    let state = world.agent_states.demand(name)?;
    let user = world.user_mut(&caller.user);
    let own = user.into_iter().flat_map(|user| &mut user.channels);
    let addressed =
        own.filter(|own| own.is_signed_in() && channel.is_none_or(|channel| own.name == channel));
    let changed = change(addressed, &state);
    if changed.is_empty() {
        return Err(signed_out(world, caller, channel).into());
    }
    let mut outbox = world.outbox();
    outbox.channels_changed(&caller.user, changed);
    let rule = match Operation::of_name(name) {
        Ok(operation) => operation.rule(),
        Err(_) => const { rule("agent-states-configured") },
    };
    Ok(Done::new(rule, outbox.sent_apart()))
}

/// Rule channel-state.
fn signed_out(world: &World, caller: &KnownCaller, channel: Option<&str>) -> Violation {
    let broken = const { rule("channel-state") };
    let name = world.name(&caller.user);
    let (place, got) = match channel {
        Some(channel) => ("path segment 5", format!("{channel}, on which {name} is not signed in")),
        None => ("request line", format!("{name}, who is signed in on no channel")),
    };
    let hint = match channel.and_then(unlike) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => "send StartContactCenterSession with the channel to /api/v2/me first".to_owned(),
    };
    Violation::new(broken, place, got, "a channel on which the user is signed in").hint(hint)
}

fn change<'a>(
    channels: impl IntoIterator<Item = &'a mut Channel>,
    state: &Arc<AgentState>,
) -> Vec<Value> {
    let changed = channels.into_iter().map(|channel| {
        channel.state = Arc::clone(state);
        channel.resource()
    });
    changed.collect()
}

/// The known channel that a name is like and is not.
fn unlike(channel: &str) -> Option<&'static str> {
    nearest(channel, CHANNELS.iter().copied()).filter(|meant| *meant != channel)
}

/// A note of a channel whose name is not known (rule channel-unknown).
fn unknown_channel(channel: &str, place: &str) -> Option<Violation> {
    if CHANNELS.contains(&channel) {
        return None;
    }
    let broken = const { rule("channel-unknown") };
    let want = format!("one of {}, or another channel of the contact center", CHANNELS.join(", "));
    let violation = Violation::new(broken, place, format!("{channel:?}"), want);
    let violation = match unlike(channel) {
        Some(meant) => violation.hint(format!("did you mean \"{meant}\"?")),
        None => violation.hint("it is taken as a channel of multimedia"),
    };
    Some(violation.note())
}
