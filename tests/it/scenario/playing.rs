//! A fake that plays a scenario: what a client that follows is answered and pushed, and what one that departs is told.

use expect_test::{Expect, expect};
use gws_sms_fake::fixtures::{AGENT, SUPERVISOR};
use gws_sms_fake::{Builder, FakeGws};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::file;
use support::{Answer, Desktop, HttpClient, taken};

pub(super) const SIGN_IN: &str = r#"{"step":"request","by":"s1","method":"GET","path":"/api/v2/me","answer":{"status":200}},
{"step":"bayeux","by":"s1","message":"handshake"},
{"step":"bayeux","by":"s1","message":"subscribe","channels":["/v2/me/*"]}"#;
pub(super) const SIGN_OUT: &str = r#"{"step":"bayeux","by":"s1","message":"disconnect"}"#;
pub(super) const ME: &str = "/api/v2/me";

/// A scenario with these steps, of which the first stands in line 3.
pub(super) fn scenario(steps: &[&str]) -> (TempDir, Builder) {
    let steps = steps.join(",\n");
    let text = format!("[\n{{\"step\":\"scenario\",\"version\":1}},\n{steps}\n]\n");
    let (folder, path) = file(&text);
    (folder, FakeGws::builder().play(path))
}

pub(super) fn played(steps: &[&str]) -> (TempDir, FakeGws) {
    let (folder, builder) = scenario(steps);
    (folder, builder.start())
}

/// A request of `s1` with that body, answered with `{"statusCode":0}`.
pub(super) fn post(path: &str, body: &Value, matching: &str) -> String {
    let answer = json!({ "status": 200, "body": { "statusCode": 0 } });
    let step = json!({
        "step": "request", "by": "s1", "method": "POST", "path": path, "body": body,
        "matching": matching, "answer": answer,
    });
    step.to_string()
}

pub(super) fn push(to: &str, data: &Value) -> String {
    json!({ "step": "push", "to": to, "channel": "/v2/me/smssessions", "data": data }).to_string()
}

pub(super) fn ready() -> Value {
    json!({ "operationName": "Ready" })
}

/// The report says why the scenario was not followed, in these words.
#[track_caller]
pub(super) fn check_failure(gws: &FakeGws, folder: &TempDir, expected: Expect) {
    let why = gws.report_json()["scenario"].as_str().unwrap_or_default().to_owned();
    let report = gws.try_verify().unwrap_err().to_string();
    for line in why.lines() {
        assert!(report.contains(line), "{line}\n{report}");
    }
    let folder = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
    expected.assert_eq(&why.replace(&folder, ""));
}

/// Drops a fake whose scenario was not followed.
pub(super) fn drop_failed(gws: FakeGws) {
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(gws)));
    assert!(dropped.is_err(), "a scenario that was not followed fails the test");
}

#[tokio::test]
async fn a_client_that_follows_is_answered_and_pushed() {
    let path = "/api/v2/users/${agent}/smssessions/${session}";
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "${mode}" });
    let expected = json!({ "id": "${session}", "mode": "${mode}", "uri": "${url}/${agent}" });
    let (_folder, gws) =
        played(&[SIGN_IN, &post(path, &body, "exact"), &push("s1", &expected), SIGN_OUT]);
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    assert_eq!(desktop.intrude("Coach").await, taken());
    let uri = format!("{}/{}", gws.url(), AGENT.id);
    let expected = json!({ "id": "0000UaB58WAR003N", "mode": "Coach", "uri": uri });
    assert_eq!(desktop.next_event().await, expected);
    desktop.sign_out().await;
    assert_eq!(gws.report_json()["scenario"], Value::Null);
    gws.verify();
}

#[tokio::test]
async fn the_first_deviation_is_kept_and_answers_everything() {
    let body = json!({ "operationName": "SendMessage", "text": "one", "to": ["x"] });
    let (folder, gws) = played(&[&post("/api/v2/me/smssessions/7", &body, "exact")]);
    let client = HttpClient::of(&gws, SUPERVISOR);
    let other = json!({ "operationName": "SendMessage", "text": "two", "more": 1 });
    let first = client.post("/api/v2/me/smssessions/7", &other).await;
    assert_eq!(first.status, 500);
    // What was wanted comes too late.
    let again = client.post("/api/v2/me/smssessions/7", &body).await;
    assert_eq!(again, first);
    assert_eq!(client.get(ME).await, first);
    assert_eq!(first.body, gws.report_json()["scenario"]);
    check_failure(
        &gws,
        &folder,
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me/smssessions/7 SendMessage by s1
        got it with another body
        /text  got "two", want "one"
        /to  got nothing, want ["x"]
        /more  got 1, want nothing"#]],
    );
    drop_failed(gws);
}

