//! The reply to a request of the REST side, and the HTTP response that it becomes.

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::{HeaderMap, Response};
use serde_json::Value;

use crate::scenario::player::ScheduledEffect;

pub const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain;charset=UTF-8");

/// The reply to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Empty: no body.
    pub(crate) body: String,
    pub(super) content_type: HeaderValue,
    pub(super) allow: Option<String>,
    /// The ticket of the notifications that the request causes.
    pub(super) notifications: Option<u64>,
    /// The events of a custom operation.
    pub(super) events: Vec<CustomEvent>,
    /// The effects of a scenario that follow the answer.
    pub(super) effects: Vec<ScheduledEffect>,
    /// The HTTP session ends with it: then no cookie is given.
    pub(super) ends_http_session: bool,
}

/// An event of a custom operation.
#[derive(Debug)]
pub(crate) struct CustomEvent {
    /// The id of the user whose clients get it.
    pub(crate) user: String,
    pub(crate) channel: &'static str,
    pub(crate) data: Value,
}

impl Reply {
    /// Makes a reply of a text as it is, or of anything else as JSON; of nothing one without a body.
    pub(super) fn of(status: u16, body: Option<Value>) -> Self {
        match body {
            None => Self { body: String::new(), ..Self::json(status, &Value::Null) },
            Some(Value::String(text)) => {
                Self { body: text, content_type: TEXT, ..Self::json(status, &Value::Null) }
            }
            Some(json) => Self::json(status, &json),
        }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: serde_json::to_string(body).expect("a value is written without an error"),
            content_type: JSON,
            allow: None,
            notifications: None,
            events: Vec::new(),
            effects: Vec::new(),
            ends_http_session: false,
        }
    }

    /// Writes the reply as HTTP, with the cookie and the token of its HTTP session.
    pub(super) fn into_response(
        self,
        cookie: Option<HeaderValue>,
        shown_token: &HeaderMap,
        closes: bool,
    ) -> Response<String> {
        let Self { status, body, content_type, allow, ends_http_session, .. } = self;
        let mut response = Response::new(body);
        *response.status_mut() = status.try_into().expect("a status of an answer is one of HTTP");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        if let Some(allow) = allow {
            let allow = HeaderValue::try_from(allow).expect("methods are plain letters");
            headers.insert(ALLOW, allow);
        }
        if !ends_http_session && let Some(cookie) = cookie {
            headers.append(SET_COOKIE, cookie);
        }
        if closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        headers.extend(shown_token.clone());
        response
    }
}
