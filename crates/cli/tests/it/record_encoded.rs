//! `gws-sms-fake record` in front of an upstream that compresses, or writes another charset.

use std::fs;
use std::io::Write;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, Uri};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::running::{Ended, Program};

/// The encoding of the text of an answer by the upstream, and its headers.
#[derive(Clone, Copy)]
struct Coding {
    name: &'static str,
    content_encoding: Option<&'static str>,
    content_type: &'static str,
    encode: fn(&str) -> Vec<u8>,
}

const JSON: &str = "application/json;charset=UTF-8";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

/// An upstream that answers GET with a user, and everything else with an event and what it was sent.
async fn upstream(coding: Coding) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let own = url.clone();
    let answer = move |headers: HeaderMap, uri: Uri, body: Bytes| async move {
        let user =
            json!({ "userName": "s1", "firstName": "Zoë", "uri": format!("{own}/api/v2/users/1") });
        let event = json!({ "channel": "/v2/me/smssessions", "data": { "messageType": "SMSsessionStateChangeMessage", "uri": format!("{own}/x") } });
        let answer = match uri.path() {
            "/api/v2/notifications" => {
                json!([event, { "channel": "/meta/connect", "successful": true }])
            }
            _ if body.is_empty() => json!({ "statusCode": 0, "user": user }),
            _ => {
                json!({ "statusCode": 0, "length": body.len(), "coding": headers.get("content-encoding").map(|value| value.to_str().unwrap()) })
            }
        };
        let mut response = Response::builder().header("content-type", coding.content_type);
        if let Some(name) = coding.content_encoding {
            response = response.header("content-encoding", name);
        }
        response.body(Body::from((coding.encode)(&answer.to_string()))).unwrap()
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

struct Recorded {
    /// The answer to the GET: its content encoding and its bytes.
    answer: (Option<String>, Vec<u8>),
    upstream: String,
    proxy: String,
    ended: Ended,
    file: String,
}

/// Sends a GET and a connect through a recorder.
async fn record(coding: Coding) -> Recorded {
    let upstream = upstream(coding).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("story.json").to_str().unwrap().to_owned();
    let recorder = Program::record(&upstream, &file, &["--keep", "names"]).await;
    let proxy = recorder.url().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let me = http.get(format!("{proxy}/api/v2/me")).basic_auth("s1", Some("password"));
    let answer = me.send().await.unwrap();
    let content_encoding = answer.headers().get("content-encoding");
    let content_encoding = content_encoding.map(|value| value.to_str().unwrap().to_owned());
    let answer = (content_encoding, answer.bytes().await.unwrap().to_vec());
    let connect = json!([{ "channel": "/meta/connect", "clientId": "c1" }]).to_string();
    let connect = http.post(format!("{proxy}/api/v2/notifications")).body(connect);
    connect.basic_auth("s1", Some("password")).send().await.unwrap();
    let ended = recorder.end("-TERM").await;
    let file = fs::read_to_string(&file).unwrap_or_default();
    Recorded { answer, upstream, proxy, ended, file }
}

#[tokio::test]
async fn an_answer_that_is_compressed_or_in_another_charset_is_recorded_and_stays_on_the_proxy() {
    for coding in [
        Coding {
            name: "plain",
            content_encoding: None,
            content_type: JSON,
            encode: |text| text.into(),
        },
        Coding { name: "gzip", content_encoding: Some("gzip"), content_type: JSON, encode: gzip },
        Coding {
            name: "deflate",
            content_encoding: Some("deflate"),
            content_type: JSON,
            encode: deflate,
        },
        Coding {
            name: "Latin-1",
            content_encoding: None,
            content_type: "application/json;charset=ISO-8859-1",
            encode: latin_1,
        },
    ] {
        let Recorded { answer, upstream, proxy, ended, file } = record(coding).await;
        let name = coding.name;
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{name}: {ended:?}");
        assert!(
            ended.said.contains("1 request, 0 Bayeux messages, 1 pushed event"),
            "{name}: {ended:?}"
        );
        assert!(file.contains(r#""userName":"s1""#) && file.contains("Zoë"), "{name}: {file}");
        assert!(!file.contains(&upstream) && !file.contains(&proxy), "{name}: {file}");
        let (content_encoding, bytes) = answer;
        assert_eq!(content_encoding, None, "{name}");
        // The client gets the charset that the header names.
        let text = if name == "Latin-1" {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        } else {
            String::from_utf8(bytes).unwrap()
        };
        assert!(
            text.contains("Zoë") && text.contains(&format!("{proxy}/api/v2/users/1")),
            "{name}: {text}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_decoded_passes_as_it_is_and_is_named_as_not_recorded() {
    let broken =
        Coding { name: "br", content_encoding: Some("br"), content_type: JSON, encode: latin_1 };
    let Recorded { answer, ended, file, .. } = record(broken).await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""), "{ended:?}");
    for path in ["GET /api/v2/me", "POST /api/v2/notifications"] {
        let named = format!(
            "{path}: not recorded: its answer is in the content encoding br, which is not decoded here"
        );
        assert!(ended.said.contains(&named), "{ended:?}");
    }
    assert!(!file.contains("planted") && !file.contains(r#""step":"push""#), "{file}");
    assert_eq!(answer.0.as_deref(), Some("br"));
}

#[tokio::test]
async fn a_request_that_is_compressed_is_recorded_and_passes_as_it_is_unless_it_has_addresses() {
    let plain = Coding {
        name: "plain",
        content_encoding: None,
        content_type: JSON,
        encode: |text| text.into(),
    };
    let upstream = upstream(plain).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("story.json").to_str().unwrap().to_owned();
    let recorder = Program::record(&upstream, &file, &[]).await;
    let proxy = recorder.url().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |text: String| {
        let sent = gzip(&text);
        let length = sent.len();
        let request = http.post(format!("{proxy}/api/v2/me")).header("content-encoding", "gzip");
        let answer = request.body(sent).send().await.unwrap().bytes().await.unwrap();
        (length, serde_json::from_slice::<serde_json::Value>(&answer).unwrap())
    };
    let (length, answer) = send(r#"{"operationName":"Ready"}"#.to_owned()).await;
    assert_eq!((&answer["coding"], &answer["length"]), (&json!("gzip"), &json!(length)));
    let (_, answer) = send(format!(r#"{{"operationName":"SendUrl","url":"{proxy}/x"}}"#)).await;
    let rewritten = format!(r#"{{"operationName":"SendUrl","url":"{upstream}/x"}}"#);
    assert_eq!((&answer["coding"], &answer["length"]), (&json!(null), &json!(rewritten.len())));
    assert_eq!(recorder.end("-TERM").await.code, Some(0));
    let file = fs::read_to_string(&file).unwrap();
    assert!(file.contains(r#"{"operationName":"Ready"}"#) && file.contains("SendUrl"), "{file}");
}
