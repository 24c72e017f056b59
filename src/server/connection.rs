//! One socket: HTTP/1.1 over it, what HTTP itself refuses, and when an answer has really left.
//!
//! Rules: connection-limit.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request, Response, Uri};
use hyper::body::{Frame, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rules::{Violation, rule};
use crate::server::idle::InUse;
use crate::server::request_head::HeadFlaws;
use crate::server::socket::{Socket, half_a_request, refused_by_hyper};
#[cfg(feature = "tls")]
use crate::server::tls::TlsSocket;
use crate::server::transport::{Peer, Transport, TransportEvent};
use crate::server::write_tracker::{ConnectionFault, Phase, WriteTracker, Written};

/// An answer on its way, boxed: each request has the room that its own side needs, and no more.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// The fake behind a connection.
pub(crate) type Handler = Arc<dyn Fn(Peer, Request<Body>) -> Answering + Send + Sync>;

/// Serves one connection until it ends.
pub(super) async fn serve(
    stream: TcpStream,
    peer: Peer,
    transport: Arc<Transport>,
    handler: Handler,
) {
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tls")]
    if let Some(tls) = &transport.tls {
        if let Some(stream) = tls
            .shake_hands(stream, transport.limits.idle, |violation| transport.refused(violation))
            .await
        {
            let reset = |stream: &TlsSocket| reset_at_end(stream.get_ref().0);
            serve_http(stream, reset, peer, Arc::clone(&transport), handler).await;
        }
        return;
    }
    serve_http(stream, reset_at_end, peer, transport, handler).await;
}

/// The answer to one connection too many.
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 21\r\n\r\nToo many connections\n";

/// The time, in real time, for which a refused client may keep its connection open before the server closes it.
const LINGER: Duration = Duration::from_secs(1);

/// Answers one connection too many, whatever it asks for. Over TLS it is closed, since nothing can be said before a handshake.
pub(super) async fn refuse(mut stream: TcpStream, transport: Arc<Transport>) {
    let limit = transport.limits.connections;
    let got = format!("one more than {limit} connections");
    let violation = Violation::new(
        const { rule("connection-limit") },
        "connection",
        got,
        format!("at most {limit} at a time"),
    );
    let hint =
        "keep connections and use them again, or raise the limit: builder().connection_limit(..)";
    transport.refused(violation.hint(hint));
    #[cfg(feature = "tls")]
    if transport.tls.is_some() {
        return;
    }
    // What it has sent is read, or else the system would take the answer back with a reset.
    let answered = async {
        stream.write_all(BUSY.as_bytes()).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    let _ = tokio::time::timeout(LINGER, answered).await;
}

fn reset_at_end(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// Serves HTTP over `stream`; `reset` makes the socket send RST when it is closed.
pub(crate) async fn serve_http<S>(
    stream: S,
    reset: fn(&S),
    peer: Peer,
    transport: Arc<Transport>,
    handler: Handler,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let tracker = Arc::new(WriteTracker::default());
    let socket = Socket::new(stream, reset, Arc::clone(&tracker), Arc::clone(&transport));
    let service = service_fn(|mut request: Request<hyper::body::Incoming>| {
        // From here on hyper refuses nothing of this request, though it may drop it before it is looked at.
        tracker.enter(Phase::Answering);
        let flaws = tracker.take_flaws();
        if flaws != HeadFlaws::default() {
            request.extensions_mut().insert(flaws);
        }
        let line = (request.method().clone(), request.uri().clone());
        let arrived = Arrived { transport: Arc::clone(&transport), line: Some(line) };
        answer(request, arrived, peer, Arc::clone(&tracker), Arc::clone(&handler))
    });
    let mut http = http1::Builder::new();
    // Answers are small: one write of one buffer takes less than a list of two.
    http.writev(false);
    // hyper's own timeout would also end connections that are idle between two requests.
    http.max_header_size(transport.limits.header).header_read_timeout(None);
    let ended = http.serve_connection(socket, service).await;
    match ended {
        // hyper closes without an answer.
        Err(error) if error.is_parse() && tracker.phase() == Phase::Idle => {
            refused_by_hyper(&transport, b"");
        }
        Err(error) if error.is_incomplete_message() && tracker.phase() == Phase::Idle => {
            half_a_request(&transport);
        }
        _ => {}
    }
    transport.tell(TransportEvent::Closed(peer.connection));
}

/// Asks to be told when this answer is written, behind whoever has asked before.
pub(crate) fn when_written(response: &mut Response<Body>, written: Written) {
    let earlier = response.extensions_mut().remove::<Tag>().and_then(Tag::take);
    let written = match earlier {
        Some(earlier) => earlier.and(written),
        None => written,
    };
    response.extensions_mut().insert(Tag(Arc::new(Mutex::new(Some(written)))));
}

/// An answer that is none: the connection is closed without a byte.
pub(crate) fn cut() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    inject(&mut response, ConnectionFault::Cut);
    response
}

/// As [`cut`], and the connection is reset.
pub(crate) fn reset() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    inject(&mut response, ConnectionFault::Reset);
    response
}

/// Has something happen to the connection with this answer.
pub(crate) fn inject(response: &mut Response<Body>, fault: ConnectionFault) {
    response.extensions_mut().insert(fault);
}

/// A [`Written`] on its way to the connection, as an extension must be.
#[derive(Clone)]
struct Tag(Arc<Mutex<Option<Written>>>);

impl Tag {
    fn take(self) -> Option<Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A request that hyper has read. One that is dropped before it has begun, since its client hung up at once, stands in the
/// timeline all the same.
struct Arrived {
    transport: Arc<Transport>,
    line: Option<(Method, Uri)>,
}

impl Arrived {
    fn begin(mut self) -> Arc<Transport> {
        self.line = None;
        Arc::clone(&self.transport)
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        if !self.transport.is_closed()
            && let Some((method, uri)) = self.line.take()
        {
            let method = method.to_string();
            let path = uri.path().to_owned();
            self.transport.tell(TransportEvent::Dropped { method, path });
        }
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
    arrived: Arrived,
    peer: Peer,
    tracker: Arc<WriteTracker>,
    handler: Handler,
) -> io::Result<Response<TrackedBody>> {
    let transport = arrived.begin();
    let in_use = transport.idle_tracker.begin();
    if transport.is_closed() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let mut response = handler(peer, request.map(Body::new)).await;
    if let Some(fault) = response.extensions_mut().remove::<ConnectionFault>() {
        let length = response.body().size_hint().exact().unwrap_or_default();
        tracker.inject(fault, usize::try_from(length).unwrap_or_default());
        if fault.is_before() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
    let written = response.extensions_mut().remove::<Tag>().and_then(Tag::take);
    Ok(response.map(|inner| TrackedBody { inner, written, tracker, _in_use: in_use }))
}

/// A body that knows when it has been handed to the connection to the end.
struct TrackedBody {
    inner: Body,
    written: Option<Written>,
    tracker: Arc<WriteTracker>,
    _in_use: InUse,
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
        self.tracker.enter(Phase::Buffered);
        if let Some(written) = self.written.take()
            && self.inner.is_end_stream()
        {
            self.tracker.push(written);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use axum::body::to_bytes;
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};

    use super::*;
    use crate::server::transport::Limits;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\n";

    /// Serves the other end of a connection, and answers each request when its body has come. Nothing may be refused.
    fn serving() -> DuplexStream {
        let (client, server) = duplex(4096);
        let tell = |event| assert!(!matches!(event, TransportEvent::Refused(_)), "{event:?}");
        let transport = Transport::new(
            Limits::default(),
            #[cfg(feature = "tls")]
            None,
            Box::new(tell),
        );
        let handler: Handler = Arc::new(|_, request| {
            Box::pin(async {
                let _ = to_bytes(request.into_body(), 4096).await;
                Response::new(Body::empty())
            })
        });
        let peer = Peer::new(IpAddr::V4(Ipv4Addr::LOCALHOST));
        tokio::spawn(serve_http(server, |_| (), peer, Arc::new(transport), handler));
        client
    }

    /// Sends bytes, and reads the beginning of what comes back.
    async fn exchange(client: &mut DuplexStream, bytes: &str) -> String {
        client.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0, "the connection is closed");
        }
        String::from_utf8(answer).unwrap()
    }

    /// Sets the clock of the runtime forward by more than a client may pause.
    async fn wait() {
        tokio::time::advance(2 * Limits::default().idle).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_idle_between_two_requests_is_kept() {
        let mut client = serving();
        for _ in 0..3 {
            wait().await;
            let answer = exchange(&mut client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert!(answer.starts_with(ANSWER), "{answer}");
        }
    }

    /// The body comes apart from its header, and ends of lines after it, which begin no request.
    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_idle_after_a_body_is_kept() {
        let mut client = serving();
        let head =
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        for _ in 0..3 {
            assert!(exchange(&mut client, head).await.starts_with("HTTP/1.1 100 "));
            assert!(exchange(&mut client, "{}").await.starts_with(ANSWER));
            client.write_all(b"\r\n").await.unwrap();
            wait().await;
        }
    }
}
