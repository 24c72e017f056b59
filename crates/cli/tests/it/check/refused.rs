//! Requests that GWS refused: they need not conform, in any form of recording.

use gws_sms_fake::contract::{Check, Severity, check_text};
use serde_json::{Value, json};

/// Each form of a recording, with one request and its answer; without one where the status is null.
fn recordings(sent: &Value, status: &Value, answered: &Value) -> [(&'static str, Value); 4] {
    let ending = match status.is_null() {
        true => json!({ "is": "hung up" }),
        false => json!({ "is": "answered", "status": status, "body": answered }),
    };
    let har_status = if status.is_null() { &json!(0) } else { status };
    let url = "https://gws/api/v2/me/smssessions/0000UaB58WAR003N";
    let post = json!({ "method": "POST", "url": url, "postData": { "text": sent.to_string() } });
    let content = json!({ "text": answered.to_string() });
    let request = json!({ "body": sent, "status": status, "answer": answered });
    [
        (
            "a scenario",
            json!([{
                "step": "request", "at": 0, "as": "s1", "method": "POST", "path": "/api/v2/me",
                "body": sent, "answer": { "status": status, "body": answered },
            }]),
        ),
        ("a recording", json!({ "over": { "what": { "request": request } } })),
        (
            "a HAR file",
            json!({ "log": { "entries": [
                { "request": post, "response": { "status": har_status, "content": content } },
            ] } }),
        ),
        (
            "a timeline",
            json!([{ "number": 1, "findings": [], "kind": "request", "body": sent, "ending": ending }]),
        ),
    ]
}

#[test]
fn a_request_that_gws_refused_is_a_note_and_one_that_it_took_an_error_in_each_form() {
    let spy = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Spy" });
    let refusal = json!({ "statusCode": 2, "statusMessage": "no" });
    for (status, answered, expected) in [
        (json!(200), &refusal, Severity::Note),
        (json!(400), &refusal, Severity::Note),
        (json!(502), &json!("<html></html>"), Severity::Note),
        (json!(200), &json!({ "statusCode": 0 }), Severity::Error),
        (json!(null), &json!(null), Severity::Error),
    ] {
        for (form, recording) in recordings(&spy, &status, answered) {
            let of_mode = |check: &Check| {
                let checked = check.text(form, &recording.to_string());
                let found = checked
                    .diagnostics()
                    .iter()
                    .filter(|diagnostic| diagnostic.id() == "intrude-mode");
                found.map(gws_sms_fake::contract::Diagnostic::severity).collect::<Vec<_>>()
            };
            assert_eq!(of_mode(&Check::new()), [expected], "{form}: {status} {answered}");
            assert_eq!(of_mode(&Check::new().strict()), [Severity::Error], "{form}: {status}");
        }
    }
}

/// So is a body that is no JSON, or has a key twice, which only a HAR file holds as it was sent.
#[test]
fn a_body_that_gws_could_not_read_is_a_note_where_it_said_so() {
    for (sent, id) in [
        ("{", "body-json"),
        (r#"{"operationName":"Ready","operationName":"Ready"}"#, "duplicate-key"),
    ] {
        for (status, expected) in [(400, Severity::Note), (200, Severity::Error)] {
            let [.., (_, mut har), _] = recordings(&json!({}), &json!(status), &json!(null));
            har["log"]["entries"][0]["request"]["postData"]["text"] = json!(sent);
            let checked = check_text("a HAR file", &har.to_string());
            let found: Vec<_> = checked
                .diagnostics()
                .iter()
                .map(|diagnostic| (diagnostic.id(), diagnostic.severity()))
                .collect();
            assert_eq!(found[0], (id, expected), "{checked}");
        }
    }
}

/// An answer of the test says nothing about the answer of GWS.
#[test]
fn a_refusal_by_an_injected_fault_does_not_excuse_the_request() {
    let spy = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Spy" });
    let [.., (_, mut timeline)] = recordings(&spy, &json!(400), &json!({ "statusCode": 2 }));
    timeline[0]["mocked"] = json!(true);
    assert_eq!(check_text("a timeline", &timeline.to_string()).errors(), 1);
}
