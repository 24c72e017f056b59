//! Secrets in the traffic through `gws-sms-fake record`, and in a HAR file: they are in no file and in no output.

use std::fs;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gws_sms_fake::FakeGws;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::running::{Ended, Program};
use support::ports::ReservedPort;

/// The beginning of every secret here.
const MARK: &str = "geheim";
/// Headers that carry something, and one that nobody knows.
const HEADERS: [&str; 22] = [
    "accept-language",
    "authorization",
    "cookie",
    "etag",
    "forwarded",
    "from",
    "if-none-match",
    "link",
    "location",
    "origin",
    "proxy-authorization",
    "referer",
    "server",
    "set-cookie",
    "user-agent",
    "via",
    "warning",
    "www-authenticate",
    "x-csrf-header",
    "x-csrf-token",
    "x-forwarded-for",
    "x-planted",
];
const PUSH: &str = "/api/v2/notifications";

/// A text of its own for a place.
fn secret(place: &str) -> String {
    let place = place.replace(|letter: char| !letter.is_ascii_alphanumeric(), "");
    format!("{MARK}{place}7")
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", secret("name"), secret("password"))))
}

/// An upstream that answers every request with every header, and with that body.
async fn upstream(answer: impl Fn(&str) -> Value + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let request = whole(&mut stream).await;
                let body = answer(&request).to_string();
                let mut head = "HTTP/1.1 200 OK\r\nconnection: close\r\n".to_owned();
                for name in HEADERS {
                    let value = secret(name);
                    head += &format!("{name}: {value}={value}; Domain={value}; Path=/{value}\r\n");
                }
                head += &format!(
                    "content-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes()).await;
            });
        }
    });
    url
}

/// A request with its body.
async fn whole(stream: &mut tokio::net::TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
                return text;
            }
        }
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

fn headers() -> HeaderMap {
    let header = |name: &&'static str| {
        let value = match *name {
            "authorization" => basic(),
            "cookie" => format!("{0}={0}; JSESSIONID={0}", secret("cookie")),
            name => secret(name),
        };
        (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap())
    };
    HEADERS.iter().map(header).collect()
}

/// Nothing that was planted is there, plain, encoded or in another case.
fn check(what: &str, text: &str) {
    let lower = text.to_lowercase();
    let base64 = STANDARD.encode(secret("name"));
    for hidden in [MARK, base64.trim_end_matches('='), basic().trim_start_matches("Basic ")] {
        assert!(!lower.contains(&hidden.to_lowercase()), "{hidden} in {what}: {text}");
    }
}

