//! A small client of GWS, as an application has one: it carries out a [`Plan`], and never fails itself.
//!
//! It does one thing after the other, takes its waits from the server's answers, and ends by itself, whatever it is answered. An
//! error is swallowed: the client gives up what it was about, and signs out.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use crate::broken::plan::{Beside, Ignored, Plan, Request, Step};
use support::PUSH;

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
    http: reqwest::Client,
    url: &'p str,
    plan: &'p Plan,
    signed_in: bool,
    csrf_token: Option<HeaderValue>,
    /// There from the handshake to the disconnect.
    client_id: Option<String>,
    topic: &'static str,
    messages: u64,
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
    fn new(url: &'p str, plan: &'p Plan) -> Self {
        let jar =
            Cookies { jar: Jar::default(), drops: plan.ignores == Some(Ignored::BrowserCookie) };
        let http = reqwest::Client::builder().cookie_provider(Arc::new(jar)).no_proxy();
        Self {
            http: http.build().unwrap(),
            url,
            plan,
            signed_in: false,
            csrf_token: None,
            client_id: None,
            topic: "",
            messages: 0,
            interval: Duration::ZERO,
            recovered: false,
            given_up: false,
            state: String::new(),
            offered: Vec::new(),
        }
    }

    async fn takes(&mut self, step: &Step, beside: &impl AsyncFn(Beside)) {
        match step {
            Step::Meanwhile(it) => beside(*it).await,
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
        let request = self.http.get(format!("{}/api/v2/me", self.url));
        let request = match self.plan.credentials {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        let Some(response) = request.send().await.ok().filter(|it| it.status().is_success()) else {
            self.given_up = true;
            return;
        };
        self.signed_in = true;
        let token = response.headers().get(TOKEN).cloned();
        self.csrf_token = token.filter(|_| self.plan.ignores != Some(Ignored::CsrfToken));
    }

    /// Whether the request was taken.
    async fn send(&self, request: &Request) -> bool {
        let Request { method, path, content_type, body, .. } = request;
        let sent = self.http.request(method.clone(), format!("{}{path}", self.url));
        let sent = sent.body(body.clone());
        let sent = match content_type {
            Some(content_type) => sent.header(CONTENT_TYPE, *content_type),
            None => sent,
        };
        let Some(answer) = self.answer(sent).await else { return false };
        answer["statusCode"] == 0
    }

    async fn handshake(&mut self) {
        let answer = self
            .bayeux(json!({
                "channel": "/meta/handshake",
                "version": "1.0",
                "supportedConnectionTypes": ["long-polling"],
            }))
            .await;
        self.client_id = answer[0]["clientId"].as_str().map(str::to_owned);
        self.given_up = self.client_id.is_none();
    }

    async fn subscribe(&mut self, topic: &'static str) {
        self.topic = topic;
        let subscribe = self.message("/meta/subscribe", json!({ "subscription": topic }));
        let answer = self.bayeux(subscribe).await;
        self.hear(&answer);
    }

    async fn connect(&mut self, beside: &impl AsyncFn(Beside)) {
        if !self.interval.is_zero() && self.plan.ignores != Some(Ignored::Interval) {
            beside(Beside::Waits(self.interval)).await;
        }
        self.connect_once().await;
        if self.client_id.is_none() && !self.recovered {
            self.recovered = true;
            self.handshake().await;
            self.subscribe(self.topic).await;
            self.connect_once().await;
        }
    }

    async fn connect_once(&mut self) {
        if self.client_id.is_none() {
            return;
        }
        let connect = self.connect_message();
        let answer = self.bayeux(connect).await;
        self.hear(&answer);
    }

    async fn connect_twice(&mut self) {
        let (one, other) = (self.connect_message(), self.connect_message());
        let (one, other) = tokio::join!(self.bayeux(one), self.bayeux(other));
        self.hear(&one);
        self.hear(&other);
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
        if self.client_id.is_some() {
            let disconnect = self.message("/meta/disconnect", json!({}));
            self.bayeux(disconnect).await;
        }
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
                self.client_id = None;
            }
            let session = &message["data"]["smssession"];
            if let Some(state) = session["state"].as_str() {
                self.state = state.to_owned();
                self.offered = session["capabilities"].as_array().cloned().unwrap_or_default();
            }
        }
    }

    fn connect_message(&mut self) -> Value {
        self.message("/meta/connect", json!({ "connectionType": "long-polling" }))
    }

    fn message(&mut self, channel: &str, mut message: Value) -> Value {
        self.messages += 1;
        message["id"] = json!(self.messages.to_string());
        message["channel"] = json!(channel);
        message["clientId"] = json!(self.client_id);
        message
    }

    async fn bayeux(&self, message: Value) -> Value {
        let request = self.http.post(format!("{}{PUSH}", self.url)).json(&json!([message]));
        self.answer(request).await.unwrap_or_default()
    }

    /// The body of the answer, if it is JSON at all.
    async fn answer(&self, request: reqwest::RequestBuilder) -> Option<Value> {
        let request = match &self.csrf_token {
            Some(token) => request.header(TOKEN, token.clone()),
            None => request,
        };
        request.send().await.ok()?.json().await.ok()
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
        let browser = |it: &HeaderValue| it.as_bytes().starts_with(b"BAYEUX_BROWSER=");
        self.jar.set_cookies(&mut headers.filter(|it| !(self.drops && browser(it))), url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        self.jar.cookies(url)
    }
}
