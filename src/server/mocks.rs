//! A test's own wiremock mocks: a private, unpooled wiremock server, started with the first of them.
//!
//! The rule of this file: wiremock blocks on locks of tokio when it is dropped, so whatever it does is done on a thread of
//! its own, and a drop waits for that at most two seconds.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::Response;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
pub(crate) use wiremock::Mock;
use wiremock::matchers::any;
use wiremock::{MockServer, ResponseTemplate};

use crate::server::connection;
use crate::server::runtime::{DROP_TIMEOUT, at_most, runtime};

/// Stands in the answer when no mock of the test matched.
const NO_MATCH: &str = "x-gws-sms-fake-no-match";
/// The name of wiremock's threads.
const NAME: &str = "gws-sms-fake mocks";
/// The last priority that wiremock has.
const LAST: u8 = 255;
/// Headers of one connection, which are not handed on to the next.
const OF_A_CONNECTION: &[axum::http::HeaderName] =
    &[CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING];

/// The wiremock server of one fake.
pub(crate) struct Mocks {
    /// There until it is dropped, which is done elsewhere.
    server: Option<Arc<MockServer>>,
    address: SocketAddr,
}

impl Mocks {
    fn start() -> Self {
        let server = on_own_thread(|| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0")
                .unwrap_or_else(|error| panic!("no port for the mocks: {error}"));
            block_on(async {
                let server = MockServer::builder().listener(listener);
                // The timeline records; and no secret of a request gets into wiremock's own texts.
                let server = server.disable_request_recording().start().await;
                let nothing = ResponseTemplate::new(404).insert_header(NO_MATCH, "1");
                server.register(Mock::given(any()).respond_with(nothing).with_priority(LAST)).await;
                server
            })
        });
        Self { address: *server.address(), server: Some(Arc::new(server)) }
    }
}

impl Drop for Mocks {
    fn drop(&mut self) {
        let server = self.server.take();
        // What was not met has been reported; forgotten, it does not panic a second time.
        at_most(NAME, move || {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                if let Some(server) = &server {
                    block_on(server.reset());
                }
                drop(server);
            }));
        });
    }
}

/// The mocks of one fake: none, until the first is mounted.
#[derive(Default)]
pub(crate) struct MountedMocks(Mutex<Option<Mocks>>);

impl MountedMocks {
    /// Mounts a mock in front of the fake's REST side.
    pub(crate) fn mount(&self, mock: Mock) {
        // Not under the lock: a request that waits for it would stand in the way of all others.
        let server = self.lock().get_or_insert_with(Mocks::start).server.clone();
        if let Some(server) = server {
            on_own_thread(|| block_on(server.register(mock)));
        }
    }

    /// Returns what wiremock says of expectations that were not met; nothing without mocks.
    pub(crate) fn unmet(&self) -> Option<String> {
        // Not under the lock, which requests wait for.
        let server = self.lock().as_ref()?.server.clone()?;
        unmet_by(server)
    }

    /// Returns where the mocks are asked; nothing, when none is mounted.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.lock().as_ref().map(|mocks| mocks.address)
    }

    /// Ends the wiremock server, if there is one.
    pub(crate) fn end(&self) {
        let mocks = self.lock().take();
        drop(mocks);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Mocks>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer of a mock.
pub(crate) struct Mocked {
    status: StatusCode,
    headers: HeaderMap,
    /// `None`: the mock broke the connection.
    body: Option<Bytes>,
}

impl Mocked {
    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// `None`: the mock broke the connection.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    pub(crate) fn into_response(self) -> Response {
        let Some(body) = self.body else { return connection::cut() };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Asks the mocks; `None` when none of them matches.
pub(crate) async fn relay(address: SocketAddr, head: &Parts, body: &Bytes) -> Option<Mocked> {
    let broken = Mocked { status: StatusCode::BAD_GATEWAY, headers: HeaderMap::new(), body: None };
    let Ok(answer) = Box::pin(ask(address, head, body)).await else { return Some(broken) };
    let (head, body) = answer.into_parts();
    if head.headers.contains_key(NO_MATCH) {
        return None;
    }
    Some(Mocked { status: head.status, headers: handed_on(&head.headers), body: Some(body) })
}

/// Sends a request on a connection of its own, and reads the whole answer.
async fn ask(
    address: SocketAddr,
    head: &Parts,
    body: &Bytes,
) -> Result<Response<Bytes>, axum::BoxError> {
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::builder().method(head.method.clone()).uri(target);
    if let Some(headers) = request.headers_mut() {
        *headers = handed_on(&head.headers);
        headers.insert(HOST, address.to_string().try_into()?);
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = runtime().spawn(connection);
    let (head, body) =
        sender.send_request(request.body(Body::from(body.clone()))?).await?.into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await?;
    connection.abort();
    Ok(Response::from_parts(head, body))
}

fn handed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
    headers
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap_or_else(|error| panic!("no runtime for the mocks: {error}")).block_on(work)
}

/// Runs the work on a thread that belongs to no runtime, and waits for it.
fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread().spawn_scoped(scope, work);
        let thread = thread.unwrap_or_else(|error| panic!("no thread for the mocks: {error}"));
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn thread() -> thread::Builder {
    thread::Builder::new().name(NAME.to_owned())
}

/// The expectations that were not met, in wiremock's words.
fn unmet_by(server: Arc<MockServer>) -> Option<String> {
    let verified = at_most(NAME, move || {
        let verified = catch_unwind(AssertUnwindSafe(|| block_on(server.verify())));
        verified.err().map(|payload| {
            let text = payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| payload.downcast_ref::<&str>().copied())
                .unwrap_or("an expectation was not met");
            // Advice to record follows, which a test cannot take and need not: the timeline records.
            text.split("\n\nEnable request recording").next().unwrap_or(text).to_owned()
        })
    });
    verified.unwrap_or_else(|| {
        Some(format!(
            "wiremock gave no answer within {DROP_TIMEOUT:?}; does a responder of a mock hang?"
        ))
    })
}
