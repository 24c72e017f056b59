//! Assertions of a suite in another language about the timeline: absence, order, and that there is nothing else.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::control::start;
use support::{Answer, HttpClient, intrude_path, taken};

async fn call(gws: &FakeGws, name: &str, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(&format!("/__fake/{name}"), &body).await
}

fn done() -> Answer {
    Answer::of(200, json!({}))
}

/// The first line of a refusal.
async fn failure(gws: &FakeGws, name: &str, body: Value) -> String {
    let answer = call(gws, name, body).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    answer.body["error"].as_str().unwrap().lines().next().unwrap().to_owned()
}

async fn intrudes(gws: &FakeGws) {
    let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
    let client = HttpClient::of(gws, fixtures::SUPERVISOR);
    assert_eq!(client.post(&intrude_path(), &intrude).await, taken());
    assert_eq!(call(gws, "idle", json!({})).await, done());
}

fn request(operation: &str) -> Value {
    json!({ "request": { "operationName": operation, "user": "s1", "session": fixtures::SESSION } })
}

fn notification(user: &str, state: &str) -> Value {
    json!({ "notification": { "user": user, "kind": "StatusChange", "state": state, "session": fixtures::SESSION } })
}

#[tokio::test]
async fn never_passes_until_what_it_names_has_come() {
    let gws = start();
    for observed in [request("Intrude"), notification("s1", "Invited")] {
        assert_eq!(call(&gws, "never", json!({ "observed": observed })).await, done());
    }
    intrudes(&gws).await;
    for (observed, words) in [
        (
            request("Intrude"),
            "requests of Intrude by s1 in session 0000UaB58WAR003N: got 1, want 0",
        ),
        (
            notification(fixtures::SUPERVISOR.id, "Invited"),
            "notifications to s1 in session 0000UaB58WAR003N with /notificationType \"StatusChange\" with /smssession/state \"Invited\": got 1, want 0",
        ),
    ] {
        assert_eq!(failure(&gws, "never", json!({ "observed": observed })).await, words);
    }
    for observed in
        [request("Accept"), notification("s1", "Chatting"), notification("a1", "Invited")]
    {
        assert_eq!(call(&gws, "never", json!({ "observed": observed })).await, done());
    }
}

#[tokio::test]
async fn never_with_a_span_counts_what_comes_while_the_clock_is_set_forward() {
    let gws = start();
    let late = json!({ "user": "a1", "fault": "delay_next_event", "milliseconds": 1000 });
    assert_eq!(call(&gws, "fault", late).await, done());
    gws.customer(fixtures::SESSION).writes("Hello?");
    let never = |milliseconds: u64| {
        let written = json!({ "notification": { "user": "a1", "kind": "NewMessages" } });
        json!({ "observed": written, "milliseconds": milliseconds })
    };
    let before = HttpClient::anonymous(&gws).get("/__fake/clock").await.body;
    let answer = call(&gws, "never", never(3_600_000)).await;
    let after = HttpClient::anonymous(&gws).get("/__fake/clock").await.body;
    let passed = after["milliseconds"].as_f64().unwrap() - before["milliseconds"].as_f64().unwrap();
    assert!(passed >= 3_600_000.0, "{passed}");
    assert_eq!(answer.status, 409, "{}", answer.text);
}

#[tokio::test]
async fn in_order_passes_for_the_order_in_which_things_came_and_no_other() {
    let gws = start();
    intrudes(&gws).await;
    let order = |observed: [Value; 2]| json!({ "observed": observed });
    let right = order([request("Intrude"), notification("s1", "Invited")]);
    assert_eq!(call(&gws, "in-order", right).await, done());
    let wrong = order([notification("s1", "Invited"), request("Intrude")]);
    assert_eq!(
        failure(&gws, "in-order", wrong).await,
        "in order, number 2 of 2: requests of Intrude by s1 in session 0000UaB58WAR003N: none came after"
    );
}

#[tokio::test]
async fn nothing_else_passes_when_everything_was_answered_or_asserted() {
    let gws = start();
    assert_eq!(call(&gws, "nothing-else", json!({})).await, done());
    intrudes(&gws).await;
    assert_eq!(
        failure(&gws, "nothing-else", json!({})).await,
        "nothing else: got 2, want 0; the first:"
    );
    let order = json!({ "observed": [request("Intrude")] });
    assert_eq!(call(&gws, "in-order", order).await, done());
    assert_eq!(
        failure(&gws, "nothing-else", json!({})).await,
        "nothing else: got 1, want 0; the first:"
    );
    assert_eq!(call(&gws, "next-notification", json!({ "user": "s1" })).await.status, 200);
    assert_eq!(call(&gws, "nothing-else", json!({})).await, done());
}

#[tokio::test]
async fn what_an_assertion_names_is_checked() {
    let gws = start();
    for (observed, error) in [
        (
            json!({ "request": { "operationName": "Intrud" } }),
            "/operationName: got \"Intrud\"; did you mean \"Intrude\"?",
        ),
        (
            json!({ "notification": { "user": "s9" } }),
            "/user: got \"s9\", want the id or userName of one of a1, a2, n1, s1, s2",
        ),
    ] {
        let answer = call(&gws, "never", json!({ "observed": observed })).await;
        assert_eq!(answer, Answer::of(400, json!({ "error": error })));
    }
    for observed in
        [json!({}), json!({ "notification": { "user": "s1", "kind": "StatusChanged" } })]
    {
        let answer = call(&gws, "never", json!({ "observed": observed })).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
}
