//! What a suite in another language waits for in place of sleeping.

use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use support::{Answer, Desktop, HttpClient, intrude_path, own_path, taken};

async fn wait(gws: &FakeGws, what: &str, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(&format!("/__fake/{what}"), &body).await
}

fn done() -> Answer {
    Answer::of(200, json!({}))
}

#[tokio::test]
async fn each_barrier_holds_until_what_it_waits_for_comes() {
    let gws = FakeGws::builder().control().start();
    let (subscribed, connect_held, received, notified) = (
        wait(&gws, "subscribed", json!({ "user": "s1", "channel": "/v2/me/smssessions" })),
        wait(&gws, "parked", json!({ "user": fixtures::SUPERVISOR.id })),
        wait(&gws, "received", json!({ "operationName": "Intrude", "user": "s1" })),
        wait(&gws, "next-notification", json!({ "user": "s1" })),
    );
    let supervise = async {
        let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
        gws.supervisor().connect_held().await;
        assert_eq!(desktop.intrude("Coach").await, taken());
        desktop
    };
    let (subscribed, connect_held, received, notified, desktop) =
        tokio::join!(subscribed, connect_held, received, notified, supervise);
    assert_eq!((subscribed, connect_held), (done(), done()));
    assert_eq!(received.body["operation"], "Intrude");
    assert_eq!(received.body["target"], intrude_path());
    assert_eq!(notified.body["data"]["smssession"]["state"], "Invited");
    assert_eq!(wait(&gws, "idle", json!({})).await, done());
    desktop.sign_out().await;
}

#[tokio::test]
async fn each_barrier_returns_the_next_request() {
    let gws = FakeGws::builder().control().wait_timeout(Duration::ZERO).start();
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    for text in ["one", "two"] {
        let say = json!({ "operationName": "SendMessage", "text": text });
        assert_eq!(agent.post(&own_path(fixtures::SESSION), &say).await, taken());
    }
    assert_eq!(wait(&gws, "idle", json!({})).await, done());
    let next = json!({ "operationName": "SendMessage", "session": fixtures::SESSION });
    for text in ["one", "two"] {
        assert_eq!(wait(&gws, "received", next.clone()).await.body["body"]["text"], text);
        let received = wait(&gws, "next-notification", json!({ "user": "a1" })).await;
        assert_eq!(received.body["data"]["messages"][0]["text"], text);
    }
    let error = wait(&gws, "received", next).await;
    assert_eq!(error.status, 409);
    let error = error.body["error"].as_str().unwrap();
    assert!(error.starts_with("requests of SendMessage: no further one was received\n"), "{error}");
}

#[tokio::test]
async fn a_barrier_that_times_out_is_answered_409_with_the_report() {
    let gws = FakeGws::builder().control().wait_timeout(Duration::ZERO).start();
    for (what, body, failure) in [
        (
            "subscribed",
            json!({ "user": "s1", "channel": "/v2/me/calls" }),
            "s1 has not subscribed to /v2/me/calls\n",
        ),
        ("parked", json!({ "user": "s1" }), "no connect of s1 is held\n"),
        (
            "next-notification",
            json!({ "user": "s1" }),
            "no further notification was published to s1\n",
        ),
        (
            "received",
            json!({ "operationName": "Intrude", "user": "s1" }),
            "requests of Intrude by s1: no further one was received\n",
        ),
    ] {
        let answer = wait(&gws, what, body).await;
        assert_eq!(answer.status, 409, "{what}");
        let error = answer.body["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{failure}contract kept: 0 requests")), "{error}");
    }
    let error = json!({ "error": "/user: got \"s9\", want the id or userName of one of a1, a2, n1, s1, s2" });
    let answer = wait(&gws, "parked", json!({ "user": "s9" })).await;
    assert_eq!(answer, Answer::of(400, error));
}

#[tokio::test]
async fn the_clock_is_in_the_hand_of_the_suite() {
    let gws = FakeGws::builder().control().start();
    assert_eq!(wait(&gws, "clock-pause", json!({})).await, done());
    let before = HttpClient::anonymous(&gws).get("/__fake/clock").await.body;
    assert_eq!(before["paused"], true);
    let after = wait(&gws, "clock-advance", json!({ "milliseconds": 3_600_000 })).await.body;
    let passed = |clock: &Value| clock["milliseconds"].as_f64().unwrap();
    assert!((passed(&after) - passed(&before) - 3_600_000.0).abs() < 0.01, "{before} {after}");
    assert_eq!(wait(&gws, "clock-resume", json!({})).await, done());
    assert_eq!(HttpClient::anonymous(&gws).get("/__fake/clock").await.body["paused"], false);
}

/// The fake's own setting would have it wait for a minute, which no test does.
#[tokio::test]
async fn each_barrier_gives_up_after_the_timeout_of_its_call() {
    let gws = FakeGws::builder().control().wait_timeout(Duration::from_secs(60)).start();
    for (what, mut body) in [
        ("subscribed", json!({ "user": "s1", "channel": "/v2/me/smssessions" })),
        ("parked", json!({ "user": "s1" })),
        ("next-notification", json!({ "user": "s1" })),
        ("received", json!({ "operationName": "Intrude" })),
    ] {
        body["timeout"] = json!(0);
        assert_eq!(wait(&gws, what, body).await.status, 409, "{what}");
    }
    assert_eq!(wait(&gws, "idle", json!({ "timeout": 0 })).await, done());
    assert_eq!(wait(&gws, "idle", json!({ "timeout": -1 })).await.status, 400);
    let never = json!({ "observed": { "notification": { "user": "s1" } }, "milliseconds": 0, "timeout": 0 });
    assert_eq!(wait(&gws, "never", never).await, done());
}

#[tokio::test]
async fn a_barrier_that_times_out_names_the_topic_that_was_meant() {
    let gws = FakeGws::builder().control().wait_timeout(Duration::ZERO).start();
    let answer =
        wait(&gws, "subscribed", json!({ "user": "s1", "channel": "/v2/me/smsession" })).await;
    let error = answer.body["error"].as_str().unwrap();
    let want = "s1 has not subscribed to /v2/me/smsession; did you mean /v2/me/smssessions?\n";
    assert!(error.starts_with(want), "{error}");
}
