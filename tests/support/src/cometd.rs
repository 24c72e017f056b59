//! The push side: Bayeux messages, and a client that sends them.

use gws_sms_fake::fixtures::FixtureUser;
use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::http_client::HttpClient;
use crate::raw::{AsyncRawConnection, RawConnection, credentials, request};
use crate::transport::Reachable;
use crate::watch::Lines;

/// The path that Bayeux messages are sent to.
pub const PUSH: &str = "/api/v2/notifications";

/// A handshake for long polling.
pub fn handshake() -> Value {
    json!({ "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"] })
}

/// A connect of that client.
pub fn connect(client: &str) -> Value {
    json!({ "channel": "/meta/connect", "clientId": client, "connectionType": "long-polling" })
}

/// A subscription of that client.
pub fn subscribe(client: &str, subscription: &str) -> Value {
    json!({ "channel": "/meta/subscribe", "clientId": client, "subscription": subscription })
}

/// The disconnect of that client.
pub fn disconnect(client: &str) -> Value {
    json!({ "channel": "/meta/disconnect", "clientId": client })
}

/// The same message with an id.
pub fn numbered(mut message: Value, id: impl ToString) -> Value {
    message["id"] = json!(id.to_string());
    message
}

/// The CometD session of one client, and what it sends over: an [`HttpClient`], a [`RawConnection`] or an
/// [`AsyncRawConnection`].
#[derive(Clone, Debug)]
pub struct CometdClient<C> {
    /// The connection that it sends over.
    pub connection: C,
    /// Its clientId; empty before the first handshake.
    pub id: String,
    /// The cookies that it sends over a socket, as `name=value`, as they were set last. An [`HttpClient`] keeps its
    /// own.
    pub cookies: Vec<String>,
    /// The further header fields that it sends over a socket with every request, each with its line's end.
    fields: String,
    /// The number of the last message, where messages are numbered.
    number: Option<u64>,
}

/// A client of CometD on a socket, for tests that block.
pub type RawCometdClient = CometdClient<RawConnection>;

impl<C> CometdClient<C> {
    /// A client without a session.
    pub fn over(connection: C) -> Self {
        Self {
            connection,
            id: String::new(),
            cookies: Vec::new(),
            fields: String::new(),
            number: None,
        }
    }

    /// The same, with an id in each message.
    pub fn with_numbers(self) -> Self {
        Self { number: Some(0), ..self }
    }

    /// The same, with that header field in each request over a socket; the field ends with its line's end.
    pub fn with_field(self, field: &str) -> Self {
        Self { fields: self.fields + field, ..self }
    }

    /// The same session without its cookies, over another connection.
    pub fn without_cookies(&self, connection: C) -> Self {
        let (id, fields) = (self.id.clone(), self.fields.clone());
        Self { connection, id, cookies: Vec::new(), fields, number: self.number }
    }

    /// Numbers a message, where messages are numbered.
    pub fn numbers(&mut self, message: Value) -> Value {
        let Some(number) = &mut self.number else { return message };
        *number += 1;
        numbered(message, *number)
    }

    /// A request of the push side over a socket, with these header fields too, each with its line's end.
    pub fn request(&self, fields: &str, messages: &Value) -> String {
        let cookies = match self.cookies.join("; ") {
            none if none.is_empty() => none,
            cookies => format!("Cookie: {cookies}\r\n"),
        };
        let fields = format!("{}{cookies}{fields}", self.fields);
        let request = request("POST", PUSH, &fields, "application/json", messages.to_string());
        String::from_utf8(request).expect("text of text")
    }

    /// Takes the cookies of an answer; each replaces the one of its name.
    pub fn take_cookies(&mut self, answer: &Answer) {
        let name = |cookie: &str| cookie.split('=').next().map(str::to_owned);
        for cookie in answer.cookies() {
            self.cookies.retain(|kept| name(kept) != name(cookie));
            self.cookies.push(cookie.to_owned());
        }
    }

    fn take_id(&mut self, replies: &Value) {
        self.id = replies[0]["clientId"].as_str().unwrap_or_default().to_owned();
    }
}

/// A connect that asks not to be held.
pub fn connect_at_once(client: &str) -> Value {
    let mut message = connect(client);
    message["advice"] = json!({ "timeout": 0 });
    message
}

/// Over a socket, for tests that block. The client knows on which connection it sends, hangs up, and leaves answers unread.
impl CometdClient<RawConnection> {
    /// A client of that user that has shaken hands. Its cookies stand for the credentials from then on.
    pub fn handshake(gws: &impl Reachable, user: FixtureUser) -> Self {
        Self::handshake_as(gws, user, Vec::new(), handshake())
    }

    /// A client of that user that has shaken hands with the extension `ack`.
    pub fn handshake_with_ack(gws: &impl Reachable, user: FixtureUser) -> Self {
        let mut handshake = handshake();
        handshake["ext"] = json!({ "ack": true });
        Self::handshake_as(gws, user, Vec::new(), handshake)
    }

