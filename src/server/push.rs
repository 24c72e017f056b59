//! One request of the push side: Bayeux over HTTP, held until there is something to say.
//!
//! Rules: those of `envelope`, `violation`, `authenticate` and `csrf`.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use headers::{Connection, HeaderMapExt};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::bayeux::answer::BayeuxReply;
use crate::bayeux::io::{self, Outcome, Received};
use crate::bayeux::message::Message;
use crate::bayeux::session::ReleaseReason;
use crate::engine::delivery::envelope::{Envelope, PAGE, Refused, read, refused};
use crate::engine::delivery::push_client::{Blamed, ON_ITS_WAY, PushClient, Sent};
use crate::engine::delivery::push_faults::HandshakeFault;
use crate::engine::delivery::push_violations::{BROWSER, blame, describe, topics};
use crate::engine::log::timeline::{Ending, EntryKind, Push};
use crate::engine::rest::authenticate::{Authenticated, authenticate, cookie};
use crate::engine::rest::csrf;
use crate::rules::Violation;
use crate::scenario::player::Effects;
use crate::scenario::step::BayeuxMessage;
use crate::server::connection::{cut, when_written};
use crate::server::long_poll::LongPoll;
use crate::server::playing;
use crate::server::reply::JSON;
use crate::server::request::{Begun, read_body};
use crate::server::shared::{Peer, Shared, State};
use crate::server::socket::Written;

/// What the request comes to for now.
struct Outcomes {
    outcome: Outcome,
    cookies: Vec<HeaderValue>,
    listener: Listener,
    /// What follows in the scenario that is played.
    follows: Effects,
}

/// The client of a held connect: what wakes it, and whether its connection is still there.
type Listener = (Arc<Notify>, Arc<AtomicBool>);

pub(crate) fn answer(
    shared: Arc<Shared>,
    peer: Peer,
    request: Request,
) -> impl Future<Output = Response> + Send {
    // What this needs is gone while a connect is held.
    let begun = Box::pin(begin(shared, peer, request));
    async move {
        match begun.await {
            Answering::Now(response) => response,
            Answering::Later(held) => held.await,
        }
    }
}

/// What becomes of a request once it is worked through.
enum Answering {
    Now(Response),
    /// It is a connect that is held.
    Later(Pin<Box<dyn Future<Output = Response> + Send>>),
}

async fn begin(shared: Arc<Shared>, peer: Peer, request: Request) -> Answering {
    let ReceivedRequest { mut begun, line, taken, token } = receive(&shared, peer, request).await;
    let Outcomes { outcome, cookies, listener, follows } = match taken {
        Ok(taken) => taken,
        Err(Refused { status, body, content_type, .. }) => {
            let mut response = turned(status, body, content_type);
            response.headers_mut().extend(token);
            return Answering::Now(response);
        }
    };
    let Effects { before, mut behind, .. } = follows;
    playing::run(&shared, before);
    let mut response = match outcome {
        Outcome::Answer(answer) => finish(&shared, &mut begun, &line, answer),
        Outcome::Failed => fail(&shared, &mut begun),
        Outcome::Hold(ticket) => {
            // Its answer may wait for just that.
            playing::run(&shared, std::mem::take(&mut behind));
            let (wake, there) = listener;
            let ticket = Some((Arc::new(ticket), wake));
            let held = LongPoll { shared, begun, there, ticket };
            return Answering::Later(Box::pin(hold(held, line, cookies)));
        }
    };
    playing::run_when_written(&shared, &mut response, behind);
    Answering::Now(with(response, cookies))
}

