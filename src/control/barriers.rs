//! What a suite waits for in place of sleeping. Each gives up after the fake's patience, in real time, with HTTP 409: clients
//! send a request again by themselves that is answered with 408.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::clock::Clock;
use crate::control::queries;
use crate::control::routes::Pending;
use crate::engine::barriers::{self, Wanted};
use crate::engine::commands::{CallError, operation, text, user, whole};
use crate::report;
use crate::server::shared::{Shared, State};
use crate::server::verdict::given_up;
use crate::server::wait::{TimedOut, until};

pub(super) fn idle(shared: Arc<Shared>, _: Value) -> Pending {
    Box::pin(async move {
        let idle = |state: &mut State| state.is_idle().then_some(());
        wait(&shared, idle, "requests are still in flight").await?;
        Ok(json!({}))
    })
}

pub(super) fn subscribed(shared: Arc<Shared>, body: Value) -> Pending {
    Box::pin(async move {
        let (user, name) = named(&shared, &body)?;
        let channel = text(&body, "channel");
        let failure = format!("{name} has not subscribed to {channel}");
        wait(&shared, barriers::subscribed(user, channel), &failure).await?;
        Ok(json!({}))
    })
}

pub(super) fn parked(shared: Arc<Shared>, body: Value) -> Pending {
    Box::pin(async move {
        let (user, name) = named(&shared, &body)?;
        wait(&shared, barriers::connect_held(user), &format!("no connect of {name} is held"))
            .await?;
        Ok(json!({}))
    })
}

pub(super) fn received(shared: Arc<Shared>, body: Value) -> Pending {
    Box::pin(async move {
        let operation = operation(&shared, &body)?;
        let by = body.get("user").map(|_| named(&shared, &body)).transpose()?.map(|(_, name)| name);
        let session = body["session"].as_str().map(str::to_owned);
        let words = format!("requests of {}", operation.as_str());
        let whose = by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
        let failure = format!("{words}{whose}: no further one was received");
        let wanted = Wanted { operation, by, session };
        let number = wait(&shared, barriers::received(wanted), &failure).await?;
        Ok(entry(&shared, number))
    })
}

pub(super) fn next_notification(shared: Arc<Shared>, body: Value) -> Pending {
    Box::pin(async move {
        let (user, name) = named(&shared, &body)?;
        let failure = format!("no further notification was published to {name}");
        let number = wait(&shared, barriers::notified(user), &failure).await?;
        Ok(entry(&shared, number))
    })
}

/// Sets the clock forward.
pub(super) fn advance(shared: Arc<Shared>, body: Value) -> Pending {
    Box::pin(async move {
        let by = Duration::from_millis(whole(&body["milliseconds"]));
        Clock::new(&shared).advance(by).await;
        queries::clock(&shared, &body)
    })
}

async fn wait<T>(
    shared: &Shared,
    attempt: impl FnMut(&mut State) -> Option<T>,
    failure: &str,
) -> Result<T, CallError> {
    let waited = until(shared, attempt).await;
    waited.map_err(|TimedOut| CallError(409, given_up(shared, failure)))
}

/// The id and the name of the user of the body.
fn named(shared: &Shared, body: &Value) -> Result<(String, String), CallError> {
    let id = user(shared, body)?;
    let name = shared.look(|state| state.world.name(&id));
    Ok((id, name))
}

fn entry(shared: &Shared, number: u64) -> Value {
    shared.look(|state| state.timeline.entry(number).map(report::json::entry).unwrap_or_default())
}
