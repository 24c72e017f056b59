//! `gws-sms-fake import`: a HAR file becomes a scenario.

use std::fs;

use expect_test::{Expect, expect};
use gws_sms_fake::FakeGws;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Ended, Program};

fn entry(second: u32, request: (&str, &str), body: &Value, content: &Value) -> Value {
    let (method, path) = request;
    json!({
        "startedDateTime": format!("2024-05-01T10:00:{second:02}.000Z"), "time": 100,
        "request": {
            "method": method, "url": format!("https://gws.example{path}"), "headers": [],
            "postData": { "text": body.to_string() },
        },
        "response": { "status": 200, "headers": [], "content": content },
    })
}

/// A file with those entries, one a line, of which the first stands in line 3.
fn har(entries: &[Value]) -> String {
    let lines: Vec<String> = entries.iter().map(Value::to_string).collect();
    format!(
        "{{\n\"log\": {{ \"version\": \"1.2\", \"entries\": [\n{}\n]\n}}\n}}\n",
        lines.join(",\n")
    )
}

async fn import(har: &str) -> (Ended, Option<String>) {
    let folder = TempDir::new().unwrap();
    let [from, to] =
        ["a.har", "a.json"].map(|it| folder.path().join(it).to_str().unwrap().to_owned());
    fs::write(&from, har).unwrap();
    let mut ended = Program::run(&["import", &from, "-o", &to]).await;
    let place = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
    ended.said = ended.said.replace(&place, "");
    ended.errors = ended.errors.replace(&place, "");
    if ended.errors.is_empty() {
        FakeGws::builder().play(&to).try_start().map(std::mem::forget).unwrap();
    }
    (ended, fs::read_to_string(to).ok())
}

