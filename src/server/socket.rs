//! A socket under hyper: it says when an answer has left, notices what hyper itself refuses, and has happen to a connection
//! what a test has programmed.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::rules::{Violation, rule};
use crate::server::idle_timeout::IdleTimeoutStream;
use crate::server::transport::Transport;

/// What is told when the socket has taken an answer, or never will: `true` or `false`.
pub(crate) struct Written(Option<Box<dyn FnOnce(bool) + Send>>);

impl Written {
    pub(crate) fn new(told: impl FnOnce(bool) + Send + 'static) -> Self {
        Self(Some(Box::new(told)))
    }

    /// Tells both, this one first.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::new(move |written| {
            self.tell(written);
            other.tell(written);
        })
    }

    fn tell(mut self, written: bool) {
        if let Some(told) = self.0.take() {
            told(written);
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(told) = self.0.take() {
            told(false);
        }
    }
}

/// What happens to a connection with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionFault {
    /// It is closed before it.
    Cut,
    /// It is reset before it.
    Reset,
    /// It is reset in the middle of it.
    ResetWithin,
    /// It is reset behind it.
    ResetAfter,
    /// It is closed in the middle of its body.
    Truncate,
}

impl ConnectionFault {
    fn resets(self) -> bool {
        matches!(self, Self::Reset | Self::ResetWithin | Self::ResetAfter)
    }

    /// Whether nothing of the answer is written.
    pub(super) fn is_before(self) -> bool {
        matches!(self, Self::Cut | Self::Reset)
    }
}

/// The answers of one connection that are on their way to its socket.
#[derive(Default)]
pub(super) struct WriteTracker {
    buffered: Mutex<Vec<Written>>,
    phase: Mutex<Phase>,
    requests: AtomicUsize,
    /// What is to happen with the answer that is on its way, and how much of it may still be written, once that is known.
    fault: Mutex<Option<(ConnectionFault, Option<usize>)>>,
    /// Bytes of the body of that answer.
    body: AtomicUsize,
}

/// Where a connection is between two requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// No request has come, or its answer has left: what is written now is written by hyper, which refuses.
    #[default]
    Idle,
    /// A request is being answered.
    Answering,
    /// The answer is in the buffer.
    Buffered,
    /// hyper has refused, and that is in the timeline.
    Refused,
}

impl WriteTracker {
    pub(super) fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests have begun to be answered.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn enter(&self, phase: Phase) {
        if phase == Phase::Answering {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// That is to happen with the answer to come, whose body has so many bytes.
    pub(super) fn inject(&self, fault: ConnectionFault, body: usize) {
        self.body.store(body, Ordering::Relaxed);
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some((fault, None));
    }

    /// An answer is in the buffer whose sender wants to be told.
    pub(super) fn push(&self, written: Written) {
        self.buffered.lock().unwrap_or_else(PoisonError::into_inner).push(written);
    }

    /// Of so many bytes that are about to be written, how many may be.
    fn budget(&self, bytes: usize) -> Option<usize> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let (fault, left) = fault.as_mut()?;
        let body = self.body.load(Ordering::Relaxed);
        let most = match fault {
            ConnectionFault::ResetWithin => bytes / 2,
            ConnectionFault::Truncate => bytes.saturating_sub(body.div_ceil(2)),
            ConnectionFault::Cut | ConnectionFault::Reset | ConnectionFault::ResetAfter => {
                return None;
            }
        };
        Some(*left.get_or_insert(most))
    }

    fn spend(&self, bytes: usize) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, Some(left))) = fault.as_mut() {
            *left = left.saturating_sub(bytes);
        }
    }

    fn fault(&self) -> Option<ConnectionFault> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.map(|(fault, _)| fault)
    }

    fn flushed(&self) {
        if self.phase() == Phase::Buffered {
            self.enter(Phase::Idle);
        }
        let mut buffered = self.buffered.lock().unwrap_or_else(PoisonError::into_inner);
        let written = std::mem::take(&mut *buffered);
        drop(buffered);
        written.into_iter().for_each(|written| written.tell(true));
    }
}

/// A stream that says when everything before has been taken by the system.
pub(super) struct Socket<S> {
    stream: TokioIo<IdleTimeoutStream<S>>,
    /// Has the stream be reset when it is closed.
    reset: fn(&S),
    tracker: Arc<WriteTracker>,
    transport: Arc<Transport>,
}

impl<S> Socket<S> {
    pub(super) fn new(
        stream: S,
        reset: fn(&S),
        tracker: Arc<WriteTracker>,
        transport: Arc<Transport>,
    ) -> Self {
        let stream_with_timeout =
            IdleTimeoutStream::new(stream, Arc::clone(&tracker), Arc::clone(&transport));
        Self { stream: TokioIo::new(stream_with_timeout), reset, tracker, transport }
    }

    fn about_to_write(&self, bytes: &[u8]) {
        if self.tracker.phase() == Phase::Idle {
            self.tracker.enter(Phase::Refused);
            refused_by_hyper(&self.transport, bytes);
        }
    }
}

impl<S: AsyncWrite + Unpin> Socket<S> {
    /// Writes what may be written of an answer that ends before its end.
    fn write_some(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.tracker.spend(*count);
        }
        written
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        if self.tracker.fault().is_some_and(ConnectionFault::resets) {
            (self.reset)(&self.stream.inner().stream);
        }
    }
}

impl<S: AsyncRead + Unpin> Read for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> Write for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.about_to_write(bytes);
        match self.tracker.budget(bytes.len()) {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(budget) => self.write_some(context, &bytes[..budget.min(bytes.len())]),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.about_to_write(bytes.first().map_or(&[], |first| first));
        let all = bytes.iter().map(|slice| slice.len()).sum();
        let Some(budget) = self.tracker.budget(all) else {
            return Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        };
        let first = bytes.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |first| first);
        self.write_some(context, &first[..budget.min(first.len())])
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.tracker.flushed();
            let answered = self.tracker.phase() == Phase::Idle;
            if answered && self.tracker.fault() == Some(ConnectionFault::ResetAfter) {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

pub(super) const PLACE: &str = "request line and header";

/// What hyper refuses by itself goes into the timeline before the client reads the refusal.
pub(super) fn refused_by_hyper(transport: &Transport, answer: &[u8]) {
    let too_large = answer.starts_with(b"HTTP/1.1 431");
    transport.refused(if too_large {
        let broken = const { rule("header-size") };
        let want = format!("at most {} bytes and 100 fields", transport.limits.header);
        Violation::new(broken, PLACE, "a larger header", want).hint(
            "send less in headers and cookies, or raise the limit: builder().header_limit(..)",
        )
    } else {
        let broken = const { rule("http-malformed") };
        Violation::new(broken, PLACE, "bytes that are none", "a whole HTTP/1.1 request")
            .hint("let an HTTP library write the request")
    });
}

/// The client closed before its request was whole; hyper closes without an answer.
pub(super) fn half_a_request(transport: &Transport) {
    let (rule, want) = (const { rule("http-malformed") }, "a whole HTTP/1.1 request");
    let violation = Violation::new(rule, PLACE, "half a request", want);
    transport.refused(violation.hint("send the request to its end before closing"));
}
