//! The control endpoint: notifications of a suite's own.

use expect_test::{Expect, expect};
use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::control::{NOTIFICATIONS, TIMELINE, look, start, timeline};
use support::{Answer, Desktop, HttpClient, connect, subscribe};

async fn notify(gws: &FakeGws, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(NOTIFICATIONS, &body).await
}

/// The answer that says how many clients a notification went to.
fn clients(count: u64) -> Answer {
    Answer::of(200, json!({ "clients": count }))
}

#[tokio::test]
async fn a_notification_goes_to_the_user_that_it_names() {
    let gws = start();
    let mut first = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let mut second = Desktop::sign_in(&gws, fixtures::OTHER_SUPERVISOR).await;
    let to = |user: &str, data: Value| json!({ "user": user, "channel": "/v2/me/x", "data": data });
    let by_name = notify(&gws, to("s1", json!({ "for": "s1" }))).await;
    let by_id = notify(&gws, to(fixtures::OTHER_SUPERVISOR.id, json!([2, null]))).await;
    assert_eq!((by_name, by_id), (clients(1), clients(1)));
    assert_eq!(first.next_event().await, json!({ "for": "s1" }));
    assert_eq!(second.next_event().await, json!([2, null]));
    // The next one of each is this one: nobody was told of the other's.
    let everybody = json!({ "channel": "/v2/me/x", "data": "for everybody" });
    assert_eq!(notify(&gws, everybody).await, clients(2));
    assert_eq!(first.next_event().await, "for everybody");
    assert_eq!(second.next_event().await, "for everybody");
    first.sign_out().await;
    second.sign_out().await;
}

#[tokio::test]
async fn a_notification_arrives_as_it_was_sent() {
    let gws = start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/**")])).await;
    client.bayeux(json!([connect(&id)])).await;
    let sent = json!({ "channel": "/v2/me/statistics/x", "data": { "a": [1.5, "ü", {}] } });
    assert_eq!(notify(&gws, sent.clone()).await, clients(1));
    let received = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(received, json!([sent, { "channel": "/meta/connect", "successful": true }]));
    let expected = json!({
        "number": 4,
        "kind": "notification", "rule": null,
        "user": null,
        "channel": "/v2/me/statistics/x",
        "data": sent["data"],
        "clients": 1,
        "delivered": 1,
        "lost": 0,
        "findings": [],
    });
    assert_eq!(timeline(&gws, &id).await[3], expected);
}

#[tokio::test]
async fn a_notification_that_nobody_subscribed_to_goes_to_nobody() {
    let gws = start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let elsewhere = json!({ "channel": "/elsewhere", "data": null });
    assert_eq!(notify(&gws, elsewhere).await, clients(0));
    let to_another = json!({ "user": "a1", "channel": "/v2/me/x", "data": null });
    assert_eq!(notify(&gws, to_another).await, clients(0));
    desktop.sign_out().await;
}

/// Each body is refused with HTTP 400 and these words; nothing of it is in the timeline.
async fn check_refused(bodies: &[&str], expected: Expect) {
    check_refused_by(start(), 400, bodies, expected).await;
}

/// Each body is refused with that HTTP status and these words.
async fn check_refused_by(gws: FakeGws, status: u16, bodies: &[&str], expected: Expect) {
    let mut refusals = String::new();
    for body in bodies {
        let answer =
            HttpClient::anonymous(&gws).post_text(NOTIFICATIONS, "application/json", *body).await;
        assert_eq!(answer.status, status, "{body}");
        let error = answer.body["error"].as_str().unwrap().to_owned();
        assert_eq!(answer.body, json!({ "error": error }));
        refusals += &(error + "\n");
    }
    expected.assert_eq(&refusals);
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
}

#[tokio::test]
async fn a_notification_with_fields_that_are_not_right_is_refused() {
    let bodies = [
        r#"{"channel":"/a","data":1,"usr":"s1"}"#,
        r#"{"data":1}"#,
        r#"{"channel":"/a"}"#,
        r#"{"channel":7,"data":1}"#,
        r#"{"channel":"/a","data":1,"user":null}"#,
        r#"{"channel":"/a","data":1,"user":"nobody"}"#,
        r#"{"channel":"/a","channel":"/b","data":1}"#,
    ];
    check_refused(
        &bodies,
        expect![[r#"
            /usr: got "s1", want no such field; did you mean "user"?
            /channel: got nothing, want a value
            /data: got nothing, want a value
            /channel: got 7, want string
            /user: got null, want string
            /user: got "nobody", want the id or userName of one of a1, a2, n1, s1, s2
            /channel: got the key "channel" a second time, want each key once
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_notification_on_no_broadcast_channel_is_refused() {
    let bodies = [
        r#"{"channel":"","data":1}"#,
        r#"{"channel":"a","data":1}"#,
        r#"{"channel":"/a//b","data":1}"#,
        r#"{"channel":"/meta/connect","data":1}"#,
        r#"{"channel":"/service/a","data":1}"#,
        r#"{"channel":"/v2/me/*","data":1}"#,
        r#"{"channel":"/**","data":1}"#,
    ];
    check_refused(
        &bodies,
        expect![[r#"
        /channel: got "", want a broadcast channel
        /channel: got "a", want a broadcast channel
        /channel: got "/a//b", want a broadcast channel
        /channel: got "/meta/connect", want a broadcast channel
        /channel: got "/service/a", want a broadcast channel
        /channel: got "/v2/me/*", want a broadcast channel
        /channel: got "/**", want a broadcast channel
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_notification_that_is_no_json_object_is_refused() {
    check_refused(
        &["", "no JSON", r#"{"channel":"/a""#, "[]", "null"],
        expect![[r#"
        body, line 1 column 0: got an empty body, want JSON
        body, line 1 column 2: got expected ident, want JSON
        body, line 1 column 15: got EOF while parsing an object, want JSON
        the whole value: got [], want object
        the whole value: got null, want object
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_notification_that_is_too_large_is_refused() {
    let body = format!(r#"{{"channel":"/a","data":"{}"}}"#, "x".repeat(1024));
    check_refused_by(
        FakeGws::builder().control().body_limit(1024).start(),
        413,
        &[&body],
        expect![[r#"
            body: got more than 1024 bytes, want at most 1024 bytes
        "#]],
    )
    .await;
}
