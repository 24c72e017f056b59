//! One request of the push side: Bayeux over HTTP, held until there is something to say.
//!
//! Rules: bayeux-body, bayeux-message, bayeux-method, bayeux-client-unknown, bayeux-cookie, bayeux-user,
//! bayeux-subscription, bayeux-publish, body-size, and those of `identify` and `csrf`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use headers::{Connection, HeaderMapExt};
use tokio::sync::Notify;

use crate::bayeux::answer::Answer;
use crate::bayeux::message::{self, Malformed, Message};
use crate::bayeux::server::{self, Outcome, Received, Ticket, Tried};
use crate::contract::json;
use crate::gws::status::Refusal;
use crate::http::connection::{Written, when_written};
use crate::http::csrf;
use crate::http::identify::{Identity, cookie, identify};
use crate::http::mistake::{BROWSER, blame, describe};
use crate::http::request::{Begun, read_body};
use crate::http::rest::{JSON, TEXT};
use crate::http::shared::{HandshakeDenial, Peer, PushClient, Settings, Shared, State};
use crate::http::waiting;
use crate::rule::{Violation, rule};
use crate::timeline::{Ending, Push, What};

/// As Jetty writes it (wire).
const BAYEUX_JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

/// Why a request is not worked through: the answer, and what was wrong.
struct Turned {
    status: u16,
    /// As on the REST side, or nothing.
    body: String,
    content_type: HeaderValue,
    violation: Option<Box<Violation>>,
}

/// What the request comes to for now.
struct Taken {
    outcome: Outcome,
    cookies: Vec<HeaderValue>,
    wake: Option<Arc<Notify>>,
}

pub(crate) async fn answer(shared: Arc<Shared>, peer: Peer, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let entry = Push {
        messages: vec![format!("{} {}", head.method, head.uri.path())],
        held: false,
        ending: Ending::Open,
    };
    let mut begun = Begun::new(&shared, What::Push(entry));
    let body = read_body(&shared, &head.headers, body).await;
    let (taken, token) = shared.change(|state| {
        // Whose client a message is shows in its clientId; a stale cookie beside credentials does no harm, as with a GET.
        let identity = identify(state, &shared.settings, &Method::GET, &head.headers);
        if let Some(entry) = state.timeline.entry_mut(begun.number) {
            let user = identity.user.as_deref();
            entry.user = user.map(|user| state.world.name(user));
        }
        let unprotected = csrf::check(state, &shared.settings, &head, &identity);
        let protected = unprotected.map_or(Ok(()), |it| Err(refused(&shared.settings, it)));
        let messages = protected.and_then(|()| read(&shared.settings, &head, &identity, body));
        let taken = messages.and_then(|messages| {
            take(&shared, state, &begun, &peer, &head.headers, &identity, &messages)
        });
        if let Err(turned) = &taken {
            begun.answered(state, turned.status, turned.body.as_bytes());
            let number = begun.number;
            if let Some(entry) = state.timeline.entry_mut(number) {
                entry.findings.extend(turned.violation.as_deref().cloned());
            }
        }
        // No cookie of a new session goes out with these answers.
        let session = identity.http_session.as_deref();
        (taken, csrf::shown(state, &shared.settings, &head, session))
    });
    drop(head);
    match taken {
        Err(Turned { status, body, content_type, .. }) => {
            let mut response = turned(status, body, content_type);
            response.headers_mut().extend(token);
            response
        }
        Ok(Taken { outcome, cookies, wake }) => {
            let mut response = match outcome {
                Outcome::Answer(answer) => finish(&shared, &mut begun, answer),
                Outcome::Failed => fail(&shared, &mut begun),
                Outcome::Hold(ticket) => hold(&shared, begun, ticket, wake).await,
            };
            for cookie in cookies {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response
        }
    }
}

/// The messages of the body, if it has some and the caller may send them.
fn read(
    settings: &Settings,
    head: &Parts,
    identity: &Identity,
    body: Result<Bytes, Violation>,
) -> Result<Vec<Message>, Turned> {
    let turned = |status, violation: Option<Violation>| {
        let violation = violation.map(Box::new);
        Turned { status, body: String::new(), content_type: JSON, violation }
    };
    let method = &head.method;
    if method == Method::OPTIONS {
        return Err(turned(200, None));
    }
    let upgrade = head.headers.get(UPGRADE).map(HeaderValue::as_bytes);
    if upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(b"websocket")) {
        let broken = const { rule("bayeux-websocket") };
        let violation = Violation::new(broken, "header Upgrade", "websocket", "long-polling");
        let hint = "the client falls back by itself; without that detour: unregister its WebSocket transport";
        return Err(turned(400, Some(violation.hint(hint).note())));
    }
    if method != Method::POST {
        let broken = const { rule("bayeux-method") };
        let violation = Violation::new(broken, "request line", method.to_string(), "POST")
            .hint("use the transport long-polling");
        return Err(turned(400, Some(violation)));
    }
    let body = body.map_err(|violation| {
        let status = settings.refusal(violation.rule).map_or(400, |refusal| refusal.http);
        turned(status, Some(violation))
    })?;
    let denied_in_bayeux = settings.handshake_denial == HandshakeDenial::Bayeux;
    if let Some(finding) = &identity.finding
        && !denied_in_bayeux
    {
        return Err(refused(settings, finding.clone()));
    }
    if body.is_empty() {
        return Err(turned(200, None));
    }
    let broken = const { rule("bayeux-body") };
    let value = json::parse(&body).map_err(|wrong| {
        let violation = Violation::new(broken, wrong.place, wrong.got, wrong.want)
            .hint("send an array of Bayeux messages");
        turned(400, Some(violation))
    })?;
    if value.0.as_array().is_some_and(Vec::is_empty) {
        let violation = Violation::new(broken, "the whole body", "[]", "at least one message");
        return Err(turned(500, Some(violation.hint("send a message, or nothing"))));
    }
    message::batch(&value.0).map_err(|malformed| match malformed {
        Malformed::Body => {
            let got = crate::contract::check::brief(&value.0);
            let want = "an object or an array of objects";
            let violation = Violation::new(broken, "the whole body", got, want);
            turned(400, Some(violation.hint("send an array of Bayeux messages")))
        }
        Malformed::Message { place, got } => {
            let broken = const { rule("bayeux-message") };
            let want = "a channel such as /meta/connect or /v2/me/smssessions";
            let violation = Violation::new(broken, place, got, want);
            turned(500, Some(violation.hint("GWS answers this with HTTP 500: mend the channel")))
        }
    })
}

