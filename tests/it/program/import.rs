//! `gws-sms-fake import`: a HAR file becomes a scenario.

use std::fs;

use gws_sms_fake::FakeGws;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::running::{Ended, Program};

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

async fn import(har: &str) -> (Ended, Option<String>) {
    let folder = TempDir::new().unwrap();
    let [from, to] =
        ["a.har", "a.json"].map(|it| folder.path().join(it).to_str().unwrap().to_owned());
    fs::write(&from, har).unwrap();
    let ended = Program::run(&["import", &from, "-o", &to]).await;
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
    let (ended, file) = import(&json!({ "log": { "entries": entries } }).to_string()).await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(ended.said.contains("2 requests, 1 Bayeux messages, 1 pushes"), "{ended:?}");
    assert!(
        ended.said.contains("entry 5: /response/content: 3 bytes that are no text"),
        "{ended:?}"
    );
    assert!(ended.said.contains("1 entries of other hosts, paths or methods"), "{ended:?}");
    let file = file.unwrap();
    assert!(file.contains(r#""to":"s1""#) && !file.contains("planted"), "{file}");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_file_and_entry() {
    let mut wrong = entry(1, ("GET", "/api/v2/me"), &Value::Null, &json!({}));
    wrong["startedDateTime"] = json!("yesterday");
    for (har, told) in [
        ("{\n\"log".to_owned(), "a.har:2: EOF while parsing"),
        ("{}".to_owned(), "a.har: got no /log/entries"),
        (json!({ "log": { "entries": [] } }).to_string(), "a.har: got no request below /api/"),
        (
            json!({ "log": { "entries": [wrong] } }).to_string(),
            "a.har: entry 1: /startedDateTime: got another text, want a time as in ISO 8601",
        ),
    ] {
        let (ended, file) = import(&har).await;
        assert_eq!((ended.code, file), (Some(1), None));
        assert!(ended.errors.contains(told), "{told}: {ended:?}");
    }
}
