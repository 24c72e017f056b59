//! The clock in the hand of a test: set forward from due time to due time, at the pace of the clients.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::bayeux::session::ClientId;
use crate::engine::io::Moment;
use crate::engine::lifecycle::Seen;
use crate::server::running_fake::RunningFake;
use crate::server::wait::{TimedOut, until, until_within};

/// Sets the clock forward by a span. Each client whose connect ends meanwhile is given real time to connect again.
pub(crate) async fn advance(fake: &Arc<RunningFake>, by: Duration) {
    let target = fake.clock.now().saturating_add(by);
    let mut silent = SilentClients { left: fake.options.wait_timeout, given_up: BTreeSet::new() };
    loop {
        // A connect that is due is answered by its own task, which must come to it even where nobody is waited for.
        tokio::task::yield_now().await;
        let due = fake.look(|engine| engine.next_due());
        let Some(due) = due.filter(|due| *due <= target) else { break };
        let expiring = fake.look(|engine| engine.delivery.server.expiring(due));
        silent.wait_for(fake, &expiring).await;
        let held = fake.look(|engine| engine.delivery.server.held_until(due));
        fake.change(|engine, now| {
            fake.clock.forward_to(due);
            engine.advance(&expiring, Moment { at: due, ..now });
        });
        fake.clock_has_moved();
        silent.wait_for(fake, &held).await;
        // A request that was held back is answered before the clock goes on.
        let _ = until(fake, |engine| (!engine.is_working_through(due)).then_some(())).await;
    }
    fake.clock.forward_to(target);
    fake.clock_has_moved();
}

/// The part of the time that is left for the clients that come after one that was waited for in vain.
const LATER: u32 = 16;

/// The clients that do not connect again, and the real time that they are given: all of them together, not each of them.
struct SilentClients {
    left: Duration,
    /// The clients that were waited for in vain, once.
    given_up: BTreeSet<ClientId>,
}

impl SilentClients {
    /// Waits until each of these clients has connected again, is gone or has hung up. A remark in the timeline says of which the
    /// wait has ended without that.
    async fn wait_for(&mut self, fake: &RunningFake, clients: &[Seen]) {
        let clients: Vec<&Seen> =
            clients.iter().filter(|(client, _)| !self.given_up.contains(client)).collect();
        let all_done = |engine: &mut crate::engine::Engine| {
            clients.iter().all(|seen| engine.is_done(seen)).then_some(())
        };
        if let Err(TimedOut) = until_within(fake, self.left, all_done).await {
            self.left = self.left.min(fake.options.wait_timeout / LATER);
            fake.change(|engine, now| {
                for seen in clients.iter().filter(|seen| !engine.is_done(seen)).collect::<Vec<_>>()
                {
                    let remark = "did not connect again while the clock was set forward";
                    engine.remark_on(&seen.0, remark, now.at);
                    self.given_up.insert(seen.0.clone());
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use tokio::time::Instant;

    use super::*;
    use crate::FakeGws;

    /// A client that shakes hands, and then says nothing more.
    fn silent(gws: &FakeGws) -> TcpStream {
        let body = r#"[{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}]"#;
        let address = gws.url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        // s1:password
        let credentials = "Basic czE6cGFzc3dvcmQ=";
        let length = body.len();
        write!(
            stream,
            "POST /api/v2/notifications HTTP/1.1\r\nHost: {address}\r\nAuthorization: {credentials}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"]") {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).unwrap();
            assert_ne!(read, 0, "the connection is closed");
            answer.extend_from_slice(&part[..read]);
        }
        stream
    }

    #[tokio::test(start_paused = true)]
    async fn silent_clients_are_not_waited_for_one_after_the_other() {
        let timeout = Duration::from_secs(16);
        let gws = FakeGws::builder().wait_timeout(timeout).start();
        gws.clock().pause();
        let mut clients = Vec::new();
        for _ in 0..8 {
            clients.push(silent(&gws));
            advance(&gws.fake, Duration::from_millis(1)).await;
        }
        let began = Instant::now();
        advance(&gws.fake, Duration::from_secs(3600)).await;
        let report = gws.report_json().to_string();
        assert_eq!(report.matches("did not connect again").count(), 8, "{report}");
        assert!(began.elapsed() < 2 * timeout, "{:?}", began.elapsed());
    }
}
