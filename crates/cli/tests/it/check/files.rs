//! Files that have messages in them, and something around these.

use expect_test::expect;
use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::check::check;
use support::{HttpClient, intrude_path};

#[test]
fn a_scenario_with_placeholders_is_checked_with_their_values() {
    let scenario = r#"[
{"step":"scenario","version":1,"let":{"session":"0000UaB58WAR003N"}},
{"step":"request","by":"s1","method":"POST","path":"/x","body":{"operationName":"Intrude","supervisorVisibilityMode":"${mode}","mood":"${mood}"},"answer":{"status":200,"body":{"statusCode":0}}},
{"step":"request","by":"s1","method":"POST","path":"/x","body":{"operationName":"Intrude","supervisorVisibilityMode":"Spy"},"answer":{"status":200,"body":{"statusCode":2,"statusMessage":"no"}}},
{"step":"group","steps":[{"step":"request","method":"GET","path":"/x","answer":{"status":200,"body":{"statusCode":"0"}}}]},
{"step":"push","to":"s1","channel":"/v2/me/smssessions","data":{"messageType":"SMSsessionStateChangeMessage","notificationType":"StatusChange","smssession":{"id":"${session}","uri":"${url}/x","state":"invited"}}},
{"step":"wait","milliseconds":-1},
{"step":"waite","milliseconds":1}
]"#;
    check(
        "a.json",
        scenario,
        &[],
        &expect![[r#"
            error[unknown-field]: a.json:3:135: got "${mood}", want no such field
              = help: leave it out
              = note: rule unknown-field (inferred: GWS 8.6.0 ReturnValues), schema intrude-request
            note[intrude-mode]: a.json:4:118: got "Spy", want one of "Monitor", "Coach", "BargeIn"
              = help: send one of them, letter by letter
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            error[field-reply-status-message]: a.json:5:101: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-reply-status-message (documented: GWS 8.6.0 ReturnValues), schema response
            error[field-reply-status-code]: a.json:5:115: got "0", want integer
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-reply-status-code (documented: GWS 8.6.0 ReturnValues), schema response
            error[field-smssession-state]: a.json:6:201: got "invited", want one of "Invited", "Chatting", "LeftChat", "Completed", "Revoked", "JoinFailed"
              = help: did you mean "Invited"?
              = note: rule field-smssession-state (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification
            error[schema]: a.json:7:31: got -1, want at least 0
              = help: send a larger one
              = note: schema scenario-step
            error[schema]: a.json:8:9: got "waite", want one of scenario, request, bayeux, push, group, wait, test
              = help: did you mean "wait"?
              = note: schema scenario-step
            contract broken: 6 errors and 1 note in 12 messages of 1 file
              compared: intrude-request 2, response 3, scenario-head 1, scenario-step 5,
                smssession-state-change-notification 1
            exit code 2
        "#]],
    );
}

#[test]
fn a_scenario_of_another_version_is_one_error() {
    check(
        "a.json",
        r#"[{"step":"scenario","version":99},
{"step":"request","by":"s1","method":"POST","path":"/x","body":{"operationName":"Ready"},"answer":{"status":200}}]"#,
        &[],
        &expect![[r#"
            error[schema]: a.json:1:31: got 99, want 1, which this version reads
              = help: read it with the version of this crate that wrote it
              = note: schema scenario-head
            contract broken: 1 error and 0 notes in 3 messages of 1 file
              compared: ready-request 1, scenario-head 1, scenario-step 1
            exit code 2
        "#]],
    );
}

#[test]
fn an_unfinished_recording_is_checked_by_its_lines() {
    let part = r#"{"over":{"began":1,"ended":2,"at":{"secs":0,"nanos":0},"what":{"request":{"by":"s1","method":"POST","path":"/x","body":{"operationName":"Intrude","supervisorVisibilityMode":"${text-1}","mood":1},"status":200,"answer":{"statusCode":0}}}}}
{"note":{"at":3,"text":"a page"}}
{"over":{"began":3,"ended":3,"at":{"secs":0,"nanos":0},"what":{"push":{"to":"s1","channel":"/x","data":{"messageType":"MessageLogUpdated"}}}}}
{"over":{"began":1,"#;
    check(
        "a.json.part",
        part,
        &[],
        &expect![[r#"
            error[unknown-field]: a.json.part:1:193: got 1, want no such field
              = help: leave it out
              = note: rule unknown-field (inferred: GWS 8.6.0 ReturnValues), schema intrude-request
            error[field-notification-notification-type]: a.json.part:3:104: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-notification-notification-type (documented: GWS 8.5.2 SMSIntrude), schema message-log-updated-notification
            error[field-notification-messages]: a.json.part:3:104: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-notification-messages (documented: GWS 8.5.2 SMSSendMessage), schema message-log-updated-notification
            error[field-notification-smssession-uri]: a.json.part:3:104: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-notification-smssession-uri (documented: GWS 8.5.2 SMSSendMessage), schema message-log-updated-notification
            note[body-json]: a.json.part:4:20: got half a line at the end, want a whole line of JSON
              = help: finish the recording, which leaves it out
              = note: rule body-json (inferred: GWS 8.6.0 ReturnValues)
            contract broken: 4 errors and 1 note in 3 messages of 1 file
              compared: intrude-request 1, message-log-updated-notification 1, response 1
              not compared: notes of a recording 1
            exit code 2
        "#]],
    );
}

#[test]
fn a_har_file_is_checked_by_its_entries() {
    let entry = |url: &str, sent: &str, answered: Value| {
        let request = json!({ "method": "POST", "url": url, "postData": { "text": sent } });
        json!({ "request": request, "response": { "status": 200, "content": answered } })
    };
    let text = |text: &str| json!({ "text": text });
    let session = "https://gws/api/v2/me/smssessions/0000UaB58WAR003N";
    let wrong = r#"{"operationName":"Accept","nickname":7}"#;
    // [{"channel":"/v2/me/smssessions","data":{"messageType":"MessageLogUpdated"}}]
    let event = "W3siY2hhbm5lbCI6Ii92Mi9tZS9zbXNzZXNzaW9ucyIsImRhdGEiOnsibWVzc2FnZVR5cGUiOiJNZXNzYWdlTG9nVXBkYXRlZCJ9fV0=";
    let connect = r#"[{"channel":"/meta/connect","clientId":7}]"#;
    let entries = [
        entry(session, wrong, text(r#"{"statusCode":0}"#)),
        entry(session, r#"{"operation":"Accept"}"#, text("<html>bad gateway</html>")),
        entry(session, "{", json!({})),
        entry(
            "https://gws/cometd/connect",
            connect,
            json!({ "text": event, "encoding": "base64" }),
        ),
        entry("https://gws/api/v2/me/chats/1", r#"{"operationName":"Accept","x":1}"#, json!({})),
        entry("https://cdn/app.js", "", json!({})),
    ];
    let har = json!({ "log": { "version": "1.2", "entries": entries } });
    check(
        "a.har",
        &har.to_string(),
        &[],
        &expect![[r#"
            error[accept-nickname]: a.har:1:67: got 7, want string
              = help: send a value of that type
              = note: rule accept-nickname (documented: HTCC 8.5.2 SMSAccept), schema accept-request
            error[operation-name-missing]: a.har:1:290: got no operationName, want the name of an operation
              = help: send operationName
              = note: rule operation-name-missing (inferred: GWS 8.6.0 ReturnValues)
            note[not-recognised]: a.har:1:410: got expected value, want JSON
              = help: leave pages out, which GWS did not send
              = note: what it is could not be told
            error[body-json]: a.har:1:500: got EOF while parsing an object, want JSON
              = help: serialize the body with a JSON library
              = note: rule body-json (inferred: GWS 8.6.0 ReturnValues)
            error[bayeux-client-unknown]: a.har:1:652: got 7, want string
              = help: send a value of that type
              = note: rule bayeux-client-unknown (wire: CometD Java server 3.1.12), schema bayeux-message
            error[field-notification-notification-type]: a.har:1:790: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-notification-notification-type (documented: GWS 8.5.2 SMSIntrude), schema message-log-updated-notification
            error[field-notification-messages]: a.har:1:790: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-notification-messages (documented: GWS 8.5.2 SMSSendMessage), schema message-log-updated-notification
            error[field-notification-smssession-uri]: a.har:1:790: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-notification-smssession-uri (documented: GWS 8.5.2 SMSSendMessage), schema message-log-updated-notification
            contract broken: 7 errors and 1 note in 5 messages of 1 file
              compared: accept-request 1, bayeux-answer 1, bayeux-message 1, message-log-updated-notification 1,
                response 1
              not compared: HAR entries of other paths 2, not recognised 1
            exit code 2
        "#]],
    );
}

#[test]
fn an_entry_of_a_har_file_that_cannot_be_used_is_counted_and_no_finding() {
    let url = "https://gws/api/v2/me/smssessions/0000UaB58WAR003N";
    let posted = json!({ "text": r#"{"operationName":"Accept"}"# });
    let accept = json!({ "method": "POST", "url": url, "postData": posted });
    let missing = json!({ "size": 430, "mimeType": "application/json" });
    let script = json!({ "method": "GET", "url": "https://gws/genesys/cometd/cometd.js" });
    let entries = json!([
        { "request": accept, "response": null },
        { "request": accept, "response": { "status": -1 } },
        { "request": accept, "response": { "status": 200, "content": missing } },
        { "request": accept, "startedDateTime": "2024-05-01T10:00:00.000Z" },
        { "request": { "method": "GET", "url": null }, "response": null },
        { "request": script, "response": { "status": 200, "content": { "text": "var cometd" } } },
        null,
    ]);
    check(
        "a.har",
        &json!({ "log": { "version": "1.2", "entries": entries } }).to_string(),
        &["--strict"],
        &expect![[r#"
            contract kept: 0 errors and 0 notes in 4 messages of 1 file
              compared: accept-request 4
              not compared: HAR bodies that are not in the file 1, HAR entries of other paths 1,
                HAR entries that cannot be used 2
            exit code 0
        "#]],
    );
}

#[tokio::test]
async fn a_timeline_of_a_fake_is_checked_by_its_entries() {
    let gws = FakeGws::builder().control().start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    for mode in ["Coach", "coach"] {
        let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
        client.post(&intrude_path(), &intrude).await;
    }
    let mut timeline = HttpClient::anonymous(&gws).get("/__fake/timeline").await.body;
    // Columns are the same only where times and ports are as long.
    for entry in timeline.as_array_mut().unwrap() {
        entry["atMilliseconds"] = json!(0);
    }
    let timeline = timeline.to_string().replace(gws.url(), "http://gws");
    gws.allow("intrude-mode");
    gws.allow("bayeux-not-subscribed");
    check(
        "a.json",
        &timeline,
        &[],
        &expect![[r#"
            note[intrude-mode]: a.json:1:1869: got "coach", want one of "Monitor", "Coach", "BargeIn"
              = help: did you mean "Coach"?
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            contract kept: 0 errors and 1 note in 5 messages of 1 file
              compared: intrude-request 2, response 2, smssession-state-change-notification 1
            exit code 0
        "#]],
    );
    let report = format!("{{\"broken\":true,\"timeLine\":{timeline}}}");
    check(
        "a.json",
        &report,
        &[],
        &expect![[r#"
            note[intrude-mode]: a.json:1:1895: got "coach", want one of "Monitor", "Coach", "BargeIn"
              = help: did you mean "Coach"?
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            contract kept: 0 errors and 1 note in 5 messages of 1 file
              compared: intrude-request 2, response 2, smssession-state-change-notification 1
            exit code 0
        "#]],
    );
}
