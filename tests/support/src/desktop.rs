//! A small client of GWS for these tests: it signs in, speaks CometD by long polling, and sends operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gws_sms_fake::fixtures::FixtureUser;
use gws_sms_fake::{FakeGws, User, fixtures};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The path of the session of `a1` that a supervisor intrudes in.
pub fn intrude_path() -> String {
    format!("/api/v2/users/{}/smssessions/{}", fixtures::AGENT.id, fixtures::SESSION)
}

/// The path of a session of the caller's own.
pub fn own_path(session: &str) -> String {
    format!("/api/v2/me/smssessions/{session}")
}

/// An answer: HTTP status and body.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// The answer to an operation that is taken.
pub fn taken() -> Answer {
    Answer { status: 200, body: json!({ "statusCode": 0 }) }
}

/// A client with a cookie jar of its own.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    url: String,
    user: Option<FixtureUser>,
    headers: HeaderMap,
}

impl Http {
    /// A client that sends the credentials of that user with every request.
    pub fn of(gws: &FakeGws, user: FixtureUser) -> Self {
        Self { user: Some(user), ..Self::anonymous(gws) }
    }

    /// A client that sends no credentials.
    pub fn anonymous(gws: &FakeGws) -> Self {
        let client = Client::builder().cookie_store(true).no_proxy().build().unwrap();
        Self { client, url: gws.url().to_owned(), user: None, headers: HeaderMap::new() }
    }

    /// The same cookies, and no credentials.
    pub fn without_credentials(&self) -> Self {
        Self { user: None, ..self.clone() }
    }

    /// The same cookies, and the credentials of that user.
    pub fn with_credentials(&self, user: FixtureUser) -> Self {
        Self { user: Some(user), ..self.clone() }
    }

    /// The same credentials, and a jar that keeps no cookie.
    pub fn without_cookies(&self) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, ..self.clone() }
    }

    /// The same cookies, and one header more, which goes with every request.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// The same cookies, sent to another address.
    pub fn through(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The same cookies, sent to another fake.
    pub fn at(&self, gws: &FakeGws) -> Self {
        Self { url: gws.url().to_owned(), ..self.clone() }
    }

    pub async fn send(&self, method: Method, path: &str, kind: &str, body: String) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.headers(self.headers.clone());
        let request = match self.user {
            Some(user) => request.basic_auth(user.user_name, Some(user.password)),
            None => request,
        };
        let request = if kind.is_empty() { request } else { request.header(CONTENT_TYPE, kind) };
        request.body(body).send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "", String::new()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, "", String::new()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "application/json", body.to_string()).await
    }

    pub async fn post_text(&self, path: &str, kind: &str, body: impl Into<String>) -> Answer {
        self.ask(Method::POST, path, kind, body.into()).await
    }

    /// Sends a request; what the control endpoint answers is as it is described.
    async fn ask(&self, method: Method, path: &str, kind: &str, body: String) -> Answer {
        let answer = answer(self.send(method.clone(), path, kind, body).await).await;
        crate::documented::check(&self.url, method.as_str(), path, answer.status, &answer.body);
        answer
    }

    /// Sends Bayeux messages, and returns those of the answer.
    pub async fn bayeux(&self, messages: Value) -> Value {
        let response =
            self.send(Method::POST, PUSH, "application/json", messages.to_string()).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    /// Makes a CometD session, and returns its clientId.
    pub async fn handshake(&self) -> String {
        let reply = self.bayeux(json!([handshake()])).await;
        reply[0]["clientId"].as_str().unwrap().to_owned()
    }
}

pub const PUSH: &str = "/api/v2/notifications";

pub fn handshake() -> Value {
    json!({ "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"] })
}

pub fn connect(client: &str) -> Value {
    json!({ "channel": "/meta/connect", "clientId": client, "connectionType": "long-polling" })
}

pub fn subscribe(client: &str, subscription: &str) -> Value {
    json!({ "channel": "/meta/subscribe", "clientId": client, "subscription": subscription })
}

