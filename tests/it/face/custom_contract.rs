//! A contract of a user's own: what its user data may be, and operations that the crate does not have.

use std::fs;

use expect_test::{Expect, expect};
use gws_sms_fake::FakeGws;
use gws_sms_fake::contract::Check;
use gws_sms_fake::fixtures::{AGENT, SESSION, SUPERVISOR};
use serde_json::{Value, json};

#[cfg(feature = "control")]
use support::HttpClient;
use support::contract::{folder, notification, place_in_queue, user_data};
use support::{Answer, Desktop, own_path, taken};

#[tokio::test]
async fn user_data_that_breaks_the_custom_schema_is_refused() {
    let folder = folder(&[user_data()]);
    let gws = FakeGws::builder().contract(folder.path()).start();
    let desktop = Desktop::sign_in(&gws, AGENT).await;
    let attach = |data: Value| json!({ "operationName": "AttachUserData", "userData": data });
    let own = own_path(SESSION);
    assert_eq!(desktop.http.post(&own, &attach(json!({ "case": "4711" }))).await, taken());
    let wrong = json!({ "case": "none", "colour": 1 });
    assert_eq!(desktop.http.post(&own, &attach(wrong)).await.status, 400);
    let report = gws.try_verify().unwrap_err().to_string();
    for found in [
        "/userData/case  got \"none\", want text of the form ^[0-9]+$",
        "/userData/colour  got 1, want no such field",
    ] {
        assert!(report.contains(found), "{found} in {report}");
    }
    std::mem::forget(gws);
}

/// User data whose schema refers to itself, by the schema of a value in it.
fn recursive(value: &Value) -> (&'static str, Value) {
    let id = "https://schemas.gws-sms-fake.example/user-data.json";
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    let schema =
        json!({ "$schema": dialect, "$id": id, "type": "object", "additionalProperties": value });
    ("schemas/user-data.json", schema)
}

/// A check of it would take longer than anybody waits, since each level of the value doubles the work.
#[tokio::test]
async fn user_data_that_a_recursive_schema_would_take_forever_for_is_a_note() {
    let twice = json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }, { "type": "number" }] });
    let folder = folder(&[recursive(&twice)]);
    let gws = FakeGws::builder().contract(folder.path()).start();
    let desktop = Desktop::sign_in(&gws, AGENT).await;
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }));
    let attach = |data: Value| json!({ "operationName": "AttachUserData", "userData": data });
    for depth in [2, 60] {
        assert_eq!(desktop.http.post(&own_path(SESSION), &attach(nested(depth))).await, taken());
    }
    desktop.sign_out().await;
    let report = gws.report();
    assert_eq!(report.matches("note schema-recursion").count(), 1, "{report}");
    assert!(report.contains("a schema of the custom contract refers to itself"), "{report}");
    gws.verify();
    let check = Check::new().contract(folder.path()).unwrap();
    let checked = check.text("deep", &attach(nested(60)).to_string());
    assert_eq!(
        checked.diagnostics().iter().map(|found| found.id()).collect::<Vec<_>>(),
        ["schema-recursion"]
    );
    check.text("flat", &attach(nested(2)).to_string()).conform();
}

#[test]
fn a_schema_that_refers_to_itself_for_the_same_value_is_refused() {
    let folder = folder(&[recursive(&json!({ "$ref": "#/additionalProperties" }))]);
    let error = FakeGws::builder().contract(folder.path()).try_start().unwrap_err().to_string();
    assert!(error.contains("user-data.json"), "{error}");
    assert!(error.contains("refers to itself for the same value"), "{error}");
}

#[tokio::test]
async fn a_custom_operation_is_checked_answered_and_pushed() {
    let folder = folder(&[
        place_in_queue(),
        ("fixtures/answers/place-in-queue.json", json!({ "statusCode": 0, "referenceId": 7 })),
        ("fixtures/notifications/place-in-queue-status-change.json", notification()),
        (
            "fixtures/requests/place-in-queue.json",
            json!({ "operationName": "PlaceInQueue", "queue": "day" }),
        ),
    ]);
    let gws = FakeGws::builder().contract(folder.path()).start();
    let mut desktop = Desktop::sign_in(&gws, AGENT).await;
    desktop.events_so_far().await;
    let place = |queue: &str| json!({ "operationName": "PlaceInQueue", "queue": queue });
    let answer = desktop.http.post(&own_path(SESSION), &place("night")).await;
    assert_eq!(answer, Answer::of(200, json!({ "statusCode": 0, "referenceId": 7 })));
    let uri = format!("{}/api/v2/smssessions/{SESSION}", gws.url());
    let event = desktop.next_event().await;
    assert_eq!(event["smssession"], json!({ "id": SESSION, "state": "Completed", "uri": uri }));
    let line = "PlaceInQueue  200 statusCode 0 (custom contract)";
    assert!(gws.report().contains(line), "{}", gws.report());
    for rule in ["parameter-value", "session-unknown", "operation-unknown"] {
        gws.expect_violation(rule);
    }
    assert_eq!(desktop.http.post(&own_path(SESSION), &place("dusk")).await.status, 400);
    assert_eq!(desktop.http.post(&own_path("0000UaB58WAR999Z"), &place("day")).await.status, 404);
    assert_eq!(desktop.http.post("/api/v2/me", &place("day")).await.status, 400);
    desktop.sign_out().await;
}

