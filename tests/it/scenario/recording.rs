//! What a recording has of what a test ordered, and what is recorded of a scenario while it is played.

use std::time::Duration;

use expect_test::expect;
use gws_sms_fake::{FakeGws, Operation, PushFaults, fixtures};
use reqwest::Method;
use serde_json::{Value, json};

use super::file;
use super::playing::{
    SIGN_IN, SIGN_OUT, check_failure, drop_failed, played, post, push, ready, scenario,
};
use support::raw::{RawConnection, SUPERVISOR};
use support::{Desktop, HttpClient, own_path, taken};

const CHANNEL: &str = "/api/v2/me/channels/smssession";

/// The steps of a recording of that kind.
fn steps(recorded: &str, kind: &str) -> Vec<Value> {
    let steps: Vec<Value> = serde_json::from_str(recorded).unwrap();
    steps.into_iter().filter(|step| step["step"] == kind).collect()
}

#[tokio::test]
async fn a_fault_of_a_client_or_a_handshake_is_recorded_as_a_step_that_injects_it() {
    let gws = FakeGws::start();
    gws.clock().pause();
    gws.clock().advance(Duration::from_secs(1)).await;
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    gws.clock().advance(Duration::from_secs(2)).await;
    gws.supervisor().push_faults().advise_interval(Duration::from_millis(300)).forget_client();
    let faults = [
        json!({ "fault": "advise_interval", "milliseconds": 300, "user": "s1" }),
        json!({ "fault": "forget_client", "user": "s1" }),
    ];
    let of = |with| json!({ "step": "test", "at": 2000, "call": "fault", "with": with });
    assert_eq!(steps(&gws.recorded(), "test"), faults.map(of));
    desktop.lost().await;
    std::mem::forget(gws);
}

/// How often the events are told that a customer causes, in a recording and to its client.
async fn check_told(order: fn(&PushFaults) -> &PushFaults, texts: &[&str]) {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    order(&gws.agent().push_faults());
    gws.customer(fixtures::SESSION).writes("one").writes("two");
    let pushed = desktop.events_so_far().await;
    let text = |event: &Value| event["messages"][0]["text"].as_str().map(str::to_owned);
    assert_eq!(pushed.iter().filter_map(text).collect::<Vec<_>>(), texts);
    let recorded = steps(&gws.recorded(), "push");
    let recorded = recorded.iter().filter(|step| step["to"] == "a1").map(|step| &step["data"]);
    assert_eq!(recorded.filter_map(text).collect::<Vec<_>>(), texts);
    assert_eq!(steps(&gws.recorded(), "test"), [] as [Value; 0]);
    desktop.sign_out().await;
}

#[tokio::test]
async fn a_fault_of_events_is_recorded_as_the_events_that_were_sent() {
    check_told(PushFaults::lose_next_event, &["two"]).await;
    check_told(PushFaults::duplicate_next_event, &["one", "one", "two"]).await;
    check_told(PushFaults::reorder_next_events, &["two", "one"]).await;
    let gws = FakeGws::start();
    gws.agent().push_faults().never_deliver();
    gws.customer(fixtures::SESSION).writes("one");
    let recorded = steps(&gws.recorded(), "push");
    assert!(!recorded.iter().any(|step| step["to"] == "a1"), "{recorded:?}");
}

#[tokio::test]
async fn a_group_that_is_played_is_recorded_as_one_though_nothing_overlaps() {
    let get = |path: &str| json!({ "step": "request", "at": 0, "by": "s1", "method": "GET", "path": path, "answer": { "status": 200 } });
    let group = json!({ "step": "group", "steps": [get("/a"), get("/b")] });
    let (_folder, gws) = played(&[&group.to_string(), &get("/c").to_string()]);
    gws.clock().pause();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    for path in ["/b", "/a", "/c"] {
        assert_eq!(client.get(path).await.status, 200);
    }
    gws.idle().await;
    assert_eq!(steps(&gws.recorded(), "group"), [group]);
    assert_eq!(steps(&gws.recorded(), "request"), [get("/c")]);
}

