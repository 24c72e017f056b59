//! Queries of a long timeline: how long a request waits meanwhile, and the memory that a report takes beside its own size.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use gws_sms_fake::FakeGws;

use crate::client::Supervisor;
use crate::result::Part;
use crate::servers::{self, session};
use crate::{Extent, client};

/// A query of a fake, which returns the length of its answer.
type Query = (&'static str, fn(&FakeGws) -> usize);

const QUERIES: [Query; 4] = [
    ("report", |gws| gws.report().len()),
    ("report_json", |gws| gws.report_json().to_string().len()),
    ("try_verify", |gws| gws.try_verify().map_or_else(|error| error.to_string().len(), |()| 0)),
    ("recorded", |gws| gws.recorded().len()),
];

pub fn measure(extent: Extent) -> Part {
    client::runtime().block_on(measured(extent))
}

async fn measured(extent: Extent) -> Part {
    let entries = extent.of(100_000, 4000);
    let http = client::http();
    let gws = servers::builder_with_sessions(1).start();
    let supervisor = Supervisor::sign_in(&http, gws.url()).await;
    let session = session(0);
    // Each request brings about a notification.
    for _ in 0..entries / 4 {
        supervisor.intrude(&session).await;
        supervisor.reject(&session).await;
    }
    let mut part = Part::default();
    let mut slowest: Vec<String> = Vec::new();
    let mut most = 0.0_f64;
    for (name, query) in QUERIES {
        let ended = AtomicBool::new(false);
        let asked = std::thread::scope(|scope| {
            scope.spawn(|| {
                query(&gws);
                ended.store(true, Ordering::Release);
            });
            let mut worst = 0.0_f64;
            while !ended.load(Ordering::Acquire) {
                let began = Instant::now();
                ask(gws.url());
                worst = worst.max(began.elapsed().as_secs_f64() * 1e3);
            }
            worst
        });
        most = most.max(asked);
        slowest.push(format!("{name} {asked:.1} ms"));
    }
    part.row(
        &format!("slowest request while a query of {entries} entries runs"),
        "≤ 5 ms",
        slowest.join(", "),
        most <= 5.0,
    );
    let before = peak();
    let size = gws.report().len() as f64 / 1024.0;
    let ratio = (peak() - before) / size;
    part.row(
        "memory of a report, versus its own size",
        "≤ 2 ×",
        format!("{ratio:.2} × (a report of {:.1} MiB)", size / 1024.0),
        ratio <= 2.0,
    );
    part
}

/// Sends one request over a connection of its own, and reads the answer.
fn ask(url: &str) {
    let address = url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = format!(
        "GET /api/v2/me HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic czI6cGFzc3dvcmQ=\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
}

/// The greatest memory of this process so far, in KiB.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    peak.expect("a line of it")
}