/// What is refused before CometD is reached, as on the REST side.
fn refused(settings: &Settings, violation: Violation) -> Turned {
    let refusal = settings.refusal(violation.rule);
    let envelope = refusal.and_then(Refusal::envelope);
    let text = refusal.map(|refusal| refusal.message.to_owned());
    let content_type = if envelope.is_some() { JSON } else { TEXT };
    let body = envelope.map(|it| it.to_string()).or(text).unwrap_or_default();
    let status = refusal.map_or(403, |refusal| refusal.http);
    Turned { status, body, content_type, violation: Some(Box::new(violation)) }
}

/// Hands the messages to the server and keeps book of what came of it.
fn take(
    shared: &Shared,
    state: &mut State,
    begun: &Begun,
    peer: &Peer,
    headers: &HeaderMap,
    identity: &Identity,
    messages: &[Message],
) -> Result<Taken, Turned> {
    let now = shared.clock.now();
    let browser = cookie(headers, BROWSER);
    let (new_client, new_browser) = (state.ids.next(), state.ids.next());
    let request = server::Request {
        messages,
        browser: browser.as_deref(),
        owner: identity.user.as_deref(),
        new_client,
        new_browser,
        label: begun.number,
    };
    let Received { outcome, new_browser, new_client, wake, acknowledged, expired, mistakes } =
        state.push.receive(request, now);
    state.acknowledged(&acknowledged, now);
    if let Some(client) = new_client {
        let http_session = identity.any_http_session().map(str::to_owned);
        let client_of = PushClient::new(http_session, connection(peer, headers));
        state.push_clients.insert(client, client_of);
    }
    state.wake(&wake);
    let violations: Vec<Violation> = identity
        .finding
        .iter()
        .cloned()
        .chain(
            mistakes
                .iter()
                .map(|(index, mistake)| blame(state, *index, *mistake, &messages[*index])),
        )
        .collect();
    state.expired(&expired, now);
    let connects = messages.iter().filter(|message| message.channel == "/meta/connect");
    for client in connects.filter_map(|message| message.client_id.as_ref()) {
        if let Some(client) = state.push_clients.get_mut(client) {
            client.connection = connection(peer, headers);
        }
    }
    if let Some(entry) = state.timeline.entry_mut(begun.number) {
        entry.findings.extend(violations);
        if let What::Push(push) = &mut entry.what {
            push.messages = messages.iter().map(describe).collect();
            push.held = matches!(outcome, Outcome::Hold(_));
        }
    }
    let wake = match &outcome {
        Outcome::Hold(ticket) => {
            state.show(begun.number);
            state.push_clients.get(&ticket.client).map(|client| Arc::clone(&client.wake))
        }
        _ => None,
    };
    let new_browser = new_browser.map(|id| format!("{BROWSER}={id}; Path=/; HttpOnly"));
    let new_browser = new_browser.and_then(|cookie| HeaderValue::try_from(cookie).ok());
    let cookies = new_browser.into_iter().chain(identity.set_cookie()).collect();
    Ok(Taken { outcome, cookies, wake })
}