fn with(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// A request that has come whole.
struct ReceivedRequest {
    begun: Begun,
    line: ReplyChannel,
    taken: Result<Outcomes, Refused>,
    /// What shows the answer to a GET its token.
    token: HeaderMap,
}

/// Reads the request and hands it to the server. What it needed for that is gone when a connect is held.
async fn receive(shared: &Arc<Shared>, peer: Peer, request: Request) -> ReceivedRequest {
    let (head, body) = request.into_parts();
    let entry = Push {
        messages: vec![format!("{} {}", head.method, head.uri.path())],
        sent: Vec::new(),
        had_events: false,
        subscribed: Vec::new(),
        held: false,
        ending: Ending::Open,
    };
    let line = ReplyChannel { envelope: Envelope::of(&head), sent: sent(shared, &peer.open) };
    let mut begun = Begun::new(shared, EntryKind::Push(entry));
    let body = read_body(shared, &head.headers, body).await;
    let (taken, token) = shared.change(|state| {
        // Whose client a message is shows in its clientId; a stale cookie beside credentials does no harm, as with a GET.
        let authenticated = authenticate(state, &shared.settings, &Method::GET, &head.headers);
        if let Some(entry) = state.timeline.entry_mut(begun.number) {
            let user = authenticated.user.as_deref();
            entry.user = user.map(|user| state.world.name(user));
        }
        let unprotected = csrf::check(state, &shared.settings, &head, &authenticated);
        let protected = unprotected.map_or(Ok(()), |it| Err(refused(&shared.settings, it)));
        let messages = protected.and_then(|()| read(&shared.settings, &head, &authenticated, body));
        let taken = messages.map(|messages| {
            let caller =
                Caller { peer: &peer, headers: &head.headers, authenticated: &authenticated };
            take(shared, state, &begun, &line, caller, &messages)
        });
        if let Err(turned) = &taken {
            begun.answered(state, turned.status, turned.body.as_bytes());
            let number = begun.number;
            if let Some(entry) = state.timeline.entry_mut(number) {
                entry.violations.extend(turned.violation.as_deref().cloned());
            }
        }
        // No cookie of a new session goes out with these answers.
        let session = authenticated.http_session.as_deref();
        (taken, csrf::shown(state, &shared.settings, &head, session))
    });
    ReceivedRequest { begun, line, taken, token }
}

/// How a request is to be answered: in what form, and on which connection. It came there when its head did.
struct ReplyChannel {
    envelope: Envelope,
    sent: Sent,
}

fn sent(shared: &Shared, on: &Arc<AtomicBool>) -> Sent {
    Sent { on: Arc::clone(on), at: shared.clock.now(), real: Instant::now() }
}

/// Who sends a request.
struct Caller<'r> {
    peer: &'r Peer,
    headers: &'r HeaderMap,
    authenticated: &'r Authenticated,
}

/// Hands the messages to the server and keeps book of what came of it.
fn take(
    shared: &Shared,
    state: &mut State,
    begun: &Begun,
    line: &ReplyChannel,
    caller: Caller<'_>,
    messages: &[Message],
) -> Outcomes {
    let Caller { peer, headers, authenticated } = caller;
    let now = shared.clock.now();
    let browser = cookie(headers, BROWSER);
    let shakes_hands = messages.iter().any(|message| message.channel == "/meta/handshake");
    let mut id = || if shakes_hands { state.ids.next() } else { String::new() };
    let (new_client, new_browser) = (id().into(), id());
    let mut ordered = |fault| {
        let user = authenticated.user.as_deref().filter(|_| shakes_hands);
        user.is_some_and(|user| state.handshake_fault(user, fault, now))
    };
    let refused = ordered(HandshakeFault::Refuse);
    let loses_cookie = browser.is_none() && !refused && ordered(HandshakeFault::LoseCookie);
    let owner = authenticated.user.as_deref().filter(|_| !refused);
    let told_not_to = told_not_to(state, &line.sent, messages);
    let subscribing = messages.iter().find(|message| message.channel == "/meta/subscribe");
    if let (Some(user), Some(client)) = (owner, subscribing.and_then(|it| it.client_id.as_deref()))
        && state.push.session(client).is_some_and(|session| *session.owner == *user)
    {
        state.deliver_on_subscribe(user, client, now);
    }
    let request = io::Request {
        messages,
        transport: line.envelope.transport(),
        browser: browser.as_deref(),
        owner,
        new_client,
        new_browser,
        label: begun.number,
        time: shared.clock.timestamp(now).timestamp_millis(),
    };
    let Received {
        outcome,
        new_browser,
        new_client,
        wake,
        subscribed,
        acknowledged,
        expired,
        violations: broken,
    } = state.push.receive(request, now);
    state.acknowledged(&acknowledged, now);
    if let Some(client) = new_client {
        let http_session = authenticated.any_http_session().map(str::to_owned);
        let owner = owner.unwrap_or_default().to_owned();
        let mut made = PushClient::new(owner, http_session, connection(peer, headers));
        made.lost_its_cookie = loses_cookie && !shared.settings.push.trust_client_session;
        state.push_clients.insert(client, made);
    }
    state.wake(wake);
    let blamed = broken.iter().filter(|(index, _)| told_not_to.iter().all(|it| it.0 != *index));
    let blame = |(index, violation): &(usize, _)| {
        blame(state, *index, *violation, &messages[*index], browser.as_deref())
    };
    let blamed: Vec<Violation> = blamed.map(blame).collect();
    let follows = owner.map(|user| playing::bayeux(state, begun.number, user, messages, &broken));
    let told_not_to = told_not_to.into_iter().map(|(_, violation)| violation);
    let violations = authenticated.violation.iter().cloned().chain(told_not_to).chain(blamed);
    // Behind a message that makes the product throw nothing is worked through.
    let reached = match (&outcome, broken.last()) {
        (Outcome::Failed, Some((index, _))) => &messages[..=*index],
        _ => messages,
    };
    let violations: Vec<Violation> = violations.chain(topics(reached, &broken)).collect();
    state.expired(&expired, now);
    let taken = reached.iter().enumerate();
    let taken = taken.filter(|(index, _)| broken.iter().all(|(other, _)| other != index));
    let connects = taken.filter(|(_, message)| message.channel == "/meta/connect");
    let connects = connects.map(|(_, message)| message);
    for client in connects.filter_map(|message| message.client_id.as_deref()) {
        if let Some(client) = state.push_clients.get_mut(client) {
            client.connects(connection(peer, headers));
        }
    }
    let disconnects = messages.iter().filter(|message| message.channel == "/meta/disconnect");
    for id in disconnects.filter_map(|message| message.client_id.as_deref()) {
        let gone = state.push.session(id).is_none();
        if let Some(client) = state.push_clients.get_mut(id).filter(|_| gone) {
            client.has_left = true;
        }
    }
    if let Some(entry) = state.timeline.entry_mut(begun.number) {
        entry.violations.extend(violations);
        if let EntryKind::Push(push) = &mut entry.what {
            push.messages = messages.iter().map(describe).collect();
            push.sent = messages.iter().map(BayeuxMessage::of).collect();
            push.subscribed = subscribed;
            push.held = matches!(outcome, Outcome::Hold(_));
        }
    }
    let listener = match &outcome {
        Outcome::Hold(ticket) => {
            state.show(begun.number);
            let client = state.push_clients.get(&ticket.client);
            client.map(|it| (Arc::clone(&it.wake), Arc::clone(&it.connection)))
        }
        _ => None,
    };
    let listener = listener.unwrap_or_default();
    let new_browser =
        new_browser.filter(|_| !loses_cookie).map(|id| format!("{BROWSER}={id}; Path=/; HttpOnly"));
    let new_browser = new_browser.and_then(|cookie| HeaderValue::try_from(cookie).ok());
    let cookies = new_browser.into_iter().chain(authenticated.set_cookie()).collect();
    Outcomes { outcome, cookies, listener, follows: follows.unwrap_or_default() }
}

