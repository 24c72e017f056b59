//! A fake that has answered 100,000 requests beside one that has answered 100.

use std::time::Instant;

use reqwest::Client;

use crate::client::Supervisor;
use crate::result::Part;
use crate::servers::{self, Server, session};
use crate::statistics::{Ratio, median};
use crate::{Extent, client, machine};

pub fn measure(extent: Extent) -> Part {
    machine::pin(0);
    client::runtime().block_on(measured(extent))
}

async fn measured(extent: Extent) -> Part {
    let (requests, rounds) = (extent.of(100_000, 4000), extent.of(9, 3));
    let http = client::http();
    let old = servers::fake(&http, 1).await;
    window(&old, 50).await;
    window(&old, requests / 2).await;
    let (mut of_old, mut of_new) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let new = servers::fake(&http, 1).await;
        window(&new, 50).await;
        of_new.push(window(&new, 500).await);
        // It has been idle for as long as the other one was.
        window(&old, 50).await;
        of_old.push(window(&old, 500).await);
    }
    let ratio = Ratio::of(&of_old, &of_new);
    let (old, new) = (median(of_old), median(of_new));
    let mut part = Part::default();
    part.row(
        &format!("time of the {requests}th request versus the 100th"),
        "≤ 1.05 ×",
        format!("{ratio} × ({old:.1} µs versus {new:.1} µs)"),
        ratio.median <= 1.05,
    );
    let (filled, grown) = grown(&http, requests / 2).await;
    part.row(
        "the timeline's memory",
        "bounded by a setting",
        format!(
            "with `timeline_limit({ENTRIES})`: {filled:.1} MiB when it is full, and {grown:.2} MiB more after {requests} further requests"
        ),
        grown < filled,
    );
    part
}

/// How many entries the bounded timeline keeps.
const ENTRIES: usize = 10_000;

/// By how many MiB a fake grows until its timeline is full, and then by so many pairs of requests.
async fn grown(http: &Client, pairs: usize) -> (f64, f64) {
    let gws = servers::builder_with_sessions(1).timeline_limit(ENTRIES).start();
    // Nobody has subscribed: an event that waits for somebody would stay.
    let supervisor = Supervisor::sign_in(http, gws.url()).await;
    let session = session(0);
    let ask = async |pairs| {
        for _ in 0..pairs {
            supervisor.intrude(&session).await;
            supervisor.reject(&session).await;
        }
        machine::memory() / 1024.0
    };
    let before = machine::memory() / 1024.0;
    let full = ask(ENTRIES).await;
    (full - before, ask(pairs).await - full)
}

/// The median of one request, Intrude or Reject, in microseconds.
async fn window(server: &Server, pairs: usize) -> f64 {
    let session = session(0);
    let mut all = Vec::with_capacity(pairs);
    for _ in 0..pairs {
        let began = Instant::now();
        server.supervisor.intrude(&session).await;
        server.supervisor.reject(&session).await;
        all.push(began.elapsed().as_secs_f64() * 1e6 / 2.0);
    }
    median(all)
}
