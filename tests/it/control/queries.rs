//! The control endpoint: looking, and beginning again.

use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use reqwest::header::ALLOW;
use serde_json::{Value, json};

use support::documented;
use support::raw::{INTRUDE, RawConnection, SUPERVISOR};
use support::{
    Answer, Desktop, HttpClient, PUSH, connect, handshake, intrude_path, subscribe, taken,
};

use crate::control::{NOTIFICATIONS, TIMELINE, look, start, timeline};

const VIOLATIONS: &str = "/__fake/violations";
const RESET: &str = "/__fake/reset";

async fn reset(gws: &FakeGws) {
    let answer = HttpClient::anonymous(gws).post_text(RESET, "", "").await;
    assert_eq!(answer, Answer::of(200, json!({})));
}

#[tokio::test]
async fn what_a_client_sends_forges_no_line_of_the_report() {
    let gws = start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    let forged = "/\u{1b}]0;x\u{7}\n::error::forged\u{202e}";
    assert_eq!(client.post(PUSH, &json!([subscribe(&id, forged)])).await.status, 500);
    RawConnection::open(&gws).exchange(format!(
        "GET /api/v2/me\u{9b}31m\u{202e} HTTP/1.1\r\nHost: a\r\n{SUPERVISOR}\r\n"
    ));
    let report = gws.report();
    let is_raw = |character: char| character != '\n' && character.is_control();
    assert!(!report.contains(is_raw) && !report.contains('\u{202e}'), "{report:?}");
    assert!(!report.contains("\n::error::"), "{report}");
    assert!(report.contains(r"\u001b]0;x\u0007\n::error::forged\u202e"), "{report}");
    gws.allow("bayeux-topic");
    gws.allow("bayeux-subscription");
    gws.allow("path-unknown");
}

/// A batch with as many wrong messages would have a report of some hundred megabytes, if each were shown with all of them.
#[tokio::test]
async fn the_report_of_a_batch_with_many_violations_is_not_much_longer_than_the_batch() {
    let gws = start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    let message = json!({ "channel": "/v2/me/smssessions", "clientId": id, "data": 1 });
    let batch = Value::from(vec![message; 2000]);
    client.bayeux(batch.clone()).await;
    let report = gws.report();
    assert!(report.contains("  ✗ bayeux-publish-topic (2000 times)\n"), "{}", &report[..2000]);
    assert!(report.len() < 10 * batch.to_string().len(), "{} bytes", report.len());
    gws.allow("bayeux-publish-topic");
}

#[tokio::test]
async fn the_timeline_has_both_sides_in_full() {
    let gws = start();
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let me = client.get("/api/v2/me").await.body;
    let shaken = client.bayeux(json!([handshake()])).await;
    let id = shaken[0]["clientId"].as_str().unwrap().to_owned();
    let subscribed = client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    let connected = client.bayeux(json!([connect(&id)])).await;
    let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
    assert_eq!(client.post(&intrude_path(), &intrude).await, taken());
    gws.supervisor().next_notification().await;
    let received = client.bayeux(json!([connect(&id)])).await;

    let bayeux = |number: u64, message: &str, body: &Value| {
        json!({
            "number": number,
            "kind": "bayeux",
            "user": "s1",
            "messages": [message],
            "held": false,
            "ending": { "is": "answered", "status": 200, "body": body },
            "findings": [],
        })
    };
    let expected = json!([
        {
            "number": 1,
            "kind": "request",
            "user": "s1",
            "method": "GET",
            "target": "/api/v2/me",
            "operation": null,
            "body": "",
            "mocked": false,
            "exception": null,
            "rule": "reply-to-get",
            "ending": { "is": "answered", "status": 200, "body": me },
            "findings": [],
        },
        bayeux(2, "handshake", &shaken),
        bayeux(3, "subscribe /v2/me/*", &subscribed),
        bayeux(4, "connect", &connected),
        {
            "number": 5,
            "kind": "request",
            "user": "s1",
            "method": "POST",
            "target": intrude_path(),
            "operation": "Intrude",
            "body": intrude,
            "mocked": false,
            "exception": null,
            "rule": "state-intrude",
            "ending": { "is": "answered", "status": 200, "body": { "statusCode": 0 } },
            "findings": [],
        },
        {
            "number": 6,
            "kind": "notification",
            "user": "s1",
            "channel": "/v2/me/smssessions",
            "rule": "notification-status-change",
            "data": received[0]["data"],
            "clients": 1,
            "delivered": 1,
            "lost": 0,
            "findings": [],
        },
        bayeux(7, "connect", &received),
    ]);
    let expected = expected.to_string().replace(&id, "ID");
    assert_eq!(timeline(&gws, &id).await, serde_json::from_str::<Value>(&expected).unwrap());
}

