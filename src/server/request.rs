//! A request on its way through the server: its body, and the end of it that the engine is told of.
//!
//! Rules: body-size, http-malformed.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::response::Response;

use crate::engine::Engine;
use crate::engine::io::{Arrived, EntryId, Moment};
use crate::rules::{Violation, rule};
use crate::server::connection::when_written;
use crate::server::running_fake::RunningFake;
use crate::server::runtime::runtime;
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
    mut body: Body,
) -> Result<Bytes, Violation> {
    let limit = limits.body;
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        discard(headers, body);
        return Err(too_large(limit));
    }
    let idle = limits.idle;
    let read = {
        let mut reading = pin!(collect(&mut body, limit));
        // Most bodies have come with their heads, so that no timer is needed.
        match poll_now(reading.as_mut()).await {
            Poll::Ready(read) => read,
            Poll::Pending => tokio::time::timeout(idle, reading).await.map_err(|_| {
                let got = format!("no end of the body within {idle:?}");
                Violation::new(const { rule("http-malformed") }, "body", got, "a whole body")
                    .hint("send as many bytes as Content-Length says, or whole chunks")
            })?,
        }
    };
    match read {
        Ok(Some(whole)) => Ok(whole),
        Ok(None) => {
            discard(headers, body);
            Err(too_large(limit))
        }
        Err(error) => {
            let causes =
                std::iter::successors(std::error::Error::source(&error), |error| error.source());
            let got = causes.last().map(ToString::to_string).unwrap_or_default();
            let broken = const { rule("http-malformed") };
            Err(Violation::new(broken, "body", got, "a whole body")
                .hint("send as many bytes as Content-Length says, or whole chunks"))
        }
    }
}

/// Reads a body to its end; `None`, if it has more bytes than that.
async fn collect(body: &mut Body, limit: usize) -> Result<Option<Bytes>, axum::Error> {
    let Some(first) = next_data(body).await.transpose()? else { return Ok(Some(Bytes::new())) };
    if first.len() > limit {
        return Ok(None);
    }
    let Some(mut next) = next_data(body).await.transpose()? else { return Ok(Some(first)) };
    let mut whole = first.to_vec();
    loop {
        if whole.len() + next.len() > limit {
            return Ok(None);
        }
        whole.extend_from_slice(&next);
        match next_data(body).await.transpose()? {
            Some(more) => next = more,
            None => return Ok(Some(whole.into())),
        }
    }
}

async fn next_data(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await? {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            }
            Err(error) => return Some(Err(error)),
        }
    }
}

/// The number of bytes of a body that is too large for which the connection is kept, and the time, in real time, for which it is
/// kept without one.
const DISCARDED: usize = 1 << 26;
const LINGER: Duration = Duration::from_secs(1);

/// Reads on what a client sends of a body that is refused: one that writes all of it before it reads would get no answer, since
/// the system takes the answer back when a connection is closed on unread bytes.
pub(super) fn discard(headers: &HeaderMap, mut body: Body) {
    // A client that asks first sends nothing.
    if body.is_end_stream() || headers.contains_key(EXPECT) {
        return;
    }
    runtime().spawn(async move {
        let mut left = DISCARDED;
        while let Ok(Some(Ok(data))) = tokio::time::timeout(LINGER, next_data(&mut body)).await {
            left = left.saturating_sub(data.len());
            if left == 0 {
                return;
            }
        }
    });
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
