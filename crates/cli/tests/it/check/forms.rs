//! Messages by themselves, in arrays and in lines, each recognised by what is in it.

use expect_test::expect;
use serde_json::{Value, json};

use crate::check::{NOTIFICATION, REQUESTS, check};

#[test]
fn a_file_with_one_message_is_checked() {
    check(
        "a.json",
        NOTIFICATION,
        &[],
        &expect![[r#"
            note[field-notification-smssession]: a.json:8:13: got "good", want no such field
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: rule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification
            contract kept: 0 errors and 1 note in 1 message of 1 file
              compared: smssession-state-change-notification 1
            exit code 0
        "#]],
    );
}

#[test]
fn a_file_with_an_array_of_messages_is_checked() {
    let array = format!("[{},\n{NOTIFICATION}]", REQUESTS.trim().replace('\n', ",\n"));
    check(
        "a.json",
        &array,
        &[],
        &expect![[r#"
            error[intrude-mode]: a.json:2:55: got "monitor", want one of "Monitor", "Coach", "BargeIn"
              = help: did you mean "Monitor"?
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            note[field-notification-smssession]: a.json:10:13: got "good", want no such field
               = help: another version of GWS may say more; else see whether it was GWS that sent this
               = note: rule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification
            contract broken: 1 error and 1 note in 3 messages of 1 file
              compared: intrude-request 2, smssession-state-change-notification 1
            exit code 2
        "#]],
    );
}

#[test]
fn json_lines_of_which_a_broken_one_spoils_no_other() {
    let lines = format!("{{\"operationName\":\n\n{REQUESTS}{{}} {{}}\n");
    check(
        "a.ndjson",
        &lines,
        &[],
        &expect![[r#"
            error[body-json]: a.ndjson:1:18: got EOF while parsing a value, want JSON
              = help: serialize the line with a JSON library
              = note: rule body-json (inferred: GWS 8.6.0 ReturnValues)
            error[intrude-mode]: a.ndjson:4:55: got "monitor", want one of "Monitor", "Coach", "BargeIn"
              = help: did you mean "Monitor"?
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            note[not-recognised]: a.ndjson:5:1: got an object without operationName, messageType, channel or statusCode, want a message of the SMS Session API
              = help: name its schema with --as, or schema(..), or leave it out
              = note: what it is could not be told
            error[body-json]: a.ndjson:5:4: got trailing characters, want JSON
              = help: serialize the line with a JSON library
              = note: rule body-json (inferred: GWS 8.6.0 ReturnValues)
            contract broken: 3 errors and 1 note in 2 messages of 1 file
              compared: intrude-request 2
              not compared: not recognised 1
            exit code 2
        "#]],
    );
}

#[test]
fn a_bayeux_batch_and_its_answer_are_checked() {
    let batch = json!([
        { "channel": "/meta/connect", "connectionType": "long-polling", "id": "3", "clientId": "c" },
        { "channel": "/meta/subscribe", "id": "4", "clientId": "c" },
        { "channel": "/meta/connect", "advice": { "timeout": "0" }, "clientId": "c" },
    ]);
    let event: Value = serde_json::from_str(NOTIFICATION).unwrap();
    let answer = json!([
        { "channel": "/v2/me/smssessions", "data": event },
        { "channel": "/meta/connect", "id": "3", "successful": true, "mood": "good" },
        { "channel": "/meta/connect", "id": "3", "successful": "yes" },
    ]);
    check(
        "a.jsonl",
        &format!("{batch}\n{answer}\n"),
        &[],
        &expect![[r#"
            error[bayeux-subscription]: a.jsonl:1:86: got nothing, want a value
              = help: send subscription
              = note: rule bayeux-subscription (wire: CometD Java server 3.1.12), schema bayeux-message
            error[bayeux-advice]: a.jsonl:1:161: got "0", want number
              = help: send a value of that type
              = note: rule bayeux-advice (wire: CometD Java server 3.1.12), schema bayeux-message
            note[field-notification-smssession]: a.jsonl:2:166: got "good", want no such field
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: rule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification
            note[schema]: a.jsonl:2:295: got "good", want no such field
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: schema bayeux-answer
            error[schema]: a.jsonl:2:370: got "yes", want boolean
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: schema bayeux-answer
            contract broken: 3 errors and 2 notes in 7 messages of 1 file
              compared: bayeux-answer 3, bayeux-message 3, smssession-state-change-notification 1
            exit code 2
        "#]],
    );
}

#[test]
fn answers_are_checked_against_their_schemas() {
    let answers = [
        json!({ "statusCode": 0 }),
        json!({ "statusCode": 2 }),
        json!({ "statusCode": 0, "version": "8.5" }),
        json!({ "statusCode": 0, "smssessions": [{ "state": "Invited" }] }),
        json!({ "statusCode": 0, "calls": [] }),
    ];
    check(
        "a.json",
        &json!(answers).to_string(),
        &[],
        &expect![[r#"
            error[field-reply-status-message]: a.json:1:19: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-reply-status-message (documented: GWS 8.6.0 ReturnValues), schema response
            error[field-smssession-id]: a.json:1:85: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-smssession-id (documented: GWS 8.5.2 SMSIntrude), schema smssessions-response
            error[field-smssession-uri]: a.json:1:85: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-smssession-uri (documented: GWS 8.5.2 SMSIntrude), schema smssessions-response
            note[schema]: a.json:1:131: got [], want no such field
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: schema response
            contract broken: 3 errors and 1 note in 5 messages of 1 file
              compared: response 3, smssessions-response 1, version-response 1
            exit code 2
        "#]],
    );
}

#[test]
fn an_unrecognised_message_is_a_note_and_with_strict_an_error() {
    let other = r#"[{"messageType":"DialogMessage"},{"operationName":"Intrude"},{"a":1},7]"#;
    check(
        "a.json",
        other,
        &[],
        &expect![[r#"
            note[not-recognised]: a.json:1:17: got "DialogMessage", want one of ChannelStateChangeMessageV2, MessageLogUpdated, SMSsessionStateChangeMessage
              = help: leave notifications of other media out
              = note: what it is could not be told
            note[not-recognised]: a.json:1:62: got an object without operationName, messageType, channel or statusCode, want a message of the SMS Session API
              = help: name its schema with --as, or schema(..), or leave it out
              = note: what it is could not be told
            note[not-recognised]: a.json:1:70: got a value that is no object, want a message of the SMS Session API
              = help: name its schema with --as, or schema(..), or leave it out
              = note: what it is could not be told
            contract kept: 0 errors and 3 notes in 1 message of 1 file
              compared: intrude-request 1
              not compared: not recognised 3
            exit code 0
        "#]],
    );
    check(
        "a.json",
        other,
        &["--strict"],
        &expect![[r#"
            error[not-recognised]: a.json:1:17: got "DialogMessage", want one of ChannelStateChangeMessageV2, MessageLogUpdated, SMSsessionStateChangeMessage
              = help: leave notifications of other media out
              = note: what it is could not be told
            error[not-recognised]: a.json:1:62: got an object without operationName, messageType, channel or statusCode, want a message of the SMS Session API
              = help: name its schema with --as, or schema(..), or leave it out
              = note: what it is could not be told
            error[not-recognised]: a.json:1:70: got a value that is no object, want a message of the SMS Session API
              = help: name its schema with --as, or schema(..), or leave it out
              = note: what it is could not be told
            contract broken: 3 errors and 0 notes in 1 message of 1 file
              compared: intrude-request 1
              not compared: not recognised 3
            exit code 2
        "#]],
    );
}

#[test]
fn unknown_fields_in_messages_of_gws_are_errors_with_strict() {
    check(
        "a.json",
        NOTIFICATION,
        &["--strict"],
        &expect![[r#"
            error[field-notification-smssession]: a.json:8:13: got "good", want no such field
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: rule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification
            contract broken: 1 error and 0 notes in 1 message of 1 file
              compared: smssession-state-change-notification 1
            exit code 2
        "#]],
    );
}

#[test]
fn a_schema_that_is_named_is_taken_for_each_value() {
    check(
        "a.json",
        "[{}, 7]",
        &["--as", "intrude-request"],
        &expect![[r#"
            error[parameter-missing]: a.json:1:2: got nothing, want a value
              = help: send operationName
              = note: rule parameter-missing (documented: GWS 8.6.0 ReturnValues), schema intrude-request
            error[parameter-value]: a.json:1:6: got 7, want object
              = help: send a value of that type
              = note: rule parameter-value (documented: GWS 8.6.0 ReturnValues), schema intrude-request
            contract broken: 2 errors and 0 notes in 2 messages of 1 file
              compared: intrude-request 2
            exit code 2
        "#]],
    );
    check(
        "a.json",
        "[[], {}]",
        &["--as", "bayeux-answer"],
        &expect![[r#"
            error[schema]: a.json:1:2: got [], want object
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: schema bayeux-answer
            error[schema]: a.json:1:6: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: schema bayeux-answer
            contract broken: 2 errors and 0 notes in 1 message of 1 file
              compared: bayeux-answer 1
            exit code 2
        "#]],
    );
    check(
        "a.json",
        "{\"timeLine\":[]}",
        &["--as", "response"],
        &expect![[r#"
            note[schema]: a.json:1:13: got [], want no such field
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: schema response
            error[field-reply-status-code]: a.json:1:1: got nothing, want a value
              = help: see whether this is as GWS sent it; if so, the rule is wrong
              = note: rule field-reply-status-code (documented: GWS 8.6.0 ReturnValues), schema response
            contract broken: 1 error and 1 note in 1 message of 1 file
              compared: response 1
            exit code 2
        "#]],
    );
}