#[tokio::test]
async fn the_timeline_has_a_request_that_is_not_answered_yet() {
    let gws = start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    let expected = json!({
        "number": 5,
        "kind": "bayeux",
        "user": "s1",
        "messages": ["connect"],
        "held": true,
        "ending": { "is": "open" },
        "findings": [],
    });
    assert_eq!(timeline(&gws, "ID").await[4], expected);
    desktop.sign_out().await;
}

#[tokio::test]
async fn the_timeline_has_input_that_was_no_request() {
    let gws = start();
    gws.expect_violation("http-malformed");
    let refused = RawConnection::open(&gws).exchange("no HTTP\r\n\r\n");
    assert_eq!(refused.status, 400);
    let expected = json!([{
        "number": 1,
        "kind": "refused",
        "user": null,
        "reason": "bytes that are none",
        "findings": [{
            "rule": "http-malformed",
            "verdict": "violation",
            "place": "request line and header",
            "got": "bytes that are none",
            "want": "a whole HTTP/1.1 request",
            "hint": "let an HTTP library write the request",
            "certainty": "documented",
            "source": "RFC 9112",
            "answered": "status-1",
        }],
    }]);
    assert_eq!(timeline(&gws, "ID").await, expected);
}

#[tokio::test]
async fn violations_name_their_entry_and_what_they_broke() {
    let gws = start();
    assert_eq!(look(&gws, VIOLATIONS).await, json!([]));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    let wrong = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    assert_eq!(client.post(&intrude_path(), &wrong).await.status, 400);
    let unknown = client.bayeux(json!([connect("nosuchclient")])).await;
    assert_eq!(unknown[0]["error"], "402::Unknown client");
    let on_rest = json!({
        "entry": 2,
        "request": format!("POST {}", intrude_path()),
        "rule": "intrude-mode",
        "verdict": "violation",
        "place": "/supervisorVisibilityMode",
        "got": "\"monitor\"",
        "want": "one of \"Monitor\", \"Coach\", \"BargeIn\"",
        "hint": "did you mean \"Monitor\"?",
        "certainty": "documented",
        "source": "GWS 8.5.2 SMSIntrude",
        "answered": "status-2",
    });
    let on_push = json!({
        "entry": 3,
        "rule": "bayeux-client-unknown",
        "verdict": "violation",
        "place": "/0/clientId",
        "got": "nosuchclient",
        "want": "the clientId of a living session",
        "hint": "send the clientId of the handshake's reply",
        "certainty": "wire",
        "source": "CometD Java server 3.1.12",
        "answered": null,
    });
    assert_eq!(look(&gws, VIOLATIONS).await, json!([on_rest, on_push]));
    // What a test allows breaks no contract.
    gws.allow("intrude-mode");
    assert_eq!(look(&gws, VIOLATIONS).await, json!([on_push]));
    gws.allow("bayeux-client-unknown");
    assert_eq!(look(&gws, VIOLATIONS).await, json!([]));
}

#[tokio::test]
async fn a_reset_empties_the_timeline_and_restores_the_sessions() {
    let gws = start();
    let before = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
    assert_eq!(before.post(&intrude_path(), &intrude).await, taken());
    assert_eq!(before.post(&intrude_path(), &intrude).await.status, 400);
    assert_eq!(before.get("/api/v2/Me").await.status, 404);
    gws.supervisor().next_notification().await;
    reset(&gws).await;
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
    assert_eq!(look(&gws, VIOLATIONS).await, json!([]));
    // The one that would have been a second one.
    let after = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(after.post(&intrude_path(), &intrude).await, taken());
    gws.supervisor().next_notification().await;
    gws.allow("intrude-twice");
    gws.allow("path-unknown");
    gws.verify();
}