#[tokio::test]
async fn a_custom_operation_of_the_user_is_accepted_together_with_fixtures() {
    let mut schema = place_in_queue().1;
    schema["x-path"] = json!("/me");
    let mut user: Value = serde_json::from_str(
        &fs::read_to_string(support::repository("fixtures/users/s1.json")).unwrap(),
    )
    .unwrap();
    user["password"] = json!("other");
    let folder = folder(&[
        ("schemas/place-in-queue-request.json", schema),
        ("fixtures/users/s1.json", user),
    ]);
    let gws = FakeGws::builder().contract(folder.path()).start();
    assert_eq!(gws.supervisor().password(), "other");
    let desktop = Desktop::sign_in(&gws, SUPERVISOR.with_password("other")).await;
    let body = json!({ "operationName": "PlaceInQueue", "queue": "day" });
    assert_eq!(desktop.http.post("/api/v2/me", &body).await, taken());
    desktop.sign_out().await;
}

/// As one that is left when its files were moved elsewhere.
#[test]
fn a_folder_without_fixtures_adds_none() {
    let folder = folder(&[user_data()]);
    for name in ["users", "smssessions", "resources/me"] {
        fs::create_dir_all(folder.path().join("fixtures").join(name)).unwrap();
    }
    let gws = FakeGws::builder().contract(folder.path()).start();
    assert_eq!(gws.supervisor().password(), SUPERVISOR.password);
    let error = FakeGws::builder().fixtures(folder.path().join("fixtures")).try_start();
    assert!(error.unwrap_err().to_string().contains("got no fixture, want files in its folders"));
}