/// A client sends that in the place of a Ready of `s1`.
async fn departs(act: impl AsyncFnOnce(&FakeGws), expected: Expect) {
    let (folder, gws) = played(&[&post(ME, &ready(), "exact")]);
    act(&gws).await;
    check_failure(&gws, &folder, expected);
    drop_failed(gws);
}

#[tokio::test]
async fn a_deviation_shows_what_came_and_what_was_wanted() {
    let s1 = |gws: &FakeGws| HttpClient::of(gws, SUPERVISOR);
    departs(
        async |gws| drop(s1(gws).get(ME).await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got GET /api/v2/me by s1"#]],
    )
    .await;
    departs(
        async |gws| drop(s1(gws).post("/api/v2/me/x", &ready()).await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got POST /api/v2/me/x Ready by s1"#]],
    )
    .await;
    departs(
        async |gws| drop(HttpClient::of(gws, AGENT).post(ME, &ready()).await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got POST /api/v2/me Ready by a1"#]],
    )
    .await;
    departs(
        async |gws| drop(HttpClient::anonymous(gws).post(ME, &ready()).await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got POST /api/v2/me Ready by nobody who has signed in"#]],
    )
    .await;
    departs(
        async |gws| drop(s1(gws).post_text(ME, "application/json", "").await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got POST /api/v2/me by s1 without a body"#]],
    )
    .await;
    departs(
        async |gws| drop(s1(gws).post_text(ME, "text/plain", "{").await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got it with another body
        the whole body  got "{", want {"operationName":"Ready"}"#]],
    )
    .await;
    departs(
        async |gws| drop(s1(gws).handshake().await),
        expect![[r#"
        scenario.json:3: step 1 of 1: want POST /api/v2/me Ready by s1
        got handshake by s1"#]],
    )
    .await;
}

#[tokio::test]
async fn more_than_the_scenario_has_is_a_deviation() {
    let (folder, gws) = played(&[&post(ME, &ready(), "exact")]);
    let client = HttpClient::of(&gws, SUPERVISOR);
    assert_eq!(client.post(ME, &ready()).await, taken());
    assert_eq!(client.get(ME).await.status, 500);
    check_failure(
        &gws,
        &folder,
        expect!["scenario.json: behind the last step: got GET /api/v2/me by s1, want nothing more"],
    );
    drop_failed(gws);
}

#[tokio::test]
async fn a_scenario_that_was_not_finished_names_the_next_step() {
    let group = json!({ "step": "group", "steps": [
        { "step": "request", "by": "s1", "method": "GET", "path": "/a", "answer": { "status": 200 } },
        { "step": "request", "by": "s1", "method": "GET", "path": "/b", "answer": { "status": 200 } },
        { "step": "bayeux", "by": "s1", "message": "handshake" },
    ] });
    let (folder, gws) = played(&[SIGN_OUT, &group.to_string()]);
    check_failure(
        &gws,
        &folder,
        expect![
            "scenario.json:3: the scenario was not finished: step 1 of 2 did not come: disconnect by s1"
        ],
    );
    drop_failed(gws);

    let (folder, gws) = played(&[&group.to_string()]);
    assert_eq!(HttpClient::of(&gws, SUPERVISOR).get("/b").await.status, 200);
    check_failure(
        &gws,
        &folder,
        expect![
            "scenario.json:3: the scenario was not finished: step 1 of 1 did not come: GET /a by s1, and handshake by s1"
        ],
    );
    drop_failed(gws);
}

#[tokio::test]
async fn the_steps_of_a_group_come_in_any_order() {
    let get = |path: &str, status: u16| {
        let answer = json!({ "status": status, "body": path });
        json!({ "step": "request", "by": "s1", "method": "GET", "path": path, "answer": answer })
    };
    let connect = json!({ "step": "bayeux", "by": "s1", "message": "connect" });
    let group = json!({ "step": "group", "steps": [get("/a", 200), connect, get("/b", 404)] });
    let last = get("/c", 200).to_string();
    for order in [["/a", "/b"], ["/b", "/a"]] {
        let (_folder, gws) = played(&[&group.to_string(), &last]);
        let client = HttpClient::of(&gws, SUPERVISOR);
        for path in order.into_iter().chain(["/c"]) {
            let status = if path == "/b" { 404 } else { 200 };
            assert_eq!(client.get(path).await, Answer::of(status, json!(path)));
        }
        gws.verify();
    }
    let (folder, gws) = played(&[&group.to_string()]);
    let client = HttpClient::of(&gws, SUPERVISOR);
    assert_eq!(client.get("/a").await.status, 200);
    assert_eq!(client.get("/a").await.status, 500);
    check_failure(
        &gws,
        &folder,
        expect![[r#"
        scenario.json:3: step 1 of 1: want GET /b by s1
        got GET /a by s1"#]],
    );
    drop_failed(gws);
}

#[tokio::test]
async fn a_body_must_match_as_strictly_as_the_step_says() {
    let want = json!({ "operationName": "SendMessage", "text": "one" });
    let more = json!({ "operationName": "SendMessage", "text": "one", "more": [1] });
    let other = json!({ "operationName": "SendMessage", "text": "two" });
    let cases = [
        ("exact", &want, true),
        ("exact", &more, false),
        ("partial", &more, true),
        ("partial", &other, false),
        ("any", &other, true),
        ("any", &json!(7), true),
    ];
    for (matching, body, follows) in cases {
        let (_folder, gws) = played(&[&post("/api/v2/me/smssessions/7", &want, matching)]);
        let sent = HttpClient::of(&gws, SUPERVISOR).post("/api/v2/me/smssessions/7", body).await;
        assert_eq!(sent.status == 200, follows, "{matching} {body}");
        let failed = gws.report_json()["scenario"].is_string();
        assert_eq!(failed, !follows, "{matching} {body}");
        // A body that breaks the contract is a violation of its own.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(gws)));
    }
}

#[tokio::test]
async fn a_name_is_what_was_captured_or_came_first() {
    let answer = json!({ "status": 200, "body": { "list": [{ "id": 41 }] }, "capture": { "id": "/list/0/id" } });
    let first = json!({ "step": "request", "by": "s1", "method": "GET", "path": "/list?n=${n}", "answer": answer });
    let second = json!({
        "step": "request", "by": "s1", "method": "GET", "path": "/one/${id}?n=${n}",
        "answer": { "status": 200, "body": ["${id}", "${n}"] },
    });
    let (first, second) = (first.to_string(), second.to_string());
    let (_folder, gws) = played(&[&first, &second]);
    let client = HttpClient::of(&gws, SUPERVISOR);
    client.get("/list?n=8").await;
    assert_eq!(client.get("/one/41?n=8").await.body, json!([41, "8"]));
    gws.verify();

    let (folder, gws) = played(&[&first, &second]);
    let client = HttpClient::of(&gws, SUPERVISOR);
    client.get("/list?n=8").await;
    assert_eq!(client.get("/one/42?n=8").await.status, 500);
    check_failure(
        &gws,
        &folder,
        expect![[r#"
        scenario.json:4: step 2 of 2: want GET /one/${id}?n=${n} by s1
        got GET /one/42?n=8 by s1"#]],
    );
    drop_failed(gws);
}

#[tokio::test]
async fn a_request_that_is_written_in_another_way_follows_the_scenario() {
    let path = "/api/v2/me/smssessions/${session}/messages?startIndex=1&count=${count}";
    let want = json!({ "operationName": "SendMessage", "text": "one", "more": 1 });
    let got = r#"{"operationName":"SendMessage","text":"\u006fne","more":1.0}"#;
    for (sent, follows) in [
        ("/api/v2/me/smssessions/7/messages?startIndex=1&count=2", true),
        ("/api/v2/me/smssessions/7/messages?count=2&startIndex=1", true),
        ("/api/v2/me/smssessions/%37/mess%61ges?count=%32&start%49ndex=1", true),
        ("/api/v2/me/smssessions/7/messages?startIndex=2&count=2", false),
        ("/api/v2/me/smssessions/7/messages?startIndex=1", false),
        ("/api/v2/me/smssessions/7/messages?startIndex=1&count=2&more=1", false),
    ] {
        let (_folder, gws) = played(&[&post(path, &want, "exact")]);
        let client = HttpClient::of(&gws, SUPERVISOR);
        let answer = client.send(Method::POST, sent, "application/json", got.to_owned()).await;
        assert_eq!(answer.status() == 200, follows, "{sent}");
        assert_eq!(gws.report_json()["scenario"].is_null(), follows, "{sent}");
        // The body breaks the contract as well.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(gws)));
    }
}