#[tokio::test]
async fn pushes_are_folded_out_of_bayeux_and_binary_bodies_are_left_out() {
    let push = "/api/v2/notifications";
    let me =
        json!({ "text": json!({ "statusCode": 0, "user": { "userName": "s1" } }).to_string() });
    let shaken = json!([{ "channel": "/meta/handshake", "clientId": "c1" }]);
    // [{"channel":"/v2/me/smssessions","data":{"text":"planted"}}]
    let event = "W3siY2hhbm5lbCI6Ii92Mi9tZS9zbXNzZXNzaW9ucyIsImRhdGEiOnsidGV4dCI6InBsYW50ZWQifX1d";
    let connect = json!([{ "channel": "/meta/connect", "clientId": "c1" }]);
    let mut elsewhere = entry(4, ("GET", "/app.js"), &json!({}), &json!({}));
    elsewhere["request"]["url"] = json!("https://cdn.example/api/v2/me");
    let entries = [
        entry(1, ("GET", "/api/v2/me"), &Value::Null, &me),
        entry(
            2,
            ("POST", push),
            &json!([{ "channel": "/meta/handshake" }]),
            &json!({ "text": shaken.to_string() }),
        ),
        entry(3, ("POST", push), &connect, &json!({ "text": event, "encoding": "base64" })),
        elsewhere,
        entry(
            5,
            ("GET", "/api/v2/services"),
            &json!({}),
            &json!({ "text": "/wD/", "encoding": "base64" }),
        ),
    ];
    let (ended, file) = import(&har(&entries)).await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    expect![[r#"
        a.json: 2 requests, 1 Bayeux messages, 1 pushes
        a.har:7: entry 5: /response/content: 3 bytes that are no text, left out
        1 entries of other hosts, paths or methods, left out
    "#]]
    .assert_eq(&ended.said);
    let file = file.unwrap();
    assert!(file.contains(r#""to":"s1""#) && !file.contains("planted"), "{file}");
}

/// One error with file and line, and no scenario.
async fn check(har: &str, expected: Expect) {
    let (ended, file) = import(har).await;
    assert_eq!((ended.code, file, ended.said.as_str()), (Some(1), None, ""), "{ended:?}");
    expected.assert_eq(ended.errors.trim_end());
}

#[tokio::test]
async fn a_har_file_that_is_no_json_or_half_a_file_is_refused() {
    check(
        "<html>",
        expect![
            "gws-sms-fake: a.har:1: got expected value, want a whole HAR file; export it again"
        ],
    )
    .await;
    check("", expect!["gws-sms-fake: a.har:1: got EOF while parsing a value, want a whole HAR file; export it again"]).await;
    check("{\n\"log", expect!["gws-sms-fake: a.har:2: got EOF while parsing a string, want a whole HAR file; export it again"]).await;
    let whole = har(&[entry(1, ("GET", "/api/v2/me"), &Value::Null, &json!({}))]);
    let lines: Vec<&str> = whole.lines().collect();
    check(&lines[..lines.len() - 3].join("\n"), expect!["gws-sms-fake: a.har:3: got EOF while parsing a list, want a whole HAR file; export it again"]).await;
}

#[tokio::test]
async fn a_json_file_that_is_no_har_file_is_refused() {
    check(
        "{}",
        expect![
            "gws-sms-fake: a.har:1: got no /log/entries, want a HAR file as browsers export it"
        ],
    )
    .await;
    check("[\n1\n]", expect!["gws-sms-fake: a.har:2: got a value of another type, want /log/entries of a HAR file; export it again"]).await;
    check("{\"log\": {\n\"entries\": \"planted\"}}", expect!["gws-sms-fake: a.har:2: got a value of another type, want /log/entries of a HAR file; export it again"]).await;
    check("{\"log\": {\"entries\": []}}", expect!["gws-sms-fake: a.har:1: got no request below /api/, want the traffic of a client of GWS: export it from the desktop's own page"]).await;
    check(
        "{\"log\": {\"entries\": [\n1]}}",
        expect!["gws-sms-fake: a.har:2: entry 1: /request/url: got nothing, want a text"],
    )
    .await;
}

#[tokio::test]
async fn an_invalid_entry_is_refused_with_its_place() {
    let wrong = async |pointer: &str, value: Value, expected: Expect| {
        let fine = entry(1, ("GET", "/api/v2/me"), &Value::Null, &json!({}));
        let mut wrong = entry(2, ("POST", "/api/v2/me"), &json!({}), &json!({}));
        *wrong.pointer_mut(pointer).unwrap() = value;
        check(&har(&[fine, wrong]), expected).await;
    };
    wrong("/startedDateTime", json!("yesterday"), expect!["gws-sms-fake: a.har:4: entry 2: /startedDateTime: got another text, want a time as in ISO 8601"]).await;
    wrong(
        "/request/url",
        Value::Null,
        expect![
            "gws-sms-fake: a.har:4: entry 2: /request/url: got a value of another type, want a text"
        ],
    )
    .await;
    wrong("/request/method", json!(7), expect!["gws-sms-fake: a.har:4: entry 2: /request/method: got a value of another type, want a text"]).await;
    wrong(
        "/response",
        json!({}),
        expect!["gws-sms-fake: a.har:4: entry 2: /response/status: got nothing, want a number"],
    )
    .await;
    let broken = json!({ "text": "planted", "encoding": "base64" });
    wrong(
        "/response/content",
        broken,
        expect![
            "gws-sms-fake: a.har:4: entry 2: /response/content/text: got another text, want base64"
        ],
    )
    .await;
}

/// Such as one that was cut off, or only announced.
#[tokio::test]
async fn a_request_without_an_answer_is_left_out() {
    let taken = json!({ "text": json!({ "statusCode": 0 }).to_string() });
    let answered = |second, status: u32| {
        let mut entry = entry(second, ("GET", "/api/v2/me"), &Value::Null, &taken);
        entry["response"]["status"] = json!(status);
        entry
    };
    let (ended, file) = import(&har(&[0, 100, 199, 200, 600].map(|it| answered(1, it)))).await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(ended.said.contains("4 entries without an answer, left out"), "{}", ended.said);
    assert_eq!(file.unwrap().matches(r#""step":"request""#).count(), 1);
}

#[tokio::test]
async fn an_event_on_a_channel_that_is_none_is_left_out() {
    let push = "/api/v2/notifications";
    let shaken = json!([{ "channel": "/meta/handshake", "clientId": "c1" }]);
    let handshake = json!([{ "channel": "/meta/handshake" }]);
    let connect = json!([{ "channel": "/meta/connect", "clientId": "c1" }]);
    let me =
        json!({ "text": json!({ "statusCode": 0, "user": { "userName": "s1" } }).to_string() });
    let events = ["v2/me/smssessions", "/v2/me/smssessions"];
    let events = events.map(|channel| json!({ "channel": channel, "data": { "n": 1 } }));
    let entries = [
        entry(1, ("GET", "/api/v2/me"), &Value::Null, &me),
        entry(1, ("POST", push), &handshake, &json!({ "text": shaken.to_string() })),
        entry(2, ("POST", push), &connect, &json!({ "text": json!(events).to_string() })),
    ];
    let (ended, file) = import(&har(&entries)).await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert_eq!(file.unwrap().matches(r#""step":"push""#).count(), 1);
}
