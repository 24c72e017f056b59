//! What a caller without Rust does to the fake: the calls of the control endpoint and of scenarios, by name.
//!
//! The rule of this file: a call is one row of [`CALLS`], with the schema of what it is given; what it does stands elsewhere.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::contract::check::check;
use crate::error::Error;
use crate::exception::{Exception, Scope, Times};
use crate::fault::Fault;
use crate::gws::happening::{CUSTOMER, Happening};
use crate::gws::operation::Operation;
use crate::http::acting;
use crate::http::publishing::{self, Reach};
use crate::http::shared::Shared;
use crate::report;
use crate::rule::{Violation, nearest};

pub(crate) type Call = fn(&Arc<Shared>, &Value) -> Result<Value, Wrong>;

/// Name, method, the schema of the body where there is one (the file's name in `schemas/` without its ending), what it does.
#[rustfmt::skip]
pub(crate) const CALLS: &[(&str, &str, Option<&str>, Call)] = &[
    ("timeline", "GET", None, |shared, _| Ok(shared.look(|state| report::json::timeline(&state.timeline)))),
    ("violations", "GET", None, |shared, _| Ok(shared.look(|state| report::json::violations(&state.timeline, &state.exemptions)))),
    ("reset", "POST", None, |shared, _| { shared.reset(); Ok(json!({})) }),
    ("notifications", "POST", Some("control-notification"), notify),
    ("customer-writes", "POST", Some("control-message"), |shared, body| happen(shared, &Happening::CustomerWrites { session: text(body, "session"), text: text(body, "text") })),
    ("customer-types", "POST", Some("control-session"), |shared, body| happen(shared, &Happening::CustomerTypes { session: text(body, "session") })),
    ("customer-stops-typing", "POST", Some("control-session"), |shared, body| happen(shared, &Happening::CustomerStopsTyping { session: text(body, "session") })),
    ("customer-leaves", "POST", Some("control-session"), |shared, body| happen(shared, &Happening::CustomerLeaves { session: text(body, "session") })),
    ("route", "POST", Some("control-route"), route),
    ("revoke", "POST", Some("control-revoke"), |shared, body| happen(shared, &Happening::Revoked { user: user(shared, body)?, session: text(body, "session") })),
    ("operation", "POST", Some("control-operation"), operate),
    ("fault", "POST", Some("control-fault"), order_fault),
    ("exception", "POST", Some("control-exception"), program),
    ("exceptions", "GET", None, |shared, _| Ok(exceptions(shared))),
    ("release", "POST", Some("control-release"), release),
    ("faults", "GET", None, |shared, _| Ok(faults(shared))),
    ("backend-down", "POST", None, |shared, _| happen(shared, &Happening::BackendDown)),
    ("backend-up", "POST", None, |shared, _| happen(shared, &Happening::BackendUp)),
];

/// What a caller did wrong: HTTP status, and what to do.
pub(crate) struct Wrong(
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the endpoint answers"))]
    pub(crate) u16,
    pub(crate) String,
);

pub(crate) fn wrong(violation: &Violation) -> Wrong {
    let Violation { place, got, want, .. } = violation;
    Wrong(400, format!("{place}: got {got}, want {want}"))
}

/// Calls by name, as a scenario does: only what has a body or changes something.
pub(crate) fn call(shared: &Arc<Shared>, name: &str, with: &Value) -> Result<Value, Error> {
    check_call(name, Some(with))?;
    let (_, call) = find(name)?;
    call(shared, &body_of(with)).map_err(|Wrong(_, text)| Error::new(format!("{name}: {text}")))
}

/// Whether a scenario can call that by name, and may give it that, where it is known.
pub(crate) fn check_call(name: &str, with: Option<&Value>) -> Result<(), Error> {
    let (schema, _) = find(name)?;
    if name == "reset" {
        return Err(Error::new(
            "got the call \"reset\", which would end the scenario, want another one",
        ));
    }
    let checked = schema.zip(with).map(|(schema, with)| check(schema, &body_of(with)));
    match checked.unwrap_or_default().first() {
        Some(violation) => Err(Error::new(format!("{name}: {}", wrong(violation).1))),
        None => Ok(()),
    }
}

/// What a call is given: an empty object for nothing.
fn body_of(with: &Value) -> Value {
    if with.is_null() { json!({}) } else { with.clone() }
}

/// The schema of what a call is given, and what it does.
pub(crate) fn find(name: &str) -> Result<(Option<&'static str>, Call), Error> {
    let names = || CALLS.iter().filter(|(_, method, ..)| *method == "POST").map(|row| row.0);
    let found = CALLS.iter().find(|(other, method, ..)| *other == name && *method == "POST");
    found.map(|(_, _, schema, call)| (*schema, *call)).ok_or_else(|| {
        let meant = nearest(name, names()).map(|it| format!("; did you mean {it}?"));
        let names = names().collect::<Vec<_>>().join(", ");
        Error::new(format!(
            "got the call {name:?}, want one of {names}{}",
            meant.unwrap_or_default()
        ))
    })
}

fn happen(shared: &Shared, happening: &Happening) -> Result<Value, Wrong> {
    let happened = acting::happen(shared, happening);
    let session = happened.map_err(|error| Wrong(409, error.to_string()))?;
    Ok(session.map_or_else(|| json!({}), |session| json!({ "session": session })))
}

