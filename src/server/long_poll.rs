//! A held connect: polled again whenever something has changed, and what becomes of it when its client hangs up.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::io::{HeldRequest, Moment, Poll, PushAnswer};
use crate::server::connection::cut;
use crate::server::request::InFlight;
use crate::server::running_fake::RunningFake;
use crate::server::runtime::runtime;

/// The time, in real time, within which a client closes the connection of a connect that it has given up.
const GIVES_UP_WITHIN: Duration = Duration::from_millis(100);

/// Holds a connect until there is something to say, its deadline, or another connect of the same client.
pub(super) async fn hold(in_flight: InFlight, held: HeldRequest) -> Response {
    let fake = Arc::clone(&in_flight.fake);
    let mut long_poll = LongPoll::new(&fake, held);
    let polled = long_poll.settled().await;
    match polled {
        Poll::Answer(PushAnswer { response, is_tracked }) => in_flight.send(response, is_tracked),
        Poll::Superseded => {
            // A client that gives a connect up may close its connection a little after it has sent the next one: then this goes
            // no further, and nobody is to blame.
            let _ = Box::pin(timeout(GIVES_UP_WITHIN, fake.closed())).await;
            // On a busy machine the time may be over before anybody has looked at the connection.
            yield_now().await;
            let held = long_poll.held.take();
            let answer =
                held.map(|held| fake.change(|engine, now| engine.answer_superseded(&held, now)));
            match answer {
                Some(PushAnswer { response, is_tracked }) => in_flight.send(response, is_tracked),
                None => cut(),
            }
        }
        Poll::Cut | Poll::Waiting => {
            in_flight.end();
            cut()
        }
    }
}

/// A held connect; dropped unanswered, its client has hung up.
struct LongPoll {
    fake: Arc<RunningFake>,
    client: ClientId,
    /// There until it is over.
    held: Option<HeldRequest>,
    wake: Option<Arc<Notify>>,
    is_settled: bool,
}

impl LongPoll {
    fn new(fake: &Arc<RunningFake>, held: HeldRequest) -> Self {
        let client = held.ticket.client.clone();
        let wake = Some(fake.listen(&client));
        Self { fake: Arc::clone(fake), client, held: Some(held), wake, is_settled: false }
    }

    /// Waits until it is settled, after which nobody has hung up.
    async fn settled(&mut self) -> Poll {
        let (Some(held), Some(wake)) = (&self.held, &self.wake) else { return Poll::Waiting };
        let poll = |engine: &mut Engine, now: Moment| match engine.poll(held, now) {
            Poll::Waiting => None,
            polled => Some(polled),
        };
        let polled = settle(&self.fake, held, wake, poll).await;
        self.is_settled = true;
        polled
    }
}

/// Polls a held connect until there is an outcome.
async fn settle<T>(
    fake: &RunningFake,
    held: &HeldRequest,
    wake: &Notify,
    poll: impl Fn(&mut Engine, Moment) -> Option<T>,
) -> T {
    loop {
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if let Some(outcome) = fake.attempt(&poll) {
            return outcome;
        }
        tokio::select! {
            () = woken => {}
            () = fake.until_moment(held.ticket.deadline) => {}
        }
    }
}

impl Drop for LongPoll {
    fn drop(&mut self) {
        let Some(wake) = self.wake.take() else { return };
        let fake = Arc::clone(&self.fake);
        let held = match self.held.take() {
            Some(held) if !self.is_settled && !fake.is_closed() => held,
            _ => return fake.stop_listening(&self.client, wake),
        };
        if !fake.change(|engine, now| engine.connect_abandoned(&held, now)) {
            return fake.stop_listening(&held.ticket.client, wake);
        }
        // CometD does not notice that its client has gone until it writes.
        runtime().spawn(async move {
            let poll = |engine: &mut Engine, now: Moment| {
                engine.poll_abandoned(&held.ticket, held.entry, now).then_some(())
            };
            tokio::select! {
                () = fake.closed() => {}
                () = settle(&fake, &held, &wake, poll) => {}
            }
            fake.stop_listening(&held.ticket.client, wake);
        });
    }
}
