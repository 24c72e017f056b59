//! The barriers that a suite waits for in place of sleeping. Each gives up after the fake's `wait_timeout`, with HTTP 409: clients
//! send a request again by themselves that is answered with 408.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::control::interface::Pending;
use crate::control::queries;
use crate::engine::Engine;
use crate::engine::barriers::{self, Wanted};
use crate::engine::commands::{CallError, operation, text, user, whole};
use crate::report;
use crate::server::running_fake::RunningFake;
use crate::server::test_clock;
use crate::server::verdict::given_up;
use crate::server::wait::{TimedOut, until};

pub(super) fn idle(fake: Arc<RunningFake>, _: Value) -> Pending {
    Box::pin(async move {
        let idle = |engine: &mut Engine| engine.is_idle().then_some(());
        wait(&fake, idle, "requests are still in flight").await?;
        Ok(json!({}))
    })
}

pub(super) fn subscribed(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let NamedUser { id: user, name } = NamedUser::of(&fake, &body)?;
        let channel = text(&body, "channel");
        let failure = format!("{name} has not subscribed to {channel}");
        wait(&fake, barriers::subscribed(user, channel), &failure).await?;
        Ok(json!({}))
    })
}

pub(super) fn connect_held(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let NamedUser { id: user, name } = NamedUser::of(&fake, &body)?;
        wait(&fake, barriers::connect_held(user), &format!("no connect of {name} is held")).await?;
        Ok(json!({}))
    })
}

pub(super) fn received(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let operation = fake.look(|engine| operation(engine, &body))?;
        let by = body
            .get("user")
            .map(|_| NamedUser::of(&fake, &body))
            .transpose()?
            .map(|user| user.name);
        let session = body["session"].as_str().map(str::to_owned);
        let words = format!("requests of {}", operation.as_str());
        let whose = by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
        let failure = format!("{words}{whose}: no further one was received");
        let wanted = Wanted { operation, by, session };
        let number = wait(&fake, barriers::received(wanted), &failure).await?;
        Ok(entry(&fake, number))
    })
}

pub(super) fn next_notification(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let NamedUser { id: user, name } = NamedUser::of(&fake, &body)?;
        let failure = format!("no further notification was published to {name}");
        let number = wait(&fake, barriers::notified(user), &failure).await?;
        Ok(entry(&fake, number))
    })
}

/// Sets the clock forward.
pub(super) fn clock_advance(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let by = Duration::from_millis(whole(&body["milliseconds"]));
        test_clock::advance(&fake, by).await;
        queries::clock(&fake, &body)
    })
}

async fn wait<T>(
    fake: &RunningFake,
    attempt: impl FnMut(&mut Engine) -> Option<T>,
    failure: &str,
) -> Result<T, CallError> {
    let waited = until(fake, attempt).await;
    waited.map_err(|TimedOut| CallError::new(409, given_up(fake, failure)))
}

/// A user whom the body of a call names.
struct NamedUser {
    id: String,
    name: String,
}

impl NamedUser {
    fn of(fake: &RunningFake, body: &Value) -> Result<Self, CallError> {
        fake.look(|engine| {
            let id = user(engine, body)?;
            Ok(Self { name: engine.rest.world.name(&id), id })
        })
    }
}

fn entry(fake: &RunningFake, number: u64) -> Value {
    let (entries, exemptions) =
        fake.look(|engine| (engine.log.timeline.shared(&[number]), engine.log.exemptions.clone()));
    entries.first().map(|entry| report::json::entry(entry, &exemptions)).unwrap_or_default()
}
