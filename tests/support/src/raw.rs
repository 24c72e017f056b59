//! Clients that send bytes and read answers, and know no more of HTTP than that: they send what no library would.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::FixtureUser;
use headers::Authorization;
use headers::authorization::Credentials;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::answer::Answer;
use crate::http_client::intrude_path;
use crate::transport::{Reachable, SharedFake};

/// The time that a fake may take: one that does not answer fails a test and does not hang it.
pub const WATCHDOG: Duration = Duration::from_secs(60);

/// Basic credentials of `s1`, whose password is `password`.
pub const SUPERVISOR: &str = "Authorization: Basic czE6cGFzc3dvcmQ=\r\n";

/// An Intrude of `s1` that GWS accepts.
pub const INTRUDE: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Coach"}"#;

/// A connection to a fake, for tests that block: a socket, unless the fake has no server.
#[derive(Debug)]
pub struct RawConnection(Wire);

#[derive(Debug)]
enum Wire {
    Socket(Socket),
    Direct(DirectConnection),
}

/// A connection to a fake without a server.
#[derive(Debug)]
struct DirectConnection {
    fake: SharedFake,
    number: u64,
    /// The beginning of a request.
    unsent: Vec<u8>,
}

#[derive(Debug)]
struct Socket {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl RawConnection {
    /// Opens a connection to the fake.
    pub fn open(gws: &impl Reachable) -> Self {
        gws.open()
    }

    pub(crate) fn direct(fake: SharedFake) -> Self {
        let number = SharedFake::new_number();
        Self(Wire::Direct(DirectConnection { fake, number, unsent: Vec::new() }))
    }

    /// Opens a connection to the fake at that URL.
    pub fn to(url: &str) -> Self {
        let stream = TcpStream::connect(address_of(url)).unwrap();
        stream.set_read_timeout(Some(WATCHDOG)).unwrap();
        stream.set_write_timeout(Some(WATCHDOG)).unwrap();
        Self(Wire::Socket(Socket { stream, unread: Vec::new() }))
    }

    /// Sends as much of the bytes as the fake takes: it may refuse and close before it has them all.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        match &mut self.0 {
            Wire::Socket(socket) => socket.send(bytes.as_ref()),
            Wire::Direct(connection) => connection.send(bytes.as_ref()),
        }
    }

    /// Sends no more, and can still read.
    pub fn end_sending(&mut self) {
        self.socket().stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads one answer; `None` when the connection is closed before the end of its head.
    pub fn answer(&mut self) -> Option<Answer> {
        match &mut self.0 {
            Wire::Socket(socket) => socket.answer(),
            Wire::Direct(connection) => connection.answer(),
        }
    }

    /// Reads the first bytes of the next answer.
    pub fn read_some(&mut self) {
        assert_ne!(self.socket().read(), 0, "the connection is closed");
    }

    /// Sends a request and reads its answer.
    pub fn exchange(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request);
        self.answer().expect("an answer and not the end of the connection")
    }

    /// Sends another request, and returns whether it is answered.
    pub fn answers_again(mut self) -> bool {
        self.send(me());
        self.answer().is_some()
    }

    fn socket(&mut self) -> &mut Socket {
        match &mut self.0 {
            Wire::Socket(socket) => socket,
            Wire::Direct(_) => panic!("a fake without a server has no sockets"),
        }
    }
}

impl Socket {
    fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write_all(bytes) {
            assert!(is_closing(&error), "the fake takes no more bytes and does not close: {error}");
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = next_answer(&mut self.unread) {
                return Some(answer);
            }
            if self.read() == 0 {
                assert!(!self.unread.windows(4).any(|bytes| bytes == b"\r\n\r\n"), "half a body");
                return None;
            }
        }
    }

    fn read(&mut self) -> usize {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.unread.extend(&bytes[..count]);
                count
            }
            Err(error) if is_closing(&error) => 0,
            Err(error) => panic!("the fake neither answers nor closes: {error}"),
        }
    }
}

impl DirectConnection {
    /// Takes bytes, and hands on each request that is complete.
    fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend(bytes);
        while let Some(request) = next_request(&mut self.unsent) {
            self.fake.lock().send(self.number, request);
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        let (head, body) = self.fake.lock().answer(self.number)?.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        Some(Answer::received(head.status.as_u16(), headers.collect(), body))
    }
}

impl Drop for DirectConnection {
    fn drop(&mut self) {
        self.fake.lock().hang_up(self.number);
    }
}

