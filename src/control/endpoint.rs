//! One call of the control endpoint, from its request to its answer.

use std::net::IpAddr;
use std::sync::Arc;

use http::Response;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use serde_json::{Map, Value, json};

use crate::contract::check::{brief, check};
use crate::contract::json;
use crate::control::interface::{Control, PREFIX};
use crate::control::routes::{Does, named, needs_body, routes};
use crate::control::{callers, openapi};
use crate::engine::commands::{Call, CallError, wrong};
use crate::engine::rest::reply::JSON;
use crate::report::hints::for_control;
use crate::rules::{Violation, nearest};
use crate::server::running_fake::ControlStep;
use crate::server::runtime::blocking;

/// A body with its type.
type TypedBody = (String, HeaderValue);

/// Looks at the head of a call: its caller, its path and its method.
pub(super) fn begin(control: Control, caller: IpAddr, head: &Parts) -> ControlStep {
    let path = head.uri.path();
    let name = path.strip_prefix(PREFIX).unwrap_or_default();
    let permitted = callers::permit(&control.fake.options.url, caller, &head.headers);
    let found = permitted.and_then(|()| find(&control, path, name, head.method.as_str()));
    match found {
        Ok((call, id)) => ControlStep::Body(Box::new(move |body| {
            Box::pin(async move { respond(answer(&control, call, &id, body).await) })
        })),
        Err(refused) => {
            let is_method = refused.status == 405;
            let mut response = respond(Err(refused));
            if is_method {
                let methods = HeaderValue::try_from(methods(&control, name));
                response.headers_mut().insert(ALLOW, methods.expect("methods are plain letters"));
            }
            ControlStep::Answer(response)
        }
    }
}

async fn answer(
    control: &Control,
    call: &Call<Does>,
    id: &str,
    body: Result<Vec<u8>, Violation>,
) -> Result<TypedBody, CallError> {
    let body = body.map_err(|violation| match violation.rule.id {
        "body-size" => CallError { status: 413, ..wrong(&violation) },
        _ => wrong(&violation),
    })?;
    let body = read(call, id, &body)?;
    perform(control, call, body).await
}

fn respond(answered: Result<TypedBody, CallError>) -> Response<String> {
    let (status, (body, kind)) = match answered {
        Ok(answer) => (200, answer),
        Err(CallError { status, text }) => {
            (status, (json!({ "error": for_control(&text) }).to_string(), JSON))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().expect("a refusal has a status of HTTP");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The argument of the call: its body, or the id in its path. A call without a body also accepts an empty object, as in
/// a scenario; and a call that accepts an empty object also accepts no body.
fn read(call: &Call<Does>, id: &str, body: &[u8]) -> Result<Value, CallError> {
    if body.is_empty() && !needs_body(call) {
        return Ok(json!({ "id": id }));
    }
    let (body, duplicates) = json::parse(body).map_err(|violation| wrong(&violation))?;
    let Some(schema) = call.body else {
        let is_empty = body.as_object().is_some_and(Map::is_empty);
        let refused = CallError::new(
            400,
            format!("body: got {}, want none, or an empty object", brief(&body)),
        );
        return if is_empty { Ok(json!({ "id": id })) } else { Err(refused) };
    };
    let violations = duplicates.into_iter().chain(check(schema, &body));
    violations.map(|violation| wrong(&violation)).next().map_or(Ok(body), Err)
}

async fn perform(
    control: &Control,
    call: &Call<Does>,
    body: Value,
) -> Result<TypedBody, CallError> {
    let fake = &control.fake;
    let value = match call.does {
        Does::Command(does) => fake.change(|engine, now| does(engine, &body, now))?,
        Does::Query(does) => {
            let fake = Arc::clone(fake);
            let answer = move || does(&fake, &body).map(|value| value.to_string());
            return Ok((off_the_worker(answer).await?, JSON));
        }
        Does::Wait(does) => does(Arc::clone(fake), body).await?,
        Does::Description => openapi::document(control),
        Does::Registry(does) => {
            let registry = control.registry.clone().expect("only a registry has these calls");
            let done = blocking(move || does(registry.as_ref(), &body)).await;
            done.unwrap_or_else(|| {
                Err(CallError::new(500, "the registry has panicked".to_owned()))
            })?
        }
        Does::Text(kind, does) => {
            let fake = Arc::clone(fake);
            let text = off_the_worker(move || Ok(does(&fake))).await?;
            return Ok((text, HeaderValue::from_static(kind)));
        }
    };
    Ok((value.to_string(), JSON))
}

/// Makes an answer on a thread of its own: a query of a long timeline holds up no request of a client.
async fn off_the_worker(
    answer: impl FnOnce() -> Result<String, CallError> + Send + 'static,
) -> Result<String, CallError> {
    let panicked = || Err(CallError::new(500, "the query has panicked".to_owned()));
    blocking(answer).await.unwrap_or_else(panicked)
}

/// The call that is meant, and the id in its path.
fn find(
    control: &Control,
    path: &str,
    name: &str,
    method: &str,
) -> Result<(&'static Call<Does>, String), CallError> {
    let mut same = routes(control).filter_map(|call| Some((call, named(call.name, name)?)));
    if let Some((call, id)) = same.clone().find(|(call, _)| call.method == method) {
        return Ok((call, id.to_owned()));
    }
    if same.next().is_some() {
        let want = methods(control, name);
        return Err(CallError::new(405, format!("got {method}, want {want} {path}")));
    }
    let mut names: Vec<&str> = routes(control).map(|call| call.name).collect();
    names.dedup();
    let meant = nearest(name, names.iter().copied())
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default();
    let names = names.join(", ");
    Err(CallError::new(404, format!("got {path}, want one of {names}{meant}")))
}

/// The methods that a path has.
fn methods(control: &Control, name: &str) -> String {
    let calls = routes(control).filter(|call| named(call.name, name).is_some());
    calls.map(|call| call.method).collect::<Vec<_>>().join(", ")
}
