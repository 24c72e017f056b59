//! What a caller without Rust does to the fake: the calls of the control endpoint and of scenarios, by name.
//!
//! The rule of this file: a call is one row of [`CALLS`], with the schemas of what it is given and answers; what it does
//! stands elsewhere. What only the endpoint has stands in the table of `control::routes`, in the same form.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::clock::Clock;
use crate::contract::check::check;
use crate::engine::delivery::publish::{self, Reach};
use crate::engine::delivery::push_faults::PushFault;
use crate::engine::external_events;
use crate::engine::log::verdict::Exemptions;
use crate::engine::rest::rest_faults::{RestFault, Scope, Times};
use crate::error::Error;
use crate::gws::external_event::{CUSTOMER, ExternalEvent};
use crate::gws::operation::Operation;
use crate::rules::{self, Rule, Violation, nearest};
use crate::server::shared::Shared;

/// A call of the endpoint.
#[cfg_attr(not(feature = "control"), expect(dead_code, reason = "only the endpoint answers"))]
pub(crate) struct Call<Does> {
    /// What stands behind `/__fake/`; `{id}` is any word.
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

/// What a call does that answers at once.
pub(crate) type Now = fn(&Arc<Shared>, &Value) -> Result<Value, CallError>;

const fn row(
    name: &'static str,
    body: Option<&'static str>,
    answer: &'static str,
    refusals: &'static [u16],
    summary: &'static str,
    does: Now,
) -> Call<Now> {
    Call { name, method: "POST", body, answer, refusals, summary, does }
}

/// What a scenario can do too.
#[rustfmt::skip]
pub(crate) const CALLS: &[Call<Now>] = &[
    row("reset", None, "control-done", &[], "Begins again with the fixtures, as if the server had been started anew", |shared, _| { shared.reset(); Ok(json!({})) }),
    row("notifications", Some("control-notification"), "control-told", &[400], "Publishes an event of the caller's own, to one user or to everybody", notify),
    row("customer-writes", Some("control-message"), "control-happened", &[409], "The customer of a session writes", |shared, body| act(shared, &ExternalEvent::CustomerWrites { session: text(body, "session"), text: text(body, "text") })),
    row("customer-types", Some("control-session"), "control-happened", &[409], "The customer of a session begins to type", |shared, body| act(shared, &ExternalEvent::CustomerTypes { session: text(body, "session") })),
    row("customer-stops-typing", Some("control-session"), "control-happened", &[409], "The customer of a session stops typing", |shared, body| act(shared, &ExternalEvent::CustomerStopsTyping { session: text(body, "session") })),
    row("customer-leaves", Some("control-session"), "control-happened", &[409], "The customer of a session leaves it", |shared, body| act(shared, &ExternalEvent::CustomerLeaves { session: text(body, "session") })),
    row("route", Some("control-route"), "control-happened", &[400, 409], "Offers a session to a user: a new one, whose id is answered, or one that waits", route),
    row("revoke", Some("control-revoke"), "control-happened", &[400, 409], "Takes the invitation of a user to a session back", |shared, body| act(shared, &ExternalEvent::Revoked { user: user(shared, body)?, session: text(body, "session") })),
    row("operation", Some("control-operation"), "control-done", &[400, 409], "A user performs an operation on a session of his own, without HTTP", operate),
    row("fault", Some("control-fault"), "control-done", &[400], "Orders what is to go wrong on the push side, for one user", inject_fault),
    row("exception", Some("control-exception"), "control-number", &[400], "Programs what becomes of the next requests of an operation", inject),
    row("release", Some("control-release"), "control-done", &[409], "Lets the requests go on that an exception holds", release),
    row("allow", Some("control-rule"), "control-done", &[400], "Lets violations of a rule pass: they fail nothing, and are answered as ever", |shared, body| exempt(shared, body, |exemptions| &mut exemptions.allowed)),
    row("allow-once", Some("control-rule"), "control-done", &[400], "Lets one violation of a rule pass: the first one that nothing else lets pass", |shared, body| exempt(shared, body, |exemptions| &mut exemptions.once)),
    row("expect-violation", Some("control-rule"), "control-done", &[400], "Expects a violation of a rule: at least one must come until the end, and none of them fails anything", |shared, body| exempt(shared, body, |exemptions| &mut exemptions.expected)),
    row("clock-pause", None, "control-done", &[], "Stops the clock: from now on only clock-advance moves it", |shared, _| { Clock::new(shared).pause(); Ok(json!({})) }),
    row("clock-resume", None, "control-done", &[], "Lets the clock run with real time again, from where it stands", |shared, _| { Clock::new(shared).resume(); Ok(json!({})) }),
    row("backend-down", None, "control-happened", &[], "From now on every operation on a session is answered with statusCode 4", |shared, _| act(shared, &ExternalEvent::BackendDown)),
    row("backend-up", None, "control-happened", &[], "The server behind is up again", |shared, _| act(shared, &ExternalEvent::BackendUp)),
];

/// What a caller did wrong: HTTP status, and what to do.
#[derive(Debug)]
pub(crate) struct CallError(
    #[cfg_attr(not(feature = "control"), expect(dead_code, reason = "only the endpoint answers"))]
    pub(crate) u16,
    pub(crate) String,
);

pub(crate) fn wrong(violation: &Violation) -> CallError {
    let Violation { place, got, want, .. } = violation;
    CallError(400, format!("{place}: got {got}, want {want}"))
}

/// Calls by name, as a scenario does: only what has a body or changes something.
pub(crate) fn call(shared: &Arc<Shared>, name: &str, with: &Value) -> Result<Value, Error> {
    check_call(name, Some(with))?;
    let call = find(name)?;
    (call.does)(shared, &body_of(with))
        .map_err(|CallError(_, text)| Error::new(format!("{name}: {text}")))
}

/// Whether a scenario can call that by name, and may give it that, where it is known.
pub fn check_call(name: &str, with: Option<&Value>) -> Result<(), Error> {
    let schema = find(name)?.body;
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

/// The call of that name.
fn find(name: &str) -> Result<&'static Call<Now>, Error> {
    CALLS.iter().find(|call| call.name == name).ok_or_else(|| {
        let names = || CALLS.iter().map(|call| call.name);
        let meant = nearest(name, names()).map(|it| format!("; did you mean {it}?"));
        let names = names().collect::<Vec<_>>().join(", ");
        Error::new(format!(
            "got the call {name:?}, want one of {names}{}",
            meant.unwrap_or_default()
        ))
    })
}

fn act(shared: &Shared, event: &ExternalEvent) -> Result<Value, CallError> {
    let triggered = external_events::act(shared, event);
    let session = triggered.map_err(|error| CallError(409, error.to_string()))?;
    Ok(session.map_or_else(|| json!({}), |session| json!({ "session": session })))
}

/// Offers a session to a user: one that waits, or a new one.
fn route(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let customer = body["customer"].as_str().unwrap_or(CUSTOMER).to_owned();
    let session = body["session"].as_str().map(str::to_owned);
    act(shared, &ExternalEvent::Routed { user: user(shared, body)?, session, customer })
}

/// A field that the schema has as a text.
pub(crate) fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_default().to_owned()
}

