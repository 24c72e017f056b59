//! One request of the REST side: identity, form, a test's own mock, GWS, answer, notifications.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;

use crate::exception::Exception;
use crate::fault::{Fault, Order};
use crate::gws::route;
use crate::gws::status::Refusal;
use crate::gws::world::{Caller, Done};
use crate::http::connection::{self, when_written};
use crate::http::csrf;
use crate::http::identify::{Identity, identify};
use crate::http::inspect::{Form, Inspected, inspect};
use crate::http::judge::judge;
use crate::http::request::{Begun, read_body};
use crate::http::shared::{Settings, Shared, State};
use crate::http::socket::Written;
use crate::http::{exceptional, mocks, playing, waiting};
use crate::rule::{Verdict, Violation};
use crate::timeline::{Ending, Rest, What};

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain;charset=UTF-8");

/// What a request comes to, before it is written as HTTP.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Empty: no body.
    pub(crate) body: String,
    content_type: HeaderValue,
    allow: Option<String>,
    /// The ticket of the notifications that it causes.
    outgoing: Option<u64>,
    /// Whether the HTTP session ends with it: then there is none to give.
    ends_http_session: bool,
}

pub(crate) async fn answer(shared: Arc<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut begun = Begun::new(&shared, What::Rest(entry(&head)));
    let read = read_body(&shared, &head.headers, body).await;
    let whole = read.is_ok();
    let (body, broken) = match read {
        Ok(body) => (body, None),
        Err(violation) => (Bytes::new(), Some(violation)),
    };
    let (identity, inspected, token) = shared.change(|state| {
        let identity = identify(state, &shared.settings, &head.method, &head.headers);
        let mut inspected = match broken {
            None => inspect(form(&shared.settings), &head, &body),
            Some(violation) => Inspected { violations: vec![violation], ..Inspected::default() },
        };
        let unprotected = csrf::check(state, &shared.settings, &head, &identity);
        inspected.violations.splice(0..0, unprotected);
        note(state, &begun, &identity, &inspected, &body);
        let token = csrf::shown(state, &shared.settings, &head, identity.any_http_session());
        (identity, inspected, token)
    });
    if let Some(response) = mocks::relay(&shared, &head, &body).await {
        return mocked(&shared, &mut begun, identity, inspected, response);
    }
    if shared.look(|state| state.player.is_some()) {
        let mut response =
            playing::answer(&shared, begun, (&head, &body), &identity, inspected).await;
        response.headers_mut().extend(token);
        return response;
    }
    let programmed = shared.change(|state| {
        let moment = shared.clock.timestamp(shared.clock.now());
        exceptional::next(state, begun.number, &identity, &inspected, moment)
    });
    if !exceptional::hold_back(&shared, begun.number, programmed).await {
        return connection::cut();
    }
    let exception = programmed.map(|(_, exception)| exception);
    if exception == Some(Exception::ResetBefore) {
        shared.change(|state| begun.cut(state));
        return connection::reset();
    }
    let reply = shared.change(|state| {
        let now = shared.clock.now();
        let mut reply = match exception {
            Some(Exception::Refuse { status_code, http }) => {
                find(state, &begun, inspected.notes);
                Reply::json(http, &exceptional::refusal(status_code))
            }
            _ => decide(&shared, state, &begun, &head, &identity, inspected, now),
        };
        if exception == Some(Exception::Garbage) {
            (reply.status, reply.body) = (200, exceptional::GARBAGE.to_owned());
        }
        begun.answered(state, reply.status, reply.body.as_bytes());
        reply
    });
    drop(head);
    let mut response = send(shared, reply, &identity, whole).await;
    response.headers_mut().extend(token);
    if let Some(exception) = exception {
        exceptional::spoil(&mut response, exception);
    }
    response
}

pub(crate) fn entry(head: &Parts) -> Rest {
    Rest {
        method: head.method.to_string(),
        // Never the authority: in an absolute form it may hold a password.
        target: head.uri.path_and_query().map_or_else(|| "*".to_owned(), ToString::to_string),
        operation: None,
        session: None,
        body: Box::default(),
        exception: None,
        held_back: None,
        mocked: false,
        decided: false,
        done: None,
        schema: "response",
        ending: Ending::Open,
    }
}