/// Takes the first request out of what was sent, when it is complete.
fn next_request(unsent: &mut Vec<u8>) -> Option<http::Request<Vec<u8>>> {
    let head_end = unsent.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&unsent[..head_end]).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next().unwrap().split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut request = http::Request::builder().method(method).uri(target);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        request = request.header(name, value.trim());
    }
    let length = request.headers_ref().and_then(|headers| headers.get("content-length"));
    let length: usize = length.map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    let end = head_end + length;
    if unsent.len() < end {
        return None;
    }
    let request = request.body(unsent[head_end..end].to_vec()).unwrap();
    unsent.drain(..end);
    Some(request)
}

/// A socket to a fake, for tests that await. It is opened when something is sent and it is closed.
#[derive(Debug)]
pub struct AsyncRawConnection {
    address: SocketAddr,
    stream: Option<tokio::net::TcpStream>,
    unread: Vec<u8>,
}

impl AsyncRawConnection {
    /// A connection to the fake.
    pub fn new(gws: &FakeGws) -> Self {
        Self { address: address(gws), stream: None, unread: Vec::new() }
    }

    /// Sends as much of the bytes as the fake takes, and returns whether it took all.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        if self.stream.is_none() {
            let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
            self.stream = Some(stream);
            self.unread.clear();
        }
        let stream = self.stream.as_mut().expect("it was just opened");
        stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Reads one answer; `None` when the connection ends before a complete one.
    pub async fn answer(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = next_answer(&mut self.unread) {
                if answer.headers("connection").any(|header| header == "close") {
                    self.stream = None;
                }
                return Some(answer);
            }
            let stream = self.stream.as_mut()?;
            let read = timeout(WATCHDOG, stream.read_buf(&mut self.unread)).await;
            if read.expect("the fake neither answers nor closes").unwrap_or(0) == 0 {
                self.stream = None;
                return None;
            }
        }
    }

    /// Sends a request and reads its answer; `None` when the connection ends before a complete one.
    pub async fn exchange(&mut self, request: impl AsRef<[u8]>) -> Option<Answer> {
        self.send(request).await;
        self.answer().await
    }

    /// Waits until the fake closes the connection, and reads nothing before.
    pub async fn closed(mut self) {
        let mut rest = Vec::new();
        if let Some(stream) = &mut self.stream {
            // A reset is an end too.
            let _ = timeout(WATCHDOG, stream.read_to_end(&mut rest)).await.expect("an end");
        }
    }
}

/// Takes the first answer out of what was read, when it is complete.
fn next_answer(unread: &mut Vec<u8>) -> Option<Answer> {
    let head_end = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&unread[..head_end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let fields = lines.filter_map(|line| line.split_once(": "));
    let headers: Vec<(String, String)> =
        fields.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
    let end = head_end + length;
    if unread.len() < end {
        return None;
    }
    let body = String::from_utf8(unread[head_end..end].to_vec()).expect("a body in UTF-8");
    unread.drain(..end);
    Some(Answer::received(status, headers, body))
}

/// Returns where the fake listens.
pub fn address(gws: &FakeGws) -> SocketAddr {
    address_of(gws.url())
}

fn address_of(url: &str) -> SocketAddr {
    url.rsplit('/').next().unwrap().parse().unwrap()
}

/// Returns a good request that changes nothing.
pub fn me() -> String {
    format!("GET /api/v2/me HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}\r\n")
}

/// Returns a complete Intrude with that body.
pub fn intrude(body: impl AsRef<[u8]>) -> Vec<u8> {
    post(&intrude_path(), body)
}

/// Returns a complete request of the supervisor with that body and its length.
pub fn post(path: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = format!("Content-Length: {}\r\n", body.as_ref().len());
    post_with(path, &length, body)
}

/// Returns a request of the supervisor with these header fields, each with its line's end, and with whatever follows them.
pub fn post_with(path: &str, fields: &str, rest: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}Content-Type: application/json\r\n{fields}\r\n"
    );
    [head.as_bytes(), rest.as_ref()].concat()
}

/// Returns a complete request of anybody. The fields are header fields, each with its line's end; an empty type announces none.
pub fn request(
    method: &str,
    path: &str,
    fields: &str,
    content_type: &str,
    body: impl AsRef<[u8]>,
) -> Vec<u8> {
    let (content_type, length) = match (content_type, body.as_ref().len()) {
        ("", 0) => (String::new(), String::new()),
        (content_type, length) => {
            (format!("Content-Type: {content_type}\r\n"), format!("Content-Length: {length}\r\n"))
        }
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}{content_type}{length}\r\n"
    );
    [head.as_bytes(), body.as_ref()].concat()
}

/// Returns a header field with the credentials of that user.
pub fn credentials(user: FixtureUser) -> String {
    let encoded = Authorization::basic(user.user_name, user.password).0.encode();
    format!("Authorization: {}\r\n", encoded.to_str().unwrap())
}

/// Returns those bytes as one chunk, and the end of the chunks.
pub fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
}

/// Tells if a system reports with that error that the other side has closed.
fn is_closing(error: &std::io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}
