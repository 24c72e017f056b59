//! The memory of a fake that serves for long: of what is over, it keeps no more than it needs.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde_json::json;

use super::*;
use crate::engine::delivery;
use crate::engine::log::Log;
use crate::gws::identity::KNOWN;
use crate::gws::world;

const ME: &str = "/api/v2/me";
const PUSH: &str = "/api/v2/notifications";
const AGENT: &str = "a1";
/// The credentials of the agent.
const BASIC: &str = "Basic YTE6cGFzc3dvcmQ=";
const CONNECTION: ConnectionId = 1;

/// The numbers of the things that a fake keeps.
#[derive(Debug, PartialEq, Eq)]
struct Sizes {
    http_sessions: usize,
    clients: usize,
    former: usize,
    open_clients: usize,
    sessions: usize,
    entries: usize,
}

fn fake() -> DirectFake {
    DirectFake::new(Builder::new().timeline_limit(100), 1).unwrap()
}

fn sizes(fake: &DirectFake) -> Sizes {
    let Engine { delivery, rest, log, .. } = &fake.engine;
    Sizes {
        http_sessions: rest.http_sessions.known(),
        clients: delivery.clients.len(),
        former: delivery.former.len(),
        open_clients: delivery.server.sessions().len(),
        sessions: rest.world.sessions().count(),
        entries: log.timeline.entries().count(),
    }
}

/// Sends a request of the agent with a cookie, or else with credentials; returns its answer and the cookies that it sets.
fn send(
    fake: &mut DirectFake,
    cookie: Option<&str>,
    path: &str,
    body: Option<Value>,
) -> (Response<String>, String) {
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut request = Request::builder().method(method).uri(path);
    request = match cookie {
        Some(cookie) => request.header(COOKIE, cookie),
        None => request.header(AUTHORIZATION, BASIC),
    };
    if body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let body = body.map(|body| body.to_string().into_bytes());
    let request = request.body(body.unwrap_or_default()).unwrap();
    let answer = fake.request(CONNECTION, request).unwrap();
    let set = answer.headers().get_all(SET_COOKIE).iter();
    let cookies = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    (answer, cookies)
}

fn get(fake: &mut DirectFake, cookie: Option<&str>) -> (u16, String) {
    let (answer, cookies) = send(fake, cookie, ME, None);
    (answer.status().as_u16(), cookies)
}

/// Signs in; returns the cookie.
fn sign_in(fake: &mut DirectFake) -> String {
    let (status, cookie) = get(fake, None);
    assert_eq!(status, 200);
    cookie
}

/// Has a new CometD client shake hands; returns its id and its cookies.
fn shake_hands(fake: &mut DirectFake) -> (String, String) {
    let handshake = json!([{
        "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"],
    }]);
    let (answer, cookies) = send(fake, None, PUSH, Some(handshake));
    let replies: Value = serde_json::from_str(answer.body()).unwrap();
    (replies[0]["clientId"].as_str().unwrap().to_owned(), cookies)
}

fn connect(client: &str) -> Value {
    json!({ "channel": "/meta/connect", "clientId": client, "connectionType": "long-polling" })
}

/// Has a new CometD client shake hands, connect and disconnect; returns its id and its cookies.
fn come_and_go(fake: &mut DirectFake) -> (String, String) {
    let (client, cookies) = shake_hands(fake);
    let disconnect = json!({ "channel": "/meta/disconnect", "clientId": client });
    let (answer, _) = send(fake, Some(&cookies), PUSH, Some(json!([connect(&client), disconnect])));
    assert_eq!(answer.status(), 200);
    (client, cookies)
}

/// Routes a session to the agent, who completes it; returns its id.
fn serve_a_customer(fake: &mut DirectFake) -> String {
    let answer = fake.call("route", &json!({ "user": AGENT })).unwrap();
    let session = answer["session"].as_str().unwrap();
    for operation in ["Accept", "Complete"] {
        let perform = json!({ "user": AGENT, "operationName": operation, "session": session });
        fake.call("operation", &perform).unwrap();
    }
    session.to_owned()
}

#[test]
fn requests_with_credentials_and_no_cookie_leave_no_http_session_behind() {
    let mut fake = fake();
    let first = sign_in(&mut fake);
    for _ in 0..300 {
        sign_in(&mut fake);
    }
    assert_eq!(sizes(&fake).http_sessions, 0);
    assert_eq!(get(&mut fake, Some(&first)), (200, String::new()));
    assert_eq!(sizes(&fake).http_sessions, 1);
    fake.verify().unwrap();
}

#[test]
fn a_client_whose_http_session_is_forgotten_is_served_as_before() {
    let mut fake = fake();
    let first = sign_in(&mut fake);
    for _ in 0..KNOWN + 10 {
        let cookie = sign_in(&mut fake);
        assert_eq!(get(&mut fake, Some(&cookie)).0, 200);
    }
    assert!(sizes(&fake).http_sessions <= KNOWN, "{:?}", sizes(&fake));
    assert_eq!(get(&mut fake, Some(&first)), (200, String::new()));
    fake.verify().unwrap();
}

