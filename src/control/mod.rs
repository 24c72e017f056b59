//! The control endpoint `/__fake/`, for suites in other languages. It is served by the program only.
//!
//! [`callers`] says who may call. [`routes`] is the table of what there is beside the [`calls`](crate::engine::commands) that a
//! scenario has too: what is there to be seen stands in [`queries`], what is waited for in [`barriers`]. [`openapi`] describes
//! all of it. The fakes that a suite asks for, one for each test, are kept above, and reached through [`Fakes`].

mod barriers;
mod callers;
mod openapi;
mod queries;
mod routes;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::contract::check::{brief, check};
use crate::contract::json;
use crate::control::routes::{Does, ENDS, named, routes};
use crate::engine::commands::{Call, CallError, wrong};
use crate::rules::nearest;
use crate::server::connection::when_written;
use crate::server::reply::JSON;
use crate::server::request::read_body;
use crate::server::shared::{Peer, Shared};
use crate::server::socket::Written;

/// Below which it stands.
pub const PREFIX: &str = "/__fake/";

/// Whether a path is one of the endpoint: below its address, or that itself.
pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with(PREFIX) || path == PREFIX.trim_end_matches('/')
}

/// The endpoint of one fake.
pub(crate) struct Control {
    /// Who keeps further fakes; a fake that is kept so keeps none.
    pub(crate) fakes: Option<Fakes>,
}

/// What the keeper of fakes does when it is asked. It may block for a while.
pub(crate) type Fakes = Box<dyn Fn(RegistryRequest<'_>) -> Result<Value, CallError> + Send + Sync>;

/// What a keeper of fakes is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RegistryRequest<'a> {
    /// One more, with these settings.
    Start(&'a Value),
    List,
    /// Nothing yet: an answer will tell a verdict.
    Telling,
    /// To verify and end the one of that id.
    End(&'a str),
    /// To know what has become of such an answer, about that id.
    Told {
        id: &'a str,
        written: bool,
    },
}

/// What is answered: a body with its type.
type ControlAnswer = (String, HeaderValue);

pub(crate) async fn answer(shared: Arc<Shared>, peer: Peer, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let name = path.strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let permitted = callers::permit(&shared.settings.url, peer.address, &head.headers);
    let found = permitted.and_then(|()| find(&shared, path, &name, head.method.as_str()));
    let ends = found.as_ref().ok().filter(|(call, _)| call.name == ENDS);
    let telling = ends.and_then(|(_, id)| telling(&shared, id));
    let answered = match found {
        Err(wrong) => Err(wrong),
        Ok((call, id)) => match read_body(&shared, &head.headers, body).await {
            Err(violation) => Err(wrong(&violation)),
            Ok(body) => match read(call, &id, &body) {
                Err(wrong) => Err(wrong),
                Ok(body) => perform(&shared, call, body).await,
            },
        },
    };
    let (status, (body, kind)) = match answered {
        Ok(answer) => (200, answer),
        Err(CallError(status, text)) => (status, (json!({ "error": text }).to_string(), JSON)),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, kind);
    if let Some(telling) = telling.filter(|_| status == 200) {
        when_written(&mut response, telling);
    }
    if status == 405
        && let Ok(methods) = HeaderValue::from_str(&methods(&shared, &name))
    {
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}

/// Tells the keeper of fakes what becomes of an answer that tells a verdict.
fn telling(shared: &Arc<Shared>, id: &str) -> Option<Written> {
    let ask = |shared: &Shared, asked: RegistryRequest<'_>| {
        shared.settings.control.as_ref()?.fakes.as_ref()?(asked).ok()
    };
    ask(shared, RegistryRequest::Telling)?;
    let (shared, id) = (Arc::clone(shared), id.to_owned());
    Some(Written::new(move |written| {
        let _ = ask(&shared, RegistryRequest::Told { id: &id, written });
    }))
}

/// What the call is given: its body, or the id in its path. Where it has no body an empty object will do, as in a scenario.
fn read(call: &Call<Does>, id: &str, body: &[u8]) -> Result<Value, CallError> {
    if call.body.is_none() && body.is_empty() {
        return Ok(json!({ "id": id }));
    }
    let (body, duplicates) = json::parse(body).map_err(|it| wrong(&it))?;
    let Some(schema) = call.body else {
        let is_empty = body.as_object().is_some_and(Map::is_empty);
        let refused =
            CallError(400, format!("body: got {}, want none, or an empty object", brief(&body)));
        return if is_empty { Ok(json!({ "id": id })) } else { Err(refused) };
    };
    let violations = duplicates.into_iter().chain(check(schema, &body));
    violations.map(|it| wrong(&it)).next().map_or(Ok(body), Err)
}

async fn perform(
    shared: &Arc<Shared>,
    call: &Call<Does>,
    body: Value,
) -> Result<ControlAnswer, CallError> {
    let value = match call.does {
        Does::Now(does) => does(shared, &body)?,
        Does::Later(does) => does(Arc::clone(shared), body).await?,
        Does::Text(kind, does) => return Ok((does(shared), HeaderValue::from_static(kind))),
    };
    Ok((value.to_string(), JSON))
}

/// The call that is meant, and the id in its path.
fn find(
    shared: &Shared,
    path: &str,
    name: &str,
    method: &str,
) -> Result<(&'static Call<Does>, String), CallError> {
    let mut same = routes(shared).filter_map(|call| Some((call, named(call.name, name)?)));
    if let Some((call, id)) = same.clone().find(|(call, _)| call.method == method) {
        return Ok((call, id.to_owned()));
    }
    if same.next().is_some() {
        let want = methods(shared, name);
        return Err(CallError(405, format!("got {method}, want {want} {path}")));
    }
    let mut names: Vec<&str> = routes(shared).map(|call| call.name).collect();
    names.dedup();
    let meant = nearest(name, names.iter().copied());
    let meant = meant.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
    let names = names.join(", ");
    Err(CallError(404, format!("got {path}, want one of {names}{meant}")))
}

/// The methods that a path has.
fn methods(shared: &Shared, name: &str) -> String {
    let calls = routes(shared).filter(|call| named(call.name, name).is_some());
    calls.map(|call| call.method).collect::<Vec<_>>().join(", ")
}