/// A user performs an operation on a session of his own.
fn operate(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let user = user(shared, body)?;
    let operation = operation(shared, body)?;
    let session = body["session"].as_str().unwrap_or_default();
    let parameters = body.get("parameters").cloned().unwrap_or_else(|| json!({}));
    let done = external_events::perform(shared, &user, operation, session, parameters);
    done.map(|()| json!({})).map_err(|error| CallError(409, error.to_string()))
}

pub(crate) fn operation(shared: &Shared, body: &Value) -> Result<Operation, CallError> {
    let name = body["operationName"].as_str().unwrap_or_default();
    Operation::of_name(name).map_err(|meant| {
        let further = shared.settings.contract.operations.iter().any(|it| it.name == name);
        let want = if further {
            ", want an operation of GWS: those of a contract of one's own are served over HTTP only; send it as a client does".to_owned()
        } else {
            format!("; did you mean {meant:?}?")
        };
        CallError(400, format!("/operationName: got {name:?}{want}"))
    })
}

/// Orders a fault for a user.
fn inject_fault(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let by = Duration::from_millis(body["milliseconds"].as_u64().unwrap_or_default());
    let name = text(body, "fault");
    let Some(fault) = PushFault::named(&name, by) else {
        return Err(CallError(400, format!("/fault: got {name:?}, want the name of a fault")));
    };
    let user = user(shared, body)?;
    publish::inject(shared, &user, fault);
    Ok(json!({}))
}

/// The id of the user whose id or `userName` the body has.
pub(crate) fn user(shared: &Shared, body: &Value) -> Result<String, CallError> {
    let name = body["user"].as_str().unwrap_or_default();
    shared.look(|state| {
        let user = state.world.user(name).or_else(|| state.world.user_named(name));
        user.map(|user| user.id.clone()).ok_or_else(|| {
            let want = format!("the id or userName of one of {}", state.world.user_names());
            CallError(400, format!("/user: got {name:?}, want {want}"))
        })
    })
}

/// Sends an event of the caller's own to `user`'s id or `userName`, or to everybody: to who has subscribed, or to all.
fn notify(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let channel = body["channel"].as_str().unwrap_or_default();
    let to = body.get("user").map(|_| user(shared, body)).transpose()?;
    let reach = if body["deliver"] == true { Reach::All } else { Reach::Subscribed };
    let told = publish::tell(shared, to.as_deref(), channel, &body["data"], reach);
    let clients = told.map_err(|error| CallError(400, format!("/{error}")))?;
    Ok(json!({ "clients": clients }))
}

/// Programs what becomes of the next requests of an operation.
fn inject(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let operation = operation(shared, body)?;
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
    let Some(rest_fault) = RestFault::named(&name, refusal, by) else {
        return Err(CallError(400, format!("/exception: got {name:?}, want the name of one")));
    };
    let number = shared.change(|state| {
        let user_name = user.as_deref().map(|user| state.world.name(user));
        let scope = Scope { operation, user, session };
        state.rest_faults.inject(scope, user_name.as_deref(), times, rest_fault)
    });
    Ok(json!({ "number": number }))
}

/// A number whose range the schema says.
pub(crate) fn whole<T: TryFrom<u64> + Default>(value: &Value) -> T {
    value.as_u64().and_then(|it| T::try_from(it).ok()).unwrap_or_default()
}

/// Lets requests go on that hang.
fn release(shared: &Arc<Shared>, body: &Value) -> Result<Value, CallError> {
    let number = whole(&body["number"]);
    shared.change(|state| match state.rest_faults.get(number) {
        Some(_) => {
            state.rest_faults.release(number);
            Ok(json!({}))
        }
        None => Err(CallError(409, format!("/number: got {number}, want one that was answered"))),
    })
}

/// Puts the rule of the body on one of the lists.
fn exempt(
    shared: &Shared,
    body: &Value,
    list: fn(&mut Exemptions) -> &mut Vec<&'static Rule>,
) -> Result<Value, CallError> {
    let got = text(body, "rule");
    let rule = rules::find(&got).map_err(|nearest| {
        CallError(
            400,
            format!("/rule: got {got:?}, want a rule that exists; did you mean {nearest:?}?"),
        )
    })?;
    shared.change(|state| list(&mut state.exemptions).push(rule));
    Ok(json!({}))
}
