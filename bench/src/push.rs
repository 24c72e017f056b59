//! From the Intrude that is sent to the held connect that is answered with its notification, both at the client.

use std::time::Instant;

use tokio::task::JoinHandle;

use crate::client::{Listener, Supervisor};
use crate::result::Part;
use crate::servers::{self, session};
use crate::statistics::{Ratio, median};
use crate::{Extent, client, machine};

pub fn measure(extent: Extent) -> Part {
    machine::pin(0);
    client::runtime().block_on(measured(extent))
}

async fn measured(extent: Extent) -> Part {
    let (rounds, pairs) = (extent.of(9, 3), extent.of(500, 200));
    let http = client::http();
    let floor = servers::floor(&http);
    let gws = servers::builder_with_sessions(1).start();
    let mut supervisor = client::Supervisor::sign_in(&http, gws.url()).await;
    let listener = supervisor.subscribe().await;
    let session = session(0);
    let (bare, bare_listener) = servers::push_floor(&http);
    let (mut pushes, mut bares, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (mut push, mut of_bare, mut request) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pairs {
            // Each of the two follows upon another exchange with the same server.
            let held = hold(&listener);
            gws.user("s2").connect_held().await;
            push.push(pushed(&supervisor, &session, held).await);
            supervisor.reject(&session).await;
            listener.connect().await;
            floor.supervisor.reject(&session).await;
            let began = Instant::now();
            floor.supervisor.intrude(&session).await;
            request.push(began.elapsed().as_secs_f64() * 1e6);
            let held = hold(&bare_listener);
            // Until it is held: one more exchange goes behind it.
            bare.reject(&session).await;
            of_bare.push(pushed(&bare, &session, held).await);
        }
        // The first round warms up.
        if round > 0 {
            pushes.push(median(push));
            bares.push(median(of_bare));
            floors.push(median(request));
        }
    }
    let (ratio, least) = (Ratio::of(&pushes, &floors), Ratio::of(&bares, &floors));
    let (push, floor) = (median(pushes), median(floors));
    let mut part = Part::default();
    part.row(
        "time from an Intrude to the answer to the held connect at the client",
        "≤ 1.6 × one floor request",
        format!("{ratio} × ({push:.0} µs versus {floor:.0} µs); bare axum that holds and answers a connect: {least} ×"),
        ratio.median <= 1.6,
    );
    part
}

/// A connect that is held, and when it was answered.
type Held = JoinHandle<(Vec<u8>, Instant)>;

fn hold(listener: &Listener) -> Held {
    let listener = listener.clone();
    tokio::spawn(async move { (listener.connect().await, Instant::now()) })
}

/// From an Intrude that is sent to the held connect that is answered, in microseconds.
async fn pushed(supervisor: &Supervisor, session: &str, held: Held) -> f64 {
    let began = Instant::now();
    supervisor.intrude(session).await;
    let (events, answered) = held.await.expect("an answer");
    assert!(String::from_utf8_lossy(&events).contains("Invited"), "no invitation");
    (answered - began).as_secs_f64() * 1e6
}
