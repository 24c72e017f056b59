//! The barriers that a suite waits for in place of sleeping. Each gives up after the fake's `wait_timeout`, with HTTP 409: clients
//! send a request again by themselves that is answered with 408.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::control::interface::Pending;
use crate::control::queries;
use crate::control::queries::{NamedUser, asserted, observed};
use crate::engine::Engine;
use crate::engine::barriers::{self, Wanted};
use crate::engine::commands::{CallError, operation, text, whole};
use crate::report;
use crate::report::hints::for_control_in_json;
use crate::server::running_fake::RunningFake;
use crate::server::test_clock;
use crate::server::verdict::given_up;
use crate::server::wait::{TimedOut, until_within};

pub(super) fn idle(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let idle = |engine: &mut Engine| engine.is_idle().then_some(());
        wait(&fake, &body, idle, |_| IN_FLIGHT.to_owned()).await?;
        Ok(json!({}))
    })
}

pub(super) fn subscribed(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let NamedUser { id: user, .. } = NamedUser::of(&fake, &body)?;
        let channel = text(&body, "channel");
        let failure = |engine: &Engine| barriers::not_subscribed(engine, &user, &channel);
        wait(&fake, &body, barriers::subscribed(user.clone(), channel.clone()), failure).await?;
        Ok(json!({}))
    })
}

pub(super) fn connect_held(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let NamedUser { id: user, name } = NamedUser::of(&fake, &body)?;
        let failure = format!("no connect of {name} is held");
        wait(&fake, &body, barriers::connect_held(user), |_| failure).await?;
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
        let number = wait(&fake, &body, barriers::received(wanted), |_| failure).await?;
        Ok(entry(&fake, number))
    })
}

pub(super) fn next_notification(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let NamedUser { id: user, name } = NamedUser::of(&fake, &body)?;
        let failure = format!("no further notification was published to {name}");
        let number = wait(&fake, &body, barriers::notified(user), |_| failure).await?;
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

/// Asserts that nothing that is meant came, and that nothing comes while the clock is set forward.
pub(super) fn never(fake: Arc<RunningFake>, body: Value) -> Pending {
    Box::pin(async move {
        let filter = observed(&fake, &body["observed"])?;
        if let Some(by) = body["milliseconds"].as_u64() {
            for by in [Duration::from_millis(by), Duration::ZERO] {
                let idle = |engine: &mut Engine| engine.is_idle().then_some(());
                wait(&fake, &body, idle, |_| IN_FLIGHT.to_owned()).await?;
                test_clock::advance(&fake, by).await;
            }
        }
        asserted(&fake, |log| filter.numbers(log, &(0..=0)))
    })
}

const IN_FLIGHT: &str = "requests are still in flight";

/// Waits for as long as the body says, or else the settings.
async fn wait<T>(
    fake: &RunningFake,
    body: &Value,
    attempt: impl FnMut(&mut Engine) -> Option<T>,
    failure: impl FnOnce(&Engine) -> String,
) -> Result<T, CallError> {
    let own = body["timeout"].as_u64().map(Duration::from_millis);
    let waited = until_within(fake, own.unwrap_or(fake.options.wait_timeout), attempt).await;
    waited.map_err(|TimedOut| {
        let failure = fake.look(failure);
        CallError::new(409, given_up(fake, &failure))
    })
}

fn entry(fake: &RunningFake, number: u64) -> Value {
    let (entries, exemptions) =
        fake.look(|engine| (engine.log.timeline.shared(&[number]), engine.log.exemptions.clone()));
    let mut rendered =
        entries.first().map(|entry| report::json::entry(entry, &exemptions)).unwrap_or_default();
    for_control_in_json(&mut rendered);
    rendered
}