/// Offers a session to a user: one that waits, or a new one.
fn route(shared: &Arc<Shared>, body: &Value) -> Result<Value, Wrong> {
    let customer = body["customer"].as_str().unwrap_or(CUSTOMER).to_owned();
    let session = body["session"].as_str().map(str::to_owned);
    happen(shared, &Happening::Routed { user: user(shared, body)?, session, customer })
}

/// A field that the schema has as a text.
fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_default().to_owned()
}

/// A user performs an operation on a session of his own.
fn operate(shared: &Arc<Shared>, body: &Value) -> Result<Value, Wrong> {
    let user = user(shared, body)?;
    let operation = operation(body)?;
    let session = body["session"].as_str().unwrap_or_default();
    let parameters = body.get("parameters").cloned().unwrap_or_else(|| json!({}));
    let done = acting::perform(shared, &user, operation, session, parameters);
    done.map(|()| json!({})).map_err(|error| Wrong(409, error.to_string()))
}

fn operation(body: &Value) -> Result<Operation, Wrong> {
    let name = body["operationName"].as_str().unwrap_or_default();
    Operation::of_name(name).map_err(|meant| {
        Wrong(400, format!("/operationName: got {name:?}; did you mean {meant:?}?"))
    })
}

/// Orders a fault for a user.
fn order_fault(shared: &Arc<Shared>, body: &Value) -> Result<Value, Wrong> {
    let by = Duration::from_millis(body["milliseconds"].as_u64().unwrap_or_default());
    let name = text(body, "fault");
    let Some(fault) = Fault::named(&name, by) else {
        return Err(Wrong(400, format!("/fault: got {name:?}, want the name of a fault")));
    };
    let user = user(shared, body)?;
    publishing::order(shared, &user, fault);
    Ok(json!({}))
}

/// The id of the user whose id or `userName` the body has.
fn user(shared: &Shared, body: &Value) -> Result<String, Wrong> {
    let name = body["user"].as_str().unwrap_or_default();
    shared.look(|state| {
        let user = state.world.user(name).or_else(|| state.world.user_named(name));
        user.map(|user| user.id.clone()).ok_or_else(|| {
            let want = format!("the id or userName of one of {}", state.world.user_names());
            Wrong(400, format!("/user: got {name:?}, want {want}"))
        })
    })
}

/// Sends an event of the caller's own to `user`'s id or `userName`, or to everybody: to who has subscribed, or to all.
fn notify(shared: &Arc<Shared>, body: &Value) -> Result<Value, Wrong> {
    let channel = body["channel"].as_str().unwrap_or_default();
    let to = body.get("user").map(|_| user(shared, body)).transpose()?;
    let reach = if body["deliver"] == true { Reach::All } else { Reach::Subscribed };
    let told = publishing::tell(shared, to.as_deref(), channel, &body["data"], reach);
    let clients = told.map_err(|error| Wrong(400, format!("/{error}")))?;
    Ok(json!({ "clients": clients }))
}

/// Programs what becomes of the next requests of an operation.
fn program(shared: &Arc<Shared>, body: &Value) -> Result<Value, Wrong> {
    let operation = operation(body)?;
    let user = body.get("user").map(|_| user(shared, body)).transpose()?;
    let session = body["session"].as_str().map(str::to_owned);
    let times = match &body["times"] {
        Value::Null => Times::Exactly(1),
        Value::String(_) => Times::Always,
        times => Times::Exactly(whole(times)),
    };
    let refusal = (whole(&body["statusCode"]), whole(&body["httpStatus"]));
    let by = Duration::from_millis(body["milliseconds"].as_u64().unwrap_or_default());
    let name = text(body, "exception");
    let Some(exception) = Exception::named(&name, refusal, by) else {
        return Err(Wrong(400, format!("/exception: got {name:?}, want the name of one")));
    };
    let number = shared.change(|state| {
        let user_name = user.as_deref().map(|user| state.world.name(user));
        let scope = Scope { operation, user, session };
        state.exceptions.program(scope, user_name.as_deref(), times, exception)
    });
    Ok(json!({ "number": number }))
}

/// A number whose range the schema says.
fn whole<T: TryFrom<u64> + Default>(value: &Value) -> T {
    value.as_u64().and_then(|it| T::try_from(it).ok()).unwrap_or_default()
}

/// Lets requests go on that hang.
fn release(shared: &Arc<Shared>, body: &Value) -> Result<Value, Wrong> {
    let number = whole(&body["number"]);
    shared.change(|state| match state.exceptions.get(number) {
        Some(_) => {
            state.exceptions.release(number);
            Ok(json!({}))
        }
        None => Err(Wrong(409, format!("/number: got {number}, want one that was answered"))),
    })
}

/// The exceptions that were programmed, and how often each has happened.
fn exceptions(shared: &Shared) -> Value {
    shared.look(|state| {
        let all = state.exceptions.all();
        let all = all.map(
            |it| json!({ "number": it.number, "exception": it.words, "happened": it.happened }),
        );
        all.collect()
    })
}

/// The faults that were ordered, and how often each has happened.
fn faults(shared: &Shared) -> Value {
    shared.look(|state| {
        let faults = state.faults.all().map(|it| {
            json!({ "user": it.user_name, "fault": it.fault.as_str(), "happened": it.happened })
        });
        faults.collect()
    })
}