/// What messages do that their clients were told not to do, by place in the batch.
fn told_not_to(state: &State, sent: &Sent, messages: &[Message]) -> Vec<(usize, Violation)> {
    let broken = messages.iter().enumerate().filter_map(|(index, message)| {
        let client = state.push_clients.get(message.client_id.as_deref()?)?;
        Some((index, client.breaks(index, message, sent)?))
    });
    broken.collect()
}

/// Whether the client is still there, as far as its connection tells: one that closes its connection after each answer is.
fn connection(peer: &Peer, headers: &HeaderMap) -> Arc<AtomicBool> {
    let closes = headers.typed_get::<Connection>().is_some_and(|it| it.contains("close"));
    if closes { Arc::new(AtomicBool::new(true)) } else { Arc::clone(&peer.open) }
}

/// Holds a connect until there is something to say, its deadline, or another connect of the same client.
async fn hold(mut held: LongPoll, line: ReplyChannel, cookies: Vec<HeaderValue>) -> Response {
    let settled = held.settled().await;
    let shared = Arc::clone(&held.shared);
    let response = match settled {
        Ok(answer) => finish(&shared, &mut held.begun, &line, answer),
        Err(ReleaseReason::Cut) => {
            shared.change(|state| held.begun.cut(state));
            cut()
        }
        Err(why) => {
            if let ReleaseReason::Superseded(by) = why {
                // A client that gives a connect up may close its connection a little after it has sent the next one: then
                // this goes no further, and nobody is to blame.
                let blamed = Blamed::parallel(&shared, by);
                let _ = Box::pin(timeout(ON_ITS_WAY, shared.closed())).await;
                blamed.remains();
            }
            fail(&shared, &mut held.begun)
        }
    };
    with(response, cookies)
}

/// An answer of Bayeux; its events count as delivered when the socket has taken them.
fn finish(
    shared: &Arc<Shared>,
    begun: &mut Begun,
    line: &ReplyChannel,
    answer: BayeuxReply,
) -> Response {
    let messages = answer.body();
    shared.change(|state| {
        if let Some(entry) = state.timeline.entry_mut(begun.number)
            && let EntryKind::Push(push) = &mut entry.what
        {
            push.had_events = !answer.labels().is_empty();
        }
        begun.answered(state, 200, messages.as_bytes());
    });
    let (content_type, body) = line.envelope.wrap(messages);
    let mut response = respond(200, body, content_type);
    if answer.has_consequences() {
        let (shared, carrier) = (Arc::clone(shared), begun.number);
        let on = Arc::clone(&line.sent.on);
        let ended = move |written| {
            if shared.is_closed() {
                return;
            }
            let now = shared.clock.now();
            shared.change(|state| {
                if written {
                    state.delivered(&answer.labels(), now);
                    state.told(&answer.told, &sent(&shared, &on));
                } else {
                    state.unwritten(answer, carrier);
                }
            });
        };
        when_written(&mut response, Written::new(ended));
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