#[tokio::test]
async fn violations_from_before_a_reset_count_at_the_end_and_are_reported() {
    let gws = start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/Me").await.status, 404);
    gws.expect_violation("not-modelled");
    assert_eq!(client.get("/api/v2/me/calls").await.status, 501);
    reset(&gws).await;
    reset(&gws).await;
    // What a later test expects excuses no earlier one.
    gws.expect_violation("path-unknown");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    assert_eq!(client.get("/api/v2/mE").await.status, 404);
    assert_eq!(look(&gws, VIOLATIONS).await, json!([]));
    let verified = look(&gws, "/__fake/verify").await;
    assert_eq!(verified["broken"], true);
    assert_eq!(verified["violations"][0]["request"], "GET /api/v2/Me");
    assert_eq!(verified["violations"].as_array().unwrap().len(), 1);
    assert_eq!(verified["timeLine"][0]["number"], verified["violations"][0]["entry"]);
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(
        report.starts_with("contract broken: 1 violation (1 from before a reset) in 2 requests "),
        "{report}"
    );
    let entries = "  from before a reset, what breaks the contract:\n";
    let (_, lines) = report.split_once(entries).unwrap();
    assert!(
        lines.lines().next().unwrap().ends_with("GET /api/v2/Me  404 statusCode 6  ✗ path-unknown"),
        "{report}"
    );
    assert!(lines.lines().nth(1).unwrap() == "  since the reset:", "{report}");
    gws.allow("path-unknown");
    gws.verify();
}

#[tokio::test]
async fn after_a_reset_the_old_cookies_and_clients_are_unknown() {
    let gws = start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    let old = client.without_credentials();
    assert_eq!(old.get("/api/v2/me").await.status, 200);
    reset(&gws).await;
    let denied = json!({ "statusCode": 20, "statusMessage": "Access denied" });
    assert_eq!(old.get("/api/v2/me").await, Answer::of(403, denied));
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    let reply = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(reply[0]["error"], "402::Unknown client");
    // Who runs on from before is not to blame for it.
    gws.verify();
}

#[tokio::test]
async fn a_reset_ends_held_connects() {
    let gws = start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    let held = tokio::spawn(async move { client.post(PUSH, &json!([connect(&id)])).await });
    gws.supervisor().connect_held().await;
    reset(&gws).await;
    let expected = json!([{
        "channel": "/meta/connect",
        "successful": false,
        "error": "402::Unknown client",
        "advice": { "reconnect": "handshake", "interval": 0 },
    }]);
    assert_eq!(held.await.unwrap(), Answer::of(200, expected));
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
}

/// What began before a reset and ends after it must not be written over what has happened since.
#[tokio::test]
async fn a_request_that_outlives_a_reset_changes_no_entry_of_another() {
    let gws = start();
    let mut slow = RawConnection::open(&gws);
    let (path, length) = (intrude_path(), INTRUDE.len());
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}Content-Type: application/json\r\n\
         Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    );
    // The fake asks for the body: the request has begun.
    assert_eq!(slow.exchange(head).status, 100);
    reset(&gws).await;
    assert_eq!(HttpClient::of(&gws, fixtures::AGENT).get("/api/v2/me").await.status, 200);
    let since = look(&gws, TIMELINE).await;
    assert_eq!(slow.exchange(INTRUDE).status, 200);
    assert_eq!(look(&gws, TIMELINE).await[0], since[0]);
}

#[tokio::test]
async fn an_unknown_route_is_answered_404_with_the_nearest_one() {
    let gws = start();
    let control = HttpClient::anonymous(&gws);
    for (path, meant) in [
        ("/__fake/timelin", "; did you mean timeline?"),
        ("/__fake/Reset", "; did you mean reset?"),
        ("/__fake/reset/", "; did you mean reset?"),
        ("/__fake/", ""),
        ("/__fake", ""),
    ] {
        let names: Vec<&str> =
            documented::paths(gws.url()).map(|(path, _)| &path["/__fake/".len()..]).collect();
        let answer = control.get(path).await;
        assert_eq!(answer.status, 404);
        let error = answer.body["error"].as_str().unwrap();
        let received = error.strip_prefix(&format!("got {path}, want one of ")).unwrap();
        let mut received: Vec<&str> = received.strip_suffix(meant).unwrap().split(", ").collect();
        received.sort_unstable();
        assert_eq!(received, names);
    }
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
}

#[tokio::test]
async fn a_wrong_method_is_answered_405_with_the_right_one() {
    let gws = start();
    for (path, got, want) in [
        (TIMELINE, Method::POST, "GET"),
        (VIOLATIONS, Method::DELETE, "GET"),
        (RESET, Method::GET, "POST"),
        (NOTIFICATIONS, Method::PUT, "POST"),
    ] {
        let answer = HttpClient::anonymous(&gws).send(got.clone(), path, "", String::new()).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[ALLOW]),
            (405, &want.parse().unwrap())
        );
        let expected = json!({ "error": format!("got {got}, want {want} {path}") });
        assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    }
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
}
