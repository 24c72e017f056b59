//! The calls of the control endpoint, those next to the commands that a scenario has too.
//!
//! The rule of this file: a call is one row of [`ROUTES`], with the schemas of its body and its answer, and a few words.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::contract::check::check;
use crate::control::interface::{Control, Pending};
use crate::control::registry::FakeRegistry;
use crate::control::{barriers, queries};
use crate::engine::commands::{COMMANDS, Call, CallEffect, CallError};
use crate::server::running_fake::RunningFake;

/// The effect of a call.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// It changes the engine.
    Command(CallEffect),
    /// It looks at the fake, or has it play.
    Query(fn(&Arc<RunningFake>, &Value) -> Result<Value, CallError>),
    /// It may take a while.
    Wait(fn(Arc<RunningFake>, Value) -> Pending),
    /// It describes the endpoint.
    Description,
    /// It starts and ends other fakes, and may block.
    Registry(fn(&dyn FakeRegistry, &Value) -> Result<Value, CallError>),
    /// It answers a text of that type.
    Text(&'static str, fn(&Arc<RunningFake>) -> String),
}

/// The call that ends a fake and tells its verdict.
const ENDS: &str = "fakes/{id}";

const ROUTES: &[Call<Does>] = &[
    Call {
        name: "timeline",
        method: "GET",
        body: None,
        answer: "control-timeline",
        refusals: &[],
        summary: "Everything that came in and went out on both sides, in order",
        does: Does::Query(queries::timeline),
    },
    Call {
        name: "violations",
        method: "GET",
        body: None,
        answer: "control-findings",
        refusals: &[],
        summary: "What breaks the contract by now, with what is left undone where whole sessions are asked for",
        does: Does::Query(queries::violations),
    },
    Call {
        name: "verify",
        method: "GET",
        body: None,
        answer: "control-report",
        refusals: &[],
        summary: "The verdict by now, with all that it goes by",
        does: Does::Query(queries::verify),
    },
    Call {
        name: "report",
        method: "GET",
        body: None,
        answer: "",
        refusals: &[],
        summary: "The verdict by now, as text for people",
        does: Does::Text("text/plain; charset=utf-8", queries::report),
    },
    Call {
        name: "recorded",
        method: "GET",
        body: None,
        answer: "scenario",
        refusals: &[],
        summary: "What was received and sent so far, as a scenario",
        does: Does::Text("application/json", queries::recorded),
    },
    Call {
        name: "users",
        method: "GET",
        body: None,
        answer: "control-users",
        refusals: &[],
        summary: "The users as they are now, with their channels and their CometD clients",
        does: Does::Query(queries::users),
    },
    Call {
        name: "sessions",
        method: "GET",
        body: None,
        answer: "control-sessions",
        refusals: &[],
        summary: "The sessions as they are now, as each of their users sees them",
        does: Does::Query(queries::sessions),
    },
    Call {
        name: "clock",
        method: "GET",
        body: None,
        answer: "control-clock",
        refusals: &[],
        summary: "The clock that connect timeouts, expiry and time stamps go by",
        does: Does::Query(queries::clock),
    },
    Call {
        name: "clock-advance",
        method: "POST",
        body: Some("control-span"),
        answer: "control-clock",
        refusals: &[],
        summary: "Sets the clock forward, from due time to due time, at the pace of the clients",
        does: Does::Wait(barriers::clock_advance),
    },
    Call {
        name: "exceptions",
        method: "GET",
        body: None,
        answer: "control-exceptions",
        refusals: &[],
        summary: "The exceptions that were programmed, and how often each has happened",
        does: Does::Query(queries::rest_faults),
    },
    Call {
        name: "faults",
        method: "GET",
        body: None,
        answer: "control-faults",
        refusals: &[],
        summary: "The faults that were ordered, and how often each has happened",
        does: Does::Query(queries::faults),
    },
    Call {
        name: "scenario",
        method: "GET",
        body: None,
        answer: "control-playing",
        refusals: &[],
        summary: "How far the scenario is that is played, and why it cannot go on",
        does: Does::Query(queries::playing),
    },
    Call {
        name: "scenario",
        method: "POST",
        body: Some("control-play"),
        answer: "control-playing",
        refusals: &[400, 409],
        summary: "Plays a scenario from now on: requests are answered from it, and events come from it",
        does: Does::Query(queries::play),
    },
    Call {
        name: "idle",
        method: "POST",
        body: Some("control-wait"),
        answer: "control-done",
        refusals: &[409],
        summary: "Waits until no request is in flight and what follows from the answers has been written",
        does: Does::Wait(barriers::idle),
    },
    Call {
        name: "subscribed",
        method: "POST",
        body: Some("control-subscribed"),
        answer: "control-done",
        refusals: &[400, 409],
        summary: "Waits until a client of a user has a subscription that covers the channel",
        does: Does::Wait(barriers::subscribed),
    },
    Call {
        name: "parked",
        method: "POST",
        body: Some("control-user"),
        answer: "control-done",
        refusals: &[400, 409],
        summary: "Waits until a connect of a client of a user is held",
        does: Does::Wait(barriers::connect_held),
    },
    Call {
        name: "received",
        method: "POST",
        body: Some("control-received"),
        answer: "control-entry",
        refusals: &[400, 409],
        summary: "Waits for the next request of an operation that this has not answered before",
        does: Does::Wait(barriers::received),
    },
    Call {
        name: "next-notification",
        method: "POST",
        body: Some("control-user"),
        answer: "control-entry",
        refusals: &[400, 409],
        summary: "Waits for the next notification to a user that this has not answered before",
        does: Does::Wait(barriers::next_notification),
    },
    Call {
        name: "never",
        method: "POST",
        body: Some("control-never"),
        answer: "control-done",
        refusals: &[400, 409],
        summary: "Asserts that no such request or notification came, and none comes while the clock is set forward",
        does: Does::Wait(barriers::never),
    },
    Call {
        name: "in-order",
        method: "POST",
        body: Some("control-order"),
        answer: "control-done",
        refusals: &[400, 409],
        summary: "Asserts that these requests and notifications came in this order, whatever came between them",
        does: Does::Query(queries::in_order),
    },
    Call {
        name: "nothing-else",
        method: "POST",
        body: None,
        answer: "control-done",
        refusals: &[409],
        summary: "Asserts that no operation and no notification came but those that a call has answered or asserted",
        does: Does::Query(queries::nothing_else),
    },
    Call {
        name: "fakes",
        method: "GET",
        body: None,
        answer: "control-fakes",
        refusals: &[],
        summary: "The fakes that were asked for and have not ended",
        does: Does::Registry(list_fakes),
    },
    Call {
        name: "fakes",
        method: "POST",
        body: Some("control-fake"),
        answer: "control-started",
        refusals: &[400, 409],
        summary: "Starts a fake of the caller's own on a port of its own, for one test",
        does: Does::Registry(start_fake),
    },
    Call {
        name: ENDS,
        method: "DELETE",
        body: None,
        answer: "control-ended",
        refusals: &[404],
        summary: "Verifies and ends a fake; the verdict is in the answer, whose status is 200 either way",
        does: Does::Registry(end_fake),
    },
    Call {
        name: "openapi.json",
        method: "GET",
        body: None,
        answer: "control-openapi",
        refusals: &[],
        summary: "This description",
        does: Does::Description,
    },
];