    /// Another client in the same browser.
    pub fn sister(&self, gws: &impl Reachable, user: FixtureUser) -> Self {
        Self::handshake_as(gws, user, self.cookies.clone(), handshake())
    }

    fn handshake_as(
        gws: &impl Reachable,
        user: FixtureUser,
        cookies: Vec<String>,
        handshake: Value,
    ) -> Self {
        let mut client = Self { cookies, ..Self::over(RawConnection::open(gws)) };
        let request = client.request(&credentials(user), &json!([handshake]));
        let answer = client.connection.exchange(request);
        client.take_cookies(&answer);
        client.take_id(&answer.body);
        client
    }

    /// A client of that user that has shaken hands, listens to `/v2/me/*` and has connected once: its next connect is held.
    pub fn start(gws: &impl Reachable, user: FixtureUser) -> Self {
        let mut client = Self::handshake(gws, user);
        client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
        client.connect();
        client
    }

    /// Sends messages.
    pub fn send(&mut self, messages: Value) {
        let request = self.request("", &messages);
        self.connection.send(request);
    }

    /// Returns the messages of the next answer.
    #[track_caller]
    pub fn answer(&mut self) -> Value {
        self.connection.answer().expect("an answer").body
    }

    /// Sends messages, and returns those of the answer.
    #[track_caller]
    pub fn ask(&mut self, messages: Value) -> Value {
        self.send(messages);
        self.answer()
    }

    /// Connects, and is answered.
    #[track_caller]
    pub fn connect(&mut self) -> Value {
        self.ask(json!([connect(&self.id)]))
    }

    /// Connects, asks not to be held, and is answered.
    #[track_caller]
    pub fn connect_at_once(&mut self) -> Value {
        self.ask(json!([connect_at_once(&self.id)]))
    }

    /// Disconnects, and is answered.
    #[track_caller]
    pub fn disconnect(&mut self) -> Value {
        self.ask(json!([disconnect(&self.id)]))
    }

    /// Sends a connect that is held; no other client of the user may have one that is.
    #[track_caller]
    pub fn hold(&mut self, gws: &impl Reachable, user: FixtureUser) {
        self.send(json!([connect(&self.id)]));
        gws.wait_for_held(user.user_name);
    }

    /// Goes on with another connection; the one before is returned and not closed.
    pub fn change_connection(&mut self, gws: &impl Reachable) -> RawConnection {
        std::mem::replace(&mut self.connection, RawConnection::open(gws))
    }

    /// Closes its connection while its connect is held, and goes on with another one when the fake has noticed.
    #[track_caller]
    pub fn hang_up(&mut self, gws: &impl Reachable, lines: &Lines) {
        drop(self.change_connection(gws));
        lines.wait_for("the client hung up");
    }
}

/// Over a socket, for tests that await. Every request may be cut.
impl CometdClient<AsyncRawConnection> {
    /// Sends messages, and returns the answer, if there is one.
    pub async fn ask(&mut self, messages: Value) -> Option<Answer> {
        let request = self.request("", &messages);
        let answer = self.connection.exchange(request).await?;
        self.take_cookies(&answer);
        Some(answer)
    }

    /// Shakes hands, and returns the answer, if there is one.
    pub async fn handshake(&mut self) -> Option<Answer> {
        let answer = self.ask(json!([handshake()])).await?;
        self.take_id(&answer.body);
        Some(answer)
    }
}

/// Over an HTTP library.
impl CometdClient<HttpClient> {
    /// Sends one message, and returns the messages of the answer, if it is JSON at all.
    pub async fn try_ask(&mut self, message: Value) -> Option<Value> {
        let messages = json!([self.numbers(message)]).to_string();
        let sent = self.connection.try_send(Method::POST, PUSH, "application/json", messages);
        sent.await.ok()?.json().await.ok()
    }

    /// Sends one message, and returns the messages of the answer, which is 200.
    pub async fn ask(&mut self, message: Value) -> Value {
        let messages = json!([self.numbers(message)]);
        self.connection.bayeux(messages).await
    }

    /// Shakes hands, without a number; the clientId is empty where that is denied.
    pub async fn handshake(&mut self) {
        let replies = self.connection.bayeux(json!([handshake()])).await;
        self.take_id(&replies);
    }

    /// As [`handshake`](Self::handshake), where there may be no answer at all.
    pub async fn try_handshake(&mut self) {
        let messages = json!([handshake()]).to_string();
        let sent = self.connection.try_send(Method::POST, PUSH, "application/json", messages);
        let replies = match sent.await {
            Ok(response) => response.json().await.unwrap_or_default(),
            Err(_) => Value::Null,
        };
        self.take_id(&replies);
    }

    /// Subscribes to a channel or a pattern.
    pub async fn subscribe(&mut self, subscription: &str) -> Value {
        let message = subscribe(&self.id, subscription);
        self.ask(message).await
    }

    /// Connects, and returns the messages of the answer.
    pub async fn connect(&mut self) -> Value {
        let message = connect(&self.id);
        self.ask(message).await
    }

    /// Disconnects.
    pub async fn disconnect(&mut self) -> Value {
        let message = disconnect(&self.id);
        self.ask(message).await
    }
}
