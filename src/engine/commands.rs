//! The calls that the control endpoint and scenarios share, by name.
//!
//! A call is one row of [`COMMANDS`], with the schemas of its body and its answer. What only the endpoint has is in the table of
//! `control::routes`, in the same form.

use std::time::Duration;

use serde_json::{Value, json};

use crate::contract::check::check;
use crate::engine::Engine;
use crate::engine::delivery::publish::Reach;
use crate::engine::delivery::push_faults::PushFault;
use crate::engine::external_events;
use crate::engine::io::{ClockCommand, Moment};
use crate::engine::log::verdict::Exemptions;
use crate::engine::rest::rest_faults::{RestFault, Scope, Times};
use crate::error::Error;
use crate::gws::external_event::{CUSTOMER, ExternalEvent};
use crate::gws::operation::{Family, Operation};
use crate::rules::{self, Certainty, Rule, Violation, nearest};

/// A call of the control endpoint.
#[cfg_attr(not(feature = "control"), expect(dead_code, reason = "only the endpoint answers"))]
#[derive(Clone, Copy)]
pub(crate) struct Call<Does> {
    /// The path below `/__fake/`; `{id}` is any word.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// The schema of the body, where there is one: the file's name in `schemas/` without its ending.
    pub(crate) body: Option<&'static str>,
    /// The schema of the answer.
    pub(crate) answer: &'static str,
    /// The HTTP statuses of its own that it is refused with.
    pub(crate) refusals: &'static [u16],
    pub(crate) summary: &'static str,
    pub(crate) does: Does,
}

/// The effect of a call on the engine.
pub(crate) type CallEffect = fn(&mut Engine, &Value, Moment) -> Result<Value, CallError>;

/// The commands.
pub(crate) const COMMANDS: &[Call<CallEffect>] = &[
    Call {
        name: "reset",
        method: "POST",
        body: None,
        answer: "control-done",
        refusals: &[],
        summary: "Begins again with the fixtures, as if the server had been started anew",
        does: reset,
    },
    Call {
        name: "notifications",
        method: "POST",
        body: Some("control-notification"),
        answer: "control-told",
        refusals: &[400],
        summary: "Publishes an event of the caller's own, to one user or to everybody",
        does: notify,
    },
    Call {
        name: "customer-writes",
        method: "POST",
        body: Some("control-message"),
        answer: "control-happened",
        refusals: &[409],
        summary: "The customer of a session writes",
        does: customer_writes,
    },
    Call {
        name: "customer-types",
        method: "POST",
        body: Some("control-session"),
        answer: "control-happened",
        refusals: &[409],
        summary: "The customer of a session begins to type",
        does: customer_types,
    },
    Call {
        name: "customer-stops-typing",
        method: "POST",
        body: Some("control-session"),
        answer: "control-happened",
        refusals: &[409],
        summary: "The customer of a session stops typing",
        does: customer_stops_typing,
    },
    Call {
        name: "customer-leaves",
        method: "POST",
        body: Some("control-session"),
        answer: "control-happened",
        refusals: &[409],
        summary: "The customer of a session leaves it",
        does: customer_leaves,
    },
    Call {
        name: "route",
        method: "POST",
        body: Some("control-route"),
        answer: "control-happened",
        refusals: &[400, 409],
        summary: "Offers a session to a user: a new one, whose id is answered, or one that waits",
        does: route,
    },
    Call {
        name: "revoke",
        method: "POST",
        body: Some("control-revoke"),
        answer: "control-happened",
        refusals: &[400, 409],
        summary: "Takes the invitation of a user to a session back",
        does: revoke,
    },
    Call {
        name: "operation",
        method: "POST",
        body: Some("control-operation"),
        answer: "control-done",
        refusals: &[400, 409],
        summary: "A user performs an operation, without HTTP",
        does: operate,
    },
    Call {
        name: "fault",
        method: "POST",
        body: Some("control-fault"),
        answer: "control-done",
        refusals: &[400],
        summary: "Orders what is to go wrong on the push side, for one user",
        does: inject_fault,
    },
    Call {
        name: "exception",
        method: "POST",
        body: Some("control-exception"),
        answer: "control-number",
        refusals: &[400],
        summary: "Programs what becomes of the next requests of an operation",
        does: inject_rest_fault,
    },
    Call {
        name: "release",
        method: "POST",
        body: Some("control-release"),
        answer: "control-done",
        refusals: &[409],
        summary: "Lets the requests go on that an exception holds",
        does: release,
    },
    Call {
        name: "allow",
        method: "POST",
        body: Some("control-rule"),
        answer: "control-done",
        refusals: &[400],
        summary: "Lets violations of a rule pass: they fail nothing, and are answered as ever",
        does: allow,
    },
    Call {
        name: "allow-once",
        method: "POST",
        body: Some("control-rule"),
        answer: "control-done",
        refusals: &[400],
        summary: "Lets one violation of a rule pass: the first one that nothing else lets pass",
        does: allow_once,
    },
    Call {
        name: "expect-violation",
        method: "POST",
        body: Some("control-rule"),
        answer: "control-done",
        refusals: &[400],
        summary: "Expects a violation of a rule: at least one must come until the end, and none of them fails anything",
        does: expect_violation,
    },
    Call {
        name: "blame-from",
        method: "POST",
        body: Some("control-certainty"),
        answer: "control-done",
        refusals: &[],
        summary: "Makes notes of violations of rules that are less certain than this one",
        does: blame_from,
    },
    Call {
        name: "clock-pause",
        method: "POST",
        body: None,
        answer: "control-done",
        refusals: &[],
        summary: "Stops the clock: from now on only clock-advance moves it",
        does: clock_pause,
    },
    Call {
        name: "clock-resume",
        method: "POST",
        body: None,
        answer: "control-done",
        refusals: &[],
        summary: "Lets the clock run with real time again, from where it stands",
        does: clock_resume,
    },
    Call {
        name: "backend-down",
        method: "POST",
        body: None,
        answer: "control-happened",
        refusals: &[],
        summary: "From now on every operation on a session is answered with statusCode 4",
        does: backend_down,
    },
    Call {
        name: "backend-up",
        method: "POST",
        body: None,
        answer: "control-happened",
        refusals: &[],
        summary: "The server behind is up again",
        does: backend_up,
    },
];

