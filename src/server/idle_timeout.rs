//! A stream whose client is given up when it pauses for too long: within a request's header, and while it takes an answer. How
//! long a body may take stands in [`request`](crate::server::request).
//!
//! Rules: answer-unread, http-malformed.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::rules::{Violation, rule};
use crate::server::request_head::PLACE;
use crate::server::transport::Transport;
use crate::server::write_tracker::{Phase, WriteTracker};

pub(super) struct IdleTimeoutStream<S> {
    pub(super) stream: S,
    tracker: Arc<WriteTracker>,
    transport: Arc<Transport>,
    /// Runs while half a header has come and no more does.
    header: IdleTimer,
    /// Runs while the client takes nothing of its answer.
    answer: IdleTimer,
}

/// The time, in real time, for which a client is waited for.
type IdleTimer = Option<Pin<Box<Sleep>>>;

impl<S> IdleTimeoutStream<S> {
    pub(super) fn new(stream: S, tracker: Arc<WriteTracker>, transport: Arc<Transport>) -> Self {
        Self { stream, tracker, transport, header: None, answer: None }
    }

    /// Tells if half a header has been there for too long. A connection between two requests may be idle for any time.
    fn gives_up_header(&mut self, context: &mut Context<'_>) -> bool {
        if self.tracker.phase() != Phase::Idle || !self.tracker.is_within_head() {
            self.header = None;
            return false;
        }
        let idle = self.transport.limits.idle;
        self.header.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + idle)));
        has_ended(&mut self.header, context)
    }

    /// The outcome of an attempt to write.
    fn tried<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.answer = None;
            return written;
        }
        let idle = self.transport.limits.idle;
        self.answer.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + idle)));
        if !has_ended(&mut self.answer, context) {
            return written;
        }
        let got = format!("an answer of which the client has taken nothing for {idle:?}");
        let broken = const { rule("answer-unread") };
        let violation =
            Violation::new(broken, "connection", got, "a client that reads its answers");
        let hint = "read each answer to its end, or close the connection; how long is waited: builder().idle_timeout(..)";
        self.transport.refused(violation.hint(hint));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// If it has not, the task is woken when it does.
fn has_ended(timer: &mut IdleTimer, context: &mut Context<'_>) -> bool {
    let ended = timer.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_ready());
    if ended {
        *timer = None;
    }
    ended
}

impl<S: AsyncRead + Unpin> AsyncRead for IdleTimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let new = &buffer.filled()[before..];
        if !new.is_empty() {
            self.tracker.scan(new);
        }
        if read.is_ready() || !self.gives_up_header(context) {
            return read;
        }
        self.tracker.enter(Phase::Refused);
        let got = format!("no end of the header within {:?}", self.transport.limits.idle);
        let broken = const { rule("http-malformed") };
        let violation = Violation::new(broken, PLACE, got, "a whole HTTP/1.1 request");
        self.transport.refused(violation.hint("send the header to its end, an empty line"));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for IdleTimeoutStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.tried(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.tried(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.tried(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.tried(context, shut)
    }
}