fn form(settings: &Settings) -> Form<'_> {
    let (statics, misspelt) = (&settings.fixtures.statics, settings.misspelt);
    Form { statics, misspelt, lists: settings.gws.lists }
}

/// What is known of the request by now goes into its entry.
fn note(state: &mut State, begun: &Begun, identity: &Identity, inspected: &Inspected, body: &[u8]) {
    let name = identity.user.as_deref().map(|user| state.world.name(user));
    if let Some(entry) = state.timeline.entry_mut(begun.number) {
        entry.user = name;
        if let What::Rest(rest) = &mut entry.what {
            // What a client of another fake sends is not counted as received.
            let counts =
                identity.finding.as_ref().is_none_or(|it| it.verdict == Verdict::Violation);
            rest.operation = inspected.operation.filter(|_| counts);
            rest.session.clone_from(&inspected.session);
            rest.body = body.into();
        }
    }
}

/// Puts what was found of a request into the time line.
pub(crate) fn find(
    state: &mut State,
    begun: &Begun,
    findings: impl IntoIterator<Item = Violation>,
) {
    if let Some(entry) = state.timeline.entry_mut(begun.number) {
        entry.findings.extend(findings);
    }
}

/// The answer: a refusal for the first thing that is wrong, or what GWS says.
fn decide(
    shared: &Shared,
    state: &mut State,
    begun: &Begun,
    head: &Parts,
    identity: &Identity,
    inspected: Inspected,
    now: Duration,
) -> Reply {
    let open = route::is_open(head.method.as_str(), head.uri.path());
    let finding = identity.finding.iter().filter(|_| !open).cloned();
    let mut findings: Vec<Violation> = finding.chain(inspected.violations).collect();
    if findings.iter().any(|finding| finding.verdict == Verdict::Note) {
        // A client of another fake: nothing of it counts.
        findings.iter_mut().for_each(|finding| finding.verdict = Verdict::Note);
    }
    let refusal = findings.first().cloned();
    find(state, begun, findings.into_iter().chain(inspected.notes));
    if let Some(violation) = refusal {
        return refuse(shared, &violation, head, inspected.allow);
    }
    let nobody = open.then(String::new);
    let (Some(user), Some(command)) = (identity.user.clone().or(nobody), &inspected.command) else {
        return Reply::json(500, &Value::Null);
    };
    let caller = Caller { user, client: identity.any_http_session().map(str::to_owned) };
    let moment = shared.clock.timestamp(now);
    if let Some(rest) = state.timeline.rest_mut(begun.number) {
        rest.decided = true;
    }
    match state.world.handle(&caller, command, moment) {
        Ok(done) => take(state, begun, &caller, done),
        Err(refused) => {
            let violations = judge(state, begun.number, identity, refused);
            let answered = violations.last().map(|it| refuse(shared, it, head, None));
            find(state, begun, violations);
            answered.unwrap_or_else(|| Reply::json(500, &Value::Null))
        }
    }
}

/// What was done goes into the entry, and its notifications on their way.
fn take(state: &mut State, begun: &Begun, caller: &Caller, done: Done) -> Reply {
    find(state, begun, done.notes);
    if let Some(rest) = state.timeline.rest_mut(begun.number) {
        rest.done = Some(done.rule);
        rest.schema = done.schema;
    }
    if let Some(client) = caller.client.as_deref().filter(|_| done.ends_http_session) {
        state.http_sessions.end(client);
    }
    let outgoing = match done.notifications {
        none if none.is_empty() => None,
        notifications => Some(state.outgoing.take(notifications)),
    };
    let ends_http_session = done.ends_http_session;
    Reply { outgoing, ends_http_session, ..Reply::json(200, &done.reply) }
}

fn refuse(shared: &Shared, violation: &Violation, head: &Parts, allow: Option<String>) -> Reply {
    let refusal = shared.settings.refusal(violation.rule);
    let (http, message) = refusal.map_or((500, ""), |refusal| (refusal.http, refusal.message));
    let mut reply = match refusal.and_then(Refusal::envelope) {
        Some(envelope) => Reply::json(http, &envelope),
        None => {
            let (method, uri) = (&head.method, &head.uri);
            let text = match message {
                "" => {
                    format!("{method} {uri} is not modelled by gws-sms-fake: {}\n", violation.got)
                }
                text => text.to_owned(),
            };
            Reply::of(http, Some(Value::from(text)))
        }
    };
    // RFC 9110: the header belongs to 405.
    reply.allow = allow.filter(|_| violation.rule.id == "method");
    reply
}

