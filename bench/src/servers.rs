//! What is measured: the fake, the floor below it, and what people would use in its place. Each answers Intrude and Reject.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use gws_sms_fake::{Builder, FakeGws};
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::check::Validators;
use crate::client::{INTRUDE, Listener, REJECT, Supervisor};

const INTRUDE_PATH: &str = "^/api/v2/users/[0-9a-f]{32}/smssessions/[0-9A-Za-z]{16}$";
const REJECT_PATH: &str = "^/api/v2/me/smssessions/[0-9A-Za-z]{16}$";
const TAKEN: &str = r#"{"statusCode":0}"#;

/// A server, with a client that is signed in to it.
pub struct Server {
    pub name: &'static str,
    pub supervisor: Supervisor,
    _running: Running,
}

/// What runs until it is dropped.
#[expect(dead_code, reason = "they are kept only to be dropped")]
enum Running {
    /// Its thread lives as long as the process.
    Floor,
    Fake(Box<FakeGws>, Box<Listener>),
    Wiremock(wiremock::MockServer),
    Httpmock(httpmock::MockServer),
    Mockito(Box<mockito::ServerGuard>),
}

/// The floor, the fake, its peers, and what the parts take.
pub async fn all(http: &Client, sessions: usize) -> Vec<Server> {
    vec![
        floor(http),
        fake(http, sessions).await,
        wiremock(http).await,
        httpmock(http).await,
        mockito(http).await,
        parts(http),
    ]
}

#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "operationName")]
    name: String,
}

#[derive(Serialize)]
struct Answer {
    #[serde(rename = "statusCode")]
    status_code: u8,
}

/// Bare axum with the extractors Path and Json, on a runtime of one thread of its own. It looks at what it has extracted, and
/// knows nothing.
pub fn floor(http: &Client) -> Server {
    async fn intrude(
        Path((user, session)): Path<(String, String)>,
        Json(operation): Json<Operation>,
    ) -> Json<Answer> {
        let known = user.len() == 32 && session.len() == 16 && operation.name == "Intrude";
        Json(Answer { status_code: if known { 0 } else { 6 } })
    }
    async fn reject(Path(session): Path<String>, Json(operation): Json<Operation>) -> Json<Answer> {
        let known = session.len() == 16 && operation.name == "Reject";
        Json(Answer { status_code: if known { 0 } else { 6 } })
    }
    let url =
        serve(Router::new().route(INTRUDE_ROUTE, post(intrude)).route(REJECT_ROUTE, post(reject)));
    let supervisor = Supervisor::with_cookie(http, &url);
    Server { name: "floor: axum, Path, Json", supervisor, _running: Running::Floor }
}

const INTRUDE_ROUTE: &str = "/api/v2/users/{user}/smssessions/{session}";
const REJECT_ROUTE: &str = "/api/v2/me/smssessions/{session}";

/// Serves that on a runtime of one thread of its own; returns the address.
fn serve(router: Router) -> String {
    let (tell, url) = mpsc::channel();
    let serve = async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tell.send(format!("http://{address}")).expect("who waits for it");
        axum::serve(listener, router).await.expect("to serve");
    };
    let run = move || crate::client::runtime().block_on(serve);
    std::thread::Builder::new().name("floor".to_owned()).spawn(run).expect("a thread");
    url.recv().expect("its address")
}

