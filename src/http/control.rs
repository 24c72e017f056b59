//! The control endpoint `/__fake/`, for suites in other languages. It is served by the program only, and answers callers
//! on the loopback interface only.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use serde_json::{Value, json};

use crate::bayeux::channel;
use crate::contract::check::check;
use crate::contract::json;
use crate::http::request::read_body;
use crate::http::rest::JSON;
use crate::http::shared::{Peer, Shared};
use crate::report;
use crate::rule::{Violation, nearest};
use crate::timeline::Notified;

/// Below which it stands.
pub(crate) const PREFIX: &str = "/__fake/";

/// What there is, and with which method.
const ROUTES: &[(&str, &str)] =
    &[("timeline", "GET"), ("violations", "GET"), ("reset", "POST"), ("notifications", "POST")];

/// What a caller did wrong: HTTP status, and what to do.
struct Wrong(u16, String);

pub(crate) async fn answer(shared: Arc<Shared>, peer: Peer, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let name = head.uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let method = head.method.as_str();
    let allowed = permit(peer.address).and_then(|()| find(&name, method));
    let answered = match allowed {
        Err(wrong) => Err(wrong),
        Ok(()) => match read_body(&shared, &head.headers, body).await {
            Err(violation) => Err(wrong(&violation)),
            Ok(body) => call(&shared, &name, &body),
        },
    };
    let (status, body) = match answered {
        Ok(value) => (200, value),
        Err(Wrong(status, text)) => (status, json!({ "error": text })),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    if let (405, Some((_, method))) = (status, ROUTES.iter().find(|(other, _)| *other == name)) {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    }
    response
}

fn wrong(violation: &Violation) -> Wrong {
    let Violation { place, got, want, .. } = violation;
    Wrong(400, format!("{place}: got {got}, want {want}"))
}

fn permit(caller: IpAddr) -> Result<(), Wrong> {
    if caller.to_canonical().is_loopback() {
        return Ok(());
    }
    let text = format!("{PREFIX} answers callers on the loopback interface only; got {caller}");
    Err(Wrong(403, text))
}

fn find(name: &str, method: &str) -> Result<(), Wrong> {
    let names = || ROUTES.iter().map(|(name, _)| *name);
    match ROUTES.iter().find(|(other, _)| *other == name) {
        Some((_, wanted)) if *wanted == method => Ok(()),
        Some((_, wanted)) => Err(Wrong(405, format!("got {method}, want {wanted} {PREFIX}{name}"))),
        None => {
            let meant = nearest(name, names()).map(|it| format!("; did you mean {it}?"));
            let names = names().collect::<Vec<_>>().join(", ");
            let meant = meant.unwrap_or_default();
            Err(Wrong(404, format!("got {PREFIX}{name}, want one of {names}{meant}")))
        }
    }
}

fn call(shared: &Shared, name: &str, body: &[u8]) -> Result<Value, Wrong> {
    match name {
        "timeline" => Ok(shared.look(|state| report::json::timeline(&state.timeline))),
        "violations" => {
            Ok(shared.look(|state| report::json::violations(&state.timeline, &state.exemptions)))
        }
        "reset" => {
            shared.reset();
            Ok(json!({}))
        }
        _ => notify(shared, body),
    }
}

/// Publishes a notification of the caller's own: `user`'s id or `userName`, or nobody's name for everybody.
fn notify(shared: &Shared, body: &[u8]) -> Result<Value, Wrong> {
    let (body, duplicates) = json::parse(body).map_err(|it| wrong(&it))?;
    let findings = duplicates.into_iter().chain(check("control-notification", &body));
    findings.map(|it| wrong(&it)).next().map_or(Ok(()), Err)?;
    let channel = body["channel"].as_str().unwrap_or_default();
    let broadcast =
        channel::parse(channel).filter(|it| channel::is_broadcast(it) && !channel::is_pattern(it));
    let Some(channel) = broadcast else {
        return Err(Wrong(400, format!("/channel: got {channel:?}, want a broadcast channel")));
    };
    shared.change(|state| {
        let to = match body.get("user").and_then(Value::as_str) {
            None => None,
            Some(name) => {
                let user = state.world.user(name).or_else(|| state.world.user_named(name));
                let Some(user) = user else {
                    let want = format!("the id or userName of one of {}", state.world.user_names());
                    return Err(Wrong(400, format!("/user: got {name:?}, want {want}")));
                };
                Some(user.id.clone())
            }
        };
        let (channel, data) = (channel.to_owned(), body["data"].clone());
        let (number, kind, receipts) = (None, None, Vec::new());
        let notified = Notified { number, to, channel, kind, data, receipts };
        let number = state.publish_one(notified, shared.clock.now());
        let clients = state.timeline.notified(number).map_or(0, |it| it.receipts.len());
        Ok(json!({ "clients": clients }))
    })
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
