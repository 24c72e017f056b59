//! Connect timeouts and expiry by the logical clock.

use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::json;

use support::raw::{INTRUDE, RawConnection, intrude};
use support::watch::watched;
use support::{Desktop, HttpClient, PUSH, RawCometdClient, connect, panicked};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_INTERVAL: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_held_connect_is_answered_when_its_time_has_come() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    let (other, message) = (client.clone(), json!([connect(&id)]));
    let held = tokio::spawn(async move { other.post(PUSH, &message).await });
    gws.supervisor().connect_held().await;
    gws.clock().advance(TIMEOUT - Duration::from_millis(1)).await;
    gws.supervisor().connect_held().await;
    assert!(!held.is_finished());
    let advance = gws.clock().advance(Duration::from_millis(1));
    let (answer, ()) = tokio::join!(
        async {
            let answer = held.await.unwrap();
            // It behaves, and connects again: until then the clock waits for it.
            let (other, message) = (client.clone(), json!([connect(&id)]));
            tokio::spawn(async move { other.post(PUSH, &message).await });
            answer
        },
        advance.into_future(),
    );
    assert_eq!(answer.body, json!([{ "channel": "/meta/connect", "successful": true }]));
    gws.supervisor().connect_held().await;
}

#[tokio::test]
async fn a_client_that_behaves_never_expires() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.clock().advance(Duration::from_secs(3600)).await;
    desktop.intrude("Monitor").await;
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    assert!(!gws.report().contains("expired"), "{}", gws.report());
    desktop.sign_out().await;
}

#[tokio::test]
async fn a_client_that_hung_up_expires() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let gone = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = gone.handshake().await;
    drop(gone);
    gws.clock().advance(MAX_INTERVAL).await;
    assert!(gws.report().contains("CometD session expired"), "{}", gws.report());
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let reply = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
    gws.verify();
}

#[tokio::test]
async fn a_client_that_does_nothing_is_given_up_and_named() {
    let gws = FakeGws::builder().wait_timeout(Duration::from_millis(20)).start();
    gws.clock().pause();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    client.handshake().await;
    gws.clock().advance(MAX_INTERVAL).await;
    let report = gws.report();
    assert!(report.contains("did not connect again while the clock was set forward"), "{report}");
    assert!(report.contains("CometD session expired"), "{report}");
}

#[tokio::test]
async fn time_stamps_go_by_it() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let joined_at = async |desktop: &mut Desktop| {
        desktop.intrude("Monitor").await;
        desktop.operate(fixtures::SESSION, "Accept").await;
        let mut log = json!(null);
        while log["messageType"] != "MessageLogUpdated" {
            log = desktop.next_event().await;
        }
        log["messages"].as_array().unwrap().last().unwrap()["timestampSeconds"].as_i64().unwrap()
    };
    let first = joined_at(&mut desktop).await;
    let other = Desktop::sign_in(&gws, fixtures::OTHER_SUPERVISOR).await;
    gws.clock().advance(Duration::from_secs(86_400)).await;
    let mut other = other;
    assert_eq!(joined_at(&mut other).await - first, 86_400_000);
    desktop.sign_out().await;
    other.sign_out().await;
}

/// While it is paused a held connect stays held, whatever time passes; once resumed it is answered in real time.
#[tokio::test]
async fn the_clock_runs_until_it_is_paused_and_again_when_resumed() {
    let gws = FakeGws::builder().cometd_timeout(Duration::from_millis(20)).start();
    let clock = gws.clock();
    clock.pause();
    let paused = clock.now();
    clock.advance(Duration::from_secs(5)).await;
    assert_eq!(clock.now(), paused + Duration::from_secs(5));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    let (other, message) = (client.clone(), json!([connect(&id)]));
    let held = tokio::spawn(async move { other.post(PUSH, &message).await });
    gws.supervisor().connect_held().await;
    assert_eq!(clock.now(), paused + Duration::from_secs(5));
    clock.resume();
    assert_eq!(held.await.unwrap().status, 200);
    assert!(clock.now() >= paused + Duration::from_millis(5020));
}

/// Nothing reaches the fake any more that it could notice the moment by.
#[test]
fn a_client_that_falls_silent_expires_when_the_running_clock_says_so() {
    const CHANNEL: &str = "/v2/me/smssessions";
    let (gws, lines) = watched(FakeGws::builder().wait_timeout(Duration::from_millis(10)));
    gws.clock().pause();
    let mut client = RawCometdClient::handshake(&gws, fixtures::SUPERVISOR);
    let subscribe = support::subscribe(&client.id, CHANNEL);
    assert_eq!(client.ask(json!([subscribe]))[0]["successful"], true);
    gws.supervisor().subscribed(CHANNEL).blocking();
    gws.clock().advance(MAX_INTERVAL - Duration::from_millis(1)).blocking();
    gws.clock().resume();
    lines.wait_for("CometD session expired: no connect came in time");
    panicked::by(|| gws.supervisor().subscribed(CHANNEL).blocking());
    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    let report = gws.report();
    assert!(report.contains("to nobody: no client has subscribed"), "{report}");
}

/// Without any patience nobody is waited for, and what is due is still done.
#[tokio::test]
async fn the_clock_advances_although_the_wait_timeout_is_zero() {
    let (received, lines) = std::sync::mpsc::channel();
    let watch = move |line: &str| drop(received.send(line.to_owned()));
    let gws = FakeGws::builder().wait_timeout(Duration::ZERO).watch(watch).start();
    gws.clock().pause();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    let (other, message) = (client.clone(), json!([connect(&id)]));
    let held = tokio::spawn(async move { other.post(PUSH, &message).await });
    // A barrier has no patience either; the timeline tells of the held connect.
    let held_now = move || lines.iter().any(|line| line.contains("connect  held"));
    assert!(tokio::task::spawn_blocking(held_now).await.unwrap());
    gws.clock().advance(TIMEOUT + MAX_INTERVAL).await;
    assert_eq!(held.await.unwrap().status, 200);
    assert!(gws.report().contains("CometD session expired"), "{}", gws.report());
}

/// A client whose connects are answered at once neither holds the clock up nor expires.
#[tokio::test]
async fn a_client_that_never_has_a_connect_held_does_not_hold_it_up() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    let (polling, mut message) = (client.clone(), connect(&id));
    message["advice"] = json!({ "timeout": 0 });
    let polling = tokio::spawn(async move {
        while polling.bayeux(json!([message])).await[0]["successful"] == true {}
    });
    gws.clock().advance(Duration::from_secs(60)).await;
    assert!(!gws.report().contains("expired"), "{}", gws.report());
    client.bayeux(json!([support::disconnect(&id)])).await;
    polling.await.unwrap();
}

/// What else the client sends, and where, tells nothing of its connect.
#[tokio::test]
async fn a_second_connection_that_is_closed_does_not_make_a_client_expire() {
    let gws = FakeGws::builder().trust_client_session().start();
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    let id = desktop.client_id().to_owned();
    let other = HttpClient::of(&gws, fixtures::SUPERVISOR);
    other.bayeux(json!([support::subscribe(&id, "/v2/me/calls")])).await;
    drop(other);
    gws.clock().advance(Duration::from_secs(300)).await;
    desktop.intrude("Monitor").await;
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    desktop.sign_out().await;
}