/// The least that the libraries take which a fake is made of, without a line that knows GWS: axum's Path, a body that is parsed
/// into a `Value` and held against the schema of its operation, a state under a lock, a notification of the usual size that is
/// written from a `Value`, and a timeline that keeps the body, the answer and the notification.
pub fn parts(http: &Client) -> Server {
    #[derive(Default)]
    struct State {
        invited: BTreeMap<String, bool>,
        #[expect(clippy::type_complexity, reason = "it is only pushed to")]
        timeline: Vec<(String, Box<[u8]>, Box<str>, Arc<str>)>,
    }
    struct Parts {
        schemas: Validators,
        notification: Value,
        state: Mutex<State>,
    }
    async fn answer(parts: Arc<Parts>, session: String, body: Bytes, intrudes: bool) -> Response {
        let Ok(message) = serde_json::from_slice::<Value>(&body) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let operation = if intrudes { "Intrude" } else { "Reject" };
        if message["operationName"] != operation || !parts.schemas.are_kept_by(&message) {
            return StatusCode::BAD_REQUEST.into_response();
        }
        let mut state = parts.state.lock().expect("no panic");
        state.invited.insert(session.clone(), intrudes);
        let data = &parts.notification;
        let event = format!(r#"{{"channel":"/v2/me/smssessions","data":{data}}}"#);
        state.timeline.push((session, (*body).into(), TAKEN.into(), event.into()));
        let headers = [(CONTENT_TYPE, "application/json;charset=UTF-8")];
        (headers, TAKEN).into_response()
    }
    let (_, notification) = gws_sms_fake::fixtures::notifications()
        .find(|(name, _)| *name == "intrude-status-change")
        .expect("a notification");
    let parts = Arc::new(Parts {
        schemas: Validators::read(&["intrude-request", "reject-request"]),
        notification: serde_json::from_str(notification).expect("JSON"),
        state: Mutex::default(),
    });
    let of_intrude = Arc::clone(&parts);
    let intrude = move |Path((_, session)): Path<(String, String)>, body: Bytes| {
        answer(Arc::clone(&of_intrude), session, body, true)
    };
    let reject = move |Path(session): Path<String>, body: Bytes| {
        answer(Arc::clone(&parts), session, body, false)
    };
    let router =
        Router::new().route(INTRUDE_ROUTE, post(intrude)).route(REJECT_ROUTE, post(reject));
    let supervisor = Supervisor::with_cookie(http, &serve(router));
    Server { name: "the parts alone", supervisor, _running: Running::Floor }
}

/// The least that a push takes: bare axum that holds a connect until an Intrude comes, and answers it with a notification of the
/// usual size, whatever is sent.
pub fn push_floor(http: &Client) -> (Supervisor, Listener) {
    let (_, notification) = gws_sms_fake::fixtures::notifications()
        .find(|(name, _)| *name == "intrude-status-change")
        .expect("a notification");
    let wake = Arc::new(Notify::new());
    let told = Arc::clone(&wake);
    let connect = move |_body: Bytes| {
        let wake = Arc::clone(&wake);
        async move {
            wake.notified().await;
            notification
        }
    };
    let intrude = move |_path: Path<(String, String)>, _body: Bytes| {
        told.notify_one();
        std::future::ready(TAKEN)
    };
    let reject = |_path: Path<String>, _body: Bytes| std::future::ready(TAKEN);
    let router =
        Router::new().route(INTRUDE_ROUTE, post(intrude)).route(REJECT_ROUTE, post(reject));
    let supervisor =
        Supervisor::with_cookie(http, &serve(router.route("/api/v2/notifications", post(connect))));
    let listener = Listener::of(&supervisor, "of-nobody");
    (supervisor, listener)
}

/// The id of the bench's own session of that number.
pub fn session(number: usize) -> String {
    format!("0000UaB58WAR{:04X}", 0x1000 + number)
}

/// A fake with that many sessions to intrude in.
pub fn builder_with_sessions(sessions: usize) -> Builder {
    let fixture = include_str!("../../fixtures/smssessions/0000UaB58WAR003N.json");
    let mut fixture: Value = serde_json::from_str(fixture).expect("a fixture");
    // Nobody connects again while notifications are queued: the client must not expire, and they all wait for it.
    let builder = FakeGws::builder().cometd_max_interval(Duration::from_secs(3600));
    let mut builder = builder.max_queue(None);
    for number in 0..sessions {
        fixture["id"] = Value::from(session(number));
        builder = builder.session(&fixture);
    }
    builder
}

/// The fake: it checks each request, changes its state, writes the timeline, and queues the notification for a client.
pub async fn fake(http: &Client, sessions: usize) -> Server {
    let gws = builder_with_sessions(sessions).start();
    let mut supervisor = Supervisor::sign_in(http, gws.url()).await;
    let listener = Box::new(supervisor.subscribe().await);
    Server { name: "gws-sms-fake", supervisor, _running: Running::Fake(Box::new(gws), listener) }
}

async fn wiremock(http: &Client) -> Server {
    use wiremock::matchers::{body_json, method, path_regex};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    let server = MockServer::start().await;
    for (path, body) in [(INTRUDE_PATH, INTRUDE), (REJECT_PATH, REJECT)] {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let taken = ResponseTemplate::new(200).set_body_json(json!({ "statusCode": 0 }));
        let mock = Mock::given(method("POST")).and(path_regex(path)).and(body_json(body));
        mock.respond_with(taken).mount(&server).await;
    }
    let supervisor = Supervisor::with_cookie(http, &server.uri());
    Server { name: "wiremock", supervisor, _running: Running::Wiremock(server) }
}

async fn httpmock(http: &Client) -> Server {
    let server = httpmock::MockServer::start_async().await;
    for (path, body) in [(INTRUDE_PATH, INTRUDE), (REJECT_PATH, REJECT)] {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let stub = |when: httpmock::When, then: httpmock::Then| {
            when.method("POST").path_matches(path).json_body(body);
            then.status(200).header("content-type", "application/json").body(TAKEN);
        };
        server.mock_async(stub).await;
    }
    let supervisor = Supervisor::with_cookie(http, &server.base_url());
    Server { name: "httpmock", supervisor, _running: Running::Httpmock(server) }
}

async fn mockito(http: &Client) -> Server {
    use mockito::Matcher;

    let mut server = mockito::Server::new_async().await;
    for (path, body) in [(INTRUDE_PATH, INTRUDE), (REJECT_PATH, REJECT)] {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let mock = server.mock("POST", Matcher::Regex(path.to_owned()));
        let mock = mock.match_body(Matcher::Json(body)).with_body(TAKEN);
        mock.with_header("content-type", "application/json").create_async().await;
    }
    let supervisor = Supervisor::with_cookie(http, &server.url());
    Server { name: "mockito", supervisor, _running: Running::Mockito(Box::new(server)) }
}
