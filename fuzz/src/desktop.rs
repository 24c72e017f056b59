//! The client of a user: what it knows of the fake, and the requests that it sends.

use gws_sms_fake::_cli_internals::http::csrf::TOKEN;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::request::Builder;
use http::{Request, Response};
use serde_json::Value;

/// The path of the push side.
const PUSH: &str = "/api/v2/notifications";

/// The way in which a request says who sends it.
#[derive(Clone, Copy)]
pub enum SignIn {
    /// By credentials until there is a cookie, then by that.
    Session,
    /// By credentials each time, as a script without cookies.
    Credentials,
    Both,
    WrongPassword,
    UnknownUser,
    /// By a cookie that no fake gave.
    WrongCookie,
    Nothing,
    /// As with a session, by a client that closes its connection after each answer.
    Closing,
}

pub const SIGN_INS: [SignIn; 8] = [
    SignIn::Session,
    SignIn::Credentials,
    SignIn::Both,
    SignIn::WrongPassword,
    SignIn::UnknownUser,
    SignIn::WrongCookie,
    SignIn::Nothing,
    SignIn::Closing,
];

pub struct Desktop {
    /// By lane, the number of its connection.
    pub connections: [u64; 2],
    pub sign_in: SignIn,
    /// True if its answers wait until a step takes them.
    pub reads_late: bool,
    http_session: Option<String>,
    browser: Option<String>,
    token: Option<String>,
    client: Option<String>,
    /// The number of the last answer to a connect, with the extension `ack`.
    ack: i64,
    /// The base64 of its credentials.
    credentials: &'static str,
}

impl Desktop {
    /// A client on two connections, of which that is the first.
    pub fn new(credentials: &'static str, first: u64) -> Self {
        Self {
            connections: [first, first + 1],
            sign_in: SignIn::Session,
            reads_late: false,
            http_session: None,
            browser: None,
            token: None,
            client: None,
            ack: 0,
            credentials,
        }
    }

    /// The clientId of its handshake, or one that no server gave.
    pub fn client(&self) -> &str {
        self.client.as_deref().unwrap_or("nobody")
    }

    pub fn ack(&self) -> i64 {
        self.ack
    }

    /// Takes another client's id for its own.
    pub fn takes_client_of(&mut self, other: Option<String>) {
        self.client = other;
    }

    /// The clientId of its handshake.
    pub fn known_client(&self) -> Option<String> {
        self.client.clone()
    }

    pub fn get(&self, path: &str) -> Option<Request<Vec<u8>>> {
        self.signed(Request::get(path)).body(Vec::new()).ok()
    }

    pub fn post(&self, path: &str, body: Vec<u8>, content_type: &str) -> Option<Request<Vec<u8>>> {
        self.signed(Request::post(path)).header(CONTENT_TYPE, content_type).body(body).ok()
    }

    pub fn bayeux(&self, messages: String) -> Option<Request<Vec<u8>>> {
        self.post(PUSH, messages.into_bytes(), "application/json")
    }

    /// A request of the push side with a callback.
    pub fn script(&self, messages: &str) -> Option<Request<Vec<u8>>> {
        let escaped: String = messages.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.get(&format!("{PUSH}?jsonp=f&message={escaped}"))
    }

    fn signed(&self, request: Builder) -> Builder {
        let known = self.http_session.as_deref();
        let (name, session) = match self.sign_in {
            SignIn::Session | SignIn::Closing if known.is_some() => (None, known),
            SignIn::Session | SignIn::Closing | SignIn::Credentials => {
                (Some(self.credentials), None)
            }
            SignIn::Both => (Some(self.credentials), known),
            SignIn::WrongPassword => (Some("YTE6d3Jvbmc="), None),
            SignIn::UnknownUser => (Some("eDpwYXNzd29yZA=="), known),
            SignIn::WrongCookie => (None, Some("0123456789")),
            SignIn::Nothing => (None, None),
        };
        let mut request = request;
        if let Some(name) = name {
            request = request.header(AUTHORIZATION, format!("Basic {name}"));
        }
        let cookies = [("JSESSIONID", session), ("BAYEUX_BROWSER", self.browser.as_deref())];
        for (name, value) in cookies {
            if let Some(value) = value {
                request = request.header(COOKIE, format!("{name}={value}"));
            }
        }
        if let Some(token) = &self.token {
            request = request.header(TOKEN, token);
        }
        if matches!(self.sign_in, SignIn::Closing) {
            request = request.header(CONNECTION, "close");
        }
        request
    }

    /// Learns what an answer says, whose messages these are if it is one of the push side.
    pub fn learn(&mut self, response: &Response<String>, messages: &Value) {
        if response.status() == 403 {
            // It signs in again.
            self.http_session = None;
        }
        for cookie in response.headers().get_all(SET_COOKIE) {
            let Some((name, value)) = cookie.to_str().ok().and_then(|text| text.split_once('='))
            else {
                continue;
            };
            let value = value.split(';').next().map(str::to_owned);
            match name {
                "JSESSIONID" => self.http_session = value,
                _ => self.browser = value,
            }
        }
        if let Some(token) = response.headers().get(TOKEN) {
            self.token = token.to_str().ok().map(str::to_owned);
        }
        for message in messages.as_array().into_iter().flatten() {
            match message["channel"].as_str() {
                Some("/meta/handshake") if message["successful"] == true => {
                    self.client = message["clientId"].as_str().map(str::to_owned);
                    self.ack = 0;
                }
                Some("/meta/connect") => {
                    self.ack = message["ext"]["ack"].as_i64().unwrap_or(self.ack);
                }
                _ => {}
            }
        }
    }
}