impl Reply {
    /// A text as it is, everything else as JSON, and no body for nothing.
    pub(crate) fn of(status: u16, body: Option<Value>) -> Self {
        match body {
            None => Self { body: String::new(), ..Self::json(status, &Value::Null) },
            Some(Value::String(text)) => {
                Self { body: text, content_type: TEXT, ..Self::json(status, &Value::Null) }
            }
            Some(json) => Self::json(status, &json),
        }
    }

    fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            content_type: JSON,
            allow: None,
            outgoing: None,
            ends_http_session: false,
        }
    }
}

/// Writes the reply as HTTP, before or after its notifications.
pub(crate) async fn send(
    shared: Arc<Shared>,
    reply: Reply,
    identity: &Identity,
    whole: bool,
) -> Response {
    let Reply { status, body, content_type, allow, outgoing, ends_http_session } = reply;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.try_into().unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(allow) = allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
        headers.insert(ALLOW, allow);
    }
    if let Some(cookie) = identity.set_cookie().filter(|_| !ends_http_session) {
        headers.append(SET_COOKIE, cookie);
    }
    if !whole {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let Some(ticket) = outgoing else {
        return response;
    };
    match shared.change(|state| order(&shared, state, ticket)) {
        Order::AnswerFirst => {
            let generation = shared.look(State::generation);
            let publish = move |_written| {
                let now = shared.clock.now();
                shared.change(|state| {
                    // After a reset they would speak of another world.
                    if state.generation() == generation {
                        state.release(ticket, now);
                    }
                });
            };
            when_written(&mut response, Written::new(publish));
        }
        Order::NotificationsFirst => {
            let now = shared.clock.now();
            let published = shared.change(|state| {
                let numbers = state.release(ticket, now);
                held_deliveries(state, &numbers)
            });
            let _ = waiting::until(&shared, |state| all_delivered(state, &published)).await;
        }
    }
    response
}

/// Whether the answer or the notifications of a ticket go first: as a test has ordered for one whom they tell, or as usual.
fn order(shared: &Shared, state: &mut State, ticket: u64) -> Order {
    let Some((user, order)) = state.faults.next_order(&state.outgoing.users(ticket)) else {
        return shared.settings.order;
    };
    state.remark(&user, Fault::Order(order).outcome(), shared.clock.now());
    order
}

/// The deliveries that a held connect is about to make: entry and client.
fn held_deliveries(state: &State, numbers: &[u64]) -> Vec<(u64, String)> {
    let notified =
        numbers.iter().filter_map(|number| Some((*number, state.timeline.notified(*number)?)));
    let deliveries = notified.flat_map(|(number, notified)| {
        notified.receipts.iter().map(move |receipt| (number, receipt.client.clone()))
    });
    let held =
        |client: &str| state.push.session(client).is_some_and(|session| session.held.is_some());
    deliveries.filter(|(_, client)| held(client)).collect()
}

fn all_delivered(state: &State, deliveries: &[(u64, String)]) -> Option<()> {
    let delivered = |(number, client): &(u64, String)| {
        let connected = state.push_clients.get(client).is_some_and(|client| client.is_connected());
        let receipt =
            state.timeline.notified(*number)?.receipts.iter().find(|it| it.client == *client)?;
        Some(receipt.delivered.is_some() || !connected)
    };
    deliveries.iter().all(|delivery| delivered(delivery).unwrap_or(true)).then_some(())
}

/// A mock replaces the answer and never the check; but where it answers, the fake need not model the request, and the path
/// is one that the test says there is.
fn mocked(
    shared: &Shared,
    begun: &mut Begun,
    identity: Identity,
    inspected: Inspected,
    response: mocks::Mocked,
) -> Response {
    let findings = identity.finding.into_iter().chain(inspected.violations).chain(inspected.notes);
    let findings: Vec<Violation> =
        findings.filter(|it| !["not-modelled", "path-unknown"].contains(&it.rule.id)).collect();
    shared.change(|state| {
        find(state, begun, findings);
        if let Some(rest) = state.timeline.rest_mut(begun.number) {
            rest.mocked = true;
        }
        match response.body() {
            Some(body) => begun.answered(state, response.status(), body),
            None => begun.cut(state),
        }
    });
    response.into_response()
}