#[test]
fn http_sessions_that_have_ended_are_bounded_and_the_latest_are_known_as_ended() {
    let mut fake = fake();
    let end = json!({ "operationName": "EndContactCenterSession" });
    let mut last = String::new();
    for _ in 0..KNOWN + 10 {
        last = sign_in(&mut fake);
        assert_eq!(send(&mut fake, Some(&last), ME, Some(end.clone())).0.status(), 200);
    }
    assert!(sizes(&fake).http_sessions <= 2 * KNOWN, "{:?}", sizes(&fake));
    assert_eq!(get(&mut fake, Some(&last)).0, 403);
}

#[test]
fn clients_that_have_disconnected_are_forgotten_and_not_blamed_for_it() {
    let mut fake = fake();
    let (client, cookies) = come_and_go(&mut fake);
    for _ in 0..2 * delivery::REMEMBERED + 10 {
        come_and_go(&mut fake);
    }
    let sizes = sizes(&fake);
    assert!(sizes.clients <= 2 * delivery::REMEMBERED, "{sizes:?}");
    assert_eq!((sizes.open_clients, sizes.former), (0, 1));
    let (answer, _) = send(&mut fake, Some(&cookies), PUSH, Some(json!([connect(&client)])));
    assert!(answer.body().contains("402::Unknown client"), "{}", answer.body());
    fake.verify().unwrap();
}

#[test]
fn clients_that_vanish_expire_and_are_forgotten() {
    let mut fake = fake();
    for _ in 0..2 * delivery::REMEMBERED + 10 {
        shake_hands(&mut fake);
    }
    assert_eq!(sizes(&fake).clients, 2 * delivery::REMEMBERED + 10);
    fake.advance(Duration::from_secs(3600));
    let sizes = sizes(&fake);
    assert_eq!((sizes.open_clients, sizes.clients, sizes.former), (0, delivery::REMEMBERED, 1));
    fake.verify().unwrap();
}

#[test]
fn a_client_that_is_forgotten_counts_at_the_end_as_one_that_never_connected() {
    let builder = Builder::new().timeline_limit(100).require_complete_sessions();
    let mut fake = DirectFake::new(builder, 1).unwrap();
    let (client, cookies) = shake_hands(&mut fake);
    let disconnect = json!([{ "channel": "/meta/disconnect", "clientId": client }]);
    send(&mut fake, Some(&cookies), PUSH, Some(disconnect));
    let before = fake.verify().unwrap_err().to_string();
    assert!(before.contains("never-connected"), "{before}");
    for _ in 0..2 * delivery::REMEMBERED + 10 {
        come_and_go(&mut fake);
    }
    assert!(!fake.engine.delivery.clients.contains_key(&*client));
    let after = fake.verify().unwrap_err().to_string();
    assert!(after.contains("never-connected"), "{after}");
}

#[test]
fn sessions_that_are_over_are_forgotten_and_an_operation_on_one_is_no_violation() {
    let mut fake = fake();
    let fixtures = sizes(&fake).sessions;
    let first = serve_a_customer(&mut fake);
    for _ in 0..2 * world::REMEMBERED + 10 {
        serve_a_customer(&mut fake);
    }
    let sizes = sizes(&fake);
    assert!(sizes.sessions <= fixtures + 2 * world::REMEMBERED, "{sizes:?}");
    let path = format!("/api/v2/me/smssessions/{first}");
    let complete = json!({ "operationName": "Complete" });
    let (answer, _) = send(&mut fake, None, &path, Some(complete));
    let reply: Value = serde_json::from_str(answer.body()).unwrap();
    assert_ne!(reply["statusCode"], 0, "{reply}");
    fake.verify().unwrap();
}

#[test]
fn assertions_about_dropped_entries_and_readers_of_them_are_forgotten() {
    let mut fake = fake();
    for round in 0..3_000 {
        sign_in(&mut fake);
        let Log { timeline, asserted, read_up_to, .. } = &mut fake.engine.log;
        let last = timeline.entries().next_back().unwrap().number;
        asserted.insert(last);
        read_up_to.insert(format!("reader {round}"), last);
        assert!(asserted.len() <= 1_200 && read_up_to.len() <= 1_200, "{round}");
        assert!(asserted.contains(&last) && read_up_to.values().any(|read| *read == last));
    }
}

#[test]
fn sessions_that_are_not_over_are_kept_however_many_there_are() {
    let mut fake = fake();
    let first = fake.call("route", &json!({ "user": AGENT })).unwrap();
    for _ in 0..2 * world::REMEMBERED + 10 {
        serve_a_customer(&mut fake);
    }
    let accept = json!({
        "user": AGENT, "operationName": "Accept", "session": first["session"],
    });
    fake.call("operation", &accept).unwrap();
}

#[test]
fn a_reset_frees_all_that_was_kept() {
    let mut fake = fake();
    let fresh = sizes(&fake);
    for _ in 0..delivery::REMEMBERED {
        let (_, cookies) = come_and_go(&mut fake);
        assert_eq!(get(&mut fake, Some(&cookies)).0, 200);
        shake_hands(&mut fake);
        serve_a_customer(&mut fake);
    }
    fake.advance(Duration::from_secs(3600));
    assert_ne!(sizes(&fake), fresh);
    fake.change(|engine, _| engine.reset());
    assert_eq!(sizes(&fake), fresh);
}
