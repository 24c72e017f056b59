//! A socket under hyper: it reports when an answer has left, notices the refusals of hyper itself, and applies the
//! faults of a connection that a test has injected.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::rules::{Violation, rule};
use crate::server::idle_timeout::IdleTimeoutStream;
use crate::server::request_head::PLACE;
use crate::server::transport::Transport;
use crate::server::write_tracker::{ConnectionFault, Phase, WriteTracker};

/// A stream that says when everything before has been taken by the system.
pub(super) struct Socket<S> {
    stream: TokioIo<IdleTimeoutStream<S>>,
    /// Has the stream be reset when it is closed.
    reset: fn(&S),
    tracker: Arc<WriteTracker>,
    transport: Arc<Transport>,
    /// The rest of an answer that is written in place of hyper's.
    instead: Option<&'static [u8]>,
}

/// The answer to a body that is announced to be longer than hyper can count, which hyper takes for a header that is too large.
const TOO_LARGE: &[u8] =
    b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

impl<S> Socket<S> {
    pub(super) fn new(
        stream: S,
        reset: fn(&S),
        tracker: Arc<WriteTracker>,
        transport: Arc<Transport>,
    ) -> Self {
        let stream_with_timeout =
            IdleTimeoutStream::new(stream, Arc::clone(&tracker), Arc::clone(&transport));
        Self { stream: TokioIo::new(stream_with_timeout), reset, tracker, transport, instead: None }
    }

    fn about_to_write(&mut self, bytes: &[u8]) {
        if self.tracker.phase() != Phase::Idle {
            return;
        }
        self.tracker.enter(Phase::Refused);
        if self.tracker.take_flaws().has_huge_length {
            self.transport.refused(huge_length(&self.transport));
            self.instead = Some(TOO_LARGE);
        } else {
            refused_by_hyper(&self.transport, bytes);
        }
    }
}

impl<S: AsyncWrite + Unpin> Socket<S> {
    /// Writes an answer in place of hyper's, whose bytes count as written with it.
    fn write_instead(
        &mut self,
        context: &mut Context<'_>,
        mut rest: &'static [u8],
        bytes: usize,
    ) -> Poll<io::Result<usize>> {
        while !rest.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            rest = &rest[written..];
            self.instead = Some(rest);
        }
        Poll::Ready(Ok(bytes))
    }

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
        if let Some(rest) = self.instead {
            return self.write_instead(context, rest, bytes.len());
        }
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
        if let Some(rest) = self.instead {
            return self.write_instead(context, rest, all);
        }
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

/// Records a refusal of hyper's own in the timeline, before the client reads it.
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

/// Returns what is wrong with a body that is announced to be longer than hyper can count.
fn huge_length(transport: &Transport) -> Violation {
    let want = format!("at most {} bytes", transport.limits.body);
    let got = "a length of 20 digits or more";
    let violation = Violation::new(const { rule("body-size") }, "header Content-Length", got, want);
    violation.hint("announce as many bytes as the body has")
}

/// The client closed before its request was whole; hyper closes without an answer.
pub(super) fn half_a_request(transport: &Transport) {
    let rule = const { rule("http-malformed") };
    let want = "a whole HTTP/1.1 request";
    let violation = Violation::new(rule, PLACE, "half a request", want);
    transport.refused(violation.hint("send the request to its end before closing"));
}
