//! One socket: HTTP/1.1 over it, what HTTP itself refuses, and when an answer has really left.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
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
    let socket = Socket { stream: TokioIo::new(stream), outgoing: Arc::clone(&outgoing) };
    let service = service_fn(|request| {
        answer(request, peer.clone(), Arc::clone(&shared), Arc::clone(&outgoing))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).max_header_size(shared.settings.header_limit);
    let ended = http.serve_connection(socket, service).await;
    peer.open.store(false, Ordering::Release);
    if let Err(error) = ended
        && let Some(refusal) = refusal(&error, &outgoing, &shared)
    {
        shared.change(|state| {
            let what = What::Refused { reason: error.to_string() };
            let number = state.timeline.push(shared.clock.now(), None, what);
            if let Some(entry) = state.timeline.entry_mut(number) {
                entry.findings.push(refusal);
            }
            state.show(number);
        });
    } else {
        // Whoever waits for this client learns that its connection is closed.
        shared.change(|_| {});
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

/// The answers of one connection that are in its buffers.
#[derive(Default)]
struct Outgoing {
    buffered: Mutex<Vec<Written>>,
    requests: AtomicUsize,
}

impl Outgoing {
    fn flushed(&self) {
        let buffered =
            std::mem::take(&mut *self.buffered.lock().unwrap_or_else(PoisonError::into_inner));
        buffered.into_iter().for_each(|written| written.tell(true));
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
    peer: Peer,
    shared: Arc<Shared>,
    outgoing: Arc<Outgoing>,
) -> io::Result<Response<TrackedBody>> {
    if shared.is_closed() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    outgoing.requests.fetch_add(1, Ordering::AcqRel);
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(shared);
    request.extensions_mut().insert(peer);
    let Ok(mut response) = router().call(request).await;
    outgoing.requests.fetch_sub(1, Ordering::AcqRel);
    if response.extensions().get::<Cut>().is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let tag = response.extensions_mut().remove::<Tag>();
    let written =
        tag.and_then(|Tag(tag)| tag.lock().unwrap_or_else(PoisonError::into_inner).take());
    Ok(response.map(|inner| TrackedBody { inner, written, outgoing }))
}

/// The violation of a connection that HTTP itself ended, unless a request's own entry tells of it.
fn refusal(error: &hyper::Error, outgoing: &Outgoing, shared: &Shared) -> Option<Violation> {
    let place = "request line and header";
    if error.is_parse_too_large() {
        let broken = const { rule("header-size") };
        let want = format!("at most {} bytes and 100 fields", shared.settings.header_limit);
        return Some(Violation::new(broken, place, "a larger header", want).hint(
            "send less in headers and cookies, or raise the limit: builder().header_limit(..)",
        ));
    }
    let incomplete = error.is_incomplete_message() || error.is_timeout();
    if error.is_parse() || (incomplete && outgoing.requests.load(Ordering::Acquire) == 0) {
        let broken = const { rule("http-malformed") };
        let violation =
            Violation::new(broken, place, error.to_string(), "a whole HTTP/1.1 request");
        return Some(violation.hint("let an HTTP library write the request"));
    }
    None
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
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
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