/// Whether the client is still there, as far as its connection tells: one that closes its connection after each answer is.
fn connection(peer: &Peer, headers: &HeaderMap) -> Arc<AtomicBool> {
    let closes = headers.typed_get::<Connection>().is_some_and(|it| it.contains("close"));
    if closes { Arc::new(AtomicBool::new(true)) } else { Arc::clone(&peer.open) }
}

/// Holds a connect until there is something to say, its deadline, or another connect of the same client.
async fn hold(
    shared: &Arc<Shared>,
    begun: Begun,
    ticket: Ticket,
    wake: Option<Arc<Notify>>,
) -> Response {
    let mut held = Held { shared: Arc::clone(shared), begun, ticket: Some(ticket.clone()) };
    let wake = wake.unwrap_or_default();
    loop {
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let tried = shared.lock().push.poll(&ticket, shared.clock.now());
        match tried {
            Tried::Answer(answer) => {
                held.ticket = None;
                return finish(shared, &mut held.begun, answer);
            }
            Tried::Superseded => {
                held.ticket = None;
                return fail(shared, &mut held.begun);
            }
            Tried::Waiting => {}
        }
        tokio::select! {
            () = woken => {}
            () = waiting::until_moment(shared, ticket.deadline) => {}
        }
    }
}

/// A held connect; dropped unanswered, its client has hung up.
struct Held {
    shared: Arc<Shared>,
    begun: Begun,
    ticket: Option<Ticket>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(ticket) = &self.ticket {
            let now = self.shared.clock.now();
            self.shared.change(|state| state.push.abandon(ticket, now));
        }
    }
}

/// An answer of Bayeux; its events count as delivered when the socket has taken them.
fn finish(shared: &Arc<Shared>, begun: &mut Begun, answer: Answer) -> Response {
    let body = answer.body();
    shared.change(|state| begun.answered(state, 200, body.as_bytes()));
    let mut response = respond(200, body, BAYEUX_JSON);
    if !answer.events.is_empty() {
        let shared = Arc::clone(shared);
        let delivered = move |written| {
            if written {
                let now = shared.clock.now();
                shared.change(|state| state.delivered(&answer.events, now));
            }
        };
        when_written(&mut response, Written::new(delivered));
    }
    response
}

/// Where the product throws: HTTP 500, no body, the connection closed (wire).
fn fail(shared: &Shared, begun: &mut Begun) -> Response {
    shared.change(|state| begun.answered(state, 500, b""));
    turned(500, String::new(), JSON)
}

fn turned(status: u16, body: String, content_type: HeaderValue) -> Response {
    let empty = body.is_empty();
    let mut response = respond(status, body, content_type);
    if empty {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    if status == 500 || status == 413 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn respond(status: u16, body: String, content_type: HeaderValue) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
