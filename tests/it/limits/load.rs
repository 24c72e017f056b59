//! A thousand clients at once, a third of which hang up, stall or flood: the others see nothing of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::limits::lines_with;
use support::raw::{self, WATCHDOG};
use support::{connect, disconnect, handshake, subscribe};

const CLIENTS: usize = 1000;
const PUSH: &str = "/api/v2/notifications";
/// How long a client may stall, in real time.
const IDLE: Duration = Duration::from_secs(2);

/// One connection, and its cookies.
struct Client {
    stream: TcpStream,
    cookies: String,
    unread: Vec<u8>,
}

impl Client {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream, cookies: String::new(), unread: Vec::new() }
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends a request, and reads the body of its answer, which is 200.
    async fn exchange(&mut self, request: impl AsRef<[u8]>) -> String {
        self.send(request).await;
        self.answer().await
    }

    async fn push(&mut self, message: Value) -> Value {
        let body = json!([message]).to_string();
        let fields = format!("{}Content-Length: {}\r\n", self.cookies, body.len());
        let answer = self.exchange(raw::post_with(PUSH, &fields, body)).await;
        serde_json::from_str(&answer).unwrap()
    }

    async fn answer(&mut self) -> String {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|it| it == b"\r\n\r\n") {
                break at + 4;
            }
            self.read().await;
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let fields = || head.lines().filter_map(|line| line.split_once(": "));
        let field = |name: &'static str| {
            fields().filter(move |it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1)
        };
        let set: Vec<&str> = field("set-cookie").filter_map(|it| it.split(';').next()).collect();
        if !set.is_empty() {
            self.cookies = format!("Cookie: {}\r\n", set.join("; "));
        }
        let length: usize = field("content-length").next().unwrap().parse().unwrap();
        while self.unread.len() < length {
            self.read().await;
        }
        String::from_utf8(self.unread.drain(..length).collect()).unwrap()
    }

    async fn read(&mut self) {
        let read = timeout(WATCHDOG, self.stream.read_buf(&mut self.unread)).await;
        assert_ne!(read.expect("an answer").unwrap(), 0, "the connection is closed");
    }

    /// Waits until the fake closes the connection, and reads nothing before.
    async fn closed(mut self) {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = timeout(WATCHDOG, self.stream.read_to_end(&mut rest)).await.expect("an end");
    }

    /// A client that has subscribed, and the id of its session.
    async fn subscribed(address: SocketAddr) -> (Self, String) {
        let mut client = Self::open(address).await;
        let reply = client.push(handshake()).await;
        let id = reply[0]["clientId"].as_str().unwrap().to_owned();
        let subscribed = client.push(subscribe(&id, "/v2/me/smssessions")).await;
        assert_eq!(subscribed[0]["successful"], true);
        client.push(connect(&id)).await;
        (client, id)
    }
}

/// Does what a client should do: waits for an event in a held connect, and asks something afterwards.
async fn behaves(address: SocketAddr, ready: Arc<Semaphore>) {
    let (mut client, id) = Client::subscribed(address).await;
    ready.add_permits(1);
    let events = client.push(connect(&id)).await;
    assert_eq!(events[0]["data"]["number"], 1, "{events}");
    for _ in 0..3 {
        let me = format!("GET /api/v2/me HTTP/1.1\r\nHost: gws\r\n{}\r\n", client.cookies);
        client.exchange(me).await;
    }
    let end = client.push(disconnect(&id)).await;
    assert_eq!(end[0]["successful"], true, "{end}");
}

/// Does it wrong in one way or another, until the others have what they wait for.
async fn misbehaves(address: SocketAddr, how: usize, mut done: watch::Receiver<bool>) {
    match how % 4 {
        0 => {
            let (mut client, id) = Client::subscribed(address).await;
            let body = json!([connect(&id)]).to_string();
            let fields = format!("{}Content-Length: {}\r\n", client.cookies, body.len());
            client.send(raw::post_with(PUSH, &fields, body)).await;
            // It hangs up while its connect is held, or is about to be.
        }
        1 => {
            let mut client = Client::open(address).await;
            client.send("GET /api/v2/me HTTP/1.1\r\nHost:").await;
            client.closed().await;
        }
        2 => {
            let mut client = Client::open(address).await;
            let length = "Content-Length: 100\r\n";
            client.send(raw::post_with(&raw::intrude_path(), length, "{")).await;
            client.closed().await;
        }
        _ => {
            let mut client = Client::open(address).await;
            let requests = raw::me().repeat(20);
            while !*done.borrow() {
                let all = client.stream.write_all(requests.as_bytes());
                tokio::select! {
                    written = all => if written.is_err() { break },
                    _ = done.changed() => break,
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_of_which_a_third_misbehave() {
    open_more_files();
    let builder = FakeGws::builder().idle_timeout(IDLE).wait_timeout(WATCHDOG);
    let gws = builder.cometd_timeout(WATCHDOG).cometd_max_interval(WATCHDOG).start();
    for rule in ["http-malformed", "answer-unread"] {
        gws.allow(rule);
    }
    let address = raw::address(&gws);
    let ready = Arc::new(Semaphore::new(0));
    let (tell, done) = watch::channel(false);
    let (mut good, mut bad) = (JoinSet::new(), JoinSet::new());
    for number in 0..CLIENTS {
        if number % 3 == 0 {
            bad.spawn(misbehaves(address, number / 3, done.clone()));
        } else {
            good.spawn(behaves(address, Arc::clone(&ready)));
        }
    }
    let supervisor = gws.user(fixtures::SUPERVISOR.user_name);
    let all = ready.acquire_many(u32::try_from(good.len()).unwrap());
    drop(timeout(WATCHDOG, all).await.expect("all have subscribed"));
    supervisor.deliver("/v2/me/smssessions", &json!({ "number": 1 }));
    while let Some(behaved) = good.join_next().await {
        behaved.unwrap();
    }
    tell.send(true).unwrap();
    while let Some(misbehaved) = bad.join_next().await {
        misbehaved.unwrap();
    }
    let halves = (0..CLIENTS).filter(|it| it % 3 == 0 && [1, 2].contains(&(it / 3 % 4)));
    assert_eq!(lines_with(&gws, "allowed http-malformed").len(), halves.count());
    gws.verify();
}

/// Each client is two open files of this process.
fn open_more_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
