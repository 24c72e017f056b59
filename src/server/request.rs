//! A request on its way through the server: its body, and the end of it that the engine is told of.
//!
//! Rules: body-size, http-malformed.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;

use crate::engine::Engine;
use crate::engine::io::{Arrived, EntryId, Moment};
use crate::rules::{Violation, rule};
use crate::server::connection::when_written;
use crate::server::running_fake::RunningFake;
use crate::server::transport::Limits;
use crate::server::write_tracker::Written;

/// A request that has begun. Dropped before it is answered, its client has hung up, or the fake is gone, which is no doing of the
/// client's.
pub(super) struct InFlight {
    pub(super) fake: Arc<RunningFake>,
    pub(super) entry: EntryId,
    is_answered: bool,
}

impl InFlight {
    pub(super) fn begin(fake: &Arc<RunningFake>, arrived: Arrived<'_>) -> Self {
        let entry = fake.change(|engine, now| engine.begin(arrived, now));
        Self::of(fake, entry)
    }

    /// Reads the body of a request, which begins before its body is waited for; `None`, if the body was there.
    pub(super) async fn receive(
        fake: &Arc<RunningFake>,
        arrived: Arrived<'_>,
        body: Body,
    ) -> (Option<Self>, Result<Bytes, Violation>) {
        let mut reading = pin!(read_body(&fake.transport.limits, &arrived.head().headers, body));
        if let Poll::Ready(body) = poll_now(reading.as_mut()).await {
            return (None, body);
        }
        (Some(Self::begin(fake, arrived)), reading.await)
    }

    /// Takes the first step with a request, and begins it unless that is done; all of it in one change.
    pub(super) fn step<T>(
        begun: Option<Self>,
        fake: &Arc<RunningFake>,
        arrived: Arrived<'_>,
        step: impl FnOnce(&mut Engine, EntryId, Moment) -> T,
    ) -> (Self, T) {
        let (entry, step) = fake.change(|engine, now| {
            let entry = begun.as_ref().map(|begun| begun.entry);
            let entry = entry.unwrap_or_else(|| engine.begin(arrived, now));
            (entry, step(engine, entry, now))
        });
        (begun.unwrap_or_else(|| Self::of(fake, entry)), step)
    }

    fn of(fake: &Arc<RunningFake>, entry: EntryId) -> Self {
        Self { fake: Arc::clone(fake), entry, is_answered: false }
    }

    /// Sends an answer; where it is tracked, the engine is told when it is written, or that it never will be.
    pub(super) fn send(
        mut self,
        response: axum::http::Response<String>,
        is_tracked: bool,
    ) -> Response {
        self.is_answered = true;
        let mut response = response.map(Body::from);
        if is_tracked {
            let fake = Arc::clone(&self.fake);
            let entry = self.entry;
            let record_written = move |is_written| {
                if fake.is_closed() {
                    return;
                }
                fake.change(|engine, now| {
                    if is_written {
                        engine.written(entry, now);
                    } else {
                        engine.abandoned(entry, now);
                    }
                });
            };
            when_written(&mut response, Written::new(record_written));
        }
        response
    }

    /// Ends a request whose connection the fake closes, or whose answer is not the engine's.
    pub(super) fn end(mut self) {
        self.is_answered = true;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.is_answered && !self.fake.is_closed() {
            let entry = self.entry;
            self.fake.change(|engine, now| engine.abandoned(entry, now));
        }
    }
}

/// Polls a future once.
async fn poll_now<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Reads the whole body, or returns what is wrong with it.
pub(crate) async fn read_body(
    limits: &Limits,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Violation> {
    let limit = limits.body;
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    let idle = limits.idle;
    let mut reading = pin!(axum::body::to_bytes(body, limit));
    // Most bodies have come with their heads, so that no timer is needed.
    let read = match poll_now(reading.as_mut()).await {
        Poll::Ready(read) => read,
        Poll::Pending => tokio::time::timeout(idle, reading).await.map_err(|_| {
            let got = format!("no end of the body within {idle:?}");
            Violation::new(const { rule("http-malformed") }, "body", got, "a whole body")
                .hint("send as many bytes as Content-Length says, or whole chunks")
        })?,
    };
    read.map_err(|error| {
        let causes =
            || std::iter::successors(std::error::Error::source(&error), |error| error.source());
        if !causes().any(|cause| cause.is::<hyper::Error>()) {
            return too_large(limit);
        }
        let got = causes().last().map(ToString::to_string).unwrap_or_default();
        Violation::new(const { rule("http-malformed") }, "body", got, "a whole body")
            .hint("send as many bytes as Content-Length says, or whole chunks")
    })
}

/// Returns what is wrong with a body of more bytes than that.
pub(crate) fn too_large(limit: usize) -> Violation {
    let broken = const { rule("body-size") };
    Violation::new(
        broken,
        "body",
        format!("more than {limit} bytes"),
        format!("at most {limit} bytes"),
    )
    .hint("send a smaller body, or raise the limit: builder().body_limit(..)")
}
