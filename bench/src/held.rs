//! Very many connects that one fake holds. The clients are another process, on another core where there is one.

use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gws_sms_fake::{FakeGws, fixtures};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{self, Listener, Supervisor};
use crate::result::Part;
use crate::{Extent, machine};

/// What the process of the clients has seen.
#[derive(Serialize, Deserialize)]
struct Seen {
    /// From the Intrude that was sent to the last connect that was answered, in seconds.
    all_told: f64,
    /// The slowest REST request meanwhile, in seconds, and how many there were.
    slowest: f64,
    requests: usize,
}

pub fn measure(extent: Extent) -> Part {
    let limit = machine::raise_descriptors();
    machine::pin(0);
    let wanted = extent.of(10_000, 1000);
    let count = wanted.min(usize::try_from(limit).unwrap_or(wanted).saturating_sub(500));
    let builder = FakeGws::builder().cometd_timeout(Duration::from_secs(100));
    let builder = builder.cometd_max_interval(Duration::from_secs(100));
    // What they have asked before is not to be counted with them.
    let gws = builder.max_sessions_per_browser(None).timeline_limit(1000);
    let gws = gws.start();
    // What a process needs once.
    client::runtime().block_on(async {
        let mut first = Supervisor::sign_in(&client::http(), gws.url()).await;
        first.subscribe().await;
    });
    let before = machine::memory();
    let exe = std::env::current_exe().expect("this program");
    let mut clients = Command::new(exe)
        .args(["held-client", gws.url(), &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process of clients");
    let mut lines = BufReader::new(clients.stdout.take().expect("its output")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    assert_eq!(line(), "held");
    let each = (machine::memory() - before) / count as f64;
    writeln!(clients.stdin.take().expect("its input"), "go").expect("a listener");
    let seen: Seen = serde_json::from_str(&line()).expect("JSON");
    clients.wait().expect("its end");
    let Seen { all_told, slowest, requests } = seen;
    let slowest = slowest * 1e3;
    let mut part = Part::default();
    part.row(
        &format!("{count} held connects on one fake"),
        "≤ 16 KiB each; one event to all within 0.5 s; a REST request meanwhile ≤ 10 ms",
        format!(
            "{each:.1} KiB each; {all_told:.2} s; slowest of {requests} requests: {slowest:.1} ms"
        ),
        count >= wanted && each <= 16.0 && all_told <= 0.5 && slowest <= 10.0,
    );
    part
}

/// The process of the clients: connects all of them, says so, waits for a line, and intrudes.
pub fn client(url: &str, count: usize) {
    machine::raise_descriptors();
    machine::pin(machine::cores() - 1);
    client::runtime().block_on(async {
        let http = client::http();
        let mut held = JoinSet::new();
        // The fake answers them one after another in any case.
        for _ in 0..count {
            let mut supervisor = Supervisor::sign_in(&http, url).await;
            let listener = supervisor.subscribe().await;
            held.spawn(connect(url.to_owned(), listener));
            tokio::task::yield_now().await;
        }
        let supervisor = Supervisor::sign_in(&http, url).await;
        // Until the last connects have arrived.
        tokio::time::sleep(Duration::from_secs(1)).await;
        println!("held");
        stdin().lock().read_line(&mut String::new()).expect("a word");
        let told = Arc::new(AtomicBool::new(false));
        let other = { (url.to_owned(), Arc::clone(&told)) };
        let (ready, is_ready) = std::sync::mpsc::channel();
        let asking = std::thread::spawn(move || ask(&other.0, &other.1, &ready));
        is_ready.recv().expect("who asks");
        let began = Instant::now();
        supervisor.intrude(fixtures::SESSION).await;
        let mut kept = Vec::with_capacity(count);
        while let Some(answered) = held.join_next().await {
            kept.push(answered.expect("a client that was told"));
        }
        let all_told = began.elapsed().as_secs_f64();
        told.store(true, Ordering::Release);
        let asked = asking.join().expect("who asks");
        let (slowest, requests) = (asked.iter().copied().fold(0.0, f64::max), asked.len());
        let seen = Seen { all_told, slowest, requests };
        println!("{}", serde_json::to_string(&seen).expect("JSON"));
    });
}

/// Connects once more and then again, which is held, until the invitation comes: on a bare socket, since ten thousand answers
/// that reqwest reads take longer than the fake takes to give them. The connection is kept, as a pool would.
async fn connect(url: String, listener: Listener) -> TcpStream {
    let address = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let not_held = listener.as_http(address, Some(0));
    assert!(!post(&mut socket, &not_held).await.contains("Invited"), "an early invitation");
    let held = listener.as_http(address, None);
    assert!(post(&mut socket, &held).await.contains("Invited"), "no invitation");
    socket
}

async fn post(socket: &mut TcpStream, request: &str) -> String {
    socket.write_all(request.as_bytes()).await.expect("a listener");
    let (mut answer, mut read) = ([0; 4096], 0);
    // The end of the array that is the body.
    while !answer[..read].ends_with(b"}]") {
        let more = socket.read(&mut answer[read..]).await.expect("an answer");
        assert!(more > 0, "the answer ends early");
        read += more;
    }
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// One more client, on a thread of its own, which asks again and again until all are told; what each request took, in seconds.
fn ask(url: &str, told: &AtomicBool, ready: &std::sync::mpsc::Sender<()>) -> Vec<f64> {
    client::runtime().block_on(async {
        let supervisor = Supervisor::sign_in(&client::http(), url).await;
        let mut asked = Vec::new();
        ready.send(()).expect("who waits for it");
        while !told.load(Ordering::Acquire) {
            let began = Instant::now();
            supervisor.me().await;
            asked.push(began.elapsed().as_secs_f64());
        }
        asked
    })
}
