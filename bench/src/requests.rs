//! Intrude and Reject in pairs: one after another, and 32 clients at once.

use std::fmt::Write as _;
use std::time::Instant;

use crate::plot::Bar;
use crate::result::Part;
use crate::servers::{self, Server, session};
use crate::statistics::{Ratio, median};
use crate::{Extent, client, machine};

const CLIENTS: usize = 32;
const WARM_UP: usize = 50;

/// Of one server, its windows, round by round.
#[derive(Default)]
struct Windows {
    /// Median of an Intrude, in microseconds.
    latency: Vec<f64>,
    /// Time of the processor that a request took of the server, in microseconds.
    processor: Vec<f64>,
    /// Requests a second of 32 clients.
    rate: Vec<f64>,
}

pub fn measure(extent: Extent) -> Part {
    machine::pin(0);
    client::runtime().block_on(measured(extent))
}

async fn measured(extent: Extent) -> Part {
    let (rounds, pairs) = (extent.of(9, 3), extent.of(1000, 500));
    let http = client::http();
    let servers = servers::all(&http, CLIENTS).await;
    let mut windows: Vec<Windows> = servers.iter().map(|_| Windows::default()).collect();
    for round in 0..rounds {
        for turn in 0..servers.len() {
            let index = (round + turn) % servers.len();
            let (latency, processor) = one_after_another(&servers[index], pairs).await;
            windows[index].latency.push(latency);
            windows[index].processor.push(processor);
        }
        for turn in 0..servers.len() {
            let index = (round + turn) % servers.len();
            at_once(&servers[index], WARM_UP / 10).await;
            let rate = at_once(&servers[index], extent.of(100, 25)).await;
            windows[index].rate.push(rate);
        }
    }
    told(&servers, &windows)
}

/// The median of an Intrude, and the server's time of the processor for a request of either kind, in microseconds.
async fn one_after_another(server: &Server, pairs: usize) -> (f64, f64) {
    let session = session(0);
    let pair = async || {
        let began = Instant::now();
        server.supervisor.intrude(&session).await;
        let took = began.elapsed();
        server.supervisor.reject(&session).await;
        took.as_secs_f64() * 1e6
    };
    for _ in 0..WARM_UP {
        pair().await;
    }
    let before = machine::time_of_other_threads();
    let mut all = Vec::with_capacity(pairs);
    for _ in 0..pairs {
        all.push(pair().await);
    }
    let processor = (machine::time_of_other_threads() - before) * 1e6 / (2 * pairs) as f64;
    (median(all), processor)
}

/// Requests a second of 32 clients, each with a session of its own.
async fn at_once(server: &Server, pairs: usize) -> f64 {
    let began = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let (supervisor, session) = (server.supervisor.clone(), session(number));
        clients.spawn(async move {
            for _ in 0..pairs {
                supervisor.intrude(&session).await;
                supervisor.reject(&session).await;
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.expect("a client that was answered");
    }
    (CLIENTS * pairs * 2) as f64 / began.elapsed().as_secs_f64()
}

fn told(servers: &[Server], windows: &[Windows]) -> Part {
    let mut part = Part::default();
    let mut behind = String::new();
    behind.push_str(
        "\n## Requests\n\n\
         | one Intrude after another | median µs | × floor | server's CPU per request, µs | 32 clients, requests/s | × floor |\n\
         |---|---|---|---|---|---|\n",
    );
    let (floor, fake) = (&windows[0], &windows[1]);
    for (server, of) in servers.iter().zip(windows) {
        part.bars.push(Bar {
            name: server.name.to_owned(),
            latency: median(of.latency.clone()),
            processor: median(of.processor.clone()),
        });
        let latency = Ratio::of(&of.latency, &floor.latency);
        let rate = Ratio::of(&of.rate, &floor.rate);
        let (name, median_latency) = (server.name, median(of.latency.clone()));
        let (processor, median_rate) = (median(of.processor.clone()), median(of.rate.clone()));
        let _ = writeln!(
            behind,
            "| {name} | {median_latency:.1} | {latency} | {processor:.1} | {median_rate:.0} | {rate} |"
        );
    }
    part.behind = behind;
    let latency = Ratio::of(&fake.latency, &floor.latency);
    let over = windows[2..5].iter().map(|peer| Ratio::of(&fake.latency, &peer.latency).median);
    let worst = over.fold(0.0, f64::max);
    part.row(
        "one Intrude after another, median",
        "≤ 1.25 × the floor",
        format!("{latency} × the floor; {worst:.2} × the fastest peer"),
        latency.median <= 1.25,
    );
    let processor = Ratio::of(&fake.processor, &floor.processor);
    part.row(
        "server's CPU time for an Intrude",
        "≤ 1.5 × the floor",
        format!("{processor} × the floor"),
        processor.median <= 1.5,
    );
    let rate = Ratio::of(&fake.rate, &floor.rate);
    let wiremock = Ratio::of(&fake.rate, &windows[2].rate);
    let httpmock = Ratio::of(&fake.rate, &windows[3].rate);
    part.row(
        "32 clients at once",
        "≥ 0.8 × the floor's rate",
        format!("{rate} × the floor; {wiremock} × wiremock; {httpmock} × httpmock"),
        rate.median >= 0.8,
    );
    part
}
