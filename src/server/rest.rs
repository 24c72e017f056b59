//! One request of the REST side: read, checked outside of the lock, handed to the engine, and answered as the engine says.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;
use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::engine::io::{
    Arrived, ConnectionId, EntryId, Hold, MockAnswer, RestAnswer, RestRequest, RestStep, Resumed,
    Suspended, Until,
};
use crate::engine::rest::rest_faults::RestFault;
use crate::engine::rest::validate::{Form, Validated, validate};
use crate::server::connection::{self, inject};
use crate::server::mocks::{self, Mocked};
use crate::server::request::InFlight;
use crate::server::running_fake::RunningFake;
use crate::server::runtime::runtime;
use crate::server::transport::Peer;
use crate::server::wait::{until, until_so};
use crate::server::write_tracker::ConnectionFault;

pub(super) async fn answer(fake: Arc<RunningFake>, peer: Peer, request: Request) -> Response {
    let connection = peer.connection;
    let (head, body) = request.into_parts();
    let arrived = Arrived::Rest(&head);
    let (begun, read) = InFlight::receive(&fake, arrived, body).await;
    let closes = read.is_err();
    let (body, form) = match read {
        Ok(body) => {
            let form = validate(Form::of(&fake.settings), &head, &body);
            (body, form)
        }
        Err(violation) => (Bytes::new(), Validated::unreadable(violation)),
    };
    let mocks = fake.mocks.address();
    let request =
        RestRequest { connection, head: &head, body: &body, closes, has_mocks: mocks.is_some() };
    let mut relayed: Option<Mocked> = None;
    let step = |engine: &mut Engine, entry, now| engine.rest(entry, request, form, now);
    let (in_flight, mut step) = InFlight::step(begun, &fake, arrived, step);
    let entry = in_flight.entry;
    loop {
        // Waiting is boxed: otherwise every request would have the room for it.
        step = match step {
            RestStep::Answer(answer) => return send(in_flight, answer).await,
            RestStep::AskMock(suspended) => {
                relayed = match mocks {
                    Some(address) => Box::pin(mocks::relay(address, &head, &body)).await,
                    None => None,
                };
                let answer = relayed.as_ref();
                let answer = answer
                    .map(|answer| MockAnswer { status: answer.status(), body: answer.body() });
                let with = Resumed::Mock(answer);
                fake.change(|engine, now| engine.resume(entry, request, *suspended, with, now))
            }
            RestStep::HoldBack(suspended, hold) => {
                let held =
                    HeldBack { entry, connection, head: head.clone(), body: body.clone(), closes };
                match Box::pin(held.resumed(&fake, suspended, hold)).await {
                    Some(step) => step,
                    None => return connection::cut(),
                }
            }
            RestStep::Ignore => {
                Box::pin(fake.closed()).await;
                return connection::cut();
            }
            RestStep::Relay => {
                in_flight.end();
                return relayed.map_or_else(connection::cut, Mocked::into_response);
            }
            RestStep::Close => {
                in_flight.end();
                return connection::cut();
            }
            RestStep::Reset => {
                in_flight.end();
                return connection::reset();
            }
        };
    }
}

/// A request that is held back. It does not depend on its connection: when its client hangs up, it is worked through all the same.
struct HeldBack {
    entry: EntryId,
    connection: ConnectionId,
    head: Parts,
    body: Bytes,
    closes: bool,
}

impl HeldBack {
    /// Works through the request when its hold is over; `None`: the fake is gone.
    async fn resumed(
        self,
        fake: &Arc<RunningFake>,
        suspended: Box<Suspended>,
        hold: Hold,
    ) -> Option<RestStep> {
        let (answers, answer) = oneshot::channel();
        let fake = Arc::clone(fake);
        runtime().spawn(async move {
            hold_back(&fake, hold).await;
            if fake.is_closed() {
                return;
            }
            let Self { entry, connection, head, body, closes } = self;
            let request =
                RestRequest { connection, head: &head, body: &body, closes, has_mocks: false };
            let with = Resumed::Released;
            let step =
                fake.change(|engine, now| engine.resume(entry, request, *suspended, with, now));
            if answers.send(step).is_err() {
                // Nobody takes the answer; what follows from it is published all the same.
                fake.change(|engine, now| engine.abandoned(entry, now));
            }
        });
        answer.await.ok()
    }
}

/// Waits until a request is to be worked through, or its world is gone.
async fn hold_back(fake: &RunningFake, hold: Hold) {
    let is_over = until_so(fake, |engine| !engine.is_held(hold));
    match hold.until() {
        Until::Moment(due) => tokio::select! {
            () = fake.until_moment(due) => {}
            () = is_over => {}
        },
        Until::Released(_) => is_over.await,
    }
}

/// Sends an answer, once the deliveries before it are made.
async fn send(in_flight: InFlight, answer: RestAnswer) -> Response {
    let RestAnswer { response, is_tracked, fault, deliveries } = answer;
    if !deliveries.is_empty() {
        let made = |engine: &mut Engine| engine.are_delivered(&deliveries).then_some(());
        let _ = Box::pin(until(&in_flight.fake, made)).await;
    }
    let mut response = in_flight.send(response, is_tracked);
    match fault {
        Some(RestFault::ResetWithin) => inject(&mut response, ConnectionFault::ResetWithin),
        Some(RestFault::ResetAfter) => inject(&mut response, ConnectionFault::ResetAfter),
        Some(RestFault::Truncate) => inject(&mut response, ConnectionFault::Truncate),
        _ => {}
    }
    response
}
