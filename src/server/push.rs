//! One request of the push side: read, handed to the engine, and answered as the engine says, at once or when its connect ends.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use crate::engine::Engine;
use crate::engine::delivery::envelope::Content;
use crate::engine::delivery::push::PushRequest;
use crate::engine::io::{Arrived, PushAnswer, PushStep};
use crate::server::long_poll;
use crate::server::request::InFlight;
use crate::server::running_fake::RunningFake;
use crate::server::transport::Peer;

pub(super) fn answer(
    fake: Arc<RunningFake>,
    peer: Peer,
    request: Request,
) -> impl Future<Output = Response> + Send {
    // Boxed, so that its room is free again while a connect is held.
    let begun = Box::pin(begin(fake, peer, request));
    async move {
        match begun.await {
            Answering::Now(response) => response,
            Answering::Later(held) => held.await,
        }
    }
}

/// An answer that is there, or that comes when a held connect ends.
enum Answering {
    Now(Response),
    Later(Pin<Box<dyn Future<Output = Response> + Send>>),
}

async fn begin(fake: Arc<RunningFake>, peer: Peer, request: Request) -> Answering {
    let (head, body) = request.into_parts();
    let arrived = Arrived::Push(&head);
    let at = fake.clock.moment();
    let (begun, body) = InFlight::receive(&fake, arrived, body).await;
    let content = match body {
        Ok(body) => Content::read(&fake.settings, &head, Ok(&body)),
        Err(violation) => Content::read(&fake.settings, &head, Err(violation)),
    };
    let connection = peer.connection;
    let step = |engine: &mut Engine, entry, now| {
        let request = PushRequest { entry, head: &head, content, connection, arrived: at };
        engine.push(request, now)
    };
    let (in_flight, step) = InFlight::step(begun, &fake, arrived, step);
    match step {
        PushStep::Answer(PushAnswer { response, is_tracked }) => {
            Answering::Now(in_flight.send(response, is_tracked))
        }
        PushStep::Hold(held) => Answering::Later(Box::pin(long_poll::hold(in_flight, *held))),
    }
}
