//! A client that sends bytes and reads answers, and knows no more of HTTP than that: it sends what no library would.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};

/// A fake that does not answer is to fail a test and not to hang it.
pub const WATCHDOG: Duration = Duration::from_secs(60);

/// Basic credentials of `s1`, whose password is `password`.
pub const SUPERVISOR: &str = "Authorization: Basic czE6cGFzc3dvcmQ=\r\n";

/// An Intrude that GWS takes from `s1`.
pub const INTRUDE: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Coach"}"#;

/// A socket to the fake.
pub struct Connection {
    stream: TcpStream,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Connection {
    /// Opens a connection to the fake.
    pub fn open(gws: &FakeGws) -> Self {
        Self::to(gws.url())
    }

    /// Opens a connection to the fake at that address.
    pub fn to(url: &str) -> Self {
        let stream = TcpStream::connect(url.rsplit('/').next().unwrap()).unwrap();
        stream.set_read_timeout(Some(WATCHDOG)).unwrap();
        stream.set_write_timeout(Some(WATCHDOG)).unwrap();
        Self { stream }
    }

    /// Sends as much of the bytes as the fake takes: it may refuse and close before it has them all.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        if let Err(error) = self.stream.write_all(bytes.as_ref()) {
            assert!(is_closing(&error), "the fake takes no more bytes and does not close: {error}");
        }
    }

    /// Sends no more, and can still read.
    pub fn end_sending(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads one answer; `None` when the connection is closed instead of one.
    pub fn answer(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte()?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status_line = lines.next().unwrap();
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let fields = lines.filter_map(|line| line.split_once(": "));
        let headers = fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let body: Option<Vec<u8>> = (0..length).map(|_| self.byte()).collect();
        answer.body = String::from_utf8(body.expect("a whole body")).unwrap();
        Some(answer)
    }

    /// Sends a request and reads its answer.
    pub fn exchange(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request);
        self.answer().expect("an answer and not the end of the connection")
    }

    /// Whether another request is answered on this connection.
    pub fn answers_again(mut self) -> bool {
        self.send(me());
        self.answer().is_some()
    }

    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(0) => None,
            Ok(_) => Some(byte[0]),
            Err(error) if is_closing(&error) => None,
            Err(error) => panic!("the fake neither answers nor closes: {error}"),
        }
    }
}

impl Answer {
    /// The value of the first header of that name, which is written in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The values of all headers of that name, which is written in small letters.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A header `Cookie` that gives back every cookie of this answer.
    pub fn cookies(&self) -> String {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        let pairs: Vec<&str> = set.filter_map(|(_, value)| value.split(';').next()).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }
}

/// Where the fake listens.
pub fn address(gws: &FakeGws) -> SocketAddr {
    gws.url().rsplit('/').next().unwrap().parse().unwrap()
}

/// A good request that changes nothing.
pub fn me() -> String {
    format!("GET /api/v2/me HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}\r\n")
}

/// Where an Intrude is sent.
pub fn intrude_path() -> String {
    format!("/api/v2/users/{}/smssessions/{}", fixtures::AGENT.id, fixtures::SESSION)
}

/// A whole Intrude with that body.
pub fn intrude(body: impl AsRef<[u8]>) -> Vec<u8> {
    post(&intrude_path(), body)
}

/// A whole request of the supervisor with that body and its length.
pub fn post(path: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = format!("Content-Length: {}\r\n", body.as_ref().len());
    post_with(path, &length, body)
}

/// A request of the supervisor with these header fields, each with its line's end, and with whatever is to follow them.
pub fn post_with(path: &str, fields: &str, rest: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}Content-Type: application/json\r\n{fields}\r\n"
    );
    [head.as_bytes(), rest.as_ref()].concat()
}

/// Those bytes as one chunk, and the end of the chunks.
pub fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
}

/// How a system says that the other side has closed.
fn is_closing(error: &std::io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}
