//! Signing in on channels, being ready on them, and signing out: StartContactCenterSession, EndContactCenterSession, Ready,
//! NotReady.
//!
//! Rules: channel-unknown, channel-state, feature-missing; what happens: partial-success, multimedia-channel,
//! session-start-not-ready, session-end-http, status-7.

use serde_json::{Value, json};

use crate::gws::identity::{Channel, SMS_CHANNEL, UserState};
use crate::gws::operation::Operation;
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::refusal::backend_down;
use crate::gws::status::{PARTIAL_SUCCESS, Refusal};
use crate::gws::world::{Backend, World};
use crate::rules::{Violation, nearest, rule};

/// The channels that there are, and which server carries each (rule channel-unknown).
const CHANNELS: &[(&str, Carrier)] = &[
    ("voice", Carrier::Voice),
    (SMS_CHANNEL, Carrier::Multimedia),
    ("chat", Carrier::Multimedia),
    ("email", Carrier::Multimedia),
    ("workitem", Carrier::Multimedia),
    ("imsession", Carrier::Multimedia),
];

/// Which server carries a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    Voice,
    Multimedia,
}

/// As which channel the vendor reports all that are not voice (wire).
const MULTIMEDIA: &str = "multimedia";

/// StartContactCenterSession (documented: its page): the user is signed in on the channels, NotReady (inferred). One that
/// fails makes it a partial success; all that fail, a refusal.
pub(crate) fn start(
    world: &mut World,
    caller: &KnownCaller,
    channels: &[String],
) -> Result<Done, Refused> {
    for (index, channel) in channels.iter().enumerate() {
        demand_known(channel, &format!("/channels/{index}"))?;
    }
    let down = world.backend == Backend::Down;
    let (failed, good): (Vec<&String>, Vec<&String>) =
        channels.iter().partition(|channel| down && carrier(channel) == Some(Carrier::Multimedia));
    if good.is_empty() {
        return Err(backend_down().into());
    }
    let Some(user) = world.user_mut(&caller.user) else {
        return Ok(Done::new(Operation::StartContactCenterSession.rule(), Vec::new()));
    };
    for name in &good {
        if !user.channels.iter().any(|channel| channel.name == **name) {
            let name = (*name).clone();
            user.channels.push(Channel { name, state: UserState::LoggedOut });
        }
    }
    let signed_in = |channel: &Channel| good.contains(&&channel.name);
    let changed =
        change(user.channels.iter_mut().filter(|channel| signed_in(channel)), UserState::NotReady);
    let mut outbox = world.outbox();
    outbox.channels_changed(&caller.user, changed);
    let mut done = Done::new(Operation::StartContactCenterSession.rule(), outbox.sent_apart());
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
    let mut changed = Vec::new();
    if let Some(user) = world.user_mut(&caller.user) {
        let signed_in =
            user.channels.iter_mut().filter(|channel| channel.state != UserState::LoggedOut);
        changed = change(signed_in, UserState::LoggedOut);
    }
    let mut outbox = world.outbox();
    if !changed.is_empty() {
        outbox.channels_changed(&caller.user, changed);
    }
    let rule = Operation::EndContactCenterSession.rule();
    Done { ends_http_session: true, ..Done::new(rule, outbox.sent_apart()) }
}

/// Ready and NotReady (wire: a GWS 8.5.2 log), after the user has signed in on the channel (inferred).
pub(crate) fn set_ready(
    world: &mut World,
    caller: &KnownCaller,
    channel: &str,
    ready: bool,
) -> Result<Done, Refused> {
    const PLACE: &str = "path segment 5";
    demand_known(channel, PLACE)?;
    let own = world
        .user_mut(&caller.user)
        .and_then(|user| user.channels.iter_mut().find(|known| known.name == channel));
    let Some(own) = own.filter(|channel| channel.state != UserState::LoggedOut) else {
        let broken = const { rule("channel-state") };
        let got = format!("{channel}, on which {} is not signed in", world.name(&caller.user));
        return Err(Violation::new(broken, PLACE, got, "a channel on which the user is signed in")
            .hint("send StartContactCenterSession with the channel to /api/v2/me first")
            .into());
    };
    let (state, operation) = match ready {
        true => (UserState::Ready, Operation::Ready),
        false => (UserState::NotReady, Operation::NotReady),
    };
    let changed = change([own], state);
    let mut outbox = world.outbox();
    outbox.channels_changed(&caller.user, changed);
    Ok(Done::new(operation.rule(), outbox.sent_apart()))
}

fn change<'a>(channels: impl IntoIterator<Item = &'a mut Channel>, state: UserState) -> Vec<Value> {
    let changed = channels.into_iter().map(|channel| {
        channel.state = state;
        channel.resource()
    });
    changed.collect()
}

fn carrier(channel: &str) -> Option<Carrier> {
    CHANNELS.iter().find(|(name, _)| *name == channel).map(|(_, carrier)| *carrier)
}

/// Rule channel-unknown.
fn demand_known(channel: &str, place: &str) -> Result<(), Violation> {
    if carrier(channel).is_some() {
        return Ok(());
    }
    let names = || CHANNELS.iter().map(|(name, _)| *name);
    let want = format!("one of {}", names().collect::<Vec<_>>().join(", "));
    let broken = const { rule("channel-unknown") };
    let violation = Violation::new(broken, place, format!("{channel:?}"), want);
    Err(match nearest(channel, names()) {
        Some(meant) => violation.hint(format!("did you mean \"{meant}\"?")),
        None => violation.hint("name a channel of GWS"),
    })
}