/// The refusal of a call: its HTTP status, and a text that says what to do.
#[derive(Debug)]
pub(crate) struct CallError {
    #[cfg_attr(not(feature = "control"), expect(dead_code, reason = "only the endpoint answers"))]
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl CallError {
    pub(crate) fn new(status: u16, text: String) -> Self {
        Self { status, text }
    }
}

pub(crate) fn wrong(violation: &Violation) -> CallError {
    let Violation { place, got, want, hint, .. } = violation;
    let meant = hint.as_deref().filter(|hint| hint.starts_with("did you mean "));
    let meant = meant.map(|meant| format!("; {meant}")).unwrap_or_default();
    CallError::new(400, format!("{place}: got {got}, want {want}{meant}"))
}

/// Runs a command by name, as a scenario does.
pub(crate) fn call(
    engine: &mut Engine,
    name: &str,
    with: &Value,
    now: Moment,
) -> Result<Value, Error> {
    check_call(name, Some(with))?;
    let call = find(name)?;
    (call.does)(engine, &body_of(with), now)
        .map_err(|error| Error::new(format!("{name}: {}", error.text)))
}

/// Checks that a scenario can call that name, and with that body if it is known.
pub fn check_call(name: &str, with: Option<&Value>) -> Result<(), Error> {
    let schema = find(name)?.body;
    if name == "reset" {
        return Err(Error::new(
            "got the call \"reset\", which would end the scenario, want another one",
        ));
    }
    let checked = schema.zip(with).map(|(schema, with)| check(schema, &body_of(with)));
    match checked.unwrap_or_default().first() {
        Some(violation) => Err(Error::new(format!("{name}: {}", wrong(violation).text))),
        None => Ok(()),
    }
}

/// The body of a call: an empty object for null.
fn body_of(with: &Value) -> Value {
    if with.is_null() { json!({}) } else { with.clone() }
}

/// The call of that name.
fn find(name: &str) -> Result<&'static Call<CallEffect>, Error> {
    COMMANDS.iter().find(|call| call.name == name).ok_or_else(|| {
        let names = || COMMANDS.iter().map(|call| call.name);
        let meant = nearest(name, names()).map(|name| format!("; did you mean {name}?"));
        let names = names().collect::<Vec<_>>().join(", ");
        Error::new(format!(
            "got the call {name:?}, want one of {names}{}",
            meant.unwrap_or_default()
        ))
    })
}

fn reset(engine: &mut Engine, _: &Value, _: Moment) -> Result<Value, CallError> {
    engine.reset();
    Ok(json!({}))
}

fn customer_writes(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    act(
        engine,
        &ExternalEvent::CustomerWrites { session: text(body, "session"), text: text(body, "text") },
        now,
    )
}

fn customer_types(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    act(engine, &ExternalEvent::CustomerTypes { session: text(body, "session") }, now)
}

