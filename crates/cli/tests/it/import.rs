//! `gws-sms-fake import`: a HAR file becomes a scenario.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    import_with(har.as_bytes(), &[]).await
}

async fn import_with(har: &[u8], arguments: &[&str]) -> (Ended, Option<String>) {
    let folder = TempDir::new().unwrap();
    let [from, to] =
        ["a.har", "a.json"].map(|file| folder.path().join(file).to_str().unwrap().to_owned());
    fs::write(&from, har).unwrap();
    let mut ended = Program::run(&[&["import", &from, "-o", &to], arguments].concat()).await;
    let place = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
    ended.said = ended.said.replace(&place, "");
    ended.errors = ended.errors.replace(&place, "");
    if ended.errors.is_empty() {
        FakeGws::builder().play(&to).try_start().map(std::mem::forget).unwrap();
    }
    (ended, fs::read_to_string(to).ok())
}

#[tokio::test]
async fn pushes_are_folded_out_of_bayeux_and_what_is_left_out_is_listed() {
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
    // An answer that is no text is a half that is lost.
    assert_eq!((ended.code, ended.errors.as_str()), (Some(2), ""));
    expect![[r#"
        a.json: 1 request, 1 Bayeux message, 1 pushed event
        a.har:6: entry 4: GET /api/v2/me left out: its origin is not that of GWS; if it is, name it with --origin
        a.har:7: entry 5: GET /api/v2/services left out: the answer had a body: got 3 bytes in no known charset, want its text; record it again with all bodies
        half of a conversation is missing: see what was left out
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
        expect!["gws-sms-fake: cannot import: a.har:1: expected value; export the HAR file again"],
    )
    .await;
    check("", expect!["gws-sms-fake: cannot import: a.har:1: EOF while parsing a value; export the HAR file again"]).await;
    check("{\n\"log", expect!["gws-sms-fake: cannot import: a.har:2: EOF while parsing a string; export the HAR file again"]).await;
    let whole = har(&[entry(1, ("GET", "/api/v2/me"), &Value::Null, &json!({}))]);
    let lines: Vec<&str> = whole.lines().collect();
    check(&lines[..lines.len() - 3].join("\n"), expect!["gws-sms-fake: cannot import: a.har:3: EOF while parsing a list; export the HAR file again"]).await;
}

#[tokio::test]
async fn a_json_file_that_is_no_har_file_is_refused() {
    check(
        "{}",
        expect![
            "gws-sms-fake: cannot import: a.har:1: there is no /log/entries; name a HAR file, as browsers export it"
        ],
    )
    .await;
    check("[\n1\n]", expect!["gws-sms-fake: cannot import: a.har:1: a value has another type than in a HAR file; export the HAR file again"]).await;
    check("{\"log\": {\n\"entries\": \"planted\"}}", expect!["gws-sms-fake: cannot import: a.har:2: a value has another type than in a HAR file; export the HAR file again"]).await;
    check("{\"log\": {\"entries\": []}}", expect!["gws-sms-fake: cannot import: a.har:1: there is no request below /api/; export the traffic of a client of GWS, from the desktop's own page"]).await;
    check(
        "{\"log\": {\"entries\": [\n1]}}",
        expect![[r"
            gws-sms-fake: cannot import: a.har:1: there is no request below /api/; export the traffic of a client of GWS, from the desktop's own page
            a.har:2: entry 1: /request/method: got nothing, want a text"]],
    )
    .await;
}

/// The GET that is fine, and the entry behind it, after a change.
fn with_second(pointer: &str, value: Value) -> String {
    let me = json!({ "text": json!({ "statusCode": 0 }).to_string() });
    let fine = entry(1, ("GET", "/api/v2/me"), &Value::Null, &me);
    let ready = json!({ "operationName": "Ready" });
    let taken = json!({ "size": 16, "text": r#"{"statusCode":0}"# });
    let mut second = entry(2, ("POST", "/api/v2/me/channels/smssession"), &ready, &taken);
    *second.pointer_mut(pointer).unwrap() = value;
    har(&[fine, second])
}

#[tokio::test]
async fn an_entry_that_cannot_be_used_is_left_out_and_named_and_spoils_nothing() {
    for (pointer, value, code, why) in [
        ("", Value::Null, 0, "left out: /request/method: got nothing, want a text"),
        ("/request", json!([]), 0, "left out: /request/method: got nothing, want a text"),
        (
            "/request/url",
            Value::Null,
            0,
            "left out: /request/url: got a value of another type, want a text",
        ),
        (
            "/request/url",
            json!("about:blank"),
            0,
            "left out: /request/url: got another text, want an address with a host",
        ),
        (
            "/request/method",
            json!("OPTIONS"),
            0,
            "left out: a scenario has no place for the method",
        ),
        (
            "/startedDateTime",
            json!("yesterday"),
            0,
            "left out: /startedDateTime: got another text, want a time as in ISO 8601",
        ),
        ("/response", Value::Null, 0, "left out: there is no answer"),
        ("/response", json!({}), 0, "left out: there is no answer, but no status"),
        ("/response/status", Value::Null, 0, "left out: there is no answer, but no status"),
        ("/response/status", json!(-1), 0, "left out: there is no answer, but the status -1"),
        ("/response/status", json!(0), 0, "left out: there is no answer, but the status 0"),
        ("/response/status", json!(101), 0, "left out: there is no answer, but the status 101"),
        ("/response/status", json!(600), 0, "left out: there is no answer, but the status 600"),
        (
            "/response/content",
            json!({ "text": "planted!", "encoding": "base64" }),
            2,
            "left out: the answer had a body: got a text that is no base64",
        ),
        (
            "/response/content",
            json!({ "text": "planted", "encoding": "rot13" }),
            2,
            "left out: the answer had a body: got an encoding that is not base64",
        ),
    ] {
        let (ended, file) = import(&with_second(pointer, value)).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(code), ""), "{pointer} {ended:?}");
        let lines: Vec<&str> = ended.said.lines().filter(|line| line.contains("entry")).collect();
        let [line] = lines.as_slice() else { panic!("{pointer}: {ended:?}") };
        assert!(line.starts_with("a.har:4: entry 2: ") && line.contains(why), "{pointer}: {line}");
        let file = file.unwrap();
        assert_eq!(file.matches(r#""step":"request""#).count(), 1, "{pointer} {file}");
        assert!(!file.contains("planted"), "{pointer} {file}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_in_the_file_is_named_and_its_entry_left_out() {
    for (pointer, value, got) in [
        (
            "/response/content",
            json!({ "size": 430, "comment": "not included" }),
            "the answer had a body: got 430 bytes that the file does not have",
        ),
        (
            "/response/content",
            json!({ "size": 430, "_file": "9f2a.json" }),
            "the answer had a body: got 430 bytes that the file does not have",
        ),
        (
            "/response/content",
            json!({ "size": 430, "text": "" }),
            "the answer had a body: got 430 bytes that the file does not have",
        ),
        (
            "/request",
            json!({ "method": "POST", "url": "https://gws.example/api/v2/me", "bodySize": 25, "postData": { "mimeType": "application/json" } }),
            "the request had a body: got 25 bytes that the file does not have",
        ),
    ] {
        let (ended, file) = import(&with_second(pointer, value)).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.said.contains("a.har:4: entry 2: POST "), "{ended:?}");
        assert!(ended.said.contains(got), "{ended:?}");
        assert_eq!(file.unwrap().matches(r#""step":"request""#).count(), 1);
    }
}

/// The same entry at another origin.
fn at(url: &str, mut entry: Value) -> Value {
    entry["request"]["url"] = json!(url);
    entry
}

/// A whole user, and no body of the request.
fn get_me() -> Value {
    let user = json!({
        "id": "991a4bece8dd4184a93e98ad429694f6", "userName": "s1", "firstName": "P", "lastName": "F",
        "roles": ["ROLE_AGENT"], "enabled": true, "changePasswordOnFirstLogin": false,
        "uri": "https://gws.example/api/v2/users/991a4bece8dd4184a93e98ad429694f6",
        "path": "/users/991a4bece8dd4184a93e98ad429694f6",
    });
    let answer = json!({ "statusCode": 0, "user": user }).to_string();
    let mut entry = entry(2, ("GET", "/api/v2/me"), &Value::Null, &json!({ "text": answer }));
    entry["request"].as_object_mut().unwrap().remove("postData");
    entry
}

fn handshake() -> Value {
    let shaken = json!([{
        "channel": "/meta/handshake", "clientId": "17m2zxcj9b7qk1vd0hs5w8e3rt", "successful": true,
        "version": "1.0", "supportedConnectionTypes": ["long-polling"],
    }]);
    let types = ["long-polling"];
    let sent = json!([{ "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": types }]);
    entry(3, ("POST", "/api/v2/notifications"), &sent, &json!({ "text": shaken.to_string() }))
}

#[tokio::test]
async fn gws_is_found_by_its_traffic_among_other_origins() {
    let other = |url: &str| at(url, entry(1, ("POST", ""), &json!({}), &json!({ "text": "{}" })));
    let mut redirect = at("http://gws.example/api/v2/me", get_me());
    redirect["response"] = json!({ "status": 301, "headers": [], "content": { "text": "" } });
    for first in [
        other("https://ingest.example/api/4504/envelope/?key=planted"),
        other("https://login.example/api/v1/authn"),
        other("https://tickets.example/api/v2/tickets"),
        redirect,
        at("HTTPS://GWS.Example:443/api/v2/me", get_me()),
    ] {
        let (ended, file) = import(&har(&[first.clone(), get_me(), handshake()])).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{first} {ended:?}");
        let file = file.unwrap();
        assert!(file.contains(r#""message":"handshake""#), "{first} {file}");
        assert!(file.contains(r#""path":"/api/v2/me""#), "{first} {file}");
    }
}

#[tokio::test]
async fn an_origin_that_is_named_decides_between_two_of_gws() {
    let other = at("https://other.example/api/v2/me", get_me());
    let both = har(&[other, get_me(), handshake()]);
    let (ended, file) = import(&both).await;
    assert_eq!((ended.code, file), (Some(1), None));
    expect!["gws-sms-fake: cannot import: a.har: traffic of GWS is at https://gws.example (1 request) and https://other.example (1 request); name one origin with --origin, or both if REST and CometD have one each"]
        .assert_eq(ended.errors.trim_end());
    let (ended, file) = import_with(both.as_bytes(), &["--origin", "https://GWS.example/"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.contains("a.json: 1 request, 1 Bayeux message,"), "{ended:?}");
    assert!(file.unwrap().contains(r#""message":"handshake""#));
    let (ended, _) = import_with(both.as_bytes(), &["--origin", "https://nowhere.example"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended
            .errors
            .contains("is not in the file; name one of https://gws.example, https://other.example"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_conversation_without_its_push_side_exits_with_2() {
    let push = at("https://push.example/api/v2/notifications", handshake());
    let apart = har(&[get_me(), push]);
    let (ended, _) = import(&apart).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.said.contains(
            "entry 2: POST /api/v2/notifications left out: its origin is not that of GWS"
        ),
        "{ended:?}"
    );
    let both = ["--origin", "https://gws.example", "--origin", "https://push.example"];
    let (ended, file) = import_with(apart.as_bytes(), &both).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(file.unwrap().contains(r#""message":"handshake""#));

    let elsewhere = har(&[get_me(), at("https://gws.example/genesys/cometd", handshake())]);
    let (ended, _) = import(&elsewhere).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.said.contains("name the path of CometD with --cometd-path"), "{ended:?}");
    let path = ["--cometd-path", "/genesys/cometd"];
    assert_eq!(import_with(elsewhere.as_bytes(), &path).await.0.code, Some(0));
}

/// Returns the output of `check` for a HAR file.
async fn checked(har: &[u8]) -> Ended {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.har");
    fs::write(&file, har).unwrap();
    Program::run(&["check", file.to_str().unwrap()]).await
}

#[tokio::test]
async fn faults_of_an_exporter_are_none_of_the_contract_and_spoil_no_import() {
    let right = har(&[get_me(), handshake()]);
    let page = |title: &[u8]| {
        let head = [b"{\n\"log\": { \"pages\": [{\"title\":\"", title, b"\"}],"].concat();
        [&head, right.strip_prefix("{\n\"log\": {").unwrap().as_bytes()].concat()
    };
    let twice = right.replace("\"time\":", "\"time\":7,\"time\":");
    assert_ne!(twice, right);
    let of_another_page = entry(4, ("GET", ""), &Value::Null, &json!({ "text": "caf?" }));
    let of_another_page = at("https://cdn.example/menu.html", of_another_page);
    let surrogate = har(&[get_me(), handshake(), of_another_page]).replace("caf?", r"caf\udce9");
    for (name, har) in [
        ("right", right.clone().into_bytes()),
        ("a byte order mark", [b"\xEF\xBB\xBF", right.as_bytes()].concat()),
        ("half a surrogate pair in a title", page(br"\ud83d")),
        ("Latin-1 in a title", page(b"caf\xE9")),
        ("half a surrogate pair of another page", surrogate.into_bytes()),
        ("a name twice", twice.into_bytes()),
    ] {
        let ended = checked(&har).await;
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        assert!(ended.said.starts_with("contract kept: 0 errors and 0 notes"), "{name}: {ended:?}");
        let (ended, file) = import_with(&har, &[]).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{name}: {ended:?}");
        assert!(file.unwrap().contains(r#""message":"handshake""#), "{name}");
    }
}

#[tokio::test]
async fn a_body_of_a_request_is_read_by_import_and_check_in_whatever_form_it_is() {
    let ready = r#"{"operationName":"Ready"}"#;
    let param = |name: &str, value: &str| json!({ "name": name, "value": value });
    for post in [
        json!({ "text": ready }),
        json!({ "text": "eyJvcGVyYXRpb25OYW1lIjoiUmVhZHkifQ==", "encoding": "base64" }),
        json!({ "text": "eyJvcGVyYXRpb25OYW1l\nIjoiUmVhZHkifQ", "encoding": "BASE64" }),
        json!({ "params": [param(ready, "")] }),
        json!({ "mimeType": "application/x-www-form-urlencoded", "text": "", "params": [param(ready, "")] }),
    ] {
        let har = with_second("/request/postData", post.clone());
        let ended = checked(har.as_bytes()).await;
        assert_eq!(ended.code, Some(0), "{post}: {ended:?}");
        assert!(ended.said.contains("compared: ready-request 1, response 2"), "{post}: {ended:?}");
        let (ended, file) = import(&har).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{post}: {ended:?}");
        assert!(file.unwrap().contains(r#""body":{"operationName":"Ready"}"#), "{post}");
    }
    let wrong = json!({ "params": [param(r#"{"operationName":"Intrude","supervisorVisibilityMode":"coach"}"#, "")] });
    let ended = checked(with_second("/request/postData", wrong).as_bytes()).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.said.contains(
            "/log/entries/1/request/postData/params/0/name, in its text /supervisorVisibilityMode"
        ),
        "{ended:?}"
    );
}

#[tokio::test]
async fn an_answer_in_another_charset_is_decoded() {
    let text = r#"{"statusCode":0,"disposition":"Zo?"}"#;
    let latin_1: Vec<u8> =
        text.bytes().map(|byte| if byte == b'?' { 0xEB } else { byte }).collect();
    let utf_16: Vec<u8> =
        text.replace('?', "ë").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, charset) in [(latin_1, "ISO-8859-1"), (utf_16, "utf-16le")] {
        let text = STANDARD.encode(bytes);
        let mime = format!("application/json;charset={charset}");
        let content = json!({ "mimeType": mime, "encoding": "base64", "text": text });
        let har = with_second("/response/content", content);
        let (ended, _) = import_with(har.as_bytes(), &[]).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{charset}: {ended:?}");
    }
}

#[tokio::test]
async fn cookies_say_who_sends_a_request_wherever_an_exporter_puts_them() {
    type Put = fn(&str) -> (Value, Value);
    let puts: [(&str, Put); 4] = [
        ("joined with line breaks", |id| {
            let set = format!("XSRF-TOKEN=x; Path=/\nJSESSIONID={id}; Path=/; HttpOnly");
            (
                json!({ "headers": [{ "name": "set-cookie", "value": set }] }),
                json!({ "headers": [{ "name": "Cookie", "value": format!("JSESSIONID={id}") }] }),
            )
        }),
        ("joined with commas", |id| {
            let set = format!(
                "XSRF-TOKEN=x; Expires=Wed, 21 Oct 2026 07:28:00 GMT, JSESSIONID={id}; Path=/"
            );
            (
                json!({ "headers": [{ "name": "Set-Cookie", "value": set }] }),
                json!({ "headers": [{ "name": "cookie", "value": format!("a=1; JSESSIONID={id}") }] }),
            )
        }),
        ("in lists of their own", |id| {
            let cookies = json!([{ "name": "JSESSIONID", "value": id }]);
            (
                json!({ "headers": [], "cookies": cookies }),
                json!({ "headers": [], "cookies": cookies }),
            )
        }),
        ("in headers by name", |id| {
            (
                json!({ "headers": { "Set-Cookie": [format!("JSESSIONID={id}; Path=/")] } }),
                json!({ "headers": { "cookie": format!("JSESSIONID={id}") } }),
            )
        }),
    ];
    for (name, put) in puts {
        let mut entries = Vec::new();
        for (user, id) in [("s1", "node01aaa"), ("a1", "node02bbb")] {
            let (set, _) = put(id);
            let answer = json!({ "statusCode": 0, "user": { "userName": user } });
            let mut me = entry(
                1,
                ("GET", "/api/v2/me"),
                &Value::Null,
                &json!({ "text": answer.to_string() }),
            );
            me["response"].as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
            entries.push(me);
        }
        for id in ["node01aaa", "node02bbb"] {
            let (_, sent) = put(id);
            let ready = json!({ "operationName": "Ready" });
            let mut post = entry(
                2,
                ("POST", "/api/v2/me/channels/smssession"),
                &ready,
                &json!({ "text": r#"{"statusCode":0}"# }),
            );
            post["request"].as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
            entries.push(post);
        }
        let (ended, file) = import(&har(&entries)).await;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{name}: {ended:?}");
        let file = file.unwrap();
        for user in ["s1", "a1"] {
            let sent = format!(r#""by":"{user}","method":"POST""#);
            assert!(file.contains(&sent), "{name}: {user}: {file}");
        }
    }
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
