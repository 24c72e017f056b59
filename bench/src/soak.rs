//! A fake under load for as long as one likes: nobody may see an error, the contract is kept, and memory stays where it was. Meanwhile
//! somebody asks for the report, the verdict and the timeline.
//!
//! ```sh
//! cargo run --release --manifest-path bench/Cargo.toml -- soak 600
//! ```

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::client::{self, Supervisor};
use crate::machine;
use crate::servers::{self, session};

/// The questions that are asked in turn, and the time between two of them.
const QUERIES: [&str; 3] = ["report", "verify", "timeline"];
const BETWEEN: Duration = Duration::from_secs(1);
/// Who intrude and reject, each in a session of his own; who listen; and who hang up.
const WORKERS: usize = 16;
const LISTENERS: usize = 8;
const QUITTERS: usize = 8;
/// Entries of the timeline.
const ENTRIES: usize = 10_000;
/// By how much the memory may be more at the end than after half of the time.
const MOST: f64 = 1.1;

/// What goes on until it is over.
#[derive(Clone, Default)]
struct Load {
    over: Arc<AtomicBool>,
    requests: Arc<AtomicU64>,
}

impl Load {
    fn goes_on(&self) -> bool {
        self.requests.fetch_add(1, Ordering::Relaxed);
        !self.over.load(Ordering::Relaxed)
    }
}

/// Runs for so many seconds, says every tenth of them how it is, and how it was in the end.
pub fn run(seconds: u64) -> ExitCode {
    client::runtime().block_on(soaked(Duration::from_secs(seconds)))
}

async fn soaked(span: Duration) -> ExitCode {
    let builder = servers::builder_with_sessions(WORKERS).timeline_limit(ENTRIES);
    let gws = builder.cometd_max_interval(Duration::from_secs(60)).control().start();
    // Who gives up a connect may have sent the next one before the fake has learnt of it.
    gws.allow("bayeux-connect-parallel");
    let (load, url) = (Load::default(), gws.url().to_owned());
    let mut clients = JoinSet::new();
    for number in 0..WORKERS {
        clients.spawn(works(load.clone(), url.clone(), number));
    }
    for _ in 0..LISTENERS {
        clients.spawn(listens(load.clone(), url.clone()));
    }
    for number in 0..QUITTERS {
        clients.spawn(quits(load.clone(), url.clone(), number));
    }
    clients.spawn(asks(load.clone(), gws.control_url()));
    let (began, mut early) = (Instant::now(), None);
    while began.elapsed() < span {
        sleep(span / 10).await;
        let (requests, memory) =
            (load.requests.load(Ordering::Relaxed), machine::memory() / 1024.0);
        println!(
            "{:>6.0} s {requests:>12} requests {memory:>8.1} MiB",
            began.elapsed().as_secs_f64()
        );
        if early.is_none() && began.elapsed() >= span / 2 {
            early = Some(memory);
        }
    }
    load.over.store(true, Ordering::Relaxed);
    let mut failed = 0;
    while let Some(ended) = timeout(Duration::from_secs(60), clients.join_next()).await.transpose()
    {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                failed += 1;
                eprintln!("a client failed: {error}");
            }
            Err(_) => {
                eprintln!("a client did not end within a minute");
                return ExitCode::FAILURE;
            }
        }
    }
    let (early, late) = (early.unwrap_or(f64::NAN), machine::memory() / 1024.0);
    println!("memory {:.2} × that after half of the time, want at most {MOST} ×", late / early);
    if let Err(report) = gws.try_verify() {
        let report = report.to_string();
        eprintln!("{}", report.lines().take(40).collect::<Vec<_>>().join("\n"));
        std::mem::forget(gws);
        return ExitCode::FAILURE;
    }
    if failed > 0 || late > MOST * early { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn works(load: Load, url: String, number: usize) {
    let supervisor = Supervisor::sign_in(&client::http(), &url).await;
    let session = session(number);
    while load.goes_on() {
        supervisor.intrude(&session).await;
        load.goes_on();
        supervisor.reject(&session).await;
    }
}

async fn listens(load: Load, url: String) {
    let mut supervisor = Supervisor::sign_in(&client::http(), &url).await;
    let listener = supervisor.subscribe().await;
    while load.goes_on() {
        listener.connect().await;
    }
}

/// Asks how it is.
async fn asks(load: Load, control: String) {
    let http: Client = client::http();
    for query in QUERIES.into_iter().cycle() {
        if !load.goes_on() {
            return;
        }
        let answer = http.get(format!("{control}/{query}")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{query}");
        assert!(!answer.bytes().await.expect("a body").is_empty(), "{query}");
        sleep(BETWEEN).await;
    }
}

/// Gives up, in one way or another.
async fn quits(load: Load, url: String, number: usize) {
    let http: Client = client::http();
    let mut supervisor = Supervisor::sign_in(&http, &url).await;
    let address = url.trim_start_matches("http://").to_owned();
    if number % 2 == 0 {
        // Connects to the port and says nothing.
        while load.goes_on() {
            drop(TcpStream::connect(&address).await);
            sleep(Duration::from_millis(1)).await;
        }
        return;
    }
    let listener = supervisor.subscribe().await;
    while load.goes_on() {
        // Hangs up while its connect is held, or while it is answered.
        let _ = timeout(Duration::from_micros(300), listener.connect()).await;
        sleep(Duration::from_millis(150)).await;
    }
}