fn customer_stops_typing(
    engine: &mut Engine,
    body: &Value,
    now: Moment,
) -> Result<Value, CallError> {
    act(engine, &ExternalEvent::CustomerStopsTyping { session: text(body, "session") }, now)
}

fn customer_leaves(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    act(engine, &ExternalEvent::CustomerLeaves { session: text(body, "session") }, now)
}

fn revoke(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    let event =
        ExternalEvent::Revoked { user: user(engine, body)?, session: text(body, "session") };
    act(engine, &event, now)
}

fn backend_down(engine: &mut Engine, _: &Value, now: Moment) -> Result<Value, CallError> {
    act(engine, &ExternalEvent::BackendDown, now)
}

fn backend_up(engine: &mut Engine, _: &Value, now: Moment) -> Result<Value, CallError> {
    act(engine, &ExternalEvent::BackendUp, now)
}

fn clock_pause(engine: &mut Engine, _: &Value, _: Moment) -> Result<Value, CallError> {
    engine.command_clock(ClockCommand::Pause);
    Ok(json!({}))
}

fn clock_resume(engine: &mut Engine, _: &Value, _: Moment) -> Result<Value, CallError> {
    engine.command_clock(ClockCommand::Resume);
    Ok(json!({}))
}

fn allow(engine: &mut Engine, body: &Value, _: Moment) -> Result<Value, CallError> {
    exempt(engine, body, |exemptions| &mut exemptions.allowed)
}

fn allow_once(engine: &mut Engine, body: &Value, _: Moment) -> Result<Value, CallError> {
    exempt(engine, body, |exemptions| &mut exemptions.once)
}

fn expect_violation(engine: &mut Engine, body: &Value, _: Moment) -> Result<Value, CallError> {
    exempt(engine, body, |exemptions| &mut exemptions.expected)
}

fn blame_from(engine: &mut Engine, body: &Value, _: Moment) -> Result<Value, CallError> {
    engine.log.exemptions.blame_from = body["certainty"].as_str().and_then(Certainty::named);
    Ok(json!({}))
}

fn act(engine: &mut Engine, event: &ExternalEvent, now: Moment) -> Result<Value, CallError> {
    let session = engine.act(event, now).map_err(|error| CallError::new(409, error.to_string()))?;
    Ok(session.map_or_else(|| json!({}), |session| json!({ "session": session })))
}

/// Offers a session to a user: one that waits, or a new one.
fn route(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    let customer = body["customer"].as_str().unwrap_or(CUSTOMER).to_owned();
    let session = body["session"].as_str().map(str::to_owned);
    let event = ExternalEvent::Routed { user: user(engine, body)?, session, customer };
    act(engine, &event, now)
}

/// Returns a field that the schema demands, as a text.
pub(crate) fn text(body: &Value, field: &str) -> String {
    body[field].as_str().expect("the schema has checked this").to_owned()
}

/// The field of a call that names the target of an operation on such a path, and what it holds.
fn target_of(family: Family) -> Option<(&'static str, &'static str)> {
    match family {
        Family::Session | Family::Supervision => Some(("session", "the id of a session")),
        Family::Monitoring => Some(("agent", "the userName or the id of an agent")),
        Family::Channel => Some(("channel", "the name of a channel")),
        Family::Me => None,
    }
}

/// A user performs an operation.
fn operate(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    let user = user(engine, body)?;
    let operation = operation(engine, body)?;
    let field = target_of(operation.family());
    let name = operation.as_str();
    for other in ["session", "agent", "channel"] {
        if field.is_none_or(|(field, _)| field != other) && !body[other].is_null() {
            let want = field.map_or("none", |(field, _)| field);
            let error = format!("/{other}: got one, want {want} for {name}");
            return Err(CallError::new(400, error));
        }
    }
    let target = match field {
        None => "",
        Some((field, what)) => body[field].as_str().ok_or_else(|| {
            CallError::new(400, format!("/{field}: got nothing, want {what} for {name}"))
        })?,
    };
    let parameters = body.get("parameters").cloned().unwrap_or_else(|| json!({}));
    let performed = external_events::operation(&engine.settings, operation, target, parameters);
    let done = performed.and_then(|performed| engine.act_as(&user, &performed, now));
    done.map(|()| json!({})).map_err(|error| CallError::new(409, error.to_string()))
}

