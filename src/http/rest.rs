//! One request of the REST side: identity, form, a test's own mock, GWS, answer, notifications.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;

use crate::gws::handle::handle;
use crate::gws::outcome::{Caller, Done};
use crate::gws::route;
use crate::gws::status::Refusal;
use crate::http::authenticate::{Authenticated, authenticate};
use crate::http::blame::judge;
use crate::http::connection;
use crate::http::csrf;
use crate::http::reply::{Reply, send};
use crate::http::request::{Begun, read_body};
use crate::http::shared::{Settings, Shared, State};
use crate::http::validate::{Form, Validated, validate};
use crate::http::{mocks, playing, rest_faults};
use crate::rest_fault::RestFault;
use crate::rules::{Verdict, Violation};
use crate::timeline::{Ending, EntryKind, Rest};

pub(crate) async fn answer(shared: Arc<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut begun = Begun::new(&shared, EntryKind::Rest(entry(&head)));
    let read = read_body(&shared, &head.headers, body).await;
    let whole = read.is_ok();
    let (body, broken) = match read {
        Ok(body) => (body, None),
        Err(violation) => (Bytes::new(), Some(violation)),
    };
    let (authenticated, validated, token, usual) = shared.change(|state| {
        let authenticated = authenticate(state, &shared.settings, &head.method, &head.headers);
        let mut validated = match broken {
            None => validate(form(&shared.settings), &head, &body),
            Some(violation) => Validated { violations: vec![violation], ..Validated::default() },
        };
        let unprotected = csrf::check(state, &shared.settings, &head, &authenticated);
        validated.violations.splice(0..0, unprotected);
        note(state, &begun, &authenticated, &validated, &body);
        let token = csrf::shown(state, &shared.settings, &head, authenticated.any_http_session());
        let usual = state.player.is_none() && state.rest_faults.is_empty();
        (authenticated, validated, token, usual)
    });
    // What is rare is in a box: else each request would have the room for it.
    let relayed = match mocks::mounted(&shared) {
        Some(mocks) => Box::pin(mocks::relay(mocks, &head, &body)).await,
        None => None,
    };
    if let Some(response) = relayed {
        return mocked(&shared, &mut begun, authenticated, validated, response);
    }
    if !usual && shared.look(|state| state.player.is_some()) {
        let mut response =
            Box::pin(playing::answer(&shared, begun, (&head, &body), &authenticated, validated))
                .await;
        response.headers_mut().extend(token);
        return response;
    }
    let injected = match usual {
        true => None,
        false => shared.change(|state| {
            let moment = shared.clock.timestamp(shared.clock.now());
            rest_faults::next(state, begun.number, &authenticated, &validated, moment)
        }),
    };
    let goes_on = match injected {
        None => !shared.is_closed(),
        some => Box::pin(rest_faults::hold_back(&shared, begun.number, some)).await,
    };
    if !goes_on {
        return connection::cut();
    }
    let rest_fault = injected.map(|(_, rest_fault)| rest_fault);
    if rest_fault == Some(RestFault::ResetBefore) {
        shared.change(|state| begun.cut(state));
        return connection::reset();
    }
    let reply = shared.change(|state| {
        let now = shared.clock.now();
        let mut reply = match rest_fault {
            Some(RestFault::Refuse { status_code, http }) => {
                find(state, &begun, validated.notes);
                Reply::json(http, &rest_faults::refusal(status_code))
            }
            _ => decide(&shared, state, &begun, &head, &authenticated, validated, now),
        };
        if rest_fault == Some(RestFault::Garbage) {
            (reply.status, reply.body) = (200, rest_faults::GARBAGE.to_owned());
        }
        begun.answered(state, reply.status, reply.body.as_bytes());
        reply
    });
    drop(head);
    let mut response = send(shared, reply, &authenticated, whole).await;
    response.headers_mut().extend(token);
    if let Some(rest_fault) = rest_fault {
        rest_faults::spoil(&mut response, rest_fault);
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
        rest_fault: None,
        held_back: None,
        mocked: false,
        further: None,
        decided: false,
        done: None,
        schema: "response",
        ending: Ending::Open,
    }
}

