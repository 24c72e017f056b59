//! A CometD client on a socket of its own: it knows on which connection it sends, hangs up, and leaves answers unread.

use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::pin::Pin;
use std::task::{Context, Waker};

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::FixtureUser;
use headers::Authorization;
use headers::authorization::Credentials;
use serde_json::{Value, json};

use support::desktop::{PUSH, connect, disconnect, handshake, subscribe};
use support::raw::{WATCHDOG, address};
use support::watch::Lines;

/// Whether something has not come about yet.
pub(crate) fn is_pending(waiting: Pin<&mut impl Future>) -> bool {
    waiting.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// An answer: HTTP status, cookies and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names and values.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: Value,
}

/// One connection to a fake.
pub(crate) struct Line {
    stream: BufReader<TcpStream>,
}

impl Line {
    pub(crate) fn open(gws: &FakeGws) -> Self {
        let stream = TcpStream::connect(address(gws)).unwrap();
        stream.set_read_timeout(Some(WATCHDOG)).unwrap();
        stream.set_write_timeout(Some(WATCHDOG)).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Reads a little of the next answer.
    pub(crate) fn read_some(&mut self) {
        self.stream.read_exact(&mut [0]).unwrap();
    }

    /// The next answer; `None` where the connection ends without a byte of it.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).unwrap_or(0);
            match line.trim_end() {
                _ if read == 0 && head.is_empty() => return None,
                _ if read == 0 => panic!("half an answer: {head:?}"),
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
        let values = |name: &'static str| {
            let fields = head.iter().filter_map(|line| line.split_once(": "));
            let named = fields.filter(move |(other, _)| other.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.to_owned())
        };
        let cookies = values("set-cookie").map(|it| it.split(';').next().unwrap().to_owned());
        let length = values("content-length").next().map_or(0, |it| it.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Some(Answer { status, cookies: cookies.collect(), body })
    }
}

/// A client of one user.
pub(crate) struct Client {
    pub(crate) line: Line,
    pub(crate) id: String,
    /// Names and values, as they were set last.
    pub(crate) cookies: Vec<String>,
}

impl Client {
    /// It has shaken hands.
    pub(crate) fn handshake(gws: &FakeGws, user: FixtureUser) -> Self {
        Self::handshake_as(gws, user, Vec::new(), handshake())
    }

    /// It has shaken hands, and asks for the extension `ack`.
    pub(crate) fn with_acks(gws: &FakeGws, user: FixtureUser) -> Self {
        let mut handshake = handshake();
        handshake["ext"] = json!({ "ack": true });
        Self::handshake_as(gws, user, Vec::new(), handshake)
    }

    /// Another one in the same browser.
    pub(crate) fn sister(&self, gws: &FakeGws, user: FixtureUser) -> Self {
        Self::handshake_as(gws, user, self.cookies.clone(), handshake())
    }

    fn handshake_as(
        gws: &FakeGws,
        user: FixtureUser,
        cookies: Vec<String>,
        handshake: Value,
    ) -> Self {
        let mut client = Self { line: Line::open(gws), id: String::new(), cookies };
        let credentials = Authorization::basic(user.user_name, user.password).0.encode();
        let field = format!("Authorization: {}\r\n", credentials.to_str().unwrap());
        client.line.send(client.request(&field, &json!([handshake])));
        let answer = client.line.answer().expect("an answer to the handshake");
        client.cookies.extend(answer.cookies);
        client.id = answer.body[0]["clientId"].as_str().unwrap_or_default().to_owned();
        client
    }

    /// It has shaken hands, listens to `/v2/me/*` and has connected once: its next connect is held.
    pub(crate) fn start(gws: &FakeGws, user: FixtureUser) -> Self {
        let mut client = Self::handshake(gws, user);
        client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
        client.connect();
        client
    }

    pub(crate) fn request(&self, fields: &str, messages: &Value) -> String {
        let (body, cookies) = (messages.to_string(), self.cookies.join("; "));
        let length = body.len();
        format!(
            "POST {PUSH} HTTP/1.1\r\nHost: gws\r\nContent-Type: application/json\r\n\
             Cookie: {cookies}\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
        )
    }

    pub(crate) fn send(&mut self, messages: Value) {
        let request = self.request("", &messages);
        self.line.send(request);
    }

    /// The messages of the next answer.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Value {
        self.line.answer().expect("an answer").body
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, messages: Value) -> Value {
        self.send(messages);
        self.answer()
    }

    /// Connects, and is answered.
    #[track_caller]
    pub(crate) fn connect(&mut self) -> Value {
        self.ask(json!([connect(&self.id)]))
    }

    /// Connects, and is answered at once: it does not ask to be held.
    #[track_caller]
    pub(crate) fn connect_at_once(&mut self) -> Value {
        let mut message = connect(&self.id);
        message["advice"] = json!({ "timeout": 0 });
        self.ask(json!([message]))
    }

    #[track_caller]
    pub(crate) fn disconnect(&mut self) -> Value {
        self.ask(json!([disconnect(&self.id)]))
    }

    /// Its connect is held; it is the only client of the user that may have one.
    #[track_caller]
    pub(crate) fn hold(&mut self, gws: &FakeGws, user: FixtureUser) {
        self.send(json!([connect(&self.id)]));
        gws.user(user.user_name).connect_held().blocking();
    }

    /// Goes on with another connection; the one that it had before is returned and not closed.
    pub(crate) fn change_line(&mut self, gws: &FakeGws) -> Line {
        std::mem::replace(&mut self.line, Line::open(gws))
    }

    /// Closes its connection while its connect is held, and goes on with another one when the fake has noticed.
    #[track_caller]
    pub(crate) fn hang_up(&mut self, gws: &FakeGws, lines: &Lines) {
        drop(self.change_line(gws));
        lines.wait_for("the client hung up");
    }
}

/// The texts of the messages that a customer or an agent wrote, of all events among these messages.
pub(crate) fn texts(messages: &Value) -> Vec<&str> {
    let events = messages.as_array().unwrap().iter();
    let written = events.filter_map(|event| event["data"]["messages"].as_array()).flatten();
    written.filter_map(|message| message["text"].as_str()).collect()
}

/// What the only violation so far is, in the words of the report. It is of that rule, and is let pass from now on.
#[track_caller]
pub(crate) fn violation(gws: &FakeGws, rule: &str) -> String {
    let report = gws.try_verify().unwrap_err().to_string();
    let mut parts = report.split("\n\n");
    let headline = parts.next().unwrap();
    assert!(headline.starts_with("contract broken: 1 violation in"), "{report}");
    let violation = parts.next().unwrap().to_owned();
    assert!(violation.contains(&format!("\n  rule {rule}: ")), "{report}");
    gws.allow(rule);
    gws.verify();
    violation
}