#[cfg(feature = "control")]
#[tokio::test]
async fn the_control_endpoint_refuses_a_custom_operation_as_served_over_http_only() {
    let folder = folder(&[place_in_queue()]);
    let gws = FakeGws::builder().control().contract(folder.path()).start();
    for (call, mut body) in [
        ("operation", json!({ "user": "a1", "session": SESSION })),
        ("received", json!({})),
        ("exception", json!({ "exception": "hang" })),
    ] {
        let path = format!("/__fake/{call}");
        for (name, error) in [
            (
                "PlaceInQueue",
                r#"/operationName: got "PlaceInQueue", want an operation of GWS: those of a contract of one's own are served over HTTP only; send it as a client does"#,
            ),
            ("Intrud", r#"/operationName: got "Intrud"; did you mean "Intrude"?"#),
        ] {
            body["operationName"] = json!(name);
            let answer = HttpClient::anonymous(&gws).post(&path, &body).await;
            assert_eq!(answer, Answer::of(400, json!({ "error": error })), "{call}");
        }
    }
}

/// A contract that is wrong does not start, and says where.
#[track_caller]
fn check(files: &[(&str, Value)], expected: Expect) {
    let folder = folder(files);
    let error = FakeGws::builder().contract(folder.path()).try_start().unwrap_err().to_string();
    let place = folder.path().display().to_string();
    let said =
        error.replace(&format!("{place}{}", std::path::MAIN_SEPARATOR), "").replace(&place, "DIR");
    expected.assert_eq(&said.replace('\\', "/"));
}

#[test]
fn a_file_that_is_no_schema_is_refused() {
    check(
        &[("schemas/user-data.json", json!({ "type": "objekt" }))],
        expect![[
            r#"schemas/user-data.json: /type: "objekt" is not valid under any of the schemas listed in the 'anyOf' keyword, want a JSON Schema whose $refs lead somewhere, and not back for the same value"#
        ]],
    );
    check(
        &[("schemas/user-data.json", json!({ "$ref": "nowhere.json#/x" }))],
        expect![
            "schemas/user-data.json: Resource 'https://schemas.gws-sms-fake.example/nowhere.json' is not present in a registry and retrieving it failed: Default retriever does not fetch resources, want a JSON Schema whose $refs lead somewhere, and not back for the same value"
        ],
    );
    // In the place of one that those of the crate refer to.
    check(
        &[("schemas/common.json", json!({ "type": "object" }))],
        expect![
            "schemas/common.json: the built-in agent-state-fixture.json refers to it: Pointer '/$defs/agentStateId' does not exist, want a JSON Schema whose $refs lead somewhere, and not back for the same value"
        ],
    );
    check(
        &[("fixtures/requests/x.json", json!({}))],
        expect![
            "DIR: got no schema, want a folder with schemas/*.json, and fixtures/ beside it; for fixtures alone there is fixtures(..)"
        ],
    );
}

#[test]
fn a_path_that_custom_operations_may_not_have_is_refused() {
    let mut schema = place_in_queue().1;
    schema["x-path"] = json!("/me/smssessions/{id}");
    check(
        &[("schemas/place-in-queue-request.json", schema)],
        expect![[
            r#"schemas/place-in-queue-request.json: /x-path: got "/me/smssessions/{id}", want "/me/smssessions/{smssessionId}" or "/me"; did you mean "/me/smssessions/{smssessionId}"?"#
        ]],
    );
}

#[test]
fn a_fixture_that_does_not_conform_or_belongs_to_no_schema_is_refused() {
    let with = |path: &'static str, value: Value| [place_in_queue(), (path, value)];
    check(
        &with("fixtures/requests/place-in-queue.json", json!({ "operationName": "PlaceInQueue" })),
        expect![
            "fixtures/requests/place-in-queue.json: /queue: got nothing, want a value; send queue"
        ],
    );
    check(
        &with("fixtures/requests/place.json", json!({})),
        expect![
            "fixtures/requests/place.json: got no schema place-request, want one to hold it against; write the schema, or move the fixture"
        ],
    );
    check(
        &with("fixtures/answers/place.json", json!({})),
        expect![
            "fixtures/answers/place.json: got a file of no further operation, want one that begins as its schema does; name it after a schema …-request.json of the contract"
        ],
    );
    check(
        &with("fixtures/notifications/place-in-queue.json", json!({ "messageType": "Other" })),
        expect![[
            r#"fixtures/notifications/place-in-queue.json: /messageType: got "Other", want one of ChannelStateChangeMessageV2, MessageLogUpdated, SMSsessionStateChangeMessage; write a schema …-notification.json of that messageType"#
        ]],
    );
    let mut wrong = notification();
    wrong["smssession"]["id"] = json!("${sesion}");
    check(
        &with("fixtures/notifications/place-in-queue.json", wrong),
        expect![
            "fixtures/notifications/place-in-queue.json: got ${sesion}, want ${session}, ${user} or ${url}; did you mean ${session}?"
        ],
    );
    let mut wrong = notification();
    wrong["smssession"]["state"] = json!("Queued");
    check(
        &with("fixtures/notifications/place-in-queue.json", wrong),
        expect![[
            r#"fixtures/notifications/place-in-queue.json: /smssession/state: got "Queued", want one of "Invited", "Chatting", "LeftChat", "Completed", "Revoked", "JoinFailed"; send one of them, letter by letter"#
        ]],
    );
}

#[test]
fn recordings_are_checked_against_a_custom_contract() {
    let folder = folder(&[user_data(), place_in_queue()]);
    let check = Check::new().contract(folder.path()).unwrap();
    let place = |queue: &str| json!({ "operationName": "PlaceInQueue", "queue": queue });
    check.text("night", &place("night").to_string()).conform();
    let attach = json!({ "operationName": "AttachUserData", "userData": { "case": "none" } });
    let text = format!("{}\n{attach}\n", place("dusk"));
    let checked = check.text("both", &text);
    let found: Vec<_> = checked
        .diagnostics()
        .iter()
        .map(|diagnostic| (diagnostic.line(), diagnostic.id(), diagnostic.got()))
        .collect();
    let want = [(1, "parameter-value", "\"dusk\""), (2, "user-data-attached", "\"none\"")];
    assert_eq!(found, want);
    let queue = check.clone().schema("place-in-queue-request").unwrap();
    assert_eq!(queue.text("no operation", r#"{"queue":"day"}"#).diagnostics().len(), 1);
    // Without it neither the operation nor what user data may be is known.
    assert_eq!(Check::new().text("both", &text).diagnostics().len(), 1);
    Check::new().contract(folder.path().join("none")).unwrap_err();
}
