//! Many fakes that live at the same time.

use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Client;

use crate::client::{self, Supervisor};
use crate::result::Part;
use crate::{Extent, machine};

pub fn measure(extent: Extent) -> Part {
    machine::raise_descriptors();
    machine::pin(0);
    client::runtime().block_on(measured(extent.of(1000, 200)))
}

async fn measured(count: usize) -> Part {
    // Without connections that are kept, which would be counted with the fake.
    let http = Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
    let threads_before = machine::threads();
    // What a process needs once.
    let first = FakeGws::start();
    intrude(&http, &first).await;
    let mut fakes = Vec::with_capacity(count);
    let before = machine::memory();
    for _ in 0..count {
        fakes.push(FakeGws::start());
    }
    let each = |memory: f64| (memory - before) / count as f64;
    let unused = each(machine::memory());
    for gws in &fakes {
        intrude(&http, gws).await;
    }
    let used = each(machine::memory());
    let threads = machine::threads() - threads_before;
    let mut part = Part::default();
    part.row(
        &format!("{count} live fakes with the built-in fixtures"),
        "one thread for all; ≤ 8 KiB each before use, ≤ 20 KiB after a request",
        format!(
            "{threads} thread; {unused:.1} KiB each before use, {used:.1} KiB after an Intrude"
        ),
        threads == 1 && unused <= 8.0 && used <= 20.0,
    );
    part
}

/// A first request: Basic credentials and an Intrude at once.
async fn intrude(http: &Client, gws: &FakeGws) {
    Supervisor::with_credentials(http, gws.url()).intrude(fixtures::SESSION).await;
}
