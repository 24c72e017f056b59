//! One connection of a random client: what it sends, and what comes of it.

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::FixtureUser;
use headers::Authorization;
use headers::authorization::Credentials;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use support::raw::address;

/// What comes of a request.
#[derive(Clone, Debug)]
pub(super) enum Came {
    Answer(Answer),
    /// The connection ended before there was a whole answer.
    Cut,
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names and values.
    pub(super) cookies: Vec<String>,
    pub(super) body: Vec<u8>,
    /// Whether the connection ends with it.
    closes: bool,
}

impl Came {
    /// The status and the JSON of the answer, if there is any.
    pub(super) fn json(&self) -> Option<(u16, Value)> {
        let Self::Answer(answer) = self else { return None };
        Some((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
    }
}

/// A connection, which is opened when something is sent and there is none.
#[derive(Debug, Default)]
pub(super) struct Line(Option<BufReader<TcpStream>>);

impl Line {
    pub(super) async fn ask(&mut self, gws: &FakeGws, request: &[u8]) -> Came {
        self.send(gws, request).await;
        self.incoming().await
    }

    /// Sends as much as the fake takes.
    pub(super) async fn send(&mut self, gws: &FakeGws, request: &[u8]) {
        let stream = match self.0.take() {
            Some(stream) => stream,
            None => BufReader::new(TcpStream::connect(address(gws)).await.unwrap()),
        };
        let stream = self.0.insert(stream);
        let _ = stream.get_mut().write_all(request).await;
    }

    pub(super) async fn incoming(&mut self) -> Came {
        let answer = self.answer().await;
        if answer.as_ref().is_none_or(|answer| answer.closes) {
            self.0 = None;
        }
        answer.map_or(Came::Cut, Came::Answer)
    }

    async fn answer(&mut self) -> Option<Answer> {
        let stream = self.0.as_mut()?;
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_ascii_lowercase().split_once(": ").map_or_else(
                    || (String::new(), line.to_owned()),
                    |(name, _)| (name.to_owned(), line[name.len() + 2..].to_owned()),
                )),
            }
        }
        let values = |name: &'static str| {
            head.iter().filter(move |field| field.0 == name).map(|field| field.1.as_str())
        };
        let status = head[0].1.split(' ').nth(1)?.parse().ok()?;
        let cookies = values("set-cookie").filter_map(|cookie| cookie.split(';').next());
        let cookies = cookies.map(str::to_owned).collect();
        let closes = values("connection").any(|value| value == "close");
        let length = values("content-length").next().map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        Some(Answer { status, cookies, body, closes })
    }
}

/// A whole request; `fields` are header fields, each with its line's end.
pub(super) fn request(
    method: &str,
    path: &str,
    fields: &str,
    kind: &str,
    body: impl AsRef<[u8]>,
) -> Vec<u8> {
    let (kind, length) = match (kind, body.as_ref().len()) {
        ("", 0) => (String::new(), String::new()),
        (kind, length) => {
            (format!("Content-Type: {kind}\r\n"), format!("Content-Length: {length}\r\n"))
        }
    };
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}{kind}{length}\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

pub(super) fn credentials(user: FixtureUser) -> String {
    let encoded = Authorization::basic(user.user_name, user.password).0.encode();
    format!("Authorization: {}\r\n", encoded.to_str().unwrap())
}
