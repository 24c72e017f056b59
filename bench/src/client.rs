//! Who sends: reqwest on the thread of the bench, the same for every server.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub const INTRUDE: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Monitor"}"#;
pub const REJECT: &str = r#"{"operationName":"Reject"}"#;
/// The supervisor `s2`, whom no monitoring brings into a session, and his password.
pub const CREDENTIALS: HeaderValue = HeaderValue::from_static("Basic czI6cGFzc3dvcmQ=");

/// The runtime of the client: one thread, which is the caller's.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A supervisor who is signed in.
#[derive(Clone, Debug)]
pub struct Supervisor {
    http: Client,
    url: String,
    headers: HeaderMap,
}

impl Supervisor {
    /// Who sends the cookies of one who is signed in, to a server that does not look at them.
    pub fn with_cookie(http: &Client, url: &str) -> Self {
        let cookie = HeaderValue::from_static("JSESSIONID=0123456789abcdef0123456789abcdef");
        let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
        Self { http: http.clone(), url: url.to_owned(), headers }
    }

    /// Who sends credentials with every request, and keeps no cookie.
    pub fn with_credentials(http: &Client, url: &str) -> Self {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, CREDENTIALS)]);
        Self { http: http.clone(), url: url.to_owned(), headers }
    }

    /// Signs in to a fake.
    pub async fn sign_in(http: &Client, url: &str) -> Self {
        let me = http.get(format!("{url}/api/v2/me")).header(AUTHORIZATION, CREDENTIALS);
        let mut supervisor =
            Self { http: http.clone(), url: url.to_owned(), headers: HeaderMap::new() };
        let answer = me.send().await.expect("an answer");
        supervisor.take_cookies(&answer);
        answer.bytes().await.expect("a body");
        supervisor
    }

    fn take_cookies(&mut self, answer: &Response) {
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let earlier = self.headers.get(COOKIE).and_then(|header| header.to_str().ok());
        let all: Vec<&str> = earlier.into_iter().chain(cookies).collect();
        if !all.is_empty() {
            let value = HeaderValue::try_from(all.join("; ")).expect("cookies");
            self.headers.insert(COOKIE, value);
        }
    }

    pub async fn intrude(&self, session: &str) {
        const AGENT: &str = gws_sms_fake::fixtures::AGENT.id;
        self.post(&format!("users/{AGENT}/smssessions/{session}"), INTRUDE.to_owned()).await;
    }

    pub async fn reject(&self, session: &str) {
        self.post(&format!("me/smssessions/{session}"), REJECT.to_owned()).await;
    }

    pub async fn me(&self) {
        let me = self.http.get(format!("{}/api/v2/me", self.url)).headers(self.headers.clone());
        me.send().await.expect("an answer").bytes().await.expect("a body");
    }

    /// Shakes hands, subscribes, and connects for the first time, which is answered at once.
    pub async fn subscribe(&mut self) -> Listener {
        let handshake = json!([{
            "channel": "/meta/handshake",
            "version": "1.0",
            "supportedConnectionTypes": ["long-polling"],
        }]);
        let answer = self.send("notifications", handshake.to_string()).await;
        self.take_cookies(&answer);
        let body: Value =
            serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        let client = body[0]["clientId"].as_str().expect("a clientId").to_owned();
        let subscription = json!([{
            "channel": "/meta/subscribe",
            "clientId": client,
            "subscription": "/v2/me/*",
        }]);
        self.post("notifications", subscription.to_string()).await;
        let listener = Listener::of(self, &client);
        listener.connect().await;
        listener
    }

    async fn post(&self, path: &str, body: String) -> Vec<u8> {
        let answer = self.send(path, body).await;
        assert_eq!(answer.status().as_u16(), 200, "of {path}");
        answer.bytes().await.expect("a body").into()
    }

    async fn send(&self, path: &str, body: String) -> Response {
        let post = self.http.post(format!("{}/api/v2/{path}", self.url));
        let post = post.headers(self.headers.clone()).header(CONTENT_TYPE, "application/json");
        post.body(body).send().await.expect("an answer")
    }
}

/// A client of the push side that has subscribed.
#[derive(Clone, Debug)]
pub struct Listener {
    supervisor: Supervisor,
    connect: String,
}

impl Listener {
    /// The client of that id.
    pub fn of(supervisor: &Supervisor, client: &str) -> Self {
        let connect = json!([{
            "channel": "/meta/connect",
            "clientId": client,
            "connectionType": "long-polling",
        }]);
        Self { supervisor: supervisor.clone(), connect: connect.to_string() }
    }

    /// Connects; what is answered.
    pub async fn connect(&self) -> Vec<u8> {
        self.supervisor.post("notifications", self.connect.clone()).await
    }

    /// The same request as it goes over a socket, with a timeout in milliseconds that it brings.
    pub fn as_http(&self, host: &str, timeout: Option<u64>) -> String {
        let mut connect: Value = serde_json::from_str(&self.connect).expect("JSON");
        if let Some(timeout) = timeout {
            connect[0]["advice"] = json!({ "timeout": timeout });
        }
        let (connect, cookies) = (connect.to_string(), &self.supervisor.headers[COOKIE]);
        let (length, cookies) = (connect.len(), cookies.to_str().expect("cookies"));
        format!(
            "POST /api/v2/notifications HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{connect}"
        )
    }
}

/// A client that keeps its connections.
pub fn http() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}