pub fn disconnect(client: &str) -> Value {
    json!({ "channel": "/meta/disconnect", "clientId": client })
}

async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, body }
}

/// A client that has signed in and listens to `/v2/me/*`.
#[derive(Debug)]
pub struct Desktop {
    pub http: Http,
    user: User,
    client_id: String,
    events: mpsc::UnboundedReceiver<Value>,
    listening: JoinHandle<()>,
    /// Whether it goes, or has gone: then it connects no more.
    leaving: Arc<AtomicBool>,
}

impl Desktop {
    pub async fn sign_in(gws: &FakeGws, user: FixtureUser) -> Self {
        Self::sign_in_with(gws, user, Http::of(gws, user)).await
    }

    /// As [`sign_in`](Self::sign_in), by a client that may stand behind a proxy.
    pub async fn sign_in_with(gws: &FakeGws, user: FixtureUser, signing_in: Http) -> Self {
        assert_eq!(signing_in.get("/api/v2/me").await.status, 200);
        // From here on the cookies say who calls, on both sides.
        let http = signing_in.without_credentials();
        let client_id = http.handshake().await;
        http.bayeux(json!([subscribe(&client_id, "/v2/me/*")])).await;
        let (sender, events) = mpsc::unbounded_channel();
        let leaving = Arc::default();
        let listen = listen(http.clone(), client_id.clone(), sender, Arc::clone(&leaving));
        let listening = tokio::spawn(listen);
        Self { http, user: gws.user(user.user_name), client_id, events, listening, leaving }
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub async fn intrude(&self, mode: &str) -> Answer {
        let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
        self.http.post(&intrude_path(), &body).await
    }

    /// Sends an operation without parameters to a session of the user's own.
    pub async fn operate(&self, session: &str, operation: &str) -> Answer {
        self.http.post(&own_path(session), &json!({ "operationName": operation })).await
    }

    /// The `data` of the next event.
    pub async fn next_event(&mut self) -> Value {
        self.events.recv().await.unwrap()["data"].take()
    }

    /// The `data` of all events since the last call. A sign-in on a channel marks their end: its notification comes after
    /// those of every request that was answered before.
    pub async fn events_so_far(&mut self) -> Vec<Value> {
        let mark =
            json!({ "operationName": "StartContactCenterSession", "channels": ["workitem"] });
        assert_eq!(self.http.post("/api/v2/me", &mark).await, taken());
        let mut events = Vec::new();
        loop {
            let event = self.next_event().await;
            if event["channels"][0]["channel"] == "workitem" {
                return events;
            }
            events.push(event);
        }
    }

    /// Waits until the server has told it that it is known no longer.
    pub async fn lost(self) {
        self.listening.await.unwrap();
    }

    /// Leaves when its last connect is held or answered: a disconnect must not overtake a connect.
    pub async fn sign_out(mut self) {
        self.leaving.store(true, Ordering::Release);
        let disconnect = json!([disconnect(&self.client_id)]);
        tokio::select! {
            ended = &mut self.listening => {
                ended.unwrap();
                self.http.bayeux(disconnect).await;
            }
            () = self.user.connect_held().into_future() => {
                self.http.bayeux(disconnect).await;
                self.listening.await.unwrap();
            }
        }
    }
}

/// Connects again and again, until the client leaves or the server knows the session no longer.
async fn listen(
    http: Http,
    client_id: String,
    events: mpsc::UnboundedSender<Value>,
    leaving: Arc<AtomicBool>,
) {
    while !leaving.load(Ordering::Acquire) {
        let answer = http.bayeux(json!([connect(&client_id)])).await;
        for message in answer.as_array().unwrap() {
            if message["channel"] != "/meta/connect" {
                let _ = events.send(message.clone());
            } else if ["none", "handshake"].iter().any(|it| message["advice"]["reconnect"] == *it) {
                return;
            }
        }
    }
}