fn form(settings: &Settings) -> Form<'_> {
    let (statics, misspelt) = (&settings.fixtures.statics, settings.misspelt);
    Form { statics, misspelt, lists: settings.gws.lists, contract: &settings.contract }
}

/// What is known of the request by now goes into its entry.
fn note(
    state: &mut State,
    begun: &Begun,
    authenticated: &Authenticated,
    validated: &Validated,
    body: &[u8],
) {
    let name = authenticated.user.as_deref().map(|user| state.world.name(user));
    if let Some(entry) = state.timeline.entry_mut(begun.number) {
        entry.user = name;
        if let EntryKind::Rest(rest) = &mut entry.what {
            // What a client of another fake sends is not counted as received.
            let counts =
                authenticated.violation.as_ref().is_none_or(|it| it.verdict == Verdict::Violation);
            rest.operation = validated.operation.filter(|_| counts);
            rest.further = validated.further.as_ref().map(|it| it.name.clone());
            rest.session.clone_from(&validated.session);
            rest.body = body.into();
        }
    }
}

/// Puts what was found of a request into the timeline.
pub(crate) fn find(
    state: &mut State,
    begun: &Begun,
    violations: impl IntoIterator<Item = Violation>,
) {
    if let Some(entry) = state.timeline.entry_mut(begun.number) {
        entry.violations.extend(violations);
    }
}

/// The answer: a refusal for the first thing that is wrong, or what GWS says.
fn decide(
    shared: &Shared,
    state: &mut State,
    begun: &Begun,
    head: &Parts,
    authenticated: &Authenticated,
    validated: Validated,
    now: Duration,
) -> Reply {
    let open = route::is_open(head.method.as_str(), head.uri.path());
    let violation = authenticated.violation.iter().filter(|_| !open).cloned();
    let mut violations: Vec<Violation> = violation.chain(validated.violations).collect();
    if violations.iter().any(|violation| violation.verdict == Verdict::Note) {
        // A client of another fake: nothing of it counts.
        violations.iter_mut().for_each(|violation| violation.verdict = Verdict::Note);
    }
    let refusal = violations.first().cloned();
    find(state, begun, violations.into_iter().chain(validated.notes));
    if let Some(violation) = refusal {
        return refuse(shared, &violation, head, validated.allow);
    }
    let nobody = open.then(String::new);
    let (Some(user), Some(command)) = (authenticated.user.clone().or(nobody), &validated.command)
    else {
        return Reply::json(500, &Value::Null);
    };
    let caller = Caller { user, client: authenticated.any_http_session().map(str::to_owned) };
    let moment = shared.clock.timestamp(now);
    if let Some(rest) = state.timeline.rest_mut(begun.number) {
        rest.decided = true;
    }
    match handle(&mut state.world, &caller, command, moment) {
        Ok(done) => match &validated.further {
            None => take(state, begun, &caller, done),
            Some(further) => {
                let session = validated.session.as_deref().unwrap_or_default();
                let url = shared.settings.gws.api_url.trim_end_matches(route::PREFIX);
                let (answer, told) = further.done(session, &caller.user, url);
                if let Some(rest) = state.timeline.rest_mut(begun.number) {
                    rest.mocked = true;
                }
                let told =
                    told.into_iter().map(|(channel, data)| (caller.user.clone(), channel, data));
                Reply { told: told.collect(), ..Reply::json(200, &answer) }
            }
        },
        Err(refused) => {
            let violations = judge(state, begun.number, authenticated, refused);
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

/// A mock replaces the answer and never the check; but where it answers, the fake need not model the request, and the path
/// is one that the test says there is.
fn mocked(
    shared: &Shared,
    begun: &mut Begun,
    authenticated: Authenticated,
    validated: Validated,
    response: mocks::Mocked,
) -> Response {
    let violations =
        authenticated.violation.into_iter().chain(validated.violations).chain(validated.notes);
    let violations: Vec<Violation> =
        violations.filter(|it| !["not-modelled", "path-unknown"].contains(&it.rule.id)).collect();
    shared.change(|state| {
        find(state, begun, violations);
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
