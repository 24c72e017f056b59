//! One request of the push side: Bayeux over HTTP, held until there is something to say.
//!
//! Rules: those of `envelope`, `mistake`, `identify` and `csrf`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use headers::{Connection, HeaderMapExt};
use tokio::sync::Notify;

use crate::bayeux::answer::Answer;
use crate::bayeux::exchange::{self, Outcome, Received, Ticket, Tried};
use crate::bayeux::message::Message;
use crate::fault::Fault;
use crate::http::connection::{Written, when_written};
use crate::http::csrf;
use crate::http::envelope::{Envelope, PAGE, Turned, read, refused};
use crate::http::identify::{Identity, cookie, identify};
use crate::http::mistake::{BROWSER, blame, describe};
use crate::http::request::{Begun, read_body};
use crate::http::rest::JSON;
use crate::http::shared::{Peer, PushClient, Shared, State};
use crate::http::waiting;
use crate::rule::Violation;
use crate::timeline::{Ending, Push, What};

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
        subscribed: Vec::new(),
        held: false,
        ending: Ending::Open,
    };
    let envelope = Envelope::of(&head);
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
        let taken = messages.map(|messages| {
            let caller = Caller { peer: &peer, headers: &head.headers, identity: &identity };
            take(&shared, state, &begun, &envelope, caller, &messages)
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
                Outcome::Answer(answer) => finish(&shared, &mut begun, &envelope, answer),
                Outcome::Failed => fail(&shared, &mut begun),
                Outcome::Hold(ticket) => hold(&shared, begun, &envelope, ticket, wake).await,
            };
            for cookie in cookies {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            response
        }
    }
}

/// Who sends a request.
struct Caller<'r> {
    peer: &'r Peer,
    headers: &'r HeaderMap,
    identity: &'r Identity,
}

/// Hands the messages to the server and keeps book of what came of it.
fn take(
    shared: &Shared,
    state: &mut State,
    begun: &Begun,
    envelope: &Envelope,
    caller: Caller<'_>,
    messages: &[Message],
) -> Taken {
    let Caller { peer, headers, identity } = caller;
    let now = shared.clock.now();
    let browser = cookie(headers, BROWSER);
    let (new_client, new_browser) = (state.ids.next(), state.ids.next());
    let owner = identity.user.as_deref().filter(|user| !is_refused(state, user, messages, now));
    let request = exchange::Request {
        messages,
        transport: envelope.transport(),
        browser: browser.as_deref(),
        owner,
        new_client,
        new_browser,
        label: begun.number,
        time: shared.clock.timestamp(now).as_millisecond(),
    };
    let Received {
        outcome,
        new_browser,
        new_client,
        wake,
        subscribed,
        acknowledged,
        expired,
        mistakes,
    } = state.push.receive(request, now);
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
            push.subscribed = subscribed;
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
    Taken { outcome, cookies, wake }
}

/// Whether it is a handshake that the test has ordered to be refused.
fn is_refused(state: &mut State, user: &str, messages: &[Message], now: Duration) -> bool {
    let handshake = messages.iter().any(|message| message.channel == "/meta/handshake");
    let refused = handshake && state.faults.refuses_handshake(user);
    if refused {
        state.remark(user, Fault::Handshake.outcome(), now);
    }
    refused
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
    envelope: &Envelope,
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
                return finish(shared, &mut held.begun, envelope, answer);
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
fn finish(
    shared: &Arc<Shared>,
    begun: &mut Begun,
    envelope: &Envelope,
    answer: Answer,
) -> Response {
    let messages = answer.body();
    shared.change(|state| begun.answered(state, 200, messages.as_bytes()));
    let (content_type, body) = envelope.wrap(messages);
    let mut response = respond(200, body, content_type);
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
    let (empty, page) = (body.is_empty(), content_type == PAGE);
    let mut response = respond(status, body, content_type);
    if empty {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    if page {
        let value = HeaderValue::from_static("must-revalidate,no-cache,no-store");
        response.headers_mut().insert(CACHE_CONTROL, value);
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