#[tokio::test]
async fn no_header_and_no_message_of_bayeux_brings_a_secret_into_the_files() {
    let answer = |request: &str| {
        let extension = json!({ "token": secret("ext"), "ack": secret("ack") });
        let client = secret("client");
        let reply = |channel: &str| json!({ "channel": channel, "id": secret("id"), "clientId": client, "successful": true, "ext": extension, "error": secret("error"), "advice": { "x": secret("advice") } });
        let event = json!({ "channel": format!("/v2/me/{}", secret("channel")), "id": secret("id"), "data": { secret("key"): secret("data"), "text": secret("text") } });
        match request.split(' ').nth(1) {
            Some(PUSH) if request.contains("/meta/connect") => {
                json!([event, reply("/meta/connect")])
            }
            Some(PUSH) => json!([reply("/meta/handshake")]),
            _ => {
                json!({ "statusCode": 0, "user": { "userName": secret("name"), "firstName": secret("first") } })
            }
        }
    };
    let upstream = upstream(answer).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("story.json").to_str().unwrap().to_owned();
    let recorder = Program::record(&upstream, &file, &[]).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let client = secret("client");
    let message = |channel: &str| json!({ "channel": channel, "clientId": client, "id": secret("id"), "ext": { "authentication": { "user": secret("name"), "credentials": secret("password") } } });
    let mut subscribe = message("/meta/subscribe");
    subscribe["subscription"] = json!(["/v2/me/*", format!("/{}/*", secret("channel"))]);
    let mut publish = message(&format!("/service/{}", secret("channel")));
    publish["data"] = json!({ secret("key"): secret("data"), "text": secret("text") });
    let batches = [
        message("/meta/handshake"),
        subscribe,
        publish,
        message("/meta/connect"),
        message("/meta/disconnect"),
    ];
    let mut sent = vec![
        (Method::GET, "/api/v2/me".to_owned(), String::new()),
        (Method::GET, format!("/api/v2/me?token={}", secret("query")), String::new()),
        (
            Method::POST,
            format!("/api/v2/{}", secret("path")),
            json!({ secret("key"): [secret("text")] }).to_string(),
        ),
        (Method::POST, "/api/v2/me".to_owned(), format!("j_username={}", secret("form"))),
        (Method::GET, format!("/{}", secret("elsewhere")), String::new()),
        (Method::PATCH, format!("/api/v2/{}", secret("path")), secret("text")),
    ];
    sent.extend(
        batches.map(|message| (Method::POST, PUSH.to_owned(), json!([message]).to_string())),
    );
    for (method, path, body) in sent {
        let url = format!("{}{path}", recorder.url());
        let request = http.request(method, url).headers(headers()).body(body);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let part = fs::read_to_string(format!("{file}.part")).unwrap();
    let Ended { code, said, errors } = recorder.end("-TERM").await;
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(said.contains("4 requests, 4 Bayeux messages, 1 pushed event"), "{said}");
    let made = fs::read_to_string(&file).unwrap();
    assert!(made.contains(r#""by":"user-1""#), "{made}");
    for (what, text) in [("FILE.part", part), ("FILE", made), ("what was printed", said)] {
        check(what, &text);
        assert!(!text.contains(&upstream), "{what}: {text}");
    }
}

#[tokio::test]
async fn an_error_about_a_dead_upstream_has_no_secret() {
    let nobody = ReservedPort::new();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("story.json").to_str().unwrap().to_owned();
    let recorder = Program::record(&format!("http://{}", nobody.address()), &file, &[]).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let path =
        format!("/api/v2/me/{};jsessionid={}?x={}", secret("path"), secret("id"), secret("query"));
    for method in ["GET", "PATCH", &secret("method").to_uppercase()] {
        let url = format!("{}{path}", recorder.url());
        let request = http.request(method.parse().unwrap(), url).headers(headers());
        assert_eq!(request.body(secret("body")).send().await.unwrap().status(), 502);
    }
    let part = fs::read_to_string(format!("{file}.part")).unwrap();
    let ended = recorder.end("-TERM").await;
    assert_eq!(ended.said.matches("the upstream did not answer").count(), 3, "{ended:?}");
    check("FILE.part", &part);
    check("what was printed", &format!("{ended:?}"));
    fs::remove_file(&file).unwrap();
    let upstream = format!("http://{0}:{0}@{1}", secret("password"), nobody.address());
    let refused =
        Program::run(&["record", "--port", "0", "--upstream", &upstream, "-o", &file]).await;
    assert!(refused.errors.contains("has credentials in it"), "{refused:?}");
    check("what was printed", &format!("{refused:?}"));
}

/// A value with a secret in each of its fields.
fn har_entry(path: &str, body: &str, answer: Value) -> Value {
    let all = |what: &str| -> Value {
        HEADERS.iter().map(|name| json!({ "name": name, "value": secret(&format!("{what}{name}")), "comment": secret("comment") })).collect()
    };
    let cookies = json!([{ "name": secret("cookie"), "value": secret("cookie"), "domain": secret("domain") }]);
    json!({
        "startedDateTime": "2024-05-01T10:00:00.000Z", "time": 10, "comment": secret("comment"),
        "_initiator": { "url": secret("initiator") }, "serverIPAddress": secret("server"), "connection": secret("connection"),
        "request": {
            "method": "POST", "url": format!("https://{}.example{path}", secret("host")), "headers": all("request"),
            "cookies": cookies, "queryString": [{ "name": secret("query"), "value": secret("query") }],
            "postData": { "mimeType": secret("mime"), "text": body, "params": [{ "name": secret("param"), "value": secret("param") }], "comment": secret("comment") },
        },
        "response": {
            "status": 200, "statusText": secret("status"), "redirectURL": secret("redirect"), "headers": all("response"),
            "cookies": cookies, "content": answer, "_error": secret("custom"),
        },
        "cache": { "comment": secret("cache") }, "timings": { "comment": secret("timings") }, "_custom": secret("custom"),
    })
}

#[tokio::test]
async fn no_field_of_a_har_file_brings_a_secret_into_the_scenario() {
    let body = json!({ "operationName": "SendMessage", "text": secret("text"), secret("key"): secret("value") });
    let text = |value: &Value| json!({ "text": value.to_string(), "mimeType": secret("mime") });
    let base64 = |bytes: &[u8]| json!({ "text": STANDARD.encode(bytes), "encoding": "base64" });
    let event = json!([{ "channel": format!("/v2/{}", secret("channel")), "data": { "text": secret("data") } }]);
    let connect = json!([{ "channel": "/meta/connect", "clientId": secret("client"), "ext": { "x": secret("ext") } }]);
    let path = format!("/api/v2/me/{}?{}={}", secret("path"), secret("query"), secret("query"));
    let entries = [
        har_entry(
            "/api/v2/me",
            &body.to_string(),
            text(&json!({ "user": { "userName": secret("name") } })),
        ),
        har_entry(&path, &secret("form"), base64(body.to_string().as_bytes())),
        har_entry("/api/v2/me", "", base64(&[&[0xff], secret("binary").as_bytes()].concat())),
        har_entry(PUSH, &connect.to_string(), base64(event.to_string().as_bytes())),
        har_entry(&format!("/{}", secret("elsewhere")), "", json!({})),
    ];
    let creator = json!({ "name": secret("creator"), "comment": secret("comment") });
    let har = json!({ "log": { "version": "1.2", "creator": creator, "pages": [{ "title": secret("page") }], "entries": entries, "comment": secret("comment") }, "_custom": secret("custom") });
    let folder = TempDir::new().unwrap();
    let [from, to] =
        ["a.har", "a.json"].map(|file| folder.path().join(file).to_str().unwrap().to_owned());
    fs::write(&from, har.to_string()).unwrap();
    let ended = Program::run(&["import", &from, "-o", &to]).await;
    // An answer that is no text is left out with its request.
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.said.contains("2 requests, 0 Bayeux messages, 1 pushed event"), "{ended:?}");
    check("what was printed", &format!("{ended:?}"));
    check("FILE", &fs::read_to_string(&to).unwrap());
    FakeGws::builder().play(&to).try_start().map(std::mem::forget).unwrap_or_else(|error| {
        assert!(error.to_string().contains("want the userName"), "{error}");
    });
}
