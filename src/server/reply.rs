//! A reply of the REST side: what a request comes to, and how it is written as HTTP, before or after its notifications.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use axum::response::Response;
use serde_json::Value;

use crate::bayeux::session::ClientId;
use crate::engine::delivery::publish::{self, Reach};
use crate::engine::delivery::push_faults::{AnswerOrder, PushFault};
use crate::engine::rest::authenticate::Authenticated;
use crate::server::connection::when_written;
use crate::server::shared::{Shared, State};
use crate::server::socket::Written;
use crate::server::wait;

pub const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain;charset=UTF-8");

/// What a request comes to, before it is written as HTTP.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Empty: no body.
    pub(crate) body: String,
    pub(crate) content_type: HeaderValue,
    pub(crate) allow: Option<String>,
    /// The ticket of the notifications that it causes.
    pub(crate) outgoing: Option<u64>,
    /// What a further operation pushes: user, channel and data.
    pub(crate) told: Vec<(String, &'static str, Value)>,
    /// Whether the HTTP session ends with it: then there is none to give.
    pub(crate) ends_http_session: bool,
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

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            content_type: JSON,
            allow: None,
            outgoing: None,
            told: Vec::new(),
            ends_http_session: false,
        }
    }
}

/// Writes the reply as HTTP, before or after its notifications.
pub(crate) async fn send(
    shared: Arc<Shared>,
    reply: Reply,
    authenticated: &Authenticated,
    whole: bool,
) -> Response {
    let Reply { status, body, content_type, allow, outgoing, told, ends_http_session } = reply;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.try_into().unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(allow) = allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
        headers.insert(ALLOW, allow);
    }
    if let Some(cookie) = authenticated.set_cookie().filter(|_| !ends_http_session) {
        headers.append(SET_COOKIE, cookie);
    }
    if !whole {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if !told.is_empty() {
        let (fake, order) = (Arc::clone(&shared), shared.settings.order);
        let tell = move |_written: bool| {
            for (user, channel, data) in told {
                // That the channel is one for events is known.
                let _ = publish::tell(&fake, Some(&user), channel, &data, Reach::Subscribed);
            }
        };
        match order {
            AnswerOrder::AnswerFirst => when_written(&mut response, Written::new(tell)),
            AnswerOrder::NotificationsFirst => tell(true),
        }
    }
    let Some(ticket) = outgoing else {
        return response;
    };
    let ordered = shared.change(|state| (order(&shared, state, ticket), state.generation()));
    match ordered {
        (AnswerOrder::AnswerFirst, generation) => {
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
        (AnswerOrder::NotificationsFirst, _) => {
            let now = shared.clock.now();
            let published = shared.change(|state| {
                let numbers = state.release(ticket, now);
                held_deliveries(state, &numbers)
            });
            let _ = wait::until(&shared, |state| all_delivered(state, &published)).await;
        }
    }
    response
}

/// Whether the answer or the notifications of a ticket go first: as a test has ordered for one whom they tell, or as usual.
fn order(shared: &Shared, state: &mut State, ticket: u64) -> AnswerOrder {
    let Some((user, order)) = state.faults.next_order(state.outgoing.users(ticket)) else {
        return shared.settings.order;
    };
    state.remark(&user, PushFault::Order(order).outcome(), shared.clock.now());
    order
}

/// The deliveries that a held connect is about to make: entry and client.
fn held_deliveries(state: &State, numbers: &[u64]) -> Vec<(u64, ClientId)> {
    let notified =
        numbers.iter().filter_map(|number| Some((*number, state.timeline.notified(*number)?)));
    let deliveries = notified.flat_map(|(number, notified)| {
        notified.receipts.iter().map(move |receipt| (number, receipt.client.clone()))
    });
    let held =
        |client: &str| state.push.session(client).is_some_and(|session| session.held.is_some());
    deliveries.filter(|(_, client)| held(client)).collect()
}

fn all_delivered(state: &State, deliveries: &[(u64, ClientId)]) -> Option<()> {
    let delivered = |(number, client): &(u64, ClientId)| {
        let connected = state.push_clients.get(client).is_some_and(|client| client.is_connected());
        let receipt =
            state.timeline.notified(*number)?.receipts.iter().find(|it| it.client == *client)?;
        Some(receipt.delivered.is_some() || !connected)
    };
    deliveries.iter().all(|delivery| delivered(delivery).unwrap_or(true)).then_some(())
}
