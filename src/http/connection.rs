//! One socket: HTTP/1.1 over it, what HTTP itself refuses, and when an answer has really left.

use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::http::dispatch::router;
use crate::http::shared::{Peer, Shared};
use crate::rule::{Violation, rule};
use crate::timeline::What;

/// Serves one connection until it ends.
pub(crate) async fn serve(stream: TcpStream, peer: Peer, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let outgoing = Arc::new(Outgoing::default());
    let socket = Socket {
        stream: TokioIo::new(stream),
        outgoing: Arc::clone(&outgoing),
        shared: Arc::clone(&shared),
    };
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        // From here on hyper refuses nothing of this request, though it may drop it before it is looked at.
        outgoing.enter(Phase::Answering);
        let line = format!("{} {}", request.method(), request.uri().path());
        let arrived = Arrived { shared: Arc::clone(&shared), line: Some(line) };
        answer(request, arrived, peer.clone(), Arc::clone(&outgoing))
    });
    let mut http = http1::Builder::new();
    // hyper's own timeout would also end connections that are idle between two requests.
    http.max_header_size(shared.settings.header_limit).header_read_timeout(None);
    let ended = http.serve_connection(socket, service).await;
    peer.open.store(false, Ordering::Release);
    match ended {
        // hyper closes without an answer.
        Err(error) if error.is_parse() && outgoing.phase() == Phase::Idle => {
            refused_by_hyper(&shared, b"");
        }
        Err(error) if error.is_incomplete_message() && outgoing.phase() == Phase::Idle => {
            let (rule, want) = (const { rule("http-malformed") }, "a whole HTTP/1.1 request");
            let violation = Violation::new(rule, PLACE, "half a request", want);
            refused(&shared, violation.hint("send the request to its end before closing"));
        }
        // Whoever waits for this client learns that its connection is closed.
        _ => shared.change(|_| {}),
    }
}

/// What is told when the socket has taken an answer, or never will: `true` or `false`.
pub(crate) struct Written(Option<Box<dyn FnOnce(bool) + Send>>);

impl Written {
    pub(crate) fn new(told: impl FnOnce(bool) + Send + 'static) -> Self {
        Self(Some(Box::new(told)))
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

/// Asks to be told when this answer is written.
pub(crate) fn when_written(response: &mut Response<Body>, written: Written) {
    response.extensions_mut().insert(Tag(Arc::new(Mutex::new(Some(written)))));
}

/// An answer that is none: the connection is closed without a byte.
pub(crate) fn cut() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

#[derive(Clone)]
struct Cut;

/// A [`Written`] on its way to the connection, as an extension must be.
#[derive(Clone)]
struct Tag(Arc<Mutex<Option<Written>>>);

/// The answers of one connection that are on their way to its socket.
#[derive(Default)]
struct Outgoing {
    buffered: Mutex<Vec<Written>>,
    phase: Mutex<Phase>,
}

/// Where a connection is between two requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// No request has come, or its answer has left: what is written now is written by hyper, which refuses.
    #[default]
    Idle,
    /// A request is being answered.
    Answering,
    /// The answer is in the buffer.
    Buffered,
    /// hyper has refused, and that is in the time line.
    Refused,
}

impl Outgoing {
    fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
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

/// A request that hyper has read. One that is dropped before it has begun, since its client hung up at once, stands in the
/// time line all the same.
struct Arrived {
    shared: Arc<Shared>,
    line: Option<String>,
}

impl Arrived {
    fn begin(mut self) -> Arc<Shared> {
        self.line = None;
        Arc::clone(&self.shared)
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if let Some(line) = self.line.take().filter(|_| !self.shared.is_closed()) {
            let remark = format!("{line}  the client hung up at once");
            let now = self.shared.clock.now();
            self.shared.change(|state| {
                let number = state.timeline.push(now, None, What::Remark(remark));
                state.show(number);
            });
        }
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
    arrived: Arrived,
    peer: Peer,
    outgoing: Arc<Outgoing>,
) -> io::Result<Response<TrackedBody>> {
    let shared = arrived.begin();
    if shared.is_closed() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(shared);
    request.extensions_mut().insert(peer);
    let Ok(mut response) = router().call(request).await;
    if response.extensions().get::<Cut>().is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let tag = response.extensions_mut().remove::<Tag>();
    let written =
        tag.and_then(|Tag(tag)| tag.lock().unwrap_or_else(PoisonError::into_inner).take());
    Ok(response.map(|inner| TrackedBody { inner, written, outgoing }))
}

const PLACE: &str = "request line and header";

/// What hyper refuses by itself goes into the time line before the client reads the refusal.
fn refused_by_hyper(shared: &Shared, answer: &[u8]) {
    let too_large = answer.starts_with(b"HTTP/1.1 431");
    refused(
        shared,
        if too_large {
            let broken = const { rule("header-size") };
            let want = format!("at most {} bytes and 100 fields", shared.settings.header_limit);
            Violation::new(broken, PLACE, "a larger header", want).hint(
                "send less in headers and cookies, or raise the limit: builder().header_limit(..)",
            )
        } else {
            let broken = const { rule("http-malformed") };
            Violation::new(broken, PLACE, "bytes that are none", "a whole HTTP/1.1 request")
                .hint("let an HTTP library write the request")
        },
    );
}

fn refused(shared: &Shared, violation: Violation) {
    shared.change(|state| {
        let what = What::Refused { reason: violation.got.to_string() };
        let number = state.timeline.push(shared.clock.now(), None, what);
        if let Some(entry) = state.timeline.entry_mut(number) {
            entry.findings.push(violation);
        }
        state.show(number);
    });
}

/// A body that knows when it has been handed to the connection to the end.
struct TrackedBody {
    inner: Body,
    written: Option<Written>,
    outgoing: Arc<Outgoing>,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        self.outgoing.enter(Phase::Buffered);
        if let Some(written) = self.written.take()
            && self.inner.is_end_stream()
        {
            let buffered = &self.outgoing.buffered;
            buffered.lock().unwrap_or_else(PoisonError::into_inner).push(written);
        }
    }
}

/// A stream that says when everything before has been taken by the system.
struct Socket {
    stream: TokioIo<TcpStream>,
    outgoing: Arc<Outgoing>,
    shared: Arc<Shared>,
}

impl Socket {
    fn about_to_write(&self, bytes: &[u8]) {
        if self.outgoing.phase() == Phase::Idle {
            self.outgoing.enter(Phase::Refused);
            refused_by_hyper(&self.shared, bytes);
        }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.about_to_write(bytes);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.about_to_write(bytes.first().map_or(&[], |first| first));
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.outgoing.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
