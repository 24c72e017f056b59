//! The control endpoint `/__fake/`, for suites in other languages: [`calls`](crate::http::calls) over HTTP. It is served by
//! the program only, and answers callers on the loopback interface only.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};

use crate::contract::check::check;
use crate::contract::json;
use crate::http::calls::{CALLS, Call, Wrong, wrong};
use crate::http::reply::JSON;
use crate::http::request::read_body;
use crate::http::shared::{Peer, Shared};
use crate::rule::nearest;

/// Below which it stands.
pub(crate) const PREFIX: &str = "/__fake/";

pub(crate) async fn answer(shared: Arc<Shared>, peer: Peer, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let name = head.uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let method = head.method.as_str();
    let allowed = permit(peer.address).and_then(|()| find(&name, method));
    let answered = match allowed {
        Err(wrong) => Err(wrong),
        Ok((schema, call)) => match read_body(&shared, &head.headers, body).await {
            Err(violation) => Err(wrong(&violation)),
            Ok(body) => read(schema, &body).and_then(|body| call(&shared, &body)),
        },
    };
    let (status, body) = match answered {
        Ok(value) => (200, value),
        Err(Wrong(status, text)) => (status, json!({ "error": text })),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    let route = CALLS.iter().find(|(other, ..)| *other == name);
    if let (405, Some((_, method, ..))) = (status, route) {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    }
    response
}

/// The body of a route that has one; what others are sent is not read.
fn read(schema: Option<&str>, body: &[u8]) -> Result<Value, Wrong> {
    let Some(schema) = schema else { return Ok(Value::Null) };
    let (body, duplicates) = json::parse(body).map_err(|it| wrong(&it))?;
    let findings = duplicates.into_iter().chain(check(schema, &body));
    findings.map(|it| wrong(&it)).next().map_or(Ok(body), Err)
}

fn permit(caller: IpAddr) -> Result<(), Wrong> {
    if caller.to_canonical().is_loopback() {
        return Ok(());
    }
    let text = format!("{PREFIX} answers callers on the loopback interface only; got {caller}");
    Err(Wrong(403, text))
}

/// The schema of the body that a route wants, and what it does.
fn find(name: &str, method: &str) -> Result<(Option<&'static str>, Call), Wrong> {
    let names = || CALLS.iter().map(|(name, ..)| *name);
    match CALLS.iter().find(|(other, ..)| *other == name) {
        Some((_, wanted, schema, call)) if *wanted == method => Ok((*schema, *call)),
        Some((_, wanted, ..)) => {
            Err(Wrong(405, format!("got {method}, want {wanted} {PREFIX}{name}")))
        }
        None => {
            let meant = nearest(name, names()).map(|it| format!("; did you mean {it}?"));
            let names = names().collect::<Vec<_>>().join(", ");
            let meant = meant.unwrap_or_default();
            Err(Wrong(404, format!("got {PREFIX}{name}, want one of {names}{meant}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_callers_are_answered() {
        for (address, permitted) in [
            ("127.0.0.1", true),
            ("127.8.8.8", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.0.2.1", false),
            ("::ffff:192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(permit(address.parse().unwrap()).is_ok(), permitted, "{address}");
        }
    }
}