pub(crate) fn operation(engine: &Engine, body: &Value) -> Result<Operation, CallError> {
    let name = body["operationName"].as_str().expect("the schema has checked this");
    Operation::of_name(name).map_err(|meant| {
        let custom_operation = engine.settings.contract.operations.iter().any(|operation| operation.name == name);
        let want = if custom_operation {
            ", want an operation of GWS: those of a contract of one's own are served over HTTP only; send it as a client does".to_owned()
        } else {
            format!("; did you mean {meant:?}?")
        };
        CallError::new(400, format!("/operationName: got {name:?}{want}"))
    })
}

/// Injects a fault of the push side for a user.
fn inject_fault(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    let by = Duration::from_millis(body["milliseconds"].as_u64().unwrap_or_default());
    let name = text(body, "fault");
    let Some(fault) = PushFault::named(&name, by) else {
        return Err(CallError::new(400, format!("/fault: got {name:?}, want the name of a fault")));
    };
    let user = user(engine, body)?;
    let (delivery, mut book) = engine.delivery(now.at);
    delivery.inject(&mut book, &user, fault);
    Ok(json!({}))
}

/// The id of the user whose id or `userName` the body has.
pub(crate) fn user(engine: &Engine, body: &Value) -> Result<String, CallError> {
    let name = body["user"].as_str().expect("the schema has checked this");
    let world = &engine.rest.world;
    let user = world.user(name).or_else(|| world.user_named(name));
    user.map(|user| user.id.clone()).ok_or_else(|| {
        let want = format!("the id or userName of one of {}", world.user_names());
        CallError::new(400, format!("/user: got {name:?}, want {want}"))
    })
}

/// Sends an event of the caller's own to `user`'s id or `userName`, or to everybody: to who has subscribed, or to all.
fn notify(engine: &mut Engine, body: &Value, now: Moment) -> Result<Value, CallError> {
    let channel = body["channel"].as_str().expect("the schema has checked this");
    let to = body.get("user").map(|_| user(engine, body)).transpose()?;
    let reach = if body["deliver"] == true { Reach::All } else { Reach::Subscribed };
    let (delivery, mut book) = engine.delivery(now.at);
    let sent_to = delivery.send(&mut book, to.as_deref(), channel, &body["data"], reach);
    let clients = sent_to.map_err(|error| CallError::new(400, format!("/{error}")))?;
    Ok(json!({ "clients": clients }))
}

/// Injects a fault into the next requests of an operation.
fn inject_rest_fault(engine: &mut Engine, body: &Value, _: Moment) -> Result<Value, CallError> {
    let operation = operation(engine, body)?;
    let user = body.get("user").map(|_| user(engine, body)).transpose()?;
    let session = body["session"].as_str().map(str::to_owned);
    let times = match &body["times"] {
        Value::Null => Times::Exactly(1),
        Value::String(_) => Times::Always,
        times => Times::Exactly(whole(times)),
    };
    let status_code = whole(&body["statusCode"]);
    let http = whole(&body["httpStatus"]);
    let by = Duration::from_millis(body["milliseconds"].as_u64().unwrap_or_default());
    let name = text(body, "exception");
    let Some(rest_fault) = RestFault::named(&name, status_code, http, by) else {
        return Err(CallError::new(400, format!("/exception: got {name:?}, want the name of one")));
    };
    let user_name = user.as_deref().map(|user| engine.rest.world.name(user));
    let scope = Scope { operation, user, session };
    let number = engine.rest.faults.inject(scope, user_name.as_deref(), times, rest_fault);
    Ok(json!({ "number": number }))
}

/// A number whose range the schema says.
pub(crate) fn whole<T: TryFrom<u64> + Default>(value: &Value) -> T {
    value.as_u64().and_then(|number| T::try_from(number).ok()).unwrap_or_default()
}

/// Lets requests go on that hang.
fn release(engine: &mut Engine, body: &Value, _: Moment) -> Result<Value, CallError> {
    let number = whole(&body["number"]);
    if engine.rest.faults.get(number).is_none() {
        let error = format!("/number: got {number}, want one that was answered");
        return Err(CallError::new(409, error));
    }
    engine.rest.faults.release(number);
    Ok(json!({}))
}

/// Puts the rule of the body on one of the lists.
fn exempt(
    engine: &mut Engine,
    body: &Value,
    list: fn(&mut Exemptions) -> &mut Vec<&'static Rule>,
) -> Result<Value, CallError> {
    let got = text(body, "rule");
    let rule = rules::find(&got).map_err(|nearest| {
        CallError::new(
            400,
            format!("/rule: got {got:?}, want a rule that exists; did you mean {nearest:?}?"),
        )
    })?;
    list(&mut engine.log.exemptions).push(rule);
    Ok(json!({}))
}
