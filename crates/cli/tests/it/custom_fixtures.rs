//! The fixtures of a custom contract: a fake that starts, `lint` and `check` say the same about them.

use std::fs;

use expect_test::{Expect, expect};
use gws_sms_fake::FakeGws;
use gws_sms_fake::contract::{Check, Diagnostic, Summary};
use serde_json::{Value, json};
use tempfile::TempDir;

use gws_sms_fake_cli::contract_folder::lint;
use support::contract::{folder, notification, place_in_queue};

const ANSWER: &str = "fixtures/answers/place-in-queue.json";
const NOTIFICATION: &str = "fixtures/notifications/place-in-queue.json";

/// The schema of what the further operation is answered, as `lint` wants one.
fn place_in_queue_answer() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "properties": {
            "statusCode": { "const": 0 },
            "position": { "type": "integer" },
            "session": { "type": "string", "pattern": "^[0-9A-Za-z]+$" },
        },
        "required": ["statusCode", "position"],
        "additionalProperties": false,
    });
    linted(("schemas/place-in-queue-response.json", schema))
}

fn linted((path, mut schema): (&'static str, Value)) -> (&'static str, Value) {
    let name = path.trim_start_matches("schemas/");
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!(format!("https://schemas.gws-sms-fake.example/{name}"));
    (path, schema)
}

/// A contract with nothing wrong in it, but for what these files say.
fn contract(files: &[(&'static str, Value)]) -> TempDir {
    let request = |queue: &str| json!({ "operationName": "PlaceInQueue", "queue": queue });
    let answer = json!({ "statusCode": 0, "position": 3, "session": "${session}" });
    let good = [
        linted(place_in_queue()),
        place_in_queue_answer(),
        ("fixtures/requests/place-in-queue.json", request("day")),
        ("fixtures/valid/place-in-queue-request/night.json", request("night")),
        (ANSWER, answer),
        (NOTIFICATION, notification()),
    ];
    folder(&[&good[..], files].concat())
}

/// Returns the common text of all of them about that contract, with its folder as DIR.
#[track_caller]
fn check(files: &[(&'static str, Value)], expected: Expect) {
    let folder = contract(files);
    let shown = |text: String| {
        let place = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
        text.replace(&place, "").replace('\\', "/")
    };
    let started = FakeGws::builder().contract(folder.path()).try_start();
    let refused = shown(started.map_or_else(|error| error.to_string(), |_| String::new()));
    let found = lint(folder.path()).unwrap();
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.join("\n").replace("the whole file: ", ""), refused);
    expected.assert_eq(&refused);
}

fn checked(folder: &TempDir) -> Summary {
    let check = Check::new().contract(folder.path()).unwrap();
    check.paths([folder.path().join("fixtures")])
}

fn found(checked: &Summary) -> Vec<(&'static str, String, &str, &str)> {
    let diagnostics = checked.diagnostics().iter();
    diagnostics
        .map(|diagnostic| {
            (
                diagnostic.severity().as_str(),
                diagnostic.place(),
                diagnostic.got(),
                diagnostic.want(),
            )
        })
        .collect()
}

#[test]
fn a_valid_custom_contract_is_accepted_by_start_lint_and_check() {
    check(&[], expect![""]);
    let checked = checked(&contract(&[]));
    assert_eq!(found(&checked), []);
    let compared: Vec<_> = checked.messages().collect();
    let want = [
        ("place-in-queue-request", 2),
        ("place-in-queue-response", 1),
        ("smssession-state-change-notification", 1),
    ];
    assert_eq!(compared, want);
}

#[test]
fn an_answer_fixture_that_breaks_its_schema_is_refused() {
    let wrong = json!({ "statusCode": 0, "position": "third", "session": "${session}" });
    check(
        &[(ANSWER, wrong.clone())],
        expect![[
            r#"fixtures/answers/place-in-queue.json: /position: got "third", want integer; send a value of that type"#
        ]],
    );
    let checked = checked(&contract(&[(ANSWER, wrong)]));
    assert_eq!(found(&checked), [("error", "/position".to_owned(), "\"third\"", "integer")]);
    let wrong = json!({ "statusCode": 0, "position": 3, "session": "${url}" });
    check(
        &[(ANSWER, wrong)],
        expect![[
            r#"fixtures/answers/place-in-queue.json: /session: got "http://127.0.0.1:1", want text of the form ^[0-9A-Za-z]+$; send a value of that form"#
        ]],
    );
    check(
        &[(ANSWER, json!({ "statusCode": 0, "position": "${sesion}" }))],
        expect![
            "fixtures/answers/place-in-queue.json: got ${sesion}, want ${session}, ${user} or ${url}; did you mean ${session}?"
        ],
    );
}

#[test]
fn a_fixture_of_no_custom_operation_is_refused() {
    let answer = json!({ "statusCode": 0 });
    check(
        &[("fixtures/answers/place.json", answer.clone())],
        expect![
            "fixtures/answers/place.json: got a file of no further operation, want one that begins as its schema does; name it after a schema …-request.json of the contract"
        ],
    );
    let checked = checked(&contract(&[("fixtures/answers/place.json", answer)]));
    let got = "a file of no further operation";
    let want = "one that begins as its schema does";
    assert_eq!(found(&checked), [("error", "the whole value".to_owned(), got, want)]);
    check(
        &[("fixtures/requests/place.json", json!({}))],
        expect![
            "fixtures/requests/place.json: got no schema place-request, want one to hold it against; write the schema, or move the fixture"
        ],
    );
}

#[test]
fn a_path_that_no_operation_has_is_refused() {
    let (path, mut schema) = linted(place_in_queue());
    schema["x-path"] = json!("/me/smssession/{smssessionId}");
    check(
        &[(path, schema.clone())],
        expect![[
            r#"schemas/place-in-queue-request.json: /x-path: got "/me/smssession/{smssessionId}", want "/me/smssessions/{smssessionId}" or "/me"; did you mean "/me/smssessions/{smssessionId}"?"#
        ]],
    );
    schema["x-path"] = json!(7);
    check(
        &[(path, schema)],
        expect![[
            r#"schemas/place-in-queue-request.json: /x-path: got 7, want "/me/smssessions/{smssessionId}" or "/me"; write one of them, or leave it out"#
        ]],
    );
}

#[test]
fn a_session_that_contradicts_the_users_is_refused() {
    let session = |fields: Value| {
        let text =
            fs::read_to_string(support::repository("fixtures/smssessions/0000UaB58WAR003N.json"))
                .unwrap();
        let mut session: Value = serde_json::from_str(&text).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            session[name] = value.clone();
        }
        [("fixtures/smssessions/0000UaB58WAR003N.json", session)]
    };
    check(
        &session(json!({ "userName": "a11" })),
        expect![
            "fixtures/smssessions/0000UaB58WAR003N.json: /userName: got a11, want the userName of a user: a1, a2, n1, s1, s2; did you mean a1?"
        ],
    );
    check(
        &session(json!({ "participants": [], "messages": [] })),
        expect![
            "fixtures/smssessions/0000UaB58WAR003N.json: /participants: got none of a1, want one, since a1 is Chatting; mend the participants, or the state"
        ],
    );
}

#[test]
fn an_invalid_pattern_in_a_schema_is_refused() {
    let (path, mut schema) = place_in_queue_answer();
    schema["properties"]["session"]["pattern"] = json!("(");
    let folder = contract(&[(path, schema)]);
    FakeGws::builder().contract(folder.path()).try_start().unwrap_err();
    let found = lint(folder.path()).unwrap();
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    expect![[r#"schemas/place-in-queue-response.json: the whole file: got "(" is not a "regex", want a schema; write the keyword as JSON Schema 2020-12 has it"#]].assert_eq(&found.join("\n"));
}

#[test]
fn a_notification_fixture_is_checked_with_values_for_its_placeholders() {
    let with = |place: &str, value: Value| {
        let mut received = notification();
        *received.pointer_mut(place).unwrap() = value;
        (NOTIFICATION, received)
    };
    let kind = with("/messageType", json!("Other"));
    check(
        std::slice::from_ref(&kind),
        expect![[
            r#"fixtures/notifications/place-in-queue.json: /messageType: got "Other", want one of ChannelStateChangeMessageV2, MessageLogUpdated, SMSsessionStateChangeMessage; write a schema …-notification.json of that messageType"#
        ]],
    );
    let name = with("/smssession/id", json!("${sesion}"));
    check(
        std::slice::from_ref(&name),
        expect![
            "fixtures/notifications/place-in-queue.json: got ${sesion}, want ${session}, ${user} or ${url}; did you mean ${session}?"
        ],
    );
    let state = with("/smssession/state", json!("${user}"));
    check(
        std::slice::from_ref(&state),
        expect![[
            r#"fixtures/notifications/place-in-queue.json: /smssession/state: got "4ff5b43c856d4cb2a3d6c20a88740257", want one of "Invited", "Chatting", "LeftChat", "Completed", "Revoked", "JoinFailed"; send one of them, letter by letter"#
        ]],
    );
    for (file, place) in
        [(kind, "/messageType"), (name, "the whole value"), (state, "/smssession/state")]
    {
        let folder = contract(&[file]);
        let found: Vec<_> = checked(&folder).diagnostics().iter().map(Diagnostic::place).collect();
        assert_eq!(found, [place]);
    }
}

/// The request says what its answer is, whatever the answer has in it.
#[test]
fn a_recorded_answer_is_checked_against_the_schema_of_its_request() {
    let check = Check::new().contract(contract(&[]).path()).unwrap();
    let sent = json!({ "operationName": "PlaceInQueue", "queue": "day" });
    let refusal = json!({ "statusCode": 2, "statusMessage": "no" });
    // It has no position.
    let bare = json!({ "statusCode": 0 });
    for (answered, expected) in [(bare, &[("error", "nothing")][..]), (refusal, &[])] {
        let url = "https://gws/api/v2/me/smssessions/0000UaB58WAR003N";
        let posted = json!({ "url": url, "postData": { "text": sent.to_string() } });
        let content = json!({ "text": answered.to_string() });
        let entry = json!({ "request": posted, "response": { "status": 200, "content": content } });
        let ending = json!({ "is": "answered", "status": 200, "body": answered });
        let answer = json!({ "status": 200, "body": answered });
        for recording in [
            json!({ "step": "request", "at": 0, "as": "s1", "method": "POST", "path": "/api/v2/me", "body": sent, "answer": answer }),
            json!({ "log": { "entries": [entry] } }),
            json!({ "number": 1, "findings": [], "kind": "request", "body": sent, "ending": ending }),
        ] {
            let checked = check.text("a recording", &recording.to_string());
            let diagnostics = checked.diagnostics().iter();
            let diagnostics =
                diagnostics.filter(|diagnostic| diagnostic.schema() != Some("scenario-step"));
            let found: Vec<_> = diagnostics
                .map(|diagnostic| (diagnostic.severity().as_str(), diagnostic.got()))
                .collect();
            assert_eq!(found, expected, "{recording}");
        }
    }
}