#[tokio::test]
async fn an_answer_waits_for_the_events_that_stand_before_it() {
    let request = post(CHANNEL, &ready(), "any").replacen('{', "{\"at\":0,", 1);
    let early = json!({
        "step": "push", "at": 5_000, "to": "s1", "channel": "/v2/me/x", "data": 1, "before_answer": true,
    });
    let steps = [SIGN_IN, &request, &early.to_string(), SIGN_OUT];
    let (_folder, builder) = scenario(&steps);
    let gws = builder.play_slowed(1.0).start();
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    let http = desktop.http.clone();
    let answer = tokio::spawn(async move { http.post(CHANNEL, &ready()).await });
    gws.received(Operation::Ready).next().await;
    gws.clock().advance(Duration::from_millis(4_999)).await;
    assert!(!answer.is_finished());
    gws.clock().advance(Duration::from_millis(1)).await;
    assert_eq!(desktop.next_event().await, json!(1));
    assert_eq!(answer.await.unwrap(), taken());
    desktop.sign_out().await;
    gws.verify();
}

#[tokio::test]
async fn a_scheduled_event_is_sent_at_its_time_when_the_clock_advances() {
    let later = |at: u64| {
        json!({ "step": "push", "at": at, "to": "s1", "channel": "/v2/me/x", "data": at })
            .to_string()
    };
    let sign_in = SIGN_IN.replacen('{', "{\"at\":0,", 1);
    let (_folder, builder) = scenario(&[&sign_in, &later(10_000), &later(20_000), SIGN_OUT]);
    let gws = builder.play_slowed(1.0).start();
    gws.clock().pause();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    gws.clock().advance(Duration::from_secs(25)).await;
    assert_eq!(
        [desktop.next_event().await, desktop.next_event().await],
        [json!(10_000), json!(20_000)]
    );
    desktop.sign_out().await;
    let (_other, again) = file(&gws.recorded());
    let recorded = std::fs::read_to_string(again).unwrap();
    let at: Vec<_> = steps(&recorded, "push").iter().map(|step| step["at"].clone()).collect();
    assert_eq!(at, [json!(10_000), json!(20_000)]);
    gws.verify();
}

