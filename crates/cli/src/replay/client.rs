//! A client of a real system: it sends requests as one user, keeps his cookies, and listens for events.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Request};
use gws_sms_fake::_cli_internals::http::csrf;
use gws_sms_fake::_cli_internals::http::reply::JSON;
use headers::{Authorization, HeaderMapExt};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use crate::upstream::Upstream;

/// The timeout of an answer that is not held back.
const SOON: Duration = Duration::from_secs(60);

/// One user's side of the wire.
#[derive(Debug)]
pub(super) struct Client {
    http: Upstream,
    url: String,
    cometd_path: String,
    /// The name and the password; a client without a user has none.
    credentials: Option<(String, String)>,
    cookies: Mutex<BTreeMap<String, String>>,
    csrf_token: Mutex<Option<HeaderValue>>,
}

/// An answer: the HTTP status, and the body as JSON where it is some, as a text where it is none.
pub(super) type ReplayAnswer = (u16, Option<Value>);

impl Client {
    pub(super) fn new(
        http: Upstream,
        url: &str,
        cometd_path: &str,
        credentials: Option<(String, String)>,
    ) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let cometd_path = cometd_path.to_owned();
        let cookies = Mutex::default();
        let csrf_token = Mutex::default();
        Self { http, url, cometd_path, credentials, cookies, csrf_token }
    }

    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Result<ReplayAnswer, String> {
        let wrong = |why: &str| {
            format!("{method} {}{path}: {why}; correct the address, or start the system", self.url)
        };
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method.parse().map_err(|_| wrong("HTTP has no such method"))?;
        let uri = format!("{}{path}", self.url).parse();
        *request.uri_mut() = uri.map_err(|_| wrong("this is not an address"))?;
        self.sign(request.headers_mut());
        if let Some(body) = body {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
            *request.body_mut() = Body::from(body);
        }
        let answered = timeout(SOON, self.http.send(request))
            .await
            .map_err(|_| wrong("no answer for a minute"))?;
        let answer = answered.map_err(|why| wrong(&why))?;
        self.keep(answer.headers());
        let status = answer.status().as_u16();
        let body = answer.into_body();
        let text = || Value::from(String::from_utf8_lossy(&body).into_owned());
        let read = || serde_json::from_slice(&body).unwrap_or_else(|_| text());
        Ok((status, (!body.is_empty()).then(read)))
    }

    /// Adds the credentials and cookies of the user.
    fn sign(&self, headers: &mut HeaderMap) {
        let Some((name, password)) = &self.credentials else { return };
        headers.typed_insert(Authorization::basic(name, password));
        let cookies: Vec<String> =
            locked(&self.cookies).iter().map(|(name, value)| format!("{name}={value}")).collect();
        // What came in a header fits into one.
        if let Some(cookies) =
            HeaderValue::from_str(&cookies.join("; ")).ok().filter(|value| !value.is_empty())
        {
            headers.insert(COOKIE, cookies);
        }
        if let Some(token) = locked(&self.csrf_token).as_ref() {
            headers.insert(csrf::TOKEN, token.clone());
        }
    }

    /// Sends Bayeux messages, and returns those of the answer.
    pub(super) async fn bayeux(&self, messages: &Value) -> Result<Vec<Value>, String> {
        let (status, body) =
            self.send("POST", &self.cometd_path, Some(messages.to_string())).await?;
        match body {
            Some(Value::Array(messages)) => Ok(messages),
            _ => Ok(vec![json!({ "successful": false, "error": format!("HTTP {status}") })]),
        }
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = locked(&self.cookies);
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name.trim());
            } else {
                cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        if let Some(token) = headers.get(csrf::TOKEN) {
            *locked(&self.csrf_token) = Some(token.clone());
        }
    }
}

/// An event, and how far the scenario was when it came.
pub(super) type Heard = (usize, Value);

/// The state that a listening client shares with the replay.
#[derive(Debug)]
pub(super) struct Listening {
    pub(super) client_id: String,
    /// True if the client does not connect any more.
    pub(super) leaving: AtomicBool,
    /// The moment at which its last connect was sent.
    pub(super) connected: Mutex<Instant>,
    /// The time for which the system holds a connect, as it has advised, in milliseconds.
    pub(super) held: Arc<AtomicUsize>,
    /// The index of the step that is played.
    pub(super) step: Arc<AtomicUsize>,
}

/// Connects again and again, until the client leaves or the system says that it is known no longer.
pub(super) async fn listen(
    client: Arc<Client>,
    listening: Arc<Listening>,
    events: UnboundedSender<Heard>,
) {
    while !listening.leaving.load(Ordering::Acquire) {
        *locked(&listening.connected) = Instant::now();
        let connect = json!([{
            "channel": "/meta/connect",
            "clientId": listening.client_id,
            "connectionType": "long-polling",
        }]);
        let Ok(messages) = client.bayeux(&connect).await else { return };
        let step = listening.step.load(Ordering::Acquire);
        let mut interval = 0;
        for message in messages {
            if message["channel"] != "/meta/connect" && message.get("data").is_some() {
                let _ = events.send((step, message));
                continue;
            }
            let advice = &message["advice"];
            if let Some(held) =
                advice["timeout"].as_u64().and_then(|number| usize::try_from(number).ok())
            {
                listening.held.store(held, Ordering::Release);
            }
            interval = advice["interval"].as_u64().unwrap_or(interval);
            let refused = message.get("successful") == Some(&Value::Bool(false));
            if refused
                || ["none", "handshake"].iter().any(|reconnect| advice["reconnect"] == *reconnect)
            {
                return;
            }
        }
        pass(Duration::from_millis(interval)).await;
    }
}

/// Returns when that time has passed.
pub(super) async fn pass(span: Duration) {
    if !span.is_zero() {
        let _ = timeout(span, std::future::pending::<()>()).await;
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
