//! From the Intrude that is sent to the held connect that is answered with its notification, both at the client.

use std::time::Instant;

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
    let (mut pushes, mut floors) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (mut push, mut request) = (Vec::new(), Vec::new());
        for _ in 0..pairs {
            // Each of the two follows upon another exchange with the same server.
            let held = tokio::spawn({
                let listener = listener.clone();
                async move {
                    let events = listener.connect().await;
                    (events, Instant::now())
                }
            });
            gws.user("s2").parked().await;
            let began = Instant::now();
            supervisor.intrude(&session).await;
            let (events, answered) = held.await.expect("an answer");
            push.push((answered - began).as_secs_f64() * 1e6);
            assert!(String::from_utf8_lossy(&events).contains("Invited"), "no invitation");
            supervisor.reject(&session).await;
            listener.connect().await;
            floor.supervisor.reject(&session).await;
            let began = Instant::now();
            floor.supervisor.intrude(&session).await;
            request.push(began.elapsed().as_secs_f64() * 1e6);
        }
        // The first round warms up.
        if round > 0 {
            pushes.push(median(push));
            floors.push(median(request));
        }
    }
    let ratio = Ratio::of(&pushes, &floors);
    let (push, floor) = (median(pushes), median(floors));
    let mut part = Part::default();
    part.row(
        "Intrude sent → held connect answered at the client",
        "≤ 1.5 × one floor request",
        format!("{ratio} × ({push:.0} µs beside {floor:.0} µs)"),
        ratio.median <= 1.5,
    );
    part
}