#[tokio::test]
async fn text_of_a_client_that_looks_like_a_placeholder_is_recorded_as_text() {
    let text =
        json!({ "operationName": "SendMessage", "text": "${session} costs $5, or ${dollar}" });
    let own = own_path(fixtures::SESSION);
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    assert_eq!(desktop.http.post(&own, &text).await, taken());
    desktop.sign_out().await;
    gws.idle().await;
    let recorded = gws.recorded();
    assert!(recorded.contains(r#""dollar":"$""#), "{recorded}");
    let (_folder, path) = file(&recorded);
    let gws = FakeGws::play(path);
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let other = json!({ "operationName": "SendMessage", "text": "another" });
    assert_eq!(desktop.http.post(&own, &text).await, taken());
    assert_eq!(desktop.next_event().await["messages"][0]["text"], text["text"]);
    desktop.sign_out().await;
    gws.verify();
    // It is a text, and binds nothing.
    let (_folder, path) = file(&recorded);
    let gws = FakeGws::play(path);
    let desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    assert_eq!(desktop.http.post(&own, &other).await.status, 500);
    drop(desktop);
    drop_failed(gws);
}

/// One request is answered late; meanwhile its client does what it does only because of an event.
async fn waits_for_an_event(gws: &FakeGws, slow: impl AsyncFnOnce()) {
    let mut desktop = Desktop::sign_in(gws, fixtures::SUPERVISOR).await;
    let http = desktop.http.clone();
    let start = json!({ "operationName": "StartContactCenterSession", "channels": ["workitem"] });
    let late = tokio::spawn(async move { http.post("/api/v2/me", &start).await });
    gws.received(Operation::StartContactCenterSession).next().await;
    assert_eq!(desktop.intrude("Coach").await, taken());
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    let accept = json!({ "operationName": "Accept" });
    assert_eq!(desktop.http.post(&own_path(fixtures::SESSION), &accept).await, taken());
    slow().await;
    assert_eq!(late.await.unwrap(), taken());
    desktop.sign_out().await;
}

#[tokio::test]
async fn a_client_that_waits_for_an_event_while_a_request_is_slow_can_follow_its_recording() {
    let gws = FakeGws::start();
    let held = gws.rest_faults(Operation::StartContactCenterSession).hang();
    waits_for_an_event(&gws, async || held.release()).await;
    let (_folder, path) = file(&gws.recorded());
    let played = FakeGws::play(path);
    waits_for_an_event(&played, async || {}).await;
    played.verify();
}

#[tokio::test]
async fn steps_that_are_pending_when_the_test_ends_were_not_played() {
    let later =
        json!({ "step": "push", "at": 60_000, "to": "s1", "channel": "/v2/me/x", "data": 1 });
    let sign_in = SIGN_IN.replacen('{', "{\"at\":0,", 1);
    let (_folder, builder) = scenario(&[&sign_in, &later.to_string(), SIGN_OUT]);
    let gws = builder.play_slowed(1.0).start();
    gws.clock().pause();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    desktop.sign_out().await;
    // The clock ran until it was paused, for a moment.
    let due = (gws.clock().now() + Duration::from_secs(60)).as_millis();
    let pushed = gws.report_json()["scenario"].as_str().unwrap().replace(&due.to_string(), "60000");
    expect![
        "the scenario was not finished: 1 of its steps were still to come, the next at 60000 ms of the fake's clock: push to s1 on /v2/me/x; let its time pass before the end"
    ]
    .assert_eq(&pushed);
    drop_failed(gws);
}

#[tokio::test]
async fn no_scheduled_event_is_sent_after_a_deviation() {
    let later =
        json!({ "step": "push", "at": 60_000, "to": "s1", "channel": "/v2/me/x", "data": 1 });
    let sign_in = SIGN_IN.replacen('{', "{\"at\":0,", 1);
    let (_folder, builder) = scenario(&[&sign_in, &later.to_string(), SIGN_OUT]);
    let gws = builder.play_slowed(1.0).start();
    gws.clock().pause();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    assert_eq!(desktop.http.get("/api/v2/me/devices").await.status, 500);
    gws.clock().advance(Duration::from_secs(90)).await;
    assert_eq!(steps(&gws.recorded(), "push"), [] as [Value; 0]);
    drop(desktop);
    drop_failed(gws);
}

#[tokio::test]
async fn a_request_takes_the_step_of_a_group_that_leaves_the_fewest_placeholders_open() {
    let exact = json!({ "operationName": "Ready", "x": 1 });
    let group = |steps: &[String]| format!(r#"{{"step":"group","steps":[{}]}}"#, steps.join(","));
    let both = group(&[post(CHANNEL, &ready(), "partial"), post(CHANNEL, &exact, "exact")]);
    let named = json!({ "operationName": "Ready", "x": "${free}" });
    let open = group(&[post("/a", &named, "exact"), post("/a", &exact, "exact")]);
    let (_folder, gws) = played(&[&both, &open]);
    gws.allow("unknown-field");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    for (path, body) in [
        (CHANNEL, &exact),
        (CHANNEL, &ready()),
        ("/a", &exact),
        ("/a", &json!({ "operationName": "Ready", "x": 2 })),
    ] {
        assert_eq!(client.post(path, body).await, taken(), "{path} {body}");
    }
    gws.verify();
}

#[tokio::test]
async fn a_placeholder_that_no_request_has_bound_ends_the_scenario() {
    let named = json!({ "operationName": "Ready", "x": "${x}" });
    let pushed = push("s1", &json!("${x}"));
    let (folder, gws) = played(&[&post("/a", &named, "any"), &pushed]);
    assert_eq!(HttpClient::of(&gws, fixtures::SUPERVISOR).post("/a", &ready()).await, taken());
    check_failure(
        &gws,
        &folder,
        expect![
            "scenario.json:4: step 2 of 2: push to s1 on /v2/me/smssessions: ${x} has no value from what came; match its request closer"
        ],
    );
    drop_failed(gws);
}

#[tokio::test]
async fn input_that_a_scenario_cannot_express_is_left_out_of_a_recording() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let patched = desktop.http.send(Method::PATCH, "/api/v2/me", "", String::new()).await;
    assert_eq!(patched.status(), 405);
    let nothing = json!({ "channel": "/meta/subscribe", "clientId": desktop.client_id() });
    desktop.http.bayeux(json!([nothing])).await;
    desktop.sign_out().await;
    let (_folder, path) = file(&gws.recorded());
    drop_failed(gws);
    let gws = FakeGws::play(path);
    Desktop::sign_in(&gws, fixtures::SUPERVISOR).await.sign_out().await;
    gws.verify();
}

/// A scenario has paths.
#[test]
fn a_request_for_no_path_is_in_no_recording() {
    let gws = FakeGws::start();
    let mut connection = RawConnection::open(&gws);
    let ask = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}\r\n");
    for target in ["*", "gws", "/api/v2/me"] {
        connection.exchange(ask(target));
    }
    let recorded = steps(&gws.recorded(), "request");
    let paths: Vec<&Value> = recorded.iter().map(|step| &step["path"]).collect();
    assert_eq!(paths, ["/api/v2/me"]);
    assert!(gws.try_verify().is_err());
    std::mem::forget(gws);
}
