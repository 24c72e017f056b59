//! The surroundings of arrays whose members are elements by themselves, and very large elements.

use std::time::{Duration, Instant};

use expect_test::expect;
use gws_sms_fake::contract::check_text;
use serde_json::{Value, json};

use crate::check::check;

#[test]
fn a_message_with_an_array_that_is_read_by_its_members_is_checked_too() {
    check(
        "a.json",
        "{\"operationName\":\"Intrude\",\"timeLine\":[],\n \"supervisorVisibilityMode\":\"monitor\"}",
        &[],
        &expect![[r#"
            error[intrude-mode]: a.json:2:29: got "monitor", want one of "Monitor", "Coach", "BargeIn"
              = help: did you mean "Monitor"?
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            error[unknown-field]: a.json:1:39: got [], want no such field
              = help: leave it out
              = note: rule unknown-field (inferred: GWS 8.6.0 ReturnValues), schema intrude-request
            contract broken: 2 errors and 0 notes in 1 message of 1 file
              compared: intrude-request 1
            exit code 2
        "#]],
    );
    check(
        "a.json",
        "{\"log\":{\"entries\":[\n{\"operationName\":\"Intrude\"}\n]}, \"operationName\":\"Fly\"}",
        &["--strict"],
        &expect![[r#"
            error[not-recognised]: a.json:3:21: got "Fly", want an operation of the SMS Session API
              = help: leave requests of other media out
              = note: what it is could not be told
            contract broken: 1 error and 0 notes in 1 message of 1 file
              compared: intrude-request 1
              not compared: not recognised 1
            exit code 2
        "#]],
    );
}

#[test]
fn an_object_around_messages_that_is_no_message_itself_is_not_reported() {
    let intrude = json!({ "operationName": "Intrude" });
    for around in [
        json!({ "log": { "version": "1.2", "entries": [intrude] } }),
        json!({ "timeLine": [intrude], "broken": true }),
    ] {
        let checked = check_text("around", &around.to_string());
        assert_eq!((checked.diagnostics(), checked.not_recognised()), (&[][..], 0), "{around}");
        checked.conform();
    }
}

/// That many findings in one element take as much longer as they are more: with each looked for from the beginning on, these
/// would take minutes.
#[track_caller]
fn check_many(element: &Value) {
    let began = Instant::now();
    let checked = check_text("many", &element.to_string());
    assert!(checked.errors() >= 3000, "{}", checked.errors());
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let checked = check_text("many, in lines", &format!("{element:#}"));
    let last = checked.diagnostics().iter().map(gws_sms_fake::contract::Diagnostic::line).max();
    assert!(last > Some(3000), "{last:?}");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn three_thousand_broken_members_of_one_answer_are_checked_in_time() {
    let message = json!({ "index": "none", "text": "ä".repeat(50), "type": 7 });
    check_many(&json!({ "statusCode": 0, "messages": vec![message; 3000] }));
}

#[test]
fn three_thousand_broken_steps_of_one_group_are_checked_in_time() {
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    let step = json!({
        "step": "request", "at": 0, "as": "s1", "method": "POST", "path": "/api/v2/me",
        "body": body, "answer": { "status": 200, "body": { "statusCode": 0 } },
    });
    check_many(&json!([{ "step": "group", "at": 0, "steps": vec![step; 3000] }]));
}

#[test]
fn three_thousand_unknown_fields_are_checked_in_time() {
    let fields = (0..3000).map(|at| (format!("field-{at}"), json!(at)));
    let mut request: Value = fields.collect::<serde_json::Map<_, _>>().into();
    request["operationName"] = json!("Intrude");
    check_many(&request);
}
