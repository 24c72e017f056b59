//! What the endpoint has beside the calls that a scenario has too.
//!
//! The rule of this file: a call is one row of [`ROUTES`], with the schemas of what it is given and answers, and a few words.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::control::{RegistryRequest, barriers, openapi, queries};
use crate::engine::commands::{CALLS, Call, CallError, Now};
use crate::server::shared::Shared;

/// What a call does.
#[derive(Clone, Copy)]
pub(super) enum Does {
    Now(Now),
    /// It may take a while.
    Later(fn(Arc<Shared>, Value) -> Pending),
    /// It answers a text of that type.
    Text(&'static str, fn(&Arc<Shared>) -> String),
}

/// The answer of a call that takes a while.
pub(super) type Pending = Pin<Box<dyn Future<Output = Result<Value, CallError>> + Send>>;

type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static [u16],
    &'static str,
    Does,
);

/// The call that ends a fake and tells its verdict.
pub(super) const ENDS: &str = "fakes/{id}";

/// Name, method, schema of the body, schema of the answer, statuses of its own, what it is for, what it does.
#[rustfmt::skip]
const ROUTES: &[Row] = &[
    ("timeline", "GET", None, "control-timeline", &[], "Everything that came in and went out on both sides, in order", Does::Now(queries::timeline)),
    ("violations", "GET", None, "control-findings", &[], "What breaks the contract by now, with what is left undone where whole sessions are asked for", Does::Now(queries::violations)),
    ("verify", "GET", None, "control-report", &[], "The verdict by now, with all that it goes by", Does::Now(queries::verify)),
    ("report", "GET", None, "", &[], "The verdict by now, as text for people", Does::Text("text/plain; charset=utf-8", queries::report)),
    ("recorded", "GET", None, "scenario", &[], "What was received and sent so far, as a scenario", Does::Text("application/json", queries::recorded)),
    ("users", "GET", None, "control-users", &[], "The users as they are now, with their channels and their CometD clients", Does::Now(queries::users)),
    ("sessions", "GET", None, "control-sessions", &[], "The sessions as they are now, as each of their users sees them", Does::Now(queries::sessions)),
    ("clock", "GET", None, "control-clock", &[], "The clock that connect timeouts, expiry and time stamps go by", Does::Now(queries::clock)),
    ("clock-advance", "POST", Some("control-span"), "control-clock", &[], "Sets the clock forward, from due time to due time, at the pace of the clients", Does::Later(barriers::advance)),
    ("exceptions", "GET", None, "control-exceptions", &[], "The exceptions that were programmed, and how often each has happened", Does::Now(queries::rest_faults)),
    ("faults", "GET", None, "control-faults", &[], "The faults that were ordered, and how often each has happened", Does::Now(queries::faults)),
    ("scenario", "GET", None, "control-playing", &[], "How far the scenario is that is played, and why it cannot go on", Does::Now(queries::playing)),
    ("scenario", "POST", Some("control-play"), "control-playing", &[400, 409], "Plays a scenario from now on: requests are answered from it, and events come from it", Does::Now(queries::play)),
    ("idle", "POST", None, "control-done", &[409], "Waits until no request is in flight and what follows from the answers has been written", Does::Later(barriers::idle)),
    ("subscribed", "POST", Some("control-subscribed"), "control-done", &[400, 409], "Waits until a client of a user has a subscription that covers the channel", Does::Later(barriers::subscribed)),
    ("parked", "POST", Some("control-user"), "control-done", &[400, 409], "Waits until a connect of a client of a user is held", Does::Later(barriers::parked)),
    ("received", "POST", Some("control-received"), "control-entry", &[400, 409], "Waits for the next request of an operation that this has not answered before", Does::Later(barriers::received)),
    ("next-notification", "POST", Some("control-user"), "control-entry", &[400, 409], "Waits for the next notification to a user that this has not answered before", Does::Later(barriers::next_notification)),
    ("fakes", "GET", None, "control-fakes", &[], "The fakes that were asked for and have not ended", Does::Later(|shared, _| registry(shared, |keep| keep(RegistryRequest::List)))),
    ("fakes", "POST", Some("control-fake"), "control-started", &[400, 409], "Starts a fake of the caller's own on a port of its own, for one test", Does::Later(|shared, body| registry(shared, move |keep| keep(RegistryRequest::Start(&body))))),
    (ENDS, "DELETE", None, "control-ended", &[404], "Verifies and ends a fake; the verdict is in the answer, whose status is 200 either way", Does::Later(|shared, body| registry(shared, move |keep| keep(RegistryRequest::End(body["id"].as_str().unwrap_or_default()))))),
    ("openapi.json", "GET", None, "control-openapi", &[], "This description", Does::Now(|shared, _| Ok(openapi::document(shared)))),
];

/// Every call of a fake's endpoint.
pub(super) fn routes(shared: &Shared) -> impl Iterator<Item = &'static Call<Does>> + Clone + use<> {
    static ALL: LazyLock<Vec<Call<Does>>> = LazyLock::new(all);
    let keeps = shared.settings.control.as_ref().is_some_and(|it| it.fakes.is_some());
    ALL.iter().filter(move |call| keeps || !call.name.starts_with("fakes"))
}

/// The id in a path, if it is that of a call of that name; nothing where the name has none.
pub(super) fn named<'p>(name: &str, path: &'p str) -> Option<&'p str> {
    match name.strip_suffix("{id}") {
        Some(before) => path.strip_prefix(before).filter(|id| !id.is_empty() && !id.contains('/')),
        None => (name == path).then_some(""),
    }
}

fn all() -> Vec<Call<Does>> {
    let routes = ROUTES.iter().map(|&(name, method, body, answer, refusals, summary, does)| Call {
        name,
        method,
        body,
        answer,
        refusals,
        summary,
        does,
    });
    let calls = CALLS.iter().map(|call| Call {
        name: call.name,
        method: call.method,
        body: call.body,
        answer: call.answer,
        refusals: call.refusals,
        summary: call.summary,
        does: Does::Now(call.does),
    });
    routes.chain(calls).collect()
}

/// Asks the keeper of fakes, where it may block.
fn registry(
    shared: Arc<Shared>,
    ask: impl FnOnce(
        &dyn Fn(RegistryRequest<'_>) -> Result<Value, CallError>,
    ) -> Result<Value, CallError>
    + Send
    + 'static,
) -> Pending {
    Box::pin(async move {
        let asked = tokio::task::spawn_blocking(move || {
            let control = shared.settings.control.as_ref();
            match control.and_then(|control| control.fakes.as_ref()) {
                Some(fakes) => ask(fakes),
                None => Ok(json!([])),
            }
        });
        asked.await.unwrap_or_else(|error| Err(CallError(500, error.to_string())))
    })
}
