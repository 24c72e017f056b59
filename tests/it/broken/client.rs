//! A small client of GWS, as an application has one: it carries out a [`Plan`], and never fails itself.
//!
//! It does one thing after the other, takes its waits from the server's answers, and ends by itself, whatever it is answered. An
//! error is swallowed: the client gives up what it was about, and signs out.

use std::time::Duration;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use support::{CometdClient, HttpClient, connect, disconnect, subscribe};

use crate::broken::plan::{Beside, Ignored, Plan, Request, Step};

/// Carries out the plan; `beside` does what happens beside the client.
pub(crate) async fn run(url: &str, plan: &Plan, beside: impl AsyncFn(Beside)) {
    let mut client = Client::new(url, plan);
    for step in &plan.steps {
        client.takes(step, &beside).await;
    }
}

/// How often it connects for an event that does not come.
const CONNECTS: usize = 3;

const TOKEN: &str = "X-CSRF-TOKEN";

struct Client<'p> {
    /// The session from the handshake to the disconnect, and what everything is sent with.
    cometd: CometdClient<HttpClient>,
    plan: &'p Plan,
    signed_in: bool,
    topic: &'static str,
    /// How long it was told to wait before the next connect.
    interval: Duration,
    /// Whether it has begun anew once.
    recovered: bool,
    /// Whether it was refused something that the rest depends on.
    given_up: bool,
    /// The state of the session, and what it offers.
    state: String,
    offered: Vec<Value>,
}

impl<'p> Client<'p> {
    fn new(url: &str, plan: &'p Plan) -> Self {
        let jar =
            Cookies { jar: Jar::default(), drops: plan.ignores == Some(Ignored::BrowserCookie) };
        let http = HttpClient::to(url).with_cookies(jar);
        Self {
            cometd: CometdClient::over(http).with_numbers(),
            plan,
            signed_in: false,
            topic: "",
            interval: Duration::ZERO,
            recovered: false,
            given_up: false,
            state: String::new(),
            offered: Vec::new(),
        }
    }

    async fn takes(&mut self, step: &Step, beside: &impl AsyncFn(Beside)) {
        match step {
            Step::Meanwhile(step) => beside(*step).await,
            Step::Disconnect => self.disconnect().await,
            Step::SignOut(request) if self.signed_in => {
                self.send(request).await;
            }
            _ if self.given_up => {}
            Step::SignIn => self.sign_in().await,
            Step::Handshake => self.handshake().await,
            Step::Subscribe(topic) => self.subscribe(topic).await,
            Step::Connect => self.connect(beside).await,
            Step::ConnectTwice => self.connect_twice().await,
            Step::Await(states) => self.wait_for(states, beside).await,
            Step::AskIfOffered(request) if !self.offered.contains(&json!(request.name)) => {}
            Step::Ask(request) | Step::AskIfOffered(request) | Step::SignOut(request) => {
                let taken = self.send(request).await;
                self.given_up = !taken && self.plan.ignores != Some(Ignored::StatusCode);
            }
        }
    }

    async fn sign_in(&mut self) {
        let http = self.cometd.connection.clone();
        let http = match self.plan.credentials {
            Some((user, password)) => http.with_password(user, password),
            None => http,
        };
        let signed_in = http.try_send(Method::GET, "/api/v2/me", "", "").await;
        let Some(response) = signed_in.ok().filter(|user| user.status().is_success()) else {
            self.given_up = true;
            return;
        };
        self.signed_in = true;
        if let Some(token) = response.headers().get(TOKEN)
            && self.plan.ignores != Some(Ignored::CsrfToken)
        {
            let http = self.cometd.connection.clone();
            self.cometd.connection = http.with_header(TOKEN, token);
        }
    }

    /// Whether the request was taken.
    async fn send(&self, request: &Request) -> bool {
        let Request { method, path, content_type, body, .. } = request;
        let content_type = content_type.unwrap_or_default();
        let http = &self.cometd.connection;
        let sent = http.try_send(method.clone(), path, content_type, body.clone()).await;
        let Ok(response) = sent else { return false };
        let Ok(answer) = response.json::<Value>().await else { return false };
        answer["statusCode"] == 0
    }

    async fn handshake(&mut self) {
        self.cometd.try_handshake().await;
        self.given_up = self.cometd.id.is_empty();
    }

    async fn subscribe(&mut self, topic: &'static str) {
        self.topic = topic;
        self.asks(subscribe(&self.cometd.id, topic)).await;
    }

    async fn connect(&mut self, beside: &impl AsyncFn(Beside)) {
        if !self.interval.is_zero() && self.plan.ignores != Some(Ignored::Interval) {
            beside(Beside::Waits(self.interval)).await;
        }
        self.connect_once().await;
        if self.cometd.id.is_empty() && !self.recovered {
            self.recovered = true;
            self.handshake().await;
            self.subscribe(self.topic).await;
            self.connect_once().await;
        }
    }

    async fn connect_once(&mut self) {
        if !self.cometd.id.is_empty() {
            self.asks(connect(&self.cometd.id)).await;
        }
    }

    async fn connect_twice(&mut self) {
        let (mut one, mut other) = (self.cometd.clone(), self.cometd.clone());
        // Its messages have numbers, of which the second is the next.
        other.numbers(Value::Null);
        let connect = connect(&self.cometd.id);
        let (one, other) = tokio::join!(one.try_ask(connect.clone()), other.try_ask(connect));
        self.cometd.numbers(Value::Null);
        self.cometd.numbers(Value::Null);
        self.hear(&one.unwrap_or_default());
        self.hear(&other.unwrap_or_default());
    }

    async fn wait_for(&mut self, states: &[&str], beside: &impl AsyncFn(Beside)) {
        for _ in 0..CONNECTS {
            if states.contains(&self.state.as_str()) {
                return;
            }
            self.connect(beside).await;
        }
    }

    async fn disconnect(&mut self) {
        if !self.cometd.id.is_empty() {
            self.cometd.try_ask(disconnect(&self.cometd.id)).await;
        }
    }

    /// Sends a message, and takes note of the answer.
    async fn asks(&mut self, message: Value) {
        let answer = self.cometd.try_ask(message).await.unwrap_or_default();
        self.hear(&answer);
    }

    /// Takes note of what an answer says: events, and advice.
    fn hear(&mut self, messages: &Value) {
        for message in messages.as_array().into_iter().flatten() {
            let advice = &message["advice"];
            if message["channel"] == "/meta/connect" {
                let interval = advice["interval"].as_u64().unwrap_or_default();
                self.interval = Duration::from_millis(interval);
            }
            let heeds = self.plan.ignores != Some(Ignored::Reconnect);
            if advice["reconnect"] == "handshake" && heeds {
                self.cometd.id.clear();
            }
            let session = &message["data"]["smssession"];
            if let Some(state) = session["state"].as_str() {
                self.state = state.to_owned();
                self.offered = session["capabilities"].as_array().cloned().unwrap_or_default();
            }
        }
    }
}

/// A jar for cookies, which may have a hole.
struct Cookies {
    jar: Jar,
    /// Whether it drops `BAYEUX_BROWSER`.
    drops: bool,
}

impl CookieStore for Cookies {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let browser =
            |header_value: &HeaderValue| header_value.as_bytes().starts_with(b"BAYEUX_BROWSER=");
        self.jar.set_cookies(&mut headers.filter(|header| !(self.drops && browser(header))), url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        self.jar.cookies(url)
    }
}