/// Returns every call of a fake's endpoint: those of the registry only where there is one.
pub(super) fn routes(
    control: &Control,
) -> impl Iterator<Item = &'static Call<Does>> + Clone + use<> {
    static ALL: LazyLock<Vec<Call<Does>>> = LazyLock::new(all);
    let has_registry = control.registry.is_some();
    ALL.iter().filter(move |call| has_registry || !matches!(call.does, Does::Registry(_)))
}

/// Tells if a call has a body in which something must be.
pub(super) fn needs_body(call: &Call<Does>) -> bool {
    call.body.is_some_and(|schema| !check(schema, &json!({})).is_empty())
}

/// Returns the id in a path, if it is that of a call of that name; nothing where the name has none.
pub(super) fn named<'p>(name: &str, path: &'p str) -> Option<&'p str> {
    match name.strip_suffix("{id}") {
        Some(before) => path.strip_prefix(before).filter(|id| !id.is_empty() && !id.contains('/')),
        None => (name == path).then_some(""),
    }
}

fn all() -> Vec<Call<Does>> {
    let commands = COMMANDS.iter().map(|call| Call {
        name: call.name,
        method: call.method,
        body: call.body,
        answer: call.answer,
        refusals: call.refusals,
        summary: call.summary,
        does: Does::Command(call.does),
    });
    ROUTES.iter().copied().chain(commands).collect()
}

fn list_fakes(registry: &dyn FakeRegistry, _: &Value) -> Result<Value, CallError> {
    Ok(registry.list())
}

fn start_fake(registry: &dyn FakeRegistry, settings: &Value) -> Result<Value, CallError> {
    registry.start(settings)
}

fn end_fake(registry: &dyn FakeRegistry, body: &Value) -> Result<Value, CallError> {
    registry.finish(body["id"].as_str().expect("the path has an id"))
}
